"""Augmentations of colour and light: brightness, contrast, hue, saturation, grey, inversion, tones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from ... import random
from . import images as im
from .base_image import BaseImagePreprocessingLayer, as_range, per_image, value_range_pair


class ColorAugmentation(BaseImagePreprocessingLayer):
    """Base: one number per image, drawn by ``draw``, changes its colours by ``recolor``."""

    def draw(self, batch: int) -> Any:
        """The draw of one call: (batch,) numbers or a dict of them."""
        raise NotImplementedError

    def recolor(self, images: Any, drawn: Any) -> Any:
        """Images with other colours."""
        raise NotImplementedError

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        images = data if not isinstance(data, dict) else data.get("images", data.get("segmentation_masks"))
        return self.draw(images.shape[0])

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        return images if transformation is None else self.recolor(images, transformation)

    def clip(self, images: Any) -> Any:
        """Images within the layer's value range."""
        return jnp.clip(images, *self.value_range)

    def in_unit_range(self, images: Any) -> Any:
        """Images from 0 to 1."""
        return im.rescale_range(images, self.value_range, (0, 1))

    def from_unit_range(self, images: Any) -> Any:
        """Images back in the layer's value range."""
        return im.rescale_range(images, (0, 1), self.value_range)


class RandomBrightness(ColorAugmentation):
    """Add a random amount to each image, in training: ``clip(x + d (high - low))``.

    Args:
        factor: the largest d, from 0 to 1, or the two ends, from -1 to 1.
        value_range: lowest and highest value of a pixel.
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    keeps_integers = True

    def __init__(self, factor: Any, value_range: Sequence[float] = (0, 255), seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = as_range(factor, "factor", "RandomBrightness")
        self.value_range = value_range_pair(value_range, "RandomBrightness")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        return self.uniform((batch,), *self.factor)

    def recolor(self, images: Any, drawn: Any) -> Any:
        low, high = self.value_range
        return self.clip(images + per_image(drawn) * (high - low))


class RandomContrast(ColorAugmentation):
    """Stretch each channel about its mean, in training: ``clip((x - mean) c + mean)``.

    Args:
        factor: c lies from 1 to ``1 + factor``; a pair (a, b) gives ``1 - a`` to ``1 + b``.
        value_range: lowest and highest value of a pixel.
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(self, factor: Any, value_range: Sequence[float] = (0, 255), seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = as_range(factor, "factor", "RandomContrast", low=0, symmetric=False)
        self.value_range = value_range_pair(value_range, "RandomContrast")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        return self.uniform((batch,), 1.0 - self.factor[0], 1.0 + self.factor[1])

    def recolor(self, images: Any, drawn: Any) -> Any:
        mean = images.mean((1, 2), keepdims=True)
        return self.clip((images - mean) * per_image(drawn) + mean)


class RandomHue(ColorAugmentation):
    """Turn the hue of each image by a random angle, in training.

    Args:
        factor: largest turn in either direction, from 0 to 1 (1 is half the circle), or the two ends.
        value_range: lowest and highest value of a pixel.
        data_format: "channels_last" or "channels_first".
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, 3) or one image, unchanged.
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
        self.factor = as_range(factor, "factor", "RandomHue", low=0, symmetric=False)
        self.value_range = value_range_pair(value_range, "RandomHue")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        sign = jnp.where(self.uniform((batch,)) <= 0.5, 1.0, -1.0)
        return sign * self.uniform((batch,), *self.factor) * 0.5

    def recolor(self, images: Any, drawn: Any) -> Any:
        hsv = im.rgb_to_hsv(self.in_unit_range(images))
        hue = (hsv[..., :1] + per_image(drawn)) % 1
        return self.clip(self.from_unit_range(im.hsv_to_rgb(jnp.concatenate([hue, hsv[..., 1:]], -1))))


class RandomSaturation(ColorAugmentation):
    """Multiply the saturation of each image by ``f / (1 - f)``, in training.

    Args:
        factor: f is drawn from ``-factor`` to ``factor``, or between two ends: 0.5 leaves the image as it
            is, smaller numbers take colour away, larger ones add it.
        value_range: lowest and highest value of a pixel.
        data_format: "channels_last" or "channels_first".
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, 3) or one image, unchanged.
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
        self.factor = as_range(factor, "factor", "RandomSaturation")
        self.value_range = value_range_pair(value_range, "RandomSaturation")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        drawn = self.uniform((batch,), *self.factor)
        return drawn / (1 - drawn + 1e-7)

    def recolor(self, images: Any, drawn: Any) -> Any:
        hsv = im.rgb_to_hsv(self.in_unit_range(images))
        saturation = jnp.maximum(hsv[..., 1:2] * per_image(drawn), 0)
        hsv = jnp.concatenate([hsv[..., :1], saturation, hsv[..., 2:]], -1)
        return self.from_unit_range(im.hsv_to_rgb(hsv))


