"""Sizes of images: resize, crop, pad, cut into patches."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .. import config
from ..registry import did_you_mean
from .dispatch import op
from .image_color import _images
from .tensors import is_float, tensor

# fmt: off
__all__ = [
    "resize", "crop_images", "pad_images", "extract_patches", "extract_patches_3d",
]
# fmt: on

INTERPOLATIONS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic")


def _spatial(data_format: str | None, ndim: int) -> tuple[int, int]:
    """The axes of height and width."""
    first = ndim - 3 if config.standardize_data_format(data_format) == "channels_last" else ndim - 2
    return first, first + 1


def _rounded(x: Any, dtype: Any) -> Any:
    """Back in the dtype of the images: integers rounded and kept in their range."""
    if jnp.issubdtype(dtype, jnp.integer):
        limits = jnp.iinfo(dtype)
        x = jnp.clip(jnp.round(x), int(limits.min), int(limits.max))
    return x.astype(dtype)


@op("image")
def resize(
    images: Any,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Images in another size.

    Args:
        images: one image or a batch.
        size: (height, width).
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5"; pixels have their centres at halves.
        antialias: whether what gets smaller is smoothed first.
        crop_to_aspect_ratio: cut the borders rather than distort.
        pad_to_aspect_ratio: add borders rather than distort.
        fill_mode: "constant", of the borders added.
        fill_value: their value.
        data_format: "channels_last" or "channels_first".
    """
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"image.resize: interpolation must be one of {INTERPOLATIONS}, got interpolation={interpolation!r}."
            + did_you_mean(str(interpolation), INTERPOLATIONS)
        )
    if fill_mode != "constant":
        raise ValueError(f"image.resize: fill_mode must be 'constant', got fill_mode={fill_mode!r}.")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("image.resize: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other.")
    if len(size) != 2:
        raise ValueError(f"image.resize: size must be (height, width), got size={size!r}.")
    x = _images(images, "resize")
    target = tuple(int(n) for n in size)
    rows, columns = _spatial(data_format, x.ndim)
    if crop_to_aspect_ratio or pad_to_aspect_ratio:
        x = _to_ratio(x, rows, target[0] / target[1], crop_to_aspect_ratio, fill_value)
    shape = [*x.shape]
    shape[rows], shape[columns] = target
    wide = x if is_float(x) or interpolation == "nearest" else x.astype(config.floatx())
    return _rounded(jax.image.resize(wide, shape, interpolation, antialias=antialias), x.dtype)


