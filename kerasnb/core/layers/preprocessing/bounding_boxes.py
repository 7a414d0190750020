"""Bounding boxes in Keras's formats: conversion, clipping, overlap."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ...registry import did_you_mean

FORMATS = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw")
ALL_FORMATS = (*FORMATS, *(f"rel_{f}" for f in FORMATS))


def _split_format(name: Any) -> tuple[str, bool]:
    """The plain format and whether it is relative to the image's size."""
    known = str(name).lower()
    if known not in ALL_FORMATS:
        raise ValueError(
            f"bounding_box_format must be one of {', '.join(ALL_FORMATS)}, got "
            f"{name!r}.{did_you_mean(known, ALL_FORMATS)}"
        )
    return known.removeprefix("rel_"), known.startswith("rel_")


def _to_corners(boxes: Any, layout: str) -> Any:
    a, b, c, d = (boxes[..., i] for i in range(4))
    if layout == "xyxy":
        corners = a, b, c, d
    elif layout == "yxyx":
        corners = b, a, d, c
    elif layout == "xywh":
        corners = a, b, a + c, b + d
    elif layout == "center_xywh":
        corners = a - c / 2, b - d / 2, a + c / 2, b + d / 2
    else:  # center_yxhw
        corners = b - d / 2, a - c / 2, b + d / 2, a + c / 2
    return jnp.stack(corners, -1)


def _from_corners(corners: Any, layout: str) -> Any:
    left, top, right, bottom = (corners[..., i] for i in range(4))
    width, height = right - left, bottom - top
    if layout == "xyxy":
        boxes = left, top, right, bottom
    elif layout == "yxyx":
        boxes = top, left, bottom, right
    elif layout == "xywh":
        boxes = left, top, width, height
    elif layout == "center_xywh":
        boxes = (left + right) / 2, (top + bottom) / 2, width, height
    else:  # center_yxhw
        boxes = (top + bottom) / 2, (left + right) / 2, height, width
    return jnp.stack(boxes, -1)


def convert_format(
    boxes: Any, source: str, target: str, height: Any = None, width: Any = None, dtype: str = "float32"
) -> Any:
    """Boxes in another format.

    Args:
        boxes: (..., 4), or a dict that holds them under "boxes".
        source, target: "xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", or one of these with
            "rel_" in front: in shares of the image's size.
        height, width: the image's size, needed to go from or to a relative format.
        dtype: of the result.

    >>> convert_format([[10.0, 20.0, 30.0, 40.0]], "xyxy", "xywh").tolist()
    [[10.0, 20.0, 20.0, 20.0]]
    """
    if isinstance(boxes, dict):
        return {**boxes, "boxes": convert_format(boxes["boxes"], source, target, height, width, dtype)}
    boxes = jnp.asarray(boxes, dtype)
    if boxes.shape[-1:] != (4,):
        raise ValueError(f"Bounding boxes must have 4 numbers on their last axis, got shape {boxes.shape}.")
    (old, was_relative), (new, is_relative) = _split_format(source), _split_format(target)
    corners = _to_corners(boxes, old)
    if was_relative != is_relative:
        if height is None or width is None:
            raise ValueError(
                f"convert_format from {source!r} to {target!r} needs the image's size: pass height and width, "
                f"got height={height!r}, width={width!r}."
            )
        size = jnp.asarray([width, height, width, height], boxes.dtype)
        corners = corners * size if was_relative else corners / size
    return _from_corners(corners, new)


def clip_to_image_size(
    bounding_boxes: dict[str, Any], height: Any = None, width: Any = None, bounding_box_format: str = "xyxy"
) -> dict[str, Any]:
    """Boxes cut at the image's border; those with nothing left get the label -1.

    Args:
        bounding_boxes: {"boxes": (..., n, 4), "labels": (..., n)}.
        height, width: the image's size (for relative formats not needed).
    """
    layout, relative = _split_format(bounding_box_format)
    if not relative and (height is None or width is None):
        raise ValueError(f"clip_to_image_size needs height and width for the format {bounding_box_format!r}.")
    size = jnp.asarray([1, 1, 1, 1] if relative else [width, height, width, height], jnp.float32)
    boxes = jnp.asarray(bounding_boxes["boxes"])
    corners = jnp.clip(_to_corners(boxes, layout), 0, size.astype(boxes.dtype))
    area = (corners[..., 2] - corners[..., 0]) * (corners[..., 3] - corners[..., 1])
    labels = jnp.asarray(bounding_boxes["labels"])
    labels = jnp.where(area > 0, labels, jnp.asarray(-1, labels.dtype))
    return {**bounding_boxes, "boxes": _from_corners(corners, layout), "labels": labels}


def around(x: Any, y: Any) -> Any:
    """The upright box around points, (..., n) each, as "xyxy"."""
    return jnp.stack([x.min(-1), y.min(-1), x.max(-1), y.max(-1)], -1)


def corners_of(boxes: Any) -> tuple[Any, Any]:
    """The four corners of "xyxy" boxes: x and y, (..., n, 4) each."""
    left, top, right, bottom = (boxes[..., i] for i in range(4))
    return jnp.stack([left, right, left, right], -1), jnp.stack([top, top, bottom, bottom], -1)
