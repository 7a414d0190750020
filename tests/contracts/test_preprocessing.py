"""What every image layer promises, tried on each line of ``preprocessing_cases``."""

from __future__ import annotations

import functools
import inspect
import json

import jax
import numpy as np
import pytest

import kerasnb as keras
from contracts.preprocessing_cases import IMAGE_CASES, Case
from kerasnb import layers
from kerasnb.core.data.dataset import Dataset

every_layer = pytest.mark.parametrize("case", IMAGE_CASES, ids=lambda c: c.name)
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
IMAGES = np.random.RandomState(0).uniform(0, 255, (3, 8, 6, 3)).astype("float32")
BOXES = np.array([[[1, 1, 4, 5], [0, 2, 3, 8]], [[2, 0, 6, 4], [1, 1, 2, 2]], [[0, 0, 6, 8], [3, 3, 5, 7]]], "float32")


def make(case: Case, seed: int = 3, **more):
    cls = getattr(layers, case.layer)
    if "seed" in inspect.signature(cls).parameters:
        more["seed"] = seed
    return cls(**case.arguments, **more)


def size_of(case: Case) -> tuple[int, int]:
    return case.size or IMAGES.shape[1:3]


@functools.cache
def augmented(index: int) -> np.ndarray:
    return np.asarray(make(IMAGE_CASES[index])(IMAGES, training=True))


def output(case: Case) -> np.ndarray:
    return augmented(IMAGE_CASES.index(case))


@every_layer
def test_shape_dtype_and_range(case):
    y = output(case)
    assert y.shape == (3, *size_of(case), 3) and y.dtype == np.float32
    assert np.isfinite(y).all()
    assert not case.in_range or (y.min() >= -0.01 and y.max() <= 255.01)
    assert make(case).compute_output_shape((None, 8, 6, 3)) == (None, *size_of(case), 3)


@every_layer
def test_outside_of_training_nothing_happens(case):
    y = np.asarray(make(case)(IMAGES, training=False))
    np.testing.assert_allclose(y, output(case) if case.deterministic else IMAGES, atol=1e-3)


@every_layer
def test_one_seed_one_result(case):
    np.testing.assert_array_equal(make(case)(IMAGES, training=True), output(case))


@every_layer
def test_later_calls_differ(case):
    layer = make(case)
    if not hasattr(layer, "generator"):
        pytest.skip("nothing is random")
    assert len({np.asarray(layer(IMAGES, training=True)).tobytes() for _ in range(6)}) > 1


# a policy compiles each of its augmentations
compiled_layers = pytest.mark.parametrize(
    "case",
    [pytest.param(c, marks=pytest.mark.slow) if c.layer in ("RandAugment", "AugMix") else c for c in IMAGE_CASES],
    ids=lambda c: c.name,
)


@compiled_layers
def test_compiled_equals_eager(case):
    """The draws come from the state, so a program gives what Python gives, and moves the state on alike."""
    layer = make(case)
    layer.build(IMAGES.shape)
    before = [v.value for v in layer.non_trainable_variables]
    program = jax.jit(lambda state, x: layer.stateless_call([], state, x, training=True), compiler_options=QUICK)
    y, after = program(before, IMAGES)
    # rounding of coordinates at a pixel's border may fall to either side
    far = np.abs(np.asarray(y) - output(case)) > 1e-2 + case.tolerance * 255
    assert far.mean() < 0.01
    twin = make(case)
    twin(IMAGES, training=True)
    for a, b in zip(after, [v.value for v in twin.non_trainable_variables], strict=True):
        np.testing.assert_array_equal(a, b)


@every_layer
def test_config_survives_json(case):
    layer = make(case)
    text = json.dumps(layers.serialize(layer))
    twin = layers.deserialize(json.loads(text))
    assert json.dumps(layers.serialize(twin)) == text
    np.testing.assert_array_equal(twin(IMAGES, training=True), output(case))


few = pytest.mark.parametrize("case", IMAGE_CASES[1::4], ids=lambda c: c.name)


@few
def test_one_image_is_a_batch_of_one(case):
    batch, single = make(case)(IMAGES[:1], training=True), make(case)(IMAGES[0], training=True)
    np.testing.assert_allclose(single, batch[0], atol=1e-3)


@few
def test_channels_first(case):
    if "data_format" not in make(case).get_config():
        pytest.skip("has no channels")
    y = make(case, data_format="channels_first")(np.moveaxis(IMAGES, -1, 1), training=True)
    np.testing.assert_allclose(np.moveaxis(np.asarray(y), 1, -1), output(case), atol=1e-3)


@every_layer
def test_rows_are_on_their_own(case):
    """Changing the last image leaves the first ones alone (the draws do not depend on the images)."""
    if case.mixes:
        pytest.skip("works on the batch as a whole")
    other = np.concatenate([IMAGES[:2], IMAGES[:1]])
    np.testing.assert_allclose(make(case)(other, training=True)[:2], output(case)[:2], atol=1e-3)


@every_layer
def test_whole_dicts(case):
    """Images come out as alone; labels as they were; masks and boxes as large as the images."""
    masks = np.random.RandomState(1).randint(0, 3, (3, 8, 6, 1)).astype("float32")
    data = {
        "images": IMAGES,
        "labels": np.eye(3, dtype="float32"),
        "segmentation_masks": masks,
        "bounding_boxes": {"boxes": BOXES, "labels": np.ones((3, 2), "float32")},
    }
    out = make(case, bounding_box_format="xyxy")(data, training=True)
    height, width = size_of(case)
    np.testing.assert_allclose(out["images"], output(case), atol=1e-3)
    np.testing.assert_array_equal(out["labels"], data["labels"])
    assert out["segmentation_masks"].shape == (3, height, width, 1)
    assert set(np.unique(out["segmentation_masks"])) <= {0.0, 1.0, 2.0}
    boxes = np.asarray(out["bounding_boxes"]["boxes"])
    assert boxes.shape == BOXES.shape
    assert (boxes[..., :2] >= 0).all() and (boxes[..., 2:] <= (width, height)).all()
    if not case.moves:
        np.testing.assert_array_equal(boxes, BOXES)


@every_layer
def test_symbolic_shape(case):
    assert make(case)(keras.Input((8, 6, 3))).shape == (None, *size_of(case), 3)
    assert make(case)(keras.Input((None, None, 3))).shape[-1] == 3


def test_in_a_model():
    symbol = keras.Input((8, 6, 3))
    case = next(c for c in IMAGE_CASES if c.layer == "RandomRotation")
    model = keras.Model(symbol, layers.Rescaling(1 / 255)(make(case)(symbol)))
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), IMAGES / 255, atol=1e-5)
    np.testing.assert_allclose(model(IMAGES, training=True), output(case) / 255, atol=1e-4)


def test_in_a_data_set():
    layer = layers.RandomBrightness(0.3, seed=3)
    (batch,) = list(Dataset.from_tensor_slices(IMAGES).batch(3).map(lambda x: layer(x, training=True)))
    case = next(c for c in IMAGE_CASES if c.layer == "RandomBrightness")
    np.testing.assert_allclose(np.asarray(batch), output(case))
