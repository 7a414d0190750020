"""Boxes and masks drawn on batches of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .. import config
from ..utils.boxes.formats import convert_format

FONT_SIZE = 12.0


def as_pictures(
    function: str, images: Any, data_format: str | None, value_range: Sequence[float] = (0, 255)
) -> np.ndarray:
    """A batch of pictures as uint8 of shape (batch, height, width, 3).

    Args:
        function: the caller's name, for errors.
        images: shape (batch, height, width, channels) with 1, 3 or 4 channels, or channels first.
        data_format: the layout; the default one if None.
        value_range: which values become 0 and 255.
    """
    layout = config.standardize_data_format(data_format)
    array = np.asarray(images)
    if array.ndim != 4:
        raise ValueError(
            f"{function}: images must be a batch of shape (batch, height, width, channels), got shape {array.shape}. "
            "For one picture pass images[None]."
        )
    array = array.transpose(0, 2, 3, 1) if layout == "channels_first" else array
    if array.shape[-1] not in (1, 3, 4):
        raise ValueError(f"{function}: pictures have 1, 3 or 4 channels, got {array.shape[-1]} in shape {array.shape}.")
    low, high = float(value_range[0]), float(value_range[1])
    if high <= low:
        raise ValueError(f"{function}: value_range must be (smallest, largest), got value_range={value_range!r}.")
    if (low, high) != (0, 255) or array.dtype != np.uint8:
        array = np.clip((array.astype(np.float32) - low) * (255.0 / (high - low)), 0, 255).astype(np.uint8)
    return np.repeat(array, 3, -1) if array.shape[-1] == 1 else array[..., :3]


@lru_cache(maxsize=16)
def font(size: float) -> Any:
    """Pillow's own font."""
    from PIL import ImageFont

    return ImageFont.load_default(size)


def draw_bounding_boxes(
    images: Any,
    bounding_boxes: Any,
    bounding_box_format: str,
    class_mapping: Mapping[int, str] | None = None,
    color: Sequence[int] = (128, 128, 128),
    line_thickness: int = 2,
    text_thickness: int = 1,
    font_scale: float = 1.0,
    data_format: str | None = None,
) -> np.ndarray:
    """Pictures with boxes drawn on them.

    Args:
        images: a batch with values from 0 to 255.
        bounding_boxes: dict with "boxes" of shape (batch, n, 4), "labels" of shape (batch, n) (-1 for padding) and, if
            wanted, "confidences" of shape (batch, n).
        bounding_box_format: as in ``utils.bounding_boxes.convert_format``.
        class_mapping: label -> name written beside the box; numbers are written if None.
        color: red, green, blue from 0 to 255.
        line_thickness: pixels.
        text_thickness: stroke of the letters in pixels, 1 for the plain font.
        font_scale: size of the letters.
        data_format: "channels_last" or "channels_first".
    Returns:
        uint8 of shape (batch, height, width, 3).
    """
    from PIL import Image, ImageDraw

    pictures = as_pictures("draw_bounding_boxes", images, data_format)
    if not isinstance(bounding_boxes, Mapping) or "boxes" not in bounding_boxes or "labels" not in bounding_boxes:
        raise ValueError("draw_bounding_boxes: bounding_boxes must be a dict with 'boxes' and 'labels'.")
    height, width = pictures.shape[1:3]
    boxes = np.asarray(convert_format(bounding_boxes["boxes"], bounding_box_format, "xyxy", height, width))
    labels = np.asarray(bounding_boxes["labels"])
    sure = bounding_boxes.get("confidences")
    if boxes.ndim != 3 or boxes.shape[:2] != labels.shape or len(boxes) != len(pictures):
        raise ValueError(
            f"draw_bounding_boxes: for {len(pictures)} pictures expected boxes (batch, n, 4) and labels (batch, n), "
            f"got {boxes.shape} and {labels.shape}."
        )
    letters, ink = font(FONT_SIZE * font_scale), tuple(int(c) for c in color)
    result = []
    for i, picture in enumerate(pictures):
        canvas = Image.fromarray(picture)
        draw = ImageDraw.Draw(canvas)
        for j, (box, label) in enumerate(zip(boxes[i].tolist(), labels[i])):
            if label == -1 or box[2] < box[0] or box[3] < box[1]:
                continue
            draw.rectangle(box, outline=ink, width=max(1, int(line_thickness)))
            text = str(int(label)) if class_mapping is None else str(class_mapping.get(int(label), int(label)))
            if sure is not None:
                text += f" {float(np.asarray(sure)[i, j]):.2f}"
            at = (box[0] + 2, max(box[1] - FONT_SIZE * font_scale - 3, 0))
            draw.text(at, text, ink, letters, stroke_width=max(0, int(text_thickness) - 1))
        result.append(np.asarray(canvas))
    return np.stack(result)


def palette(count: int) -> np.ndarray:
    """Colours that are told apart, shape (count, 3): hues by the golden ratio, two brightnesses."""
    import colorsys

    hues = [(i * 0.618033988749895 % 1.0, 0.75, 0.95 if i % 2 == 0 else 0.7) for i in range(count)]
    return np.array([[round(255 * c) for c in colorsys.hsv_to_rgb(*h)] for h in hues], dtype=np.uint8)


def draw_segmentation_masks(
    images: Any,
    segmentation_masks: Any,
    num_classes: int | None = None,
    color_mapping: Mapping[int, Sequence[int]] | None = None,
    alpha: float = 0.8,
    blend: bool = True,
    ignore_index: int = -1,
    data_format: str | None = None,
) -> np.ndarray:
    """Pictures with the class of each pixel shown as a colour.

    Args:
        images: a batch with values from 0 to 255.
        segmentation_masks: class numbers of shape (batch, height, width, 1), or (batch, height, width).
        num_classes: how many classes; the largest number plus 1 if None.
        color_mapping: class -> (red, green, blue) from 0 to 255.
        alpha: how much of the colour covers the picture, from 0 to 1.
        blend: False shows the colours alone.
        ignore_index: a class that is left as it is.
        data_format: layout of pictures and masks.
    Returns:
        uint8 of shape (batch, height, width, 3).
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"draw_segmentation_masks: alpha must be from 0 to 1, got alpha={alpha!r}.")
    pictures = as_pictures("draw_segmentation_masks", images, data_format)
    masks = np.asarray(segmentation_masks).astype(np.int64)
    if masks.ndim == 4:
        masks = masks[:, 0] if config.standardize_data_format(data_format) == "channels_first" else masks[..., 0]
    if masks.shape != pictures.shape[:3]:
        raise ValueError(
            f"draw_segmentation_masks: pictures of shape {pictures.shape} need masks of shape "
            f"{(*pictures.shape[:3], 1)}, got {np.shape(segmentation_masks)}."
        )
    shown = masks != ignore_index
    largest = int(masks[shown].max()) if shown.any() else 0
    count = largest + 1 if num_classes is None else num_classes
    if shown.any() and (largest >= count or masks[shown].min() < 0):
        raise ValueError(f"draw_segmentation_masks: masks hold classes up to {largest}, but num_classes is {count}.")
    colours = palette(count)
    for number, colour in (color_mapping or {}).items():
        if 0 <= int(number) < count:
            colours[int(number)] = colour
    covered = np.where(shown[..., None], colours[np.where(shown, masks, 0)], 0).astype(np.float32)
    if not blend:
        return covered.astype(np.uint8)
    mixed = alpha * covered + (1 - alpha) * pictures
    return np.where(shown[..., None], mixed, pictures).astype(np.uint8)
