"""Augmentations by filters and holes: sharpness, blur, elastic distortion, erased rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from ... import random
from ..arguments import size_tuple
from . import images as im
from .base_image import BaseImagePreprocessingLayer, as_range, per_image, value_range_pair
from .random_color import ColorAugmentation


class RandomSharpness(ColorAugmentation):
    """Blend each image with a smoothed copy of itself, in training: ``s + 2 f (x - s)``.

    The smoothed s is the mean over a 3 by 3 window in which the middle counts five times.

    Args:
        factor: f is drawn from 0 to ``factor`` or between two ends; 0.5 leaves the image as it is, less
            smoothes it, more sharpens it.
        value_range: lowest and highest value of a pixel.
        data_format: "channels_last" or "channels_first".
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(
        self,
        factor: Any,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = as_range(factor, "factor", "RandomSharpness", low=0, symmetric=False)
        self.value_range = value_range_pair(value_range, "RandomSharpness")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        return self.uniform((batch,), *self.factor)

    def recolor(self, images: Any, drawn: Any) -> Any:
        kernel = jnp.ones((3, 3)).at[1, 1].set(5) / 13
        smooth = im.filter_channels(images, kernel)
        return self.clip(smooth + 2 * per_image(drawn) * (images - smooth))


class RandomGaussianBlur(ColorAugmentation):
    """Blur some images by a Gaussian kernel, in training.

    Args:
        factor: each image's chance is itself drawn from 0 to ``factor``, or between two ends.
        kernel_size: height and width of the kernel, odd numbers.
        sigma: largest standard deviation in pixels, or the two ends between which one for the rows
            and one for the columns are drawn.
        value_range: lowest and highest value of a pixel.
        data_format: "channels_last" or "channels_first".
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(
        self,
        factor: Any = 1.0,
        kernel_size: Any = 3,
        sigma: Any = 1.0,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = as_range(factor, "factor", "RandomGaussianBlur", low=0, symmetric=False)
        self.kernel_size = size_tuple(kernel_size, 2, "kernel_size", "RandomGaussianBlur")
        self.sigma = as_range(sigma, "sigma", "RandomGaussianBlur", low=0, high=float("inf"), symmetric=False)
        self.value_range = value_range_pair(value_range, "RandomGaussianBlur")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        chance = self.uniform((batch,), *self.factor)
        chosen = self.uniform((batch,)) < chance
        # no standard deviation of exactly 0: the kernel would be 0 / 0
        return {"chosen": chosen, "sigma": jnp.maximum(self.uniform((2,), *self.sigma), 1e-6)}

    def recolor(self, images: Any, drawn: Any) -> Any:
        kernel = im.gaussian_kernel(self.kernel_size, drawn["sigma"])
        blurred = self.clip(im.filter_channels(images, kernel, "edge"))
        return jnp.where(per_image(drawn["chosen"]), blurred, images)


class RandomElasticTransform(BaseImagePreprocessingLayer):
    """Distort some images as if they were printed on rubber, in training.

    Each pixel is moved by a smoothed field of normal draws.

    Args:
        factor: each image's chance is itself drawn from 0 to ``factor``, or between two ends.
        scale: strength of the distortion, drawn from 0 to ``scale`` or between two ends, from 0 to 1.
        interpolation: "bilinear" or "nearest".
        fill_mode: what stands outside: "reflect", "constant", "wrap", "nearest", "mirror".
        fill_value: the value outside for "constant".
        value_range: lowest and highest value of a pixel.
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) or one image, unchanged.

    Source: Simard et al., Best Practices for Convolutional Neural Networks, ICDAR 2003.
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = 1.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        where = "RandomElasticTransform"
        self.factor = as_range(factor, "factor", where, low=0, symmetric=False)
        self.scale = as_range(scale, "scale", where, low=0, symmetric=False)
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                f"{where}: interpolation must be 'nearest' or 'bilinear', got interpolation={interpolation!r}."
            )
        if fill_mode not in im.FILL_MODES:
            raise ValueError(f"{where}: fill_mode must be one of {im.FILL_MODES}, got fill_mode={fill_mode!r}.")
        self.interpolation, self.fill_mode, self.fill_value = interpolation, fill_mode, fill_value
        self.value_range = value_range_pair(value_range, where)
        self._seed(seed)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        images = data if not isinstance(data, dict) else data.get("images", data.get("segmentation_masks"))
        batch, height, width = images.shape[:3]
        chance = self.uniform((batch,), *self.factor)
        chosen = self.uniform((batch,)) < chance
        strength = self.uniform((), *self.scale)
        sigma = 0.3 * strength
        field = random.normal((batch, height, width, 2), seed=self.generator) * sigma
        kernel = im.gaussian_kernel((3, 3), jnp.maximum(jnp.stack([sigma, sigma]), 1e-6))
        field = im.filter_channels(field, kernel) * (0.8 * strength)
        return {"field": field * chosen[:, None, None, None], "chosen": chosen}

    def _moved(self, images: Any, transformation: Any, interpolation: str) -> Any:
        rows, columns = im.grid(*images.shape[1:3])
        field = transformation["field"]
        moved = im.sample(
            images, rows + field[..., 0], columns + field[..., 1], interpolation, self.fill_mode, self.fill_value
        )
        return jnp.where(per_image(transformation["chosen"]), moved, images)

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return images
        return jnp.clip(self._moved(images, transformation, self.interpolation), *self.value_range)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return segmentation_masks
        return self._moved(segmentation_masks, transformation, "nearest").astype(segmentation_masks.dtype)


