"""Pictures from and to files, and resizing on the host."""

from __future__ import annotations

import io

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kerasnb.core.utils import resizing
from kerasnb.core.utils.images import middle_box
from kerasnb.utils import array_to_img, img_to_array, load_img, save_img

PIXELS = np.random.RandomState(0).randint(0, 255, (6, 8, 3)).astype("uint8")


@pytest.fixture
def files(tmp_path):
    kinds = {"rgb": PIXELS, "grey": PIXELS[..., 0], "rgba": np.dstack([PIXELS, PIXELS[..., :1]])}
    for name, pixels in kinds.items():
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    Image.fromarray(PIXELS[..., 0].astype("uint16") * 200).save(tmp_path / "deep.png")
    return tmp_path


@pytest.mark.parametrize("name", ["rgb", "grey", "rgba"])
@pytest.mark.parametrize(("mode", "letters"), [("rgb", "RGB"), ("rgba", "RGBA"), ("grayscale", "L")])
def test_colour_modes(files, name, mode, letters):
    picture = load_img(files / f"{name}.png", color_mode=mode)
    assert (picture.mode, picture.size) == (letters, (8, 6))


def test_other_ways_to_load(files):
    assert np.array_equal(img_to_array(load_img(files / "rgb.png")), PIXELS)
    data = io.BytesIO((files / "rgb.png").read_bytes())
    assert np.array_equal(img_to_array(load_img(data), dtype="uint8"), PIXELS)
    deep = img_to_array(load_img(str(files / "deep.png"), color_mode="grayscale"))
    assert deep.max() > 255 and np.array_equal(deep[..., 0], PIXELS[..., 0].astype(float) * 200)
    assert load_img(files / "rgb.png", target_size=(3, 4)).size == (4, 3)
    whole = load_img(files / "rgb.png", target_size=(6, 3), keep_aspect_ratio=True)
    assert np.array_equal(np.asarray(whole), PIXELS[:, 2:5])


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_round_trip(tmp_path, scale, layout, channels):
    pixels = np.resize(PIXELS, (6, 8, channels)).astype("float32")
    pixels.flat[:2] = 0, 255  # then scaling changes nothing
    array = pixels.transpose(2, 0, 1) if layout == "channels_first" else pixels
    save_img(tmp_path / "a.png", array, data_format=layout, scale=scale)
    mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
    assert np.allclose(img_to_array(load_img(tmp_path / "a.png", color_mode=mode), layout), array, atol=1)


def test_scaling_and_depth():
    assert np.asarray(array_to_img(np.array([[[0.0], [0.5]]]))).tolist() == [[0, 255]]
    assert np.asarray(array_to_img(np.zeros((2, 2, 3)))).max() == 0
    assert np.asarray(array_to_img(np.array([[[300.0]]]), scale=False)).tolist() == [[300]]


def test_jpeg_has_no_transparency(tmp_path):
    with pytest.warns(UserWarning, match="transparency"):
        save_img(tmp_path / "a.jpg", np.zeros((2, 2, 4)))
    assert load_img(tmp_path / "a.jpg").mode == "RGB"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda f: load_img(f / "rgb.png", color_mode="rbg"), ValueError, "Did you mean 'rgb'"),
        (lambda f: load_img(f / "rgb.png", target_size=(3, 4), interpolation="x"), ValueError, "bilinear"),
        (lambda f: load_img(f / "rgb.png", target_size=3), ValueError, r"\(height, width\)"),
        (lambda f: load_img(f / "rgb.png", target_size=(0, 3)), ValueError, "target_size"),
        (lambda f: load_img(5), TypeError, "int"),
        (lambda f: load_img(f / "none.png"), FileNotFoundError, r"none.png"),
        (lambda f: img_to_array(np.zeros((1, 2, 3, 4))), ValueError, "2 or 3 axes"),
        (lambda f: img_to_array(PIXELS, data_format="x"), ValueError, "data_format"),
        (lambda f: array_to_img(PIXELS[..., 0]), ValueError, "one picture"),
        (lambda f: array_to_img(np.zeros((2, 2, 5))), ValueError, "1, 3 or 4 channels"),
        (lambda f: save_img(f / "a.xyz", PIXELS), ValueError, "format 'xyz'"),
    ],
)
def test_bad_input(files, call, error, words):
    with pytest.raises(error, match=words):
        call(files)


# --- resizing: against jax.image, which does the same without antialiasing ---------------------------

METHODS = {"bilinear": "linear", "bicubic": "cubic", "lanczos3": "lanczos3", "lanczos5": "lanczos5"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(12, 5), (3, 4), (6, 8), (1, 20)])
def test_as_jax_resizes(method, size):
    found = resizing.resize(PIXELS, *size, method)
    expected = jax.image.resize(PIXELS.astype("float32"), (*size, 3), METHODS[method], antialias=False)
    np.testing.assert_allclose(found, expected, atol=2e-2)
    batch = resizing.resize(np.stack([PIXELS, PIXELS[::-1]]), *size, method)
    np.testing.assert_allclose(batch[0], found, atol=1e-4)


@given(
    st.sampled_from(resizing.INTERPOLATIONS),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 20),
    st.integers(1, 20),
)
def test_a_flat_picture_stays_flat(method, h, w, height, width):
    found = resizing.resize(np.full((h, w, 2), 7.0, "float32"), height, width, method)
    assert found.shape == (height, width, 2)
    np.testing.assert_allclose(found, 7.0, atol=1e-4)


def test_area_is_a_mean():
    found = resizing.resize(PIXELS, 3, 4, "area")
    np.testing.assert_allclose(found, PIXELS.reshape(3, 2, 4, 2, 3).mean((1, 3)), atol=1e-4)
    with pytest.raises(ValueError, match="bilinear"):
        resizing.resize(PIXELS, 2, 2, "linear")


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(1, 30))
def test_the_middle_is_inside(h, w, th, tw):
    left, top, right, bottom = middle_box(h, w, th, tw)
    assert 0 <= left < right <= w and 0 <= top < bottom <= h
    padded = resizing.pad_to_proportions(np.ones((h, w, 1)), th, tw)
    assert padded.sum() == h * w and padded.shape[0] >= h and padded.shape[1] >= w
