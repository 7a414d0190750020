"""Boxes, masks and galleries: which pixels change, and to what."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kerasnb import visualization as V

GREY = np.full((2, 40, 60, 3), 100, "uint8")
BOXES = {"boxes": np.array([[[10.0, 20, 30, 35]], [[0, 0, 0, 0]]]), "labels": np.array([[1], [-1]])}
MASKS = np.zeros((2, 40, 60, 1), int)
MASKS[0, :20] = 1
MASKS[1] = 2


def test_boxes():
    found = V.draw_bounding_boxes(GREY, BOXES, "xyxy", color=(255, 0, 0), line_thickness=1)
    assert found.shape == GREY.shape and found.dtype == np.uint8
    for y, x in ((20, 10), (35, 30), (27, 10), (20, 20)):
        assert found[0, y, x].tolist() == [255, 0, 0]
    assert np.all(found[0, 22:34, 12:29] == 100) and np.all(found[1] == 100), "padding is not drawn"
    assert np.any(found[0, :20] != 100), "the label is written above"


def test_box_formats_names_and_layouts():
    relative = {"boxes": BOXES["boxes"] / [60, 40, 60, 40], "labels": BOXES["labels"]}
    plain = V.draw_bounding_boxes(GREY, BOXES, "xyxy")
    assert np.array_equal(V.draw_bounding_boxes(GREY, relative, "rel_xyxy"), plain)
    first = V.draw_bounding_boxes(GREY.transpose(0, 3, 1, 2), BOXES, "xyxy", data_format="channels_first")
    assert np.array_equal(first, plain)
    named = V.draw_bounding_boxes(GREY, {**BOXES, "confidences": np.ones((2, 1))}, "xyxy", class_mapping={1: "cat"})
    assert not np.array_equal(named, plain)


def test_masks_as_keras_mixes_them():
    colours = {0: (0, 0, 0), 1: (255, 0, 0), 2: (0, 255, 0)}
    found = V.draw_segmentation_masks(GREY, MASKS, 3, colours, alpha=0.5, ignore_index=0)
    assert found[0, 0, 0].tolist() == [177, 50, 50] and found[0, 30, 0].tolist() == [100, 100, 100]
    alone = V.draw_segmentation_masks(GREY, MASKS, 3, colours, blend=False, ignore_index=0)
    assert alone[1, 0, 0].tolist() == [0, 255, 0] and alone[0, 30, 0].tolist() == [0, 0, 0]
    assert np.array_equal(V.draw_segmentation_masks(GREY, MASKS[..., 0]), V.draw_segmentation_masks(GREY, MASKS))
    many = V.draw_segmentation_masks(GREY, np.arange(4800).reshape(2, 40, 60) % 12, blend=False)
    assert len(np.unique(many.reshape(-1, 3), axis=0)) == 12, "classes have colours of their own"


def test_gallery(tmp_path):
    picture = V.plot_image_gallery(
        GREY / 255, [0, 1], [0, 0], {0: "ant", 1: "bee"}, value_range=(0, 1), path=tmp_path / "g.png", cols=2
    )
    with Image.open(tmp_path / "g.png") as written:
        assert isinstance(picture, Image.Image) and written.size == picture.size
    colours = {c for _, c in picture.getcolors(10**6)}
    assert (100, 100, 100) in colours and (200, 30, 30) in colours, "the wrong one is red"
    wide, high = V.plot_image_gallery(GREY, cols=2).size, V.plot_image_gallery(GREY, rows=2).size
    assert wide[0] > high[0] and wide[1] < high[1]


def test_galleries_of_boxes_and_masks():
    plain = V.plot_image_gallery(GREY)
    boxes = V.plot_bounding_box_gallery(GREY, "xyxy", BOXES, BOXES, class_mapping={1: "cat"}, legend=True)
    assert boxes.size[1] > plain.size[1]
    assert {(0, 188, 212), (255, 235, 59)} <= {c for _, c in boxes.getcolors(10**6)}
    masks = V.plot_segmentation_mask_gallery(GREY, 3, y_true=MASKS, y_pred=MASKS)
    assert masks.size == V.plot_image_gallery(np.repeat(GREY, 3, 0), cols=3).size


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: V.draw_bounding_boxes(GREY[0], BOXES, "xyxy"), r"images\[None\]"),
        (lambda: V.draw_bounding_boxes(GREY, [[1, 2, 3, 4]], "xyxy"), "'boxes' and 'labels'"),
        (lambda: V.draw_bounding_boxes(GREY, BOXES, "xyyx"), "Did you mean"),
        (lambda: V.draw_bounding_boxes(GREY[:1], BOXES, "xyxy"), "for 1 pictures"),
        (lambda: V.draw_segmentation_masks(GREY, MASKS[:, :5]), "need masks of shape"),
        (lambda: V.draw_segmentation_masks(GREY, MASKS, num_classes=2), "up to 2"),
        (lambda: V.draw_segmentation_masks(GREY, MASKS, alpha=2), "alpha"),
        (lambda: V.plot_image_gallery(GREY, [1]), "y_true has 1"),
        (lambda: V.plot_image_gallery(GREY, rows=0), "rows"),
        (lambda: V.plot_image_gallery(GREY, value_range=(1, 1)), "value_range"),
        (lambda: V.plot_image_gallery(np.zeros((1, 2, 2, 5))), "1, 3 or 4 channels"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
