"""The nine ways to write a box down, and how to get from one to another."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ... import config
from ..sequences import check_choice

FORMATS = (
    "xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh",
)  # fmt: skip


def module_for(*values: Any) -> Any:
    """``jax.numpy`` where a jax array is among the values, else NumPy: on the host nothing has to be compiled."""
    return jnp if any(isinstance(v, jax.Array) for v in values) else np


def split_format(function: str, name: str, value: Any) -> tuple[str, bool]:
    """A format without "rel_", and whether it was relative to the picture's size."""
    lowered = value.lower() if isinstance(value, str) else value
    check_choice(function, name, lowered, FORMATS)
    return lowered.removeprefix("rel_"), lowered.startswith("rel_")


def to_corners(boxes: Any, form: str) -> Any:
    """Boxes as (left, top, right, bottom)."""
    xp = module_for(boxes)
    a, b, c, d = xp.split(boxes, 4, axis=-1)
    if form == "yxyx":
        a, b, c, d = b, a, d, c
    elif form == "xywh":
        c, d = a + c, b + d
    elif form in ("center_xywh", "center_yxhw"):
        if form == "center_yxhw":
            a, b, c, d = b, a, d, c
        a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
    return xp.concatenate([a, b, c, d], axis=-1)


def from_corners(boxes: Any, form: str) -> Any:
    """Boxes (left, top, right, bottom) in another form."""
    xp = module_for(boxes)
    left, top, right, bottom = xp.split(boxes, 4, axis=-1)
    parts = {
        "xyxy": (left, top, right, bottom),
        "yxyx": (top, left, bottom, right),
        "xywh": (left, top, right - left, bottom - top),
        "center_xywh": ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top),
        "center_yxhw": ((top + bottom) / 2, (left + right) / 2, bottom - top, right - left),
    }[form]
    return xp.concatenate(parts, axis=-1)


def size_vector(function: str, height: Any, width: Any, dtype: Any) -> Any:
    """(width, height, width, height) as floats."""
    if height is None or width is None:
        raise ValueError(
            f"{function}: relative formats (rel_...) need the picture's size, got height={height}, width={width}."
        )
    xp = module_for(height, width)
    return xp.stack([xp.asarray(n, dtype) for n in (width, height, width, height)], axis=-1)


def convert_format(
    boxes: Any, source: str, target: str, height: Any = None, width: Any = None, dtype: Any = "float32"
) -> Any:
    """Boxes in another format.

    Args:
        boxes: shape (..., 4), or a dict with them under "boxes" (the rest comes back unchanged).
        source, target: one of xyxy, yxyx, xywh, center_xywh, center_yxhw (in pixels), rel_xyxy, rel_yxyx, rel_xywh,
            rel_center_xywh (as shares of the picture's size).
        height, width: of the picture in pixels; needed between relative and absolute formats.
        dtype: of the result.

    >>> convert_format([[10.0, 20.0, 30.0, 60.0]], "xyxy", "xywh").tolist()
    [[10.0, 20.0, 20.0, 40.0]]
    """
    if isinstance(boxes, dict):
        return {**boxes, "boxes": convert_format(boxes["boxes"], source, target, height, width, dtype)}
    return jnp.asarray(converted("convert_format", boxes, source, target, height, width, dtype))


def converted(
    function: str, boxes: Any, source: str, target: str, height: Any = None, width: Any = None, dtype: Any = "float32"
) -> Any:
    """As ``convert_format`` for an array; NumPy for host values. ``function`` names the caller in errors."""
    form, relative = split_format(function, "source", source)
    wanted, wanted_relative = split_format(function, "target", target)
    values = as_boxes(function, boxes, dtype)
    values = to_corners(values, form)
    if relative != wanted_relative:
        size = size_vector(function, height, width, values.dtype)
        if size.ndim == 2 and values.ndim == 3:  # sizes for each picture of a batch
            size = size[:, None]
        values = values * size if relative else values / size
    return from_corners(values, wanted)


def as_boxes(function: str, boxes: Any, dtype: Any = "float32") -> Any:
    """Boxes as a float array whose last axis has four entries."""
    name = config.standardize_dtype(dtype)
    kind = jnp.dtype(name if config.is_float_dtype(name) else config.floatx())
    values = module_for(boxes).asarray(boxes, kind)
    if not values.ndim or values.shape[-1] != 4:
        raise ValueError(f"{function}: boxes must have 4 numbers each, got an array of shape {values.shape}.")
    return values
