"""Layers that spread out the tones of an image: AutoContrast, Equalization, CLAHE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from ..arguments import positive_int, size_tuple
from . import images as im
from .base_image import BaseImagePreprocessingLayer, value_range_pair


class AutoContrast(BaseImagePreprocessingLayer):
    """Stretch each channel of each image so that it spans the value range.

    Args:
        value_range: lowest and highest value of a pixel.

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    deterministic = True

    def __init__(self, value_range: Sequence[float] = (0, 255), **kwargs: Any):
        super().__init__(**kwargs)
        self.value_range = value_range_pair(value_range, "AutoContrast")

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        values = im.rescale_range(images, self.value_range, (0, 255))
        low, high = values.min((1, 2), keepdims=True), values.max((1, 2), keepdims=True)
        spread = high - low
        stretched = (values - low) * (255 / jnp.where(spread > 0, spread, 1))
        values = jnp.where(spread > 0, jnp.clip(stretched, 0, 255), values)
        return im.rescale_range(values, (0, 255), self.value_range)


class Equalization(BaseImagePreprocessingLayer):
    """Equalize the histogram of each channel: every tone becomes about equally frequent.

    The histogram is that of the whole batch, as in Keras: an image comes out differently beside others.

    Args:
        value_range: lowest and highest value of a pixel.
        bins: how many tones are told apart.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    deterministic = True
    mixes_rows = True

    def __init__(
        self, value_range: Sequence[float] = (0, 255), bins: int = 256, data_format: str | None = None, **kwargs: Any
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.bins = positive_int(bins, "bins", "Equalization")
        self.value_range = value_range_pair(value_range, "Equalization")

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        values = im.rescale_range(images, self.value_range, (0, 255))
        values = jax.vmap(self._channel, -1, -1)(values)
        return jnp.clip(im.rescale_range(values, (0, 255), self.value_range), *self.value_range)

    def _channel(self, values: Any) -> Any:
        """One channel of the batch, (batch, height, width), from 0 to 255."""
        bins = self.bins
        place = jnp.clip(jnp.floor(values * (bins - 1) / 255), 0, bins - 1).astype(jnp.int32)
        counts = jnp.zeros(bins, jnp.float32).at[place.ravel()].add(1)
        cumulative = jnp.cumsum(counts)
        first = counts[jnp.argmax(counts > 0)]  # of the darkest tone that occurs
        rest = values.size - first
        table = jnp.clip(jnp.round((cumulative - first) / jnp.maximum(rest, 1) * 255), 0, 255)
        return jnp.where(rest > 0, table[place], values)


class ContrastLimitedAdaptiveHistogramEqualization(BaseImagePreprocessingLayer):
    """Equalize tile by tile, with a limit that keeps noise from being blown up (CLAHE).

    Each tile's histogram is cut at ``clip_limit`` times its mean height, what was cut off is spread over all tones,
    and pixels between tile centres mix the tables of the four tiles around them.

    Args:
        value_range: lowest and highest value of a pixel.
        clip_limit: how often the mean height a tone may occur.
        tile_grid_size: tiles down and across.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) or one image, unchanged.

    Source: Zuiderveld, Contrast Limited Adaptive Histogram Equalization, Graphics Gems IV, 1994.
    """

    deterministic = True
    keeps_integers = True

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        clip_limit: float = 4.0,
        tile_grid_size: Sequence[int] = (8, 8),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        where = "ContrastLimitedAdaptiveHistogramEqualization"
        self.value_range = value_range_pair(value_range, where)
        if not isinstance(clip_limit, (int, float)) or clip_limit <= 0:
            raise ValueError(f"{where}: clip_limit must be above 0, got clip_limit={clip_limit!r}.")
        self.clip_limit = clip_limit
        self.tile_grid_size = size_tuple(tile_grid_size, 2, "tile_grid_size", where)

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        values = im.rescale_range(images, self.value_range, (0, 255))
        values = jax.vmap(jax.vmap(self._channel, -1, -1))(values)
        return im.rescale_range(values, (0, 255), self.value_range)

    def _channel(self, values: Any) -> Any:
        """One channel, (height, width), from 0 to 255."""
        height, width = values.shape
        down, across = self.tile_grid_size
        tile_height, tile_width = -(-height // down), -(-width // across)
        around = ((0, tile_height * down - height), (0, tile_width * across - width))
        tones = jnp.clip(jnp.pad(values, around, mode="symmetric"), 0, 255).astype(jnp.int32)
        tiles = tones.reshape(down, tile_height, across, tile_width).swapaxes(1, 2).reshape(down * across, -1)
        tables = jax.vmap(self._table)(tiles).reshape(down, across, 256)

        def between(n: int, size: int, tiles_there: int) -> tuple[Any, Any, Any]:
            place = jnp.clip(jnp.arange(n) / size - 0.5, 0, tiles_there - 1)
            low = jnp.floor(place)
            index = low.astype(jnp.int32)
            return index, jnp.minimum(index + 1, tiles_there - 1), place - low

        top, bottom, y = between(height, tile_height, down)
        left, right, x = between(width, tile_width, across)
        at = tones[:height, :width]
        read = lambda rows, columns: tables[rows[:, None], columns[None, :], at]  # noqa: E731
        upper = read(top, left) * (1 - x) + read(top, right) * x
        lower = read(bottom, left) * (1 - x) + read(bottom, right) * x
        return upper * (1 - y[:, None]) + lower * y[:, None]

    def _table(self, tones: Any) -> Any:
        """What each of the 256 tones of a tile becomes."""
        counts = jnp.zeros(256, jnp.float32).at[tones].add(1)
        limit = self.clip_limit * tones.size / 256
        excess = jnp.maximum(counts - limit, 0).sum()
        counts = jnp.minimum(counts, limit) + excess / 256
        cumulative = jnp.cumsum(counts)
        first = cumulative[0]
        return jnp.clip((cumulative - first) * 255 / jnp.maximum(tones.size - first, 1e-6), 0, 255)