def rectangle(corner: Any, size: Any, height: int, width: int) -> Any:
    """(batch, height, width, 1) masks, true inside the rectangles.

    Args:
        corner, size: rows and columns of the rectangles, real numbers, (batch, 2).
    """
    rows = jnp.arange(height, dtype=jnp.float32)[None, :, None]
    columns = jnp.arange(width, dtype=jnp.float32)[None, None, :]
    top, left = (corner[:, i, None, None] for i in range(2))
    bottom, right = ((corner + size)[:, i, None, None] for i in range(2))
    return ((rows >= top) & (rows < bottom) & (columns >= left) & (columns < right))[..., None]


class RandomErasing(ColorAugmentation):
    """Fill a random rectangle of some images, in training.

    Args:
        factor: each image's chance is itself drawn from 0 to ``factor``, or between two ends.
        scale: smallest and largest share of the image; the sides are ``sqrt`` of a draw.
        fill_value: what stands in the rectangle; normal noise over the value range if None.
        value_range: lowest and highest value of a pixel.
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) or one image, unchanged.

    Source: Zhong et al., Random Erasing Data Augmentation, AAAI 2020.
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = (0.02, 0.33),
        fill_value: Any = None,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = as_range(factor, "factor", "RandomErasing", low=0, symmetric=False)
        self.scale = as_range(scale, "scale", "RandomErasing", low=0, symmetric=False)
        self.fill_value = fill_value
        self.value_range = value_range_pair(value_range, "RandomErasing")
        self._seed(seed)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        images = data if not isinstance(data, dict) else data.get("images", data.get("segmentation_masks"))
        batch, height, width = images.shape[:3]
        shares = jnp.sqrt(self.uniform((batch, 2), *self.scale))
        size = jnp.stack([shares[:, 1] * height, shares[:, 0] * width], -1)
        left = self.uniform((batch,)) * (width - size[:, 1])
        top = self.uniform((batch,)) * (height - size[:, 0])
        chance = self.uniform((batch,), *self.factor)
        chosen = self.uniform((batch,)) < chance
        hole = rectangle(jnp.stack([top, left], -1), size, height, width) & per_image(chosen)
        return {"hole": hole, "fill": self._fill(images.shape)}

    def _fill(self, shape: Sequence[int]) -> Any:
        if self.fill_value is not None:
            return jnp.asarray(self.fill_value, jnp.float32)
        low, high = self.value_range
        return jnp.clip(random.normal(shape, seed=self.generator) * (high - low), low, high)

    def recolor(self, images: Any, drawn: Any) -> Any:
        fill = drawn["fill"].astype(images.dtype)
        return self.clip(jnp.where(drawn["hole"], fill, images))
