"""Functions of image batches, (batch, height, width, channels): resampling, blur, colour spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
GRAY_WEIGHTS = (0.2989, 0.5870, 0.1140)  # luma of ITU-R BT.601


def _folded(index: Any, size: int, mode: str) -> Any:
    """Pixel numbers outside of an axis as those that stand in for them."""
    if mode == "wrap":
        return index % size
    if mode == "reflect":  # d c b a | a b c d | d c b a
        index = index % (2 * size)
        return jnp.minimum(index, 2 * size - 1 - index)
    if mode == "mirror" and size > 1:  # d c b | a b c d | c b a
        index = index % (2 * size - 2)
        return jnp.minimum(index, 2 * size - 2 - index)
    return jnp.clip(index, 0, size - 1)


def sample(images: Any, y: Any, x: Any, interpolation: str, fill_mode: str, fill_value: float = 0.0) -> Any:
    """The images' values at real-valued places.

    Args:
        images: (batch, height, width, channels), floats.
        y, x: rows and columns to read, (batch, new height, new width).
        interpolation: "nearest" or "bilinear".
        fill_mode: what stands outside of the image; one of ``FILL_MODES``.
        fill_value: the value outside for "constant".
    Returns: (batch, new height, new width, channels).
    """
    height, width = images.shape[1:3]
    rows = jnp.arange(images.shape[0])[:, None, None]

    def pixel(row: Any, column: Any) -> Any:
        values = images[rows, _folded(row, height, fill_mode), _folded(column, width, fill_mode)]
        if fill_mode == "constant":
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            values = jnp.where(inside[..., None], values, jnp.asarray(fill_value, images.dtype))
        return values  # (batch, new height, new width, channels)

    if interpolation == "nearest":
        nearest = lambda v: (jnp.sign(v) * jnp.floor(jnp.abs(v) + 0.5)).astype(jnp.int32)  # noqa: E731
        return pixel(nearest(y), nearest(x))
    top, left = jnp.floor(y), jnp.floor(x)
    down, right = (y - top)[..., None], (x - left)[..., None]
    top, left = top.astype(jnp.int32), left.astype(jnp.int32)
    upper = pixel(top, left) * (1 - right) + pixel(top, left + 1) * right
    lower = pixel(top + 1, left) * (1 - right) + pixel(top + 1, left + 1) * right
    return (upper * (1 - down) + lower * down).astype(images.dtype)


def grid(height: int, width: int) -> tuple[Any, Any]:
    """Row and column numbers of each pixel, (height, width) both, as floats."""
    rows, columns = jnp.arange(height, dtype=jnp.float32), jnp.arange(width, dtype=jnp.float32)
    return jnp.broadcast_to(rows[:, None], (height, width)), jnp.broadcast_to(columns[None, :], (height, width))


def project(images: Any, transform: Any, interpolation: str, fill_mode: str, fill_value: float = 0.0) -> Any:
    """Resample by eight numbers per image, ``(a0, a1, a2, b0, b1, b2, c0, c1)``.

    The output pixel (x, y) is read at ``((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)`` with
    ``k = c0 x + c1 y + 1``.
    """
    rows, columns = grid(*images.shape[1:3])
    a0, a1, a2, b0, b1, b2, c0, c1 = (v[:, None, None] for v in jnp.moveaxis(transform, -1, 0))
    k = c0 * columns + c1 * rows + 1
    x = (a0 * columns + a1 * rows + a2) / k
    y = (b0 * columns + b1 * rows + b2) / k
    return sample(images, y, x, interpolation, fill_mode, fill_value)


def inverse(transform: Any) -> Any:
    """The eight numbers of the opposite way, (batch, 8)."""
    matrix = jnp.concatenate([transform, jnp.ones_like(transform[:, :1])], -1).reshape(-1, 3, 3)
    back = jnp.linalg.inv(matrix).reshape(-1, 9)
    return back[:, :8] / back[:, 8:]


def apply_to_points(transform: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Points (batch, n) mapped by the eight numbers of each image."""
    a0, a1, a2, b0, b1, b2, c0, c1 = (v[:, None] for v in jnp.moveaxis(transform, -1, 0))
    k = c0 * x + c1 * y + 1
    return (a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k


def four_point_transform(start: Any, end: Any) -> Any:
    """The eight numbers of the map that takes ``end`` to ``start``.

    Args:
        start, end: four corners as (x, y), (batch, 4, 2).

    Each corner gives two linear equations, such as ``a0 x + a1 y + a2 - c0 x u - c1 y u = u``.
    """
    x, y = end[..., 0], end[..., 1]
    u, v = start[..., 0], start[..., 1]
    one, zero = jnp.ones_like(x), jnp.zeros_like(x)
    first = jnp.stack([x, y, one, zero, zero, zero, -x * u, -y * u], -1)
    second = jnp.stack([zero, zero, zero, x, y, one, -x * v, -y * v], -1)
    system = jnp.concatenate([first, second], 1)  # (batch, 8, 8)
    return jnp.linalg.solve(system, jnp.concatenate([u, v], 1)[..., None])[..., 0]


def aspect_box(height: int, width: int, target: Sequence[int], cover: bool) -> tuple[int, int, int, int]:
    """Top, left, height and width of the centred window with (nearly) the target's aspect ratio.

    Args:
        cover: True for the smallest window that holds the image, False for the largest inside it.
    """
    best = max if cover else min
    new_height = best(height, int(width * target[0] / target[1]))
    new_width = best(width, int(height * target[1] / target[0]))
    top, left = int((height - new_height) / 2), int((width - new_width) / 2)
    if cover:  # the same margin on both sides
        return top, left, height - 2 * top, width - 2 * left
    return top, left, new_height, new_width


def resize(
    images: Any,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_value: float = 0.0,
) -> Any:
    """Images in another size, (batch, *size, channels), cropped or padded to its aspect ratio if asked."""
    batch, height, width, channels = images.shape
    if crop_to_aspect_ratio:
        top, left, height, width = aspect_box(height, width, size, cover=False)
        images = images[:, top : top + height, left : left + width]
    elif pad_to_aspect_ratio:
        top, left, _, _ = aspect_box(height, width, size, cover=True)
        images = jnp.pad(images, ((0, 0), (-top, -top), (-left, -left), (0, 0)), constant_values=fill_value)
    return jax.image.resize(images, (batch, *size, channels), interpolation, antialias=antialias)


def gaussian_kernel(size: Sequence[int], sigma: Any) -> Any:
    """A normal density on a grid of ``size`` (height, width), summing to 1; sigma (two numbers) is (2,)."""
    axes = [jnp.exp(-0.5 * ((jnp.arange(n) - (n - 1) / 2) / s) ** 2) for n, s in zip(size, sigma, strict=True)]
    axes = [a / a.sum() for a in axes]
    return axes[0][:, None] * axes[1][None, :]


def filter_channels(images: Any, kernel: Any, edge: str = "constant") -> Any:
    """Each channel convolved with one kernel, (height, width); outside stands 0 or, with "edge", the next pixel."""
    channels = images.shape[-1]
    padding = "SAME"
    if edge != "constant":
        margins = [((n - 1) // 2, n // 2) for n in kernel.shape]
        images, padding = jnp.pad(images, ((0, 0), *margins, (0, 0)), mode=edge), "VALID"
    weights = jnp.broadcast_to(kernel[:, :, None, None], (*kernel.shape, 1, channels)).astype(images.dtype)
    return jax.lax.conv_general_dilated(
        images, weights, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=channels
    )


def gray(images: Any) -> Any:
    """Luma, (..., 1), of RGB images."""
    weights = jnp.asarray(GRAY_WEIGHTS, images.dtype)
    return (images * weights).sum(-1, keepdims=True)


def rgb_to_hsv(images: Any) -> Any:
    """Hue, saturation and value, each from 0 to 1, of RGB from 0 to 1."""
    value, low = images.max(-1), images.min(-1)
    spread = value - low
    safe = jnp.where(spread > 0, spread, 1)
    red, green, blue = (images[..., i] for i in range(3))
    hue = jnp.where(
        value == red,
        (green - blue) / safe,
        jnp.where(value == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue = jnp.where(spread > 0, hue / 6, 0) % 1
    saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, 1), 0)
    return jnp.stack([hue, saturation, value], -1)


def hsv_to_rgb(images: Any) -> Any:
    """RGB from 0 to 1 of hue, saturation and value."""
    hue, saturation, value = (images[..., i] for i in range(3))
    channel = lambda n: jnp.clip(jnp.abs((hue * 6 + n) % 6 - 3) - 1, 0, 1)  # noqa: E731
    rgb = jnp.stack([channel(0), channel(4), channel(2)], -1)
    return value[..., None] * (1 + saturation[..., None] * (rgb - 1))


def rescale_range(images: Any, source: Sequence[float], target: Sequence[float]) -> Any:
    """Values of one range mapped linearly to another."""
    (low, high), (new_low, new_high) = source, target
    return (images - low) / (high - low) * (new_high - new_low) + new_low
