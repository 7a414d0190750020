"""Bounding boxes: values as Keras 3.15 gives them, round trips, and what a box means."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnb.core.utils.boxes.formats import FORMATS
from kerasnb.utils import bounding_boxes as bb

BOXES = np.array([[10.0, 20, 30, 60], [5, 5, 15, 25], [-1, -1, -1, -1], [70, 90, 90, 120]], "float32")
A = np.array([[27.44068, 27.24416, 30.13817, 35.75947], [21.18274, 32.2947, 21.87936, 44.58865]], "float32")
B = np.array([[3.5518, 4.35646, 28.40223, 46.27983], [1.01092, 41.63099, 38.90784, 43.50061]], "float32")


@pytest.mark.parametrize(
    ("target", "first", "last"),
    [
        ("xyxy", [10, 20, 30, 60], [70, 90, 90, 120]), ("yxyx", [20, 10, 60, 30], [90, 70, 120, 90]),
        ("xywh", [10, 20, 20, 40], [70, 90, 20, 30]), ("center_xywh", [20, 40, 20, 40], [80, 105, 20, 30]),
        ("center_yxhw", [40, 20, 40, 20], [105, 80, 30, 20]),
        ("rel_xyxy", [0.125, 0.2, 0.375, 0.6], [0.875, 0.9, 1.125, 1.2]),
        ("rel_yxyx", [0.2, 0.125, 0.6, 0.375], [0.9, 0.875, 1.2, 1.125]),
        ("REL_XYWH", [0.125, 0.2, 0.25, 0.4], [0.875, 0.9, 0.25, 0.3]),
        ("rel_center_xywh", [0.25, 0.4, 0.25, 0.4], [1.0, 1.05, 0.25, 0.3]),
    ],
)  # fmt: skip
def test_formats(target, first, last):
    found = bb.convert_format(BOXES, "xyxy", target, height=100, width=80)
    np.testing.assert_allclose(found[0], first, rtol=1e-5)
    np.testing.assert_allclose(found[3], last, rtol=1e-5)


@given(
    st.sampled_from(FORMATS),
    st.sampled_from(FORMATS),
    st.lists(st.tuples(*[st.floats(0, 60)] * 2, *[st.floats(1, 40)] * 2), min_size=3, max_size=3),
)
def test_there_and_back(source, target, boxes):
    start = bb.convert_format(np.array(boxes), "xywh", source, 70, 50)
    back = bb.convert_format(bb.convert_format(start, source, target, 70, 50), target, source, 70, 50)
    np.testing.assert_allclose(back, start, atol=1e-3)


def test_dicts_batches_and_jit():
    found = bb.convert_format({"boxes": BOXES, "labels": [1]}, "xyxy", "xywh")
    assert found["labels"] == [1] and found["boxes"].shape == (4, 4)
    sizes = np.array([100, 50]), np.array([80, 40])
    batch = bb.convert_format(np.stack([BOXES, BOXES]), "xyxy", "rel_xyxy", *sizes)
    np.testing.assert_allclose(batch[1], 2 * batch[0], rtol=1e-5)
    jitted = jax.jit(lambda b: bb.convert_format(b, "xyxy", "rel_xywh", 100, 80))(BOXES)
    np.testing.assert_allclose(jitted, bb.convert_format(BOXES, "xyxy", "rel_xywh", 100, 80), rtol=1e-6)


def test_overlap():
    np.testing.assert_allclose(bb.compute_iou(A, B, "xyxy"), [[0.00775, 0], [0.00822, 0.01667]], atol=2e-5)
    np.testing.assert_allclose(bb.compute_iou(A, B, "xywh"), [[0.04617, 0.10652], [0.09442, 0.32899]], atol=2e-5)
    assert bb.compute_iou(A[None], B, "xyxy").shape == (1, 2, 2)
    masked = bb.compute_iou(BOXES, BOXES, "xyxy", use_masking=True, mask_val=-1)
    assert np.all(masked[2] == -1) and np.all(masked[:, 2] == -1) and np.allclose(masked[0, 0], 1)
    relative = bb.compute_iou(A / 50, B / 50, "rel_xyxy", image_shape=(50, 50, 3))
    np.testing.assert_allclose(relative, bb.compute_iou(A, B, "xyxy"), atol=1e-5)
    np.testing.assert_allclose(bb.compute_ciou(A, B, "xyxy"), [-0.07482, -0.40379], atol=2e-5)
    np.testing.assert_allclose(bb.compute_ciou(A[:, None], B[None], "xywh")[1], [-0.04348, 0.28093], atol=2e-5)


@given(st.lists(st.tuples(*[st.floats(0, 50)] * 2, *[st.floats(1, 30)] * 2), min_size=3, max_size=3))
def test_overlap_is_a_share_and_symmetric(boxes):
    iou = np.asarray(bb.compute_iou(np.array(boxes), np.array(boxes), "xywh"))
    assert np.all(iou >= 0) and np.all(iou <= 1 + 1e-5)
    np.testing.assert_allclose(iou, iou.T, atol=1e-5)
    np.testing.assert_allclose(np.diag(iou), 1, atol=1e-4)


@pytest.mark.parametrize("encoding", ["center_yxhw", "center_xywh"])
@pytest.mark.parametrize("variance", [None, [0.1, 0.1, 0.2, 0.2]])
def test_deltas_and_back(encoding, variance):
    deltas = bb.encode_box_to_deltas(A, B, "xyxy", "xyxy", encoding, variance)
    if encoding == "center_yxhw" and variance is None:
        np.testing.assert_allclose(deltas[0], [-0.72618, -4.74975, 1.59398, 2.22055], rtol=1e-4)
    back = bb.decode_deltas_to_boxes(A, deltas, "xyxy", "xyxy", encoding, variance)
    np.testing.assert_allclose(back, B, rtol=1e-4)
    levels = bb.decode_deltas_to_boxes(
        {"a": A[:1], "b": A[1:]}, {"a": deltas[:1], "b": deltas[1:]}, "xyxy", "xyxy", encoding, variance
    )
    np.testing.assert_allclose(levels["b"], B[1:], rtol=1e-4)


def test_clip_crop_pad():
    labelled = {"boxes": BOXES, "labels": np.arange(4)}
    clipped = bb.clip_to_image_size(labelled, height=100, width=80)
    assert clipped["boxes"].tolist() == [[10, 20, 30, 60], [5, 5, 15, 25], [0, 0, 0, 0], [70, 90, 80, 100]]
    assert clipped["labels"].tolist() == [0, 1, -1, 3]
    cropped = bb.crop(labelled, top=10, left=5, height=50, width=40)
    assert cropped["boxes"][0].tolist() == [5, 10, 25, 50] and cropped["labels"].tolist() == [0, 1, -1, -1]
    assert bb.pad(BOXES, top=10, left=5)[0].tolist() == [15, 30, 35, 70]
    assert bb.pad(BOXES[:1] * 1.0, 10, 5, bounding_box_format="xywh")[0].tolist() == [15, 30, 30, 60]


AFFINE = {"angle": 0.0, "translate_x": 0.0, "translate_y": 0.0, "scale": 1.0, "shear_x": 0.0, "shear_y": 0.0}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [10, 20, 30, 60]), ({"angle": 90.0}, [10, 59, 50, 79]), ({"translate_x": 5.0}, [405, 20, 425, 60]),
        ({"angle": 30.0}, [-0.79775, 28.70225, 36.52276, 73.34327]), ({"scale": 2.0}, [-19.5, -9.5, 20.5, 70.5]),
        ({"shear_x": 20.0}, [-0.73712, 20, 33.82169, 60]), ({"shear_y": 20.0}, [10, 9.26288, 30, 56.54228]),
        ({"angle": 30.0, "scale": 1.5, "translate_x": 3.0, "shear_x": 10.0},
         [307.60916, -159.44662, 375.39703, -92.4851]),
        ({"angle": 30.0, "center_x": 3.0, "center_y": 7.0}, [-296.08777, 213.66493, -258.76724, 258.30594]),
    ],
)  # fmt: skip
def test_turned_boxes(change, expected):
    found = bb.affine_transform(BOXES[None, :1], **{**AFFINE, **change}, height=100, width=80)
    np.testing.assert_allclose(found[0, 0], expected, rtol=1e-4)
    each = {k: np.array([v, v]) for k, v in {**AFFINE, **change}.items() if not k.startswith("center")}
    if "center_x" not in change:
        both = bb.affine_transform(np.stack([BOXES, BOXES]), **each, height=100, width=80)
        np.testing.assert_allclose(both[1, 0], expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bb.convert_format(BOXES, "xyxy", "xyhw"), "Did you mean 'xywh'"),
        (lambda: bb.convert_format(BOXES, "xyxy", "rel_xyxy"), "picture's size"),
        (lambda: bb.convert_format(BOXES[:, :3], "xyxy", "xywh"), "4 numbers"),
        (lambda: bb.compute_iou(BOXES[0], BOXES, "xyxy"), r"boxes1 must have shape \(n, 4\)"),
        (lambda: bb.compute_iou(BOXES, BOXES, "rel_xyxy"), "image_shape"),
        (lambda: bb.encode_box_to_deltas(A, B, "xyxy", "xyxy", variance=[1, 2]), "variance"),
        (lambda: bb.encode_box_to_deltas(A, B, "xyxy", "xyxy", "xyxy"), "center_xywh"),
        (lambda: bb.decode_deltas_to_boxes({"a": A}, {"b": A}, "xyxy", "xyxy"), "same levels"),
        (lambda: bb.clip_to_image_size(BOXES), "height and width"),
        (lambda: bb.crop(BOXES, 0, 0, 5, 5, "rel_xyxy"), "convert_format first"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
