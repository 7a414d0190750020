"""How far two boxes overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from .formats import converted, module_for, split_format

EPSILON = 1e-7


def _corners(function: str, boxes: Any, bounding_box_format: str, image_shape: Sequence[int] | None) -> Any:
    _, relative = split_format(function, "bounding_box_format", bounding_box_format)
    if relative and image_shape is None:
        raise ValueError(f"{function}: with the relative format {bounding_box_format!r} image_shape must be given.")
    height, width = (image_shape[0], image_shape[1]) if image_shape is not None else (None, None)
    return converted(function, boxes, bounding_box_format, "xyxy", height, width)


def compute_iou(
    boxes1: Any,
    boxes2: Any,
    bounding_box_format: str,
    use_masking: bool = False,
    mask_val: float = -1,
    image_shape: Sequence[int] | None = None,
) -> Any:
    """Intersection over union of every box of one set with every box of another.

    Args:
        boxes1: shape (n, 4) or (batch, n, 4).
        boxes2: shape (m, 4) or (batch, m, 4).
        bounding_box_format: of both.
        use_masking: whether boxes that are padding (first number below 0) give ``mask_val``.
        mask_val: the number for those.
        image_shape: (height, width, channels), for relative formats.
    Returns:
        Numbers from 0 to 1 of shape (n, m) or (batch, n, m).
    """
    for name, boxes in (("boxes1", boxes1), ("boxes2", boxes2)):
        if np.ndim(boxes) not in (2, 3):
            raise ValueError(f"compute_iou: {name} must have shape (n, 4) or (batch, n, 4), got {np.shape(boxes)}.")
    a = _corners("compute_iou", boxes1, bounding_box_format, image_shape)
    b = _corners("compute_iou", boxes2, bounding_box_format, image_shape)
    xp = module_for(a, b)
    first, second = a[..., :, None, :], b[..., None, :, :]
    sides = xp.minimum(first[..., 2:], second[..., 2:]) - xp.maximum(first[..., :2], second[..., :2])
    common = xp.prod(xp.maximum(sides, 0.0), axis=-1)
    union = _area(first) + _area(second) - common
    iou = xp.where(union > 0, common / xp.where(union > 0, union, 1.0), 0.0)
    if use_masking:
        padding = xp.any(a < 0, -1)[..., :, None] | xp.any(b < 0, -1)[..., None, :]
        iou = xp.where(padding, mask_val, iou)
    return jnp.asarray(iou)


def _area(corners: Any) -> Any:
    return module_for(corners).prod(corners[..., 2:] - corners[..., :2], axis=-1)


def compute_ciou(boxes1: Any, boxes2: Any, bounding_box_format: str, image_shape: Sequence[int] | None = None) -> Any:
    """Complete IoU of boxes pair by pair: the overlap, less the distance of the centres and the difference in shape.

    ``IoU - d**2 / c**2 - v**2 / (1 - IoU + v)`` with d the distance of the centres, c the diagonal of the smallest box
    around both, and v from the angles of the diagonals (Zheng et al. 2020, "Distance-IoU Loss").

    Args:
        boxes1, boxes2: shapes (..., 4) that broadcast against each other.
        bounding_box_format: of both.
        image_shape: (height, width, channels), for relative formats.
    """
    a = _corners("compute_ciou", boxes1, bounding_box_format, image_shape)
    b = _corners("compute_ciou", boxes2, bounding_box_format, image_shape)
    xp = module_for(a, b)
    (w1, h1), (w2, h2) = (((c[..., 2] - c[..., 0]), (c[..., 3] - c[..., 1])) for c in (a, b))
    sides = xp.maximum(xp.minimum(a[..., 2:], b[..., 2:]) - xp.maximum(a[..., :2], b[..., :2]), 0.0)
    common = xp.prod(sides, axis=-1)
    iou = common / (w1 * h1 + w2 * h2 - common + EPSILON)
    around = xp.maximum(a[..., 2:], b[..., 2:]) - xp.minimum(a[..., :2], b[..., :2])
    diagonal = xp.sum(around**2, axis=-1) + EPSILON
    distance = xp.sum((b[..., :2] + b[..., 2:] - a[..., :2] - a[..., 2:]) ** 2, axis=-1) / 4
    angle = xp.arctan(w2 / (h2 + EPSILON)) - xp.arctan(w1 / (h1 + EPSILON))
    shape = 4 / math.pi**2 * angle**2
    return jnp.asarray(iou - (distance / diagonal + shape * (shape / (shape - iou + (1 + EPSILON)))))
