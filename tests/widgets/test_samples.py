"""Samples and sprites: what rows look like, and in how many bytes they travel."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kerasnb.widgets.samples import Samples, image_shape_of, several_inputs, take, value_range
from kerasnb.widgets.sprites import data_uri, pack

DRAW = np.random.default_rng(0)

SHAPES = [
    ((28, 28), (28, 28, 1)),
    ((28, 28, 1), (28, 28, 1)),
    ((32, 32, 3), (32, 32, 3)),
    ((20, 30, 4), (20, 30, 4)),
    ((784,), (28, 28, 1)),
    ((64,), (8, 8, 1)),
    ((3072,), (32, 32, 3)),
    ((13,), None),
    ((100, 3), None),
    ((28, 28, 7), None),
    ((), None),
]


@pytest.mark.parametrize(("shape", "image"), SHAPES, ids=[str(s[0]) for s in SHAPES])
def test_what_is_an_image(shape, image):
    assert image_shape_of(shape, None) == image


def test_a_row_can_be_folded():
    assert image_shape_of((600,), (20, 30)) == (20, 30, 1)
    with pytest.raises(ValueError, match="does not hold a sample"):
        image_shape_of((600,), (20, 31))


RANGES = [
    (np.array([0, 255], np.uint8), (0, 255)),
    (np.array([0, 16], np.uint8), (0, 16)),
    (np.array([0.0, 0.9]), (0, 1)),
    (np.array([-0.9, 0.9]), (-1, 1)),
    (np.array([0.0, 15.0]), (0, 16)),
    (np.array([0.0, 254.0]), (0, 255)),
    (np.array([np.nan, np.nan]), (0, 1)),
]


@pytest.mark.parametrize(("data", "span"), RANGES, ids=[str(r[1]) for r in RANGES])
def test_black_and_white(data, span):
    assert value_range(data) == span


def test_standardised_images_use_most_of_the_grey():
    data = DRAW.normal(size=(50, 8, 8))
    low, high = value_range(data)
    assert -4 < low < -1 and 1 < high < 4
    constant = value_range(np.full((3, 8, 8), -7.0))
    assert constant[0] < constant[1]


def test_pixels():
    x = np.zeros((3, 64), np.float32)
    x[1] = 1
    x[2, 0] = np.nan
    samples = Samples(x)
    assert samples.kind == "image" and samples.shape == (8, 8, 1)
    pixels = samples.pixels([1, 0, 2])
    assert pixels.shape == (3, 8, 8, 1) and pixels.dtype == np.uint8
    assert pixels[0].min() == 255 and pixels[1].max() == 0 and pixels[2, 0, 0, 0] == 0


def test_large_images_become_small():
    samples = Samples(DRAW.integers(0, 256, (2, 200, 300, 3), dtype=np.uint8))
    assert samples.pixels([0, 1]).shape == (2, 64, 96, 3)
    assert samples.pixels([0], None).shape == (1, 200, 300, 3)


def test_kinds():
    class Embedding:
        pass

    class InputLayer:
        pass

    class Model:
        layers = [InputLayer(), Embedding()]

    ids = np.array([[0, 0, 4, 5], [0, 1, 2, 3]])
    assert Samples(ids, Model()).kind == "text"
    assert Samples(ids).kind == "table"
    assert Samples(np.array(["a film", "a book"])).kind == "text"
    assert Samples(np.array(["a film", "a book"], object)).kind == "text"
    assert Samples(np.zeros((2, 64)), feature_names=[str(i) for i in range(64)]).kind == "table"
    assert Samples(np.zeros((2, 784)), kind="table").kind == "table"


def test_words():
    samples = Samples(np.array([[0, 0, 4, 5, 9]]), word_index={"good": 4, "film": 5})
    assert samples.kind == "text" and samples.tokens(0) == ["good", "film", "#9"]
    assert samples.caption(0) == "good film #9"
    assert Samples(np.array([[1, 2]]), word_index=["-", "a", "b"]).tokens(0) == ["a", "b"]
    assert Samples(np.array([[1, 2]]), texts=["so it is"]).tokens(0) == ["so", "it", "is"]


def test_features():
    samples = Samples(np.array([[1.23456, 2.0]]), feature_names=["length", "width"])
    assert samples.features(0) == [("length", "1.235"), ("width", "2")]
    assert samples.caption(0) == "length 1.235, width 2"
    assert samples.caption(0, 10) == "length 1.…"


def test_frames():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    samples = Samples(frame)
    assert samples.kind == "table" and samples.feature_names == ["a", "b"]
    assert take(frame, [1]).to_numpy().tolist() == [[2.0, 4.0]]


def test_several_inputs_show_the_images():
    x = {"age": np.zeros((4, 3)), "photo": np.zeros((4, 16, 16, 3))}
    samples = Samples(x)
    assert samples.key == "photo" and samples.kind == "image"
    assert several_inputs(x) and not several_inputs([[1, 2], [3, 4]])
    assert take(x, [1, 2])["age"].shape == (2, 3)
    assert Samples([np.zeros((4, 3)), np.zeros((4, 2))]).key == 0
    assert Samples([[1, 2], [3, 4]]).key is None and take([[1, 2], [3, 4]], [1]) == [[3, 4]]


FAULTS = [
    ({"x": np.zeros((0, 28, 28))}, "no samples"),
    ({"x": 3.0}, "no samples"),
    ({"x": [[1, 2], [1]]}, "different shapes"),
    ({"x": np.zeros((2, 5)), "kind": "image"}, "are no images"),
    ({"x": np.zeros((2, 5)), "kind": "sound"}, "kind must be"),
    ({"x": np.zeros((2, 5)), "texts": ["one"]}, "1 entries and x 2 samples"),
    ({"x": np.zeros((2, 5)), "feature_names": ["a"]}, "1 names, but a sample has 5"),
]


@pytest.mark.parametrize(("options", "message"), FAULTS, ids=[m for _, m in FAULTS])
def test_samples_that_cannot_be_shown(options, message):
    with pytest.raises(ValueError, match=message):
        Samples(**options)


def tiles_of(sheet) -> np.ndarray:
    """The tiles of a sheet, as the browser takes it apart."""
    n, h, w, c = sheet.count, sheet.height, sheet.width, sheet.channels
    if sheet.format == "raw":
        return np.frombuffer(sheet.data, np.uint8).reshape(n, h, w, c)
    grid = np.asarray(Image.open(io.BytesIO(sheet.data))).reshape(-1, sheet.columns * w, c)
    return np.stack([grid[k // sheet.columns * h :][:h, k % sheet.columns * w :][:, :w] for k in range(n)])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("raw", [10**6, 0], ids=["raw", "png"])
def test_sheets_hold_every_tile(channels, raw):
    tiles = DRAW.integers(0, 256, (23, 9, 7, channels), dtype=np.uint8)
    (sheet,) = pack(tiles, raw)
    assert sheet.format == ("raw" if raw else "png") and "data" not in sheet.header()
    np.testing.assert_array_equal(tiles_of(sheet), tiles)


def test_photographs_travel_as_jpeg():
    ramp = np.linspace(0, 255, 96, dtype=np.uint8)
    tiles = np.broadcast_to(ramp[None, :, None, None], (40, 96, 96, 3)).copy()
    (sheet,) = pack(tiles)
    assert sheet.format == "jpeg" and len(sheet.data) < tiles.nbytes / 10
    assert np.abs(tiles_of(sheet).astype(int) - tiles).max() < 16


def test_many_tiles_take_several_sheets():
    tiles = np.zeros((9, 2048, 1024, 1), np.uint8)
    assert [s.count for s in pack(tiles)] == [8, 1]  # 2 x 4 fill 4096 x 4096


def test_data_uri():
    assert data_uri(np.zeros((8, 8, 1), np.uint8)).startswith("data:image/png;base64,")
    assert data_uri(np.zeros((96, 96, 3), np.uint8)).startswith("data:image/jpeg;base64,")
