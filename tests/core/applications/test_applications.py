"""Networks of keras.applications: sizes, names, tops, pixels and class names."""

from __future__ import annotations

import json

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import applications
from kerasnb.core.applications import imagenet
from kerasnb.core.applications.assembly import divisible, stride_padding

# Weights with the top of 1000 classes, and layers, as Keras has them.
SIZES = {
    "MobileNetV2": (3538984, 156),
    "MobileNetV3Small": (2554968, 164),
}
LARGE = {
    "VGG16": (138357544, 23), "ResNet50": (25636712, 177), "ResNet50V2": (25613800, 192),
    "MobileNet": (4253864, 91), "DenseNet121": (8062504, 429), "EfficientNetB0": (5330571, 240),
    "EfficientNetV2B0": (7200312, 273), "Xception": (22910480, 134), "InceptionV3": (23851784, 313),
    "NASNetMobile": (5326716, 771), "ConvNeXtTiny": (28589128, 135), "InceptionResNetV2": (55873736, 782),
}  # fmt: skip


def check_size(name, size):
    model = getattr(applications, name)(weights=None)
    assert (model.count_params(), len(model.layers)) == size
    assert model.output_shape == (None, 1000)


@pytest.mark.parametrize("name", SIZES)
def test_size(name):
    check_size(name, SIZES[name])


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n == "VGG16" else n for n in LARGE])
def test_size_of_the_large_ones(name):
    check_size(name, LARGE[name])


def test_without_top_and_on_a_tensor_of_ones_own():
    start = keras.layers.Rescaling(1 / 127.5, -1)(keras.Input((32, 32, 3)))
    model = applications.MobileNetV2(weights=None, include_top=False, input_tensor=start, pooling="avg", alpha=0.35)
    assert model.output_shape == (None, 1280)
    assert type(model.layers[1]).__name__ == "Rescaling"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"weights": "no/such/file.h5"}, "weights"),
        ({"weights": "imagenet", "classes": 5}, "1000"),
        ({"weights": None, "pooling": "mean"}, "pooling"),
        ({"weights": None, "input_shape": (16, 16, 3)}, "at least 32"),
        ({"weights": None, "input_shape": (64, 64)}, "three sizes"),
        ({"weights": None, "input_tensor": 3}, "symbolic"),
    ],
)
def test_mistakes(arguments, says):
    with pytest.raises(ValueError, match=says):
        applications.VGG16(**arguments)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_preprocess_input_of_arrays_and_symbols(mode):
    x = np.random.RandomState(0).uniform(0, 255, (2, 4, 4, 3)).astype("float32")
    by_hand = {
        "caffe": x[..., ::-1] - np.array(imagenet.CAFFE_MEANS),
        "tf": x / 127.5 - 1,
        "torch": (x / 255 - np.array(imagenet.TORCH_MEANS)) / np.array(imagenet.TORCH_DEVIATIONS),
    }[mode]
    np.testing.assert_allclose(imagenet.preprocess_input(x, mode=mode), by_hand, rtol=1e-4, atol=1e-4)
    first = imagenet.preprocess_input(np.moveaxis(x, -1, 1), "channels_first", mode)
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), by_hand, rtol=1e-4, atol=1e-4)
    symbol = keras.Input((4, 4, 3))
    model = keras.Model(symbol, imagenet.preprocess_input(symbol, mode=mode))
    np.testing.assert_allclose(model(jax.numpy.asarray(x)), by_hand, rtol=1e-4, atol=1e-4)


def test_decode_predictions(monkeypatch, tmp_path):
    names = {str(i): [f"n{i:08d}", f"thing_{i}"] for i in range(1000)}
    path = tmp_path / "index.json"
    path.write_text(json.dumps(names), encoding="utf-8")
    monkeypatch.setattr(imagenet, "_class_names", None)
    monkeypatch.setattr("kerasnb.core.utils.files.get_file", lambda *args, **kwargs: str(path))
    row = np.zeros(1000)
    row[[7, 3]] = 0.6, 0.4
    (best,) = applications.imagenet_utils.decode_predictions(row[None], top=2)
    assert [b[:2] for b in best] == [("n00000007", "thing_7"), ("n00000003", "thing_3")]
    with pytest.raises(ValueError, match="1000"):
        imagenet.decode_predictions(np.zeros((1, 10)))
    monkeypatch.setattr(imagenet, "_class_names", None)


def test_channel_rounding():
    assert [divisible(n) for n in (8, 12, 44.8, 11)] == [8, 16, 48, 16]
    assert stride_padding((224, None), 3) == ((0, 1), (0, 1))
    assert stride_padding((113, 113), 5) == ((2, 2), (2, 2))
