"""Numbers, categories, boxes and sound."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.data.dataset import Dataset
from kerasnb.core.layers.preprocessing import bounding_boxes

X = np.random.RandomState(0).normal(2, 3, (50, 4)).astype("float32")


def test_normalization_over_batches_is_that_of_the_whole():
    layer = layers.Normalization()
    layer.adapt(Dataset.from_tensor_slices(X).batch(7))
    np.testing.assert_allclose(layer.mean[0], X.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.variance[0], X.var(0), rtol=1e-5)
    y = np.asarray(layer(X))
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(0), 1, rtol=1e-4)


def test_normalization_and_its_inverse():
    there, back = layers.Normalization(), layers.Normalization(invert=True)
    there.adapt(X)
    back.adapt(X)
    np.testing.assert_allclose(back(there(X)), X, rtol=1e-4, atol=1e-4)


def test_normalization_in_archives(tmp_path):
    layer = layers.Normalization()
    layer.adapt(X)
    model = keras.Sequential([keras.Input((4,)), layer, layers.Dense(1)])
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(loaded.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5)


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=5, max_size=60), st.integers(2, 5))
@settings(max_examples=25, deadline=None)
def test_discretization_bins_are_in_order(values, bins):
    layer = layers.Discretization(num_bins=bins)
    layer.adapt(np.array(values, "float32"))
    assert layer.bin_boundaries == sorted(layer.bin_boundaries)
    numbers = np.sort(np.array(values, "float32"))
    classes = np.asarray(layer(numbers))
    assert (np.diff(classes) >= 0).all() and classes.min() >= 0 and classes.max() < bins


def test_discretization_as_in_keras_and_through_json():
    x = np.random.RandomState(0).normal(size=(5, 3)).astype("f4")
    layer = layers.Discretization(num_bins=4)
    layer.adapt(x)
    np.testing.assert_allclose(layer.bin_boundaries, [0.06545, 0.42723, 1.09762], atol=1e-4)
    twin = layers.deserialize(json.loads(json.dumps(layers.serialize(layer))))
    np.testing.assert_array_equal(twin(x), layer(x))


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
@pytest.mark.parametrize("shape", [(5,), (5, 1), (5, 3)])
def test_category_shapes(mode, shape):
    layer = layers.CategoryEncoding(4, mode)
    y = layer(np.zeros(shape, "int32"))
    wanted = {"one_hot": {1: (5, 4), 3: (5, 3, 4)}.get(shape[-1], (5, 4)), "other": (5, 4) if len(shape) > 1 else (4,)}
    assert y.shape == wanted["one_hot" if mode == "one_hot" else "other"]
    assert layer(keras.Input(shape[1:], dtype="int32")).shape[1:] == y.shape[1:] or len(shape) == 1


def test_counts_can_be_weighed():
    weighed = layers.CategoryEncoding(4, "count")(np.array([[0, 1, 1]]), count_weights=np.array([[0.5, 1.0, 2.0]]))
    assert weighed.tolist() == [[0.5, 3.0, 0.0, 0.0]]


@pytest.mark.parametrize("source", bounding_boxes.ALL_FORMATS)
@pytest.mark.parametrize("target", bounding_boxes.ALL_FORMATS)
def test_box_formats_and_back(source, target):
    boxes = np.array([[[1.0, 2.0, 5.0, 7.0], [0.0, 0.0, 8.0, 10.0]]], "float32")
    start = bounding_boxes.convert_format(boxes, "xyxy", source, 10, 8)
    there = bounding_boxes.convert_format(start, source, target, 10, 8)
    np.testing.assert_allclose(bounding_boxes.convert_format(there, target, "xyxy", 10, 8), boxes, atol=1e-5)


def test_boxes_follow_their_pixels():
    """A bright square, moved by a whole number of pixels, stays in its box."""
    image = np.zeros((1, 16, 16, 1), "float32")
    image[0, 3:6, 4:9] = 255
    data = {
        "images": image,
        "bounding_boxes": {"boxes": np.array([[[4, 3, 9, 6]]], "f4"), "labels": np.ones((1, 1), "f4")},
    }
    shift = layers.RandomTranslation((0.25, 0.25), (0.125, 0.125), fill_mode="constant", bounding_box_format="xyxy")
    for layer in (shift, layers.RandomFlip("horizontal", seed=2, bounding_box_format="xyxy")):
        out = layer(data, training=True)
        rows, columns = np.nonzero(np.asarray(out["images"])[0, :, :, 0] > 200)
        found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(out["bounding_boxes"]["boxes"][0, 0], found, atol=1e-3)


def test_vanished_boxes_lose_their_label():
    boxes = {"boxes": np.array([[[0.0, 0, 2, 2], [5, 5, 9, 9]]]), "labels": np.array([[3, 4]])}
    clipped = bounding_boxes.clip_to_image_size(boxes, 4, 4)
    assert clipped["labels"].tolist() == [[3, -1]]


@pytest.mark.parametrize("kind", ["MixUp", "CutMix"])
def test_mixtures_keep_the_sum_of_labels(kind):
    images = np.random.RandomState(1).uniform(0, 255, (6, 5, 5, 3)).astype("float32")
    data = {"images": images, "labels": np.eye(6, dtype="float32")}
    layer = getattr(layers, kind)(seed=4)
    out = layer(data, training=True)
    np.testing.assert_allclose(np.asarray(out["labels"]).sum(1), 1, rtol=1e-5)
    same = layer(data, training=False)
    np.testing.assert_array_equal(same["images"], images)
    with pytest.raises(ValueError, match="batch"):
        layer(images[0], training=True)


def test_mel_spectrogram_finds_a_tone():
    time = np.arange(4000) / 8000
    layer = layers.MelSpectrogram(fft_length=512, sequence_stride=128, sampling_rate=8000, num_mel_bins=20)
    low, high = (np.asarray(layer(np.sin(2 * np.pi * f * time).astype("f4"))).mean(1).argmax() for f in (300, 2500))
    assert low < high
    assert layer(keras.Input((4000,))).shape == (None, 20, 32)


@pytest.mark.parametrize("mode", ["log", "magnitude", "psd", "real", "imag", "angle", "stft"])
def test_stft_spectrogram_is_a_fourier_transform(mode):
    x = np.random.RandomState(3).normal(size=(1, 64, 1)).astype("f4")
    layer = layers.STFTSpectrogram(mode, frame_length=16, frame_step=8, window=None)
    frames = np.stack([x[0, i : i + 16, 0] for i in range(0, 49, 8)])
    spectrum = np.fft.rfft(frames)
    twice = np.r_[1, np.full(7, 2), 1]
    expected = {
        "log": np.log(np.abs(spectrum)), "magnitude": np.abs(spectrum), "psd": np.abs(spectrum) ** 2 * twice,
        "real": spectrum.real, "imag": spectrum.imag, "angle": np.angle(spectrum),
        "stft": np.concatenate([spectrum.real, spectrum.imag], 1),
    }[mode]  # fmt: skip
    y = np.asarray(layer(x))[0]
    if mode == "angle":
        y, expected = np.cos(y), np.cos(expected)
    np.testing.assert_allclose(y, expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize(
    ("count", "epsilon", "expected"),
    [
        (350, 0.01, [85.99994659, 172.99993896, 259.99996948]),
        (1000, 0.01, [248.99975586, 498.99981689, 748.99993896]),
        (47, 0.05, [10.49999714, 21.99999237, 33.49999619]),
        (9, 0.3, [1.39999998, 3.0, 4.99999952]),
    ],
)
def test_boundaries_are_keras_s_of_more_data_than_the_sketch_holds(count, epsilon, expected):
    """Numbers recorded from Keras 3.15.1."""
    layer = layers.Discretization(num_bins=4, epsilon=epsilon)
    layer.adapt(np.arange(count, dtype="float32"))
    np.testing.assert_allclose(layer.bin_boundaries, expected, rtol=1e-6)