def _to_ratio(x: Any, rows: int, ratio: float, crop: bool, fill_value: float) -> Any:
    """Cut or padded around the middle until height / width is ``ratio``."""
    height, width = x.shape[rows : rows + 2]
    by_ratio = int(width * ratio), int(height / ratio)  # the height for this width, the width for this height
    if crop:
        new = max(min(height, by_ratio[0]), 1), max(min(width, by_ratio[1]), 1)
        for axis, (n, m) in enumerate(zip((height, width), new, strict=True), rows):
            x = lax.slice_in_dim(x, (n - m) // 2, (n - m) // 2 + m, axis=axis)
        return x
    pads = [(0, 0)] * x.ndim
    for axis, (n, m) in enumerate(zip((height, width), by_ratio, strict=True), rows):
        m = max(n, m)
        pads[axis] = ((m - n) // 2, m - n - (m - n) // 2)
    return jnp.pad(x, pads, constant_values=fill_value)


def _sides(before: Any, after: Any, target: Any, size: int, grow: bool, names: tuple[str, str, str]) -> tuple[int, int]:
    """Places to add or cut before and after, from two of (before, after, target size)."""
    given = dict(zip(names, (before, after, target), strict=True))
    if sum(v is None for v in given.values()) != 1:
        raise ValueError(f"Give exactly two of {', '.join(names)}, got {given}.")
    difference = None if target is None else (target - size if grow else size - target)
    before = difference - after if before is None else before
    after = difference - before if after is None else after
    if before < 0 or after < 0 or (not grow and before + after >= size):
        raise ValueError(f"{given} do not fit a size of {size}: nothing may be negative, and something must be left.")
    return before, after


@op("image")
def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Borders cut away; for each direction two of (first side, second side, target size) are given.

    Args:
        images: one image or a batch.
        top_cropping, bottom_cropping, target_height: rows to cut, rows to keep.
        left_cropping, right_cropping, target_width: columns to cut, columns to keep.
        data_format: "channels_last" or "channels_first".
    """
    x = _images(images, "crop_images")
    rows, columns = _spatial(data_format, x.ndim)
    vertical = ("top_cropping", "bottom_cropping", "target_height")
    horizontal = ("left_cropping", "right_cropping", "target_width")
    cuts = (
        (rows, _sides(top_cropping, bottom_cropping, target_height, x.shape[rows], False, vertical)),
        (columns, _sides(left_cropping, right_cropping, target_width, x.shape[columns], False, horizontal)),
    )
    for axis, (before, after) in cuts:
        x = lax.slice_in_dim(x, before, x.shape[axis] - after, axis=axis)
    return x


@op("image")
def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Borders of zeros added; for each direction two of (first side, second side, target size) are given.

    Args:
        images: one image or a batch.
        top_padding, bottom_padding, target_height: rows to add, rows in the end.
        left_padding, right_padding, target_width: columns to add, columns in the end.
        data_format: "channels_last" or "channels_first".
    """
    x = _images(images, "pad_images")
    rows, columns = _spatial(data_format, x.ndim)
    vertical = ("top_padding", "bottom_padding", "target_height")
    horizontal = ("left_padding", "right_padding", "target_width")
    pads = [(0, 0)] * x.ndim
    pads[rows] = _sides(top_padding, bottom_padding, target_height, x.shape[rows], True, vertical)
    pads[columns] = _sides(left_padding, right_padding, target_width, x.shape[columns], True, horizontal)
    return jnp.pad(x, pads)


def _tuple(value: Any, rank: int, name: str) -> tuple[int, ...]:
    sizes = (value,) * rank if isinstance(value, (int, np.integer)) else tuple(value)
    if len(sizes) != rank or any(n < 1 for n in sizes):
        raise ValueError(f"image.extract_patches: {name} must be {rank} positive integers, got {name}={value!r}.")
    return tuple(int(n) for n in sizes)


def _patches(x: Any, size: Any, strides: Any, dilation_rate: Any, padding: str, data_format: str | None) -> Any:
    """Patches over all spatial axes; a patch's pixels in order, the channels of each together."""
    rank = len(size)
    strides = size if strides is None else _tuple(strides, rank, "strides")
    dilation = _tuple(dilation_rate, rank, "dilation_rate")
    if padding not in ("valid", "same"):
        raise ValueError(f"image.extract_patches: padding must be 'valid' or 'same', got padding={padding!r}.")
    if any(s > 1 for s in strides) and any(d > 1 for d in dilation) and strides != size:
        raise ValueError("image.extract_patches: strides and dilation_rate above 1 exclude each other.")
    last = config.standardize_data_format(data_format) == "channels_last"
    batch = x if x.ndim == rank + 2 else x[None]
    batch = batch if last else jnp.moveaxis(batch, 1, -1)
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, size)]
    if padding == "same":
        around = lax.padtype_to_pads(batch.shape[1:-1], spans, strides, "SAME")
        batch = jnp.pad(batch, [(0, 0), *around, (0, 0)])
    for i, (k, s, d, span) in enumerate(zip(size, strides, dilation, spans)):  # axis 1 + i to (windows, places)
        axis = 1 + 2 * i
        windows = (batch.shape[axis] - span) // s + 1
        places = np.arange(windows)[:, None] * s + np.arange(k) * d
        batch = jnp.take(batch, places, axis=axis)
    order = [0, *(1 + 2 * i for i in range(rank)), *(2 + 2 * i for i in range(rank)), 1 + 2 * rank]
    batch = jnp.transpose(batch, order)
    batch = batch.reshape(*batch.shape[: 1 + rank], -1)
    batch = batch if last else jnp.moveaxis(batch, -1, 1)
    return batch if x.ndim == rank + 2 else batch[0]


@op("image")
def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Patches of images, each laid out in the channels: (batch, rows, columns, ``h * w * channels``).

    Args:
        images: one image or a batch; with three sizes, volumes as in ``extract_patches_3d``.
        size: (height, width) of a patch, or one number.
        strides: from patch to patch; ``size`` by default, so that patches lie side by side.
        dilation_rate: distance between the pixels of a patch.
        padding: "valid", or "same" with zeros around.
        data_format: "channels_last" or "channels_first".
    """
    if not isinstance(size, (int, np.integer)) and len(size) == 3:
        return extract_patches_3d(images, size, strides, dilation_rate, padding, data_format)
    x = _images(images, "extract_patches")
    return _patches(x, _tuple(size, 2, "size"), strides, dilation_rate, padding, data_format)


@op("image")
def extract_patches_3d(
    volumes: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Patches of volumes, each laid out in the channels: (batch, depth, rows, columns, ``d * h * w * channels``).

    Args:
        volumes: one volume (depth, height, width, channels) or a batch.
        size: (depth, height, width) of a patch, or one number.
        strides: from patch to patch; ``size`` by default.
        dilation_rate: distance between the pixels of a patch.
        padding: "valid", or "same" with zeros around.
        data_format: "channels_last" or "channels_first".
    """
    x = tensor(volumes)
    if x.ndim not in (4, 5):
        raise ValueError(f"image.extract_patches_3d: volumes must have 4 or 5 axes, got shape {x.shape}.")
    return _patches(x, _tuple(size, 3, "size"), strides, dilation_rate, padding, data_format)
