"""Filters over images: blur, edges, and the similarity of two images."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .. import config
from ..layers import kernels
from .dispatch import op
from .image_color import _images, channel_axis
from .tensors import floating

# fmt: off
__all__ = [
    "gaussian_blur", "sobel_edges", "ssim",
]
# fmt: on


def bell(size: int, sigma: Any) -> Any:
    """``exp(-x^2 / (2 sigma^2))`` at ``size`` places around 0, brought to sum 1."""
    places = jnp.arange(size, dtype="float32") - (size - 1) / 2
    weights = jnp.exp(-jnp.square(places) / (2.0 * sigma**2))
    return weights / jnp.sum(weights)


@op("image")
def gaussian_blur(
    images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> Any:
    """Each pixel as a mean of its neighbours, weighted by a bell curve; beyond the border lie zeros.

    Args:
        images: one image or a batch, floats.
        kernel_size: places of the window along the last axis and the last but one.
        sigma: widths of the bell along these two axes.
        data_format: "channels_last" or "channels_first". As in Keras 3.15 the window lies over the last two axes in
            both layouts: to blur over height and width, give the images in "channels_first".
    """
    config.standardize_data_format(data_format)
    x = floating(_images(images, "gaussian_blur"))
    batch = x if x.ndim == 4 else x[None]
    rows, columns = bell(kernel_size[1], sigma[1]), bell(kernel_size[0], sigma[0])
    window = jnp.outer(rows, columns)[:, :, None, None].astype(x.dtype)
    window = jnp.tile(window, (1, 1, batch.shape[1], 1))
    y = kernels.depthwise_conv(batch, window, (1, 1), "same", "channels_first", (1, 1))
    return y if x.ndim == 4 else y[0]


@op("image")
def sobel_edges(images: Any, data_format: str | None = None) -> Any:
    """How fast pixels change downwards and to the right (Sobel), in a new last axis; beyond the border lie zeros."""
    x, axis = floating(_images(images, "sobel_edges")), channel_axis(data_format)
    x = jnp.moveaxis(x, axis, -1)
    spare = [(0, 0)] * (x.ndim - 3)
    wide = jnp.pad(x, [*spare, (1, 1), (1, 1), (0, 0)])
    h, w = x.shape[-3:-1]

    def at(i: int, j: int) -> Any:
        return wide[..., i : i + h, j : j + w, :]

    down = (at(2, 0) + 2 * at(2, 1) + at(2, 2)) - (at(0, 0) + 2 * at(0, 1) + at(0, 2))
    right = (at(0, 2) + 2 * at(1, 2) + at(2, 2)) - (at(0, 0) + 2 * at(1, 0) + at(2, 0))
    return jnp.stack([jnp.moveaxis(d, -1, axis) for d in (down, right)], axis=-1)


@op("image", as_class="SSIM")
def ssim(
    image1: Any,
    image2: Any,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Any:
    """The structural similarity of two images, 1 when they are equal (Wang et al. 2004).

    Args:
        image1, image2: images or batches of them, of one shape, at least ``filter_size`` high and wide.
        max_val: the difference between the largest and smallest possible value.
        filter_size, filter_sigma: size and width of the window, a bell curve.
        k1, k2: keep the quotients stable.
        data_format: "channels_last" or "channels_first".

    Returns: one number for each image.
    """
    a, b = (floating(_images(x, "ssim", n)) for x, n in ((image1, "image1"), (image2, "image2")))
    if a.shape != b.shape:
        raise ValueError(f"image.ssim: both images must have one shape, got {a.shape} and {b.shape}.")
    axis = channel_axis(data_format)
    batched = a.ndim == 4
    a, b = (jnp.moveaxis(x if x.ndim == 4 else x[None], axis, -1) for x in (a, b))
    if min(a.shape[1:3]) < filter_size:
        raise ValueError(f"image.ssim: images of {a.shape[1:3]} pixels are smaller than filter_size={filter_size}.")
    line = bell(filter_size, filter_sigma).astype(a.dtype)
    window = jnp.tile(jnp.outer(line, line)[:, :, None, None], (1, 1, a.shape[-1], 1))

    def local_mean(x: Any) -> Any:
        return kernels.depthwise_conv(x, window, (1, 1), "valid", "channels_last", (1, 1))

    mean_a, mean_b = local_mean(a), local_mean(b)
    variances = local_mean(a * a) - mean_a**2 + local_mean(b * b) - mean_b**2
    covariance = local_mean(a * b) - mean_a * mean_b
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    similarity = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    similarity = similarity / ((mean_a**2 + mean_b**2 + c1) * (variances + c2))
    found = jnp.mean(similarity, axis=(1, 2, 3))
    return found if batched else found[0]
