"""The sketchpad without a browser: what the model sees of a drawing, and what it is answered."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from widgets.stubs import Stub, fixed

import kerasnb as keras
from kerasnb.widgets import in_place
from kerasnb.widgets.handwriting import centre_of_mass, normalised
from kerasnb.widgets.sketchpad import Sketchpad


def strokes(points, side: int = 140, width: int = 10) -> np.ndarray:
    """A drawing of lines, 0..1."""
    image = Image.new("L", (side, side))
    ImageDraw.Draw(image).line([(x * side, y * side) for x, y in points], fill=255, width=width)
    return np.asarray(image) / 255


SEVEN = [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)]


def test_a_digit_comes_out_as_mnist_has_it():
    image = normalised(strokes(SEVEN), 28, 28)
    rows, columns = (np.flatnonzero(image.max(axis) > 0) for axis in (1, 0))
    assert image.shape == (28, 28) and image.dtype == np.float32 and image.max() == pytest.approx(1)
    assert rows[-1] - rows[0] + 1 == 20  # the longer side fills the box
    assert columns[-1] - columns[0] + 1 < 20  # proportions kept
    assert np.abs(np.array(centre_of_mass(image)) - 13.5).max() <= 0.5


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 0.6), st.floats(0.05, 0.6), st.floats(0.15, 0.35))
def test_where_and_how_large_it_is_drawn_does_not_matter(x, y, size):
    def placed(a, b, s):
        return normalised(strokes([(a + s * p, b + s * q) for p, q in SEVEN], 400, max(1, round(40 * s))), 28, 28)

    assert np.abs(placed(x, y, size) - placed(0.2, 0.2, 0.6)).mean() < 0.06


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(5, 40), st.integers(5, 40))
def test_any_drawing_fits_in_any_image(rows, columns, height, width):
    ink = np.zeros((64, 64))
    ink[64 - rows :, :columns] = 1
    image = normalised(ink, height, width)
    assert image.shape == (height, width) and 0 <= image.min() and image.max() == pytest.approx(1)


def test_small_images_are_filled():
    image = normalised(strokes(SEVEN), 8, 8)
    assert image[0].max() > 0 and image[-1].max() > 0


def test_an_empty_drawing_and_a_dot():
    assert not normalised(np.zeros((140, 140)), 28, 28).any()
    assert normalised(np.eye(1), 28, 28).max() == 1
    with pytest.raises(ValueError, match="matrix of ink"):
        normalised(np.zeros(4), 28, 28)


SHAPES = [(28, 28), (28, 28, 1), (784,), (64,), (8, 8, 1), (32, 32, 3), (20, 30, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_input_shapes(shape):
    seen = []

    def predict(x):
        seen.append(x.shape)
        return np.tile([0.1, 0.9], (len(x), 1))

    pad = Sketchpad(Stub(predict, input_shape=(None, *shape)), ["a", "b"])
    p = pad.draw(strokes(SEVEN))
    assert seen[-1] == (1, *shape) and pad.image.shape == shape
    assert p.predicted.tolist() == [1] and pad.bars()[0] == (1, pytest.approx(0.9))
    assert pad._pixels().shape == pad.shape[:2] and pad._pixels().max() == 255


def test_a_real_model_and_its_rescaling():
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    pad = Sketchpad(model)
    p = pad.draw(strokes(SEVEN))
    assert pad.image.max() == 255 and p.probabilities.shape == (1, 10) and pad.class_names[3] == "3"
    np.testing.assert_allclose(p.probabilities.sum(), 1, rtol=1e-5)


def test_ink_and_paper():
    model = fixed([[0.5, 0.5]], input_shape=(None, 8, 8))
    white = np.ones((5, 8, 8))
    white[:, 2:4] = 0  # dark on light
    pad = Sketchpad(model, like=white)
    pad.draw(strokes(SEVEN))
    assert pad.image.max() == 1 and pad.image.min() == 0 and pad.image.mean() > 0.5 and pad._pixels().max() == 255
    assert Sketchpad(model, like=np.arange(17).repeat(4).reshape(-1, 4)).high == 16
    assert Sketchpad(model, ink=255).high == 255


def test_keeping():
    pad = Sketchpad(fixed([[0.2, 0.8]], input_shape=(None, 8, 8)), ["cat", "dog"])
    with pytest.raises(ValueError, match="no drawing to keep"):
        pad.keep()
    assert pad.arrays()[0].shape == (0, 8, 8)
    pad.draw(strokes(SEVEN))
    pad.keep("dog")
    pad.draw((255 * strokes(SEVEN[:2])).astype(np.uint8))
    pad.keep()
    x, y = pad.arrays()
    assert x.shape == (2, 8, 8) and y.tolist() == [1, -1] and pad.samples[0].label == 1
    assert not np.array_equal(x[0], x[1])
    with pytest.raises(ValueError, match="label 'dig'"):
        pad.keep("dig")


def test_still_and_text_show_the_same_numbers():
    pad = Sketchpad(fixed([[0.125, 0.875]], input_shape=(None, 8, 8)), ["<b>cat</b>", "dog"])
    empty = pad._repr_mimebundle_()
    assert "nothing is drawn" in empty["text/plain"] and "Run this cell" in empty["text/html"]
    pad.draw(strokes(SEVEN))
    pad.keep(1)
    bundle = pad.still()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    for word in ("12.5%", "87.5%", "1 kept"):
        assert word in bundle["text/html"] and word in bundle["text/plain"]
    assert "<b>cat" not in bundle["text/html"] and bundle["text/html"].count("data:image/png") == 2
    assert Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).width == 560


FAULTS = [
    ({"model": Stub(None)}, "does not know its input yet"),
    ({"model": Stub(None, input_shape=[(None, 8, 8), (None, 3)])}, "several inputs"),
    ({"model": Stub(None, input_shape=(None, None, 8))}, "open in size"),
    ({"model": Stub(None, input_shape=(None, 13))}, "is no image"),
    ({"model": fixed([[5.0]], input_shape=(None, 8, 8), loss="mse")}, "predicts quantities"),
    ({"model": fixed([[np.nan, 1]], input_shape=(None, 8, 8))}, "NaN"),
    ({"class_names": ["a"]}, "1 names"),
    ({"ink": 0}, "ink must be"),
    ({"like": np.zeros((3, 8, 8))}, "all of one value"),
    ({"like": np.full((3, 8, 8), np.nan)}, "finite numbers"),
    ({"image_shape": (5, 5)}, "does not hold a sample"),
]


@pytest.mark.parametrize(("options", "message"), FAULTS, ids=[m for _, m in FAULTS])
def test_faults_are_told(options, message):
    options = {"model": fixed([[0.5, 0.5]], input_shape=(None, 8, 8)), **options}
    with pytest.raises(ValueError, match=message):
        Sketchpad(**options)


def test_requests(wire, monkeypatch):
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    monkeypatch.setattr(in_place, "keeps_outputs_apart", lambda: False)
    pad = Sketchpad(fixed([[0.25, 0.75]], input_shape=(None, 8, 8)), ["cat", "dog"])
    assert in_place.WIDGET_VIEW not in pad._repr_mimebundle_()
    (opened,) = wire.custom("everything")
    assert opened["names"] == ["cat", "dog"] and opened["height"] == 8
    drawing = (255 * strokes(SEVEN)).astype(np.uint8)

    def press(buffers=(), **content):
        message = {
            "content": {"data": {"method": "custom", "content": content}},
            "buffers": [memoryview(b) for b in buffers],
        }
        wire.comms[-1].handle_msg(message)
        return wire.custom()[-1]

    answer = press([drawing.tobytes()], kind="draw", request=1, height=140, width=140)
    assert answer["kind"] == "answer" and answer["request"] == 1
    assert answer["bars"] == [(1, 0.75), (0, 0.25)] and len(answer["buffers"][0]) == 64
    assert press(kind="keep", request=2, label=1)["kept"] == 1
    assert press(kind="keep", request=3, label=None)["kept"] == 2
    assert press(kind="forget", request=4)["kept"] == 1 and pad.samples[0].label == 1
    assert press([drawing.tobytes()[:9]], kind="draw", request=5, height=140, width=140)["kind"] == "error"
    assert press([b""], kind="draw", request=6, height=10**6, width=10**6)["kind"] == "error"
    assert press([bytes(140 * 140)], kind="draw", request=7, height=140, width=140)["bars"] == []
    assert "no drawing" in press(kind="keep", request=8)["message"]
    pad.close()
