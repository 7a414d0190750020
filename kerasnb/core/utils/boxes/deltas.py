"""Boxes as offsets from anchors: what a detector learns to predict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..sequences import check_choice
from .formats import as_boxes, converted, module_for

ENCODINGS = ("center_xywh", "center_yxhw")


def _variance(function: str, variance: Sequence[float] | None) -> Any:
    if variance is None:
        return np.ones(4, "float32")
    values = np.asarray(variance, "float32")
    if values.shape[-1:] != (4,):
        raise ValueError(f"{function}: variance must have 4 numbers, got variance={variance!r}.")
    return values


def _centred(boxes: Any, form: str, encoding: str, image_shape: Sequence[int] | None) -> Any:
    height, width = (image_shape[0], image_shape[1]) if image_shape is not None else (None, None)
    return converted("encode_box_to_deltas", boxes, form, encoding, height, width)


def encode_box_to_deltas(
    anchors: Any,
    boxes: Any,
    anchor_format: str,
    box_format: str,
    encoding_format: str = "center_yxhw",
    variance: Sequence[float] | None = None,
    image_shape: Sequence[int] | None = None,
) -> Any:
    """Offsets of boxes from anchors: centre differences over the anchor's size, logarithms of size ratios.

    Args:
        anchors: shape (n, 4).
        boxes: shape (n, 4) or (batch, n, 4).
        anchor_format, box_format: their formats.
        encoding_format: "center_yxhw" or "center_xywh", the order of the offsets.
        variance: four numbers that the offsets are divided by.
        image_shape: (height, width, channels), for relative formats.
    """
    check_choice("encode_box_to_deltas", "encoding_format", encoding_format, ENCODINGS)
    scale = _variance("encode_box_to_deltas", variance)
    anchor = _centred(anchors, anchor_format, encoding_format, image_shape)
    box = _centred(boxes, box_format, encoding_format, image_shape)
    moved = (box[..., :2] - anchor[..., :2]) / anchor[..., 2:]
    xp = module_for(anchor, box)
    stretched = xp.log(box[..., 2:] / anchor[..., 2:])
    return jnp.asarray(xp.concatenate([moved, stretched], axis=-1) / scale)


def decode_deltas_to_boxes(
    anchors: Any,
    boxes_delta: Any,
    anchor_format: str,
    box_format: str,
    encoded_format: str = "center_yxhw",
    variance: Sequence[float] | None = None,
    image_shape: Sequence[int] | None = None,
) -> Any:
    """The boxes that ``encode_box_to_deltas`` described.

    Args:
        anchors: shape (n, 4), or a dict of such by level.
        boxes_delta: offsets of shape (n, 4) or (batch, n, 4), or a dict of such with the same levels.
        anchor_format, box_format: formats of the anchors and of the result.
        encoded_format, variance, image_shape: as in ``encode_box_to_deltas``.
    """
    if isinstance(anchors, dict):
        if not isinstance(boxes_delta, dict) or set(anchors) != set(boxes_delta):
            raise ValueError("decode_deltas_to_boxes: anchors and boxes_delta must be dicts with the same levels.")
        return {
            level: decode_deltas_to_boxes(
                anchors[level], boxes_delta[level], anchor_format, box_format, encoded_format, variance, image_shape
            )
            for level in anchors
        }
    check_choice("decode_deltas_to_boxes", "encoded_format", encoded_format, ENCODINGS)
    delta = as_boxes("decode_deltas_to_boxes", boxes_delta) * _variance("decode_deltas_to_boxes", variance)
    anchor = _centred(anchors, anchor_format, encoded_format, image_shape)
    centre = delta[..., :2] * anchor[..., 2:] + anchor[..., :2]
    xp = module_for(anchor, delta)
    size = xp.exp(delta[..., 2:]) * anchor[..., 2:]
    return jnp.asarray(_centred(xp.concatenate([centre, size], axis=-1), encoded_format, box_format, image_shape))