class RandomGrayscale(ColorAugmentation):
    """Take the colour out of some images, in training.

    Args:
        factor: the chance of each image, from 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, 3) or one image, unchanged.
    """

    keeps_integers = True

    def __init__(self, factor: float = 0.5, data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(data_format=data_format, **kwargs)
        if isinstance(factor, bool) or not isinstance(factor, (int, float)) or not 0 <= factor <= 1:
            raise ValueError(f"RandomGrayscale: factor must lie from 0 to 1, got factor={factor!r}.")
        self.factor = factor
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        return self.uniform((batch,)) < self.factor

    def recolor(self, images: Any, drawn: Any) -> Any:
        return jnp.where(per_image(drawn), im.gray(images), images)


class RandomColorDegeneration(ColorAugmentation):
    """Blend each image with its grey version, in training: ``x + d (grey - x)``.

    Args:
        factor: the largest d, or the two ends: 1 is grey, negative numbers add colour.
        value_range: lowest and highest value of a pixel.
        data_format: "channels_last" or "channels_first".
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, 3) or one image, unchanged.
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
        self.factor = as_range(factor, "factor", "RandomColorDegeneration")
        self.value_range = value_range_pair(value_range, "RandomColorDegeneration")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        return self.uniform((batch,), *self.factor)

    def recolor(self, images: Any, drawn: Any) -> Any:
        return self.clip(images + per_image(drawn) * (im.gray(images) - images))


class RandomColorJitter(BaseImagePreprocessingLayer):
    """Random brightness, contrast, saturation and hue, one after the other, in training.

    Args:
        value_range: lowest and highest value of a pixel.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: as in the layers of these
            names; None leaves that part out.
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, 3) or one image, unchanged.
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range_pair(value_range, "RandomColorJitter")
        self.brightness_factor, self.contrast_factor = brightness_factor, contrast_factor
        self.saturation_factor, self.hue_factor = saturation_factor, hue_factor
        self._seed(seed)
        parts = (
            (RandomBrightness, brightness_factor), (RandomContrast, contrast_factor),
            (RandomSaturation, saturation_factor), (RandomHue, hue_factor),
        )  # fmt: skip
        # the parts draw from this layer's generator: one state, one stream
        self._parts = [
            cls(f, value_range=self.value_range, dtype=self.dtype_policy) for cls, f in parts if f is not None
        ]
        for part in self._parts:
            part.generator = self.generator

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        return [part.get_random_transformation(data, training) for part in self._parts]

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        for part, drawn in zip(self._parts, transformation or [], strict=False):
            images = part.transform_images(images, drawn, training)
        return images


class RandomInvert(ColorAugmentation):
    """Turn some images into their negatives, in training: ``low + high - x``.

    Args:
        factor: each image's chance is itself drawn from 0 to ``factor``, or between two ends.
        value_range: lowest and highest value of a pixel.
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(
        self,
        factor: Any = 1.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = as_range(factor, "factor", "RandomInvert", low=0, symmetric=False)
        self.value_range = value_range_pair(value_range, "RandomInvert")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        chance = self.uniform((batch,), *self.factor)
        return self.uniform((batch,)) < chance

    def recolor(self, images: Any, drawn: Any) -> Any:
        low, high = self.value_range
        return self.clip(jnp.where(per_image(drawn), low + high - images, images))


class RandomPosterization(ColorAugmentation):
    """Keep only the first bits of each pixel, in training.

    Args:
        factor: how many bits at most (from 1 to 8), or the two ends; the upper one is not reached.
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
        self.factor = as_range(factor, "factor", "RandomPosterization", low=1, high=8, symmetric=False)
        self.value_range = value_range_pair(value_range, "RandomPosterization")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        low, high = self.factor
        return 8 - random.randint((batch,), low, high, "uint8", seed=self.generator)

    def recolor(self, images: Any, drawn: Any) -> Any:
        bits = im.rescale_range(images, self.value_range, (0, 255)).astype(jnp.uint8)
        shift = per_image(drawn).astype(jnp.uint8)
        kept = ((bits >> shift) << shift).astype(images.dtype)
        return im.rescale_range(kept, (0, 255), self.value_range)


class Solarization(ColorAugmentation):
    """Add a random amount, then invert what lies above a random threshold, in training.

    Args:
        addition_factor: largest amount as a share of the value range, or the two ends.
        threshold_factor: largest threshold as a share of the value range, or the two ends.
        value_range: lowest and highest value of a pixel.
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(
        self,
        addition_factor: Any = 0.0,
        threshold_factor: Any = 0.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.addition_factor = as_range(addition_factor, "addition_factor", "Solarization", low=0, symmetric=False)
        self.threshold_factor = as_range(threshold_factor, "threshold_factor", "Solarization", low=0, symmetric=False)
        self.value_range = value_range_pair(value_range, "Solarization")
        self._seed(seed)

    def draw(self, batch: int) -> Any:
        ends = [[end * 255 for end in factor] for factor in (self.addition_factor, self.threshold_factor)]
        return [self.uniform((batch,), *pair) for pair in ends]

    def recolor(self, images: Any, drawn: Any) -> Any:
        addition, threshold = (per_image(v) for v in drawn)
        values = jnp.clip(im.rescale_range(images, self.value_range, (0, 255)) + addition, 0, 255)
        values = jnp.where(values < threshold, values, 255 - values)
        return im.rescale_range(values, (0, 255), self.value_range)
