"""Colours of images: grey values, hue and saturation."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .. import config
from .dispatch import op
from .tensors import is_float, tensor

# fmt: off
__all__ = [
    "rgb_to_grayscale", "rgb_to_hsv", "hsv_to_rgb",
]
# fmt: on


def _images(x: Any, name: str, shape_of: str = "images") -> Any:
    """An image (height, width, channels) or a batch of them."""
    x = tensor(x)
    if x.ndim not in (3, 4):
        raise ValueError(
            f"image.{name}: {shape_of} must be one image (height, width, channels) or a batch of them, "
            f"got shape {x.shape}."
        )
    return x


def channel_axis(data_format: str | None) -> int:
    """Where the channels lie, counted from the end."""
    return -1 if config.standardize_data_format(data_format) == "channels_last" else -3


@op("image", as_class="RGBToGrayscale")
def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Any:
    """Brightness ``0.2989 r + 0.587 g + 0.114 b`` as the only channel; images of one channel stay as they are.

    Args:
        images: one image or a batch.
        data_format: "channels_last" or "channels_first".
    """
    x, axis = _images(images, "rgb_to_grayscale"), channel_axis(data_format)
    if x.shape[axis] not in (1, 3):
        raise ValueError(f"image.rgb_to_grayscale: images must have 1 or 3 channels, got shape {x.shape}.")
    if x.shape[axis] == 1:
        return x
    wide = jnp.moveaxis(x, axis, -1)
    wide = wide if is_float(x) else wide.astype(config.floatx())
    gray = wide @ jnp.array([0.2989, 0.5870, 0.1140], wide.dtype)
    return jnp.expand_dims(gray, axis).astype(x.dtype)


def _colors(x: Any, name: str, data_format: str | None) -> tuple[list[Any], int]:
    x, axis = _images(x, name), channel_axis(data_format)
    if not is_float(x):
        raise ValueError(f"image.{name}: images must be floats between 0 and 1, got dtype {x.dtype.name}.")
    if x.shape[axis] != 3:
        raise ValueError(f"image.{name}: images must have 3 channels, got shape {x.shape}.")
    return [jnp.take(x, i, axis=axis) for i in range(3)], axis


@op("image", as_class="RGBToHSV")
def rgb_to_hsv(images: Any, data_format: str | None = None) -> Any:
    """Hue, saturation and value (each 0 to 1) of red, green and blue between 0 and 1."""
    (r, g, b), axis = _colors(images, "rgb_to_hsv", data_format)
    value = jnp.maximum(jnp.maximum(r, g), b)
    spread = value - jnp.minimum(jnp.minimum(r, g), b)
    saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, 1), 0)
    unit = 1 / (6 * jnp.where(spread > 0, spread, 1))
    hue = jnp.where(r == value, unit * (g - b), jnp.where(g == value, unit * (b - r) + 1 / 3, unit * (r - g) + 2 / 3))
    hue = jnp.where(spread > 0, hue, 0)
    hue = jnp.where(hue < 0, hue + 1, hue)
    return jnp.stack([hue, saturation, value], axis=axis)


@op("image", as_class="HSVToRGB")
def hsv_to_rgb(images: Any, data_format: str | None = None) -> Any:
    """Red, green and blue of hue, saturation and value (each 0 to 1)."""
    (hue, saturation, value), axis = _colors(images, "hsv_to_rgb", data_format)
    six = hue * 6
    pure = [jnp.abs(six - 3) - 1, 2 - jnp.abs(six - 2), 2 - jnp.abs(six - 4)]
    return jnp.stack([((jnp.clip(c, 0, 1) - 1) * saturation + 1) * value for c in pure], axis=axis)
