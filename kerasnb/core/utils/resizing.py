"""Resizing pictures on the host, with the kernels and pixel centres of ``tf.image.resize``.

Each axis is a small weighted sum: output pixel ``i`` lies at ``(i + 0.5) * input / output`` of the input, and takes the
input pixels around it by a kernel; weights that would fall outside are left out and the others scaled to sum to 1.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from .sequences import check_choice


def _cubic(a: float, b: float = 0.0) -> Callable[[np.ndarray], np.ndarray]:
    """The cubic family: Keys' ``a = -0.5``, or with ``b = c = 1/3`` Mitchell and Netravali's."""

    def kernel(x: np.ndarray) -> np.ndarray:
        x = np.abs(x)
        c = -a
        near = ((12 - 9 * b - 6 * c) * x**3 + (-18 + 12 * b + 6 * c) * x**2 + 6 - 2 * b) / 6
        far = ((-b - 6 * c) * x**3 + (6 * b + 30 * c) * x**2 + (-12 * b - 48 * c) * x + 8 * b + 24 * c) / 6
        return np.where(x < 1, near, np.where(x < 2, far, 0.0))

    return kernel


def _lanczos(radius: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.where(np.abs(x) < radius, np.sinc(x) * np.sinc(x / radius), 0.0)


def _gaussian(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 1.5, np.exp(-(x**2) / (2 * 0.5**2)), 0.0)


# name -> (kernel, how far it reaches)
_KERNELS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float]] = {
    "bilinear": (lambda x: np.maximum(1 - np.abs(x), 0.0), 1.0),
    "bicubic": (_cubic(-0.5), 2.0),
    "mitchellcubic": (_cubic(-1 / 3, 1 / 3), 2.0),
    "lanczos3": (_lanczos(3.0), 3.0),
    "lanczos5": (_lanczos(5.0), 5.0),
    "gaussian": (_gaussian, 1.5),
}
INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")


@functools.lru_cache(maxsize=64)
def taps(before: int, after: int, interpolation: str) -> tuple[np.ndarray, np.ndarray]:
    """Which input pixels an output pixel is made of: numbers (after, n) and weights (after, n)."""
    scale = before / after
    if interpolation == "nearest":
        index = np.minimum(np.floor((np.arange(after) + 0.5) * scale), before - 1).astype(int)
        return index[:, None], np.ones((after, 1))
    if interpolation == "area":
        starts, ends = np.arange(after) * scale, (np.arange(after) + 1) * scale
        reach = int(np.ceil(scale)) + 1
        index = np.floor(starts).astype(int)[:, None] + np.arange(reach)
        weights = np.clip(np.minimum(ends[:, None], index + 1) - np.maximum(starts[:, None], index), 0, None)
    else:
        kernel, radius = _KERNELS[interpolation]
        centre = (np.arange(after) + 0.5) * scale - 0.5
        index = np.floor(centre).astype(int)[:, None] + np.arange(-int(np.ceil(radius)) + 1, int(np.ceil(radius)) + 1)
        weights = kernel(index - centre[:, None])
    weights = np.where((index >= 0) & (index < before), weights, 0.0)
    return np.clip(index, 0, before - 1), weights / weights.sum(1, keepdims=True)


def resize(image: np.ndarray, height: int, width: int, interpolation: str = "bilinear") -> np.ndarray:
    """A picture of shape (..., height, width, channels) in another size, as float32 ("nearest": in its own dtype)."""
    check_choice("resize", "interpolation", interpolation, INTERPOLATIONS)
    if image.shape[-3:-1] == (height, width):
        return image if interpolation == "nearest" else image.astype(np.float32)
    if interpolation == "nearest":
        rows, columns = (taps(n, m, "nearest")[0][:, 0] for n, m in zip(image.shape[-3:-1], (height, width)))
        return image[..., rows, :, :][..., columns, :]
    result = image.astype(np.float32)
    for axis, after in ((-3, height), (-2, width)):
        index, weights = taps(result.shape[axis], after, interpolation)
        shape = [1] * result.ndim
        shape[axis] = after
        parts = [
            np.take(result, index[:, t], axis=axis) * weights[:, t].astype(np.float32).reshape(shape)
            for t in range(index.shape[1])
        ]
        result = functools.reduce(np.add, parts)
    return result


def fit_middle(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """The largest middle part of a picture (..., height, width, channels) with the proportions of a target size."""
    from .images import middle_box

    left, top, right, bottom = middle_box(image.shape[-3], image.shape[-2], height, width)
    return image[..., top:bottom, left:right, :]


def pad_to_proportions(image: np.ndarray, height: int, width: int, value: float = 0.0) -> np.ndarray:
    """A picture (height, width, channels) with borders of ``value`` that give it the proportions of a target size."""
    h, w = image.shape[:2]
    full_h, full_w = max(h, int(w * height / width)), max(w, int(h * width / height))
    top, left = (full_h - h) // 2, (full_w - w) // 2
    borders = ((top, full_h - h - top), (left, full_w - w - left), (0, 0))
    return np.pad(image, borders, constant_values=value)
