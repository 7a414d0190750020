"""The latent map without a browser: places, pictures, what it sends and what stays."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image
from widgets.stubs import Stub

import kerasnb as keras
from kerasnb.widgets import in_place
from kerasnb.widgets.latent_map import MOST_DOTS, LatentMap, limits_of, thinned


def decoder(size: int = 2, shape: tuple = (8, 8), name: str = "decoder") -> Stub:
    """Pictures as bright as the first number of the code."""
    ones = np.ones(shape, np.float32)
    return Stub(
        lambda z: np.stack([np.float32(np.clip(row[0], 0, 1)) * ones for row in np.asarray(z)]), name=name,
        input_shape=(None, size),
    )  # fmt: skip


def some_codes(count: int = 60, size: int = 2) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(count) % 3
    return np.random.default_rng(0).normal(size=(count, size)) + 4 * labels[:, None], labels


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (64,), (16, 12, 3), (192,)], ids=str)
def test_a_walk_gives_the_decoders_picture(shape):
    view = LatentMap(decoder(shape=shape))
    picture = view.walk(0.5, 0.1)
    assert picture.ndim == 3 and picture.size == np.prod(shape) and (picture == 0.5).all()
    assert view.at.tolist() == pytest.approx([0.5, 0.1])
    assert view.pixels(view.at[None]).shape == (1, *view.shape)


def test_works_with_a_model_of_layers():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(64, "sigmoid")])
    view = LatentMap(model, np.zeros((5, 3)))
    assert view.walk(0, 0, 0).shape == (8, 8, 1) and "3 numbers · 5 codes" in view.text()


def test_text_and_picture_say_the_same():
    codes, labels = some_codes()
    view = LatentMap(decoder(name="<b>"), codes, labels, class_names=["a", "<i>", "c"])
    html, text = view.still()["text/html"], view.text()
    assert "<i>" in text and "&lt;i&gt;" in html and "<i>" not in html and "<b>" not in html
    for name in view._named():
        assert f"{name['name']}: around ({name['x']:.2f}, {name['y']:.2f})" in text
    assert "<script" not in html
    picture = Image.open(io.BytesIO(base64.b64decode(view.still()["image/png"])))
    assert min(picture.size) > 300 and len(picture.convert("RGB").getcolors(1 << 20)) > 20


def test_limits_hold_nearly_all_codes():
    codes, _ = some_codes(500)
    low, high = limits_of(None, codes)
    assert ((codes >= low) & (codes <= high)).all(1).mean() > 0.97
    view = LatentMap(decoder(), codes, limits=(-2, 5))
    assert view.low.tolist() == [-2, -2] and view.high.tolist() == [5, 5]
    assert LatentMap(decoder()).low.tolist() == [-3, -3]
    assert len(thinned(10)) == 10 and len(np.unique(thinned(70_000))) == MOST_DOTS


def test_codes_of_one_value_still_have_a_way():
    view = LatentMap(decoder(), np.ones((4, 2)))
    assert (view.low < view.high).all() and view.still()["text/html"]


def test_what_the_browser_asks_for(wire, monkeypatch):
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    monkeypatch.setattr(in_place, "keeps_outputs_apart", lambda: False)
    codes, labels = some_codes()
    view = LatentMap(decoder(), codes, labels)
    assert in_place.WIDGET_VIEW not in view._repr_mimebundle_()
    (everything,) = wire.custom("everything")
    dots = np.frombuffer(everything["buffers"][0], np.float32).reshape(-1, 2)
    assert np.allclose(dots, codes, atol=1e-5)
    assert np.frombuffer(everything["buffers"][1], np.uint8).tolist() == labels.tolist()
    wire.press(kind="walk", request=7, at=[1.0, 2.0])
    (answer,) = wire.custom("picture")
    assert answer["request"] == 7 and set(answer["buffers"][0]) == {255} and view.at.tolist() == [1, 2]
    wire.press(kind="walk", request=8, at=[1e9, 0])
    assert view.at[0] == view.high[0]
    wire.press(kind="walk", request=9, at=[1.0])
    assert "2 finite numbers" in wire.custom("error")[-1]["message"]


BAD = [
    ({"decoder": Stub(None, input_shape=(None, 28, 28))}, "must take one code of 2 to 16 numbers"),
    ({"decoder": Stub(None)}, "keras.Input"),
    ({"decoder": decoder(shape=(7,))}, "no picture"),
    ({"codes": np.zeros((4, 3))}, r"codes must be \(samples, 2\)"),
    ({"codes": np.full((4, 2), np.nan)}, "no finite numbers"),
    ({"codes": np.zeros((4, 2)), "labels": [1, 2]}, "for each of the 4 codes"),
    ({"codes": np.zeros((2, 2)), "labels": [0.5, 2]}, "class number"),
    ({"codes": np.zeros((2, 2)), "labels": [0, 2], "class_names": ["a"]}, "class_names has 1 names"),
    ({"labels": [0, 2]}, "without codes"),
    ({"limits": (1, 1)}, "low < high"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[m for _, m in BAD])
def test_bad_input_says_what_was_expected(options, message):
    with pytest.raises(ValueError, match=message):
        LatentMap(**{"decoder": decoder(), **options})


def test_a_place_has_as_many_numbers_as_the_code():
    with pytest.raises(ValueError, match="2 finite numbers"):
        LatentMap(decoder()).walk(1.0)
