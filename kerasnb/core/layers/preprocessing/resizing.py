"""Resizing, CenterCrop and RandomCrop: images of another size."""

from __future__ import annotations

import random as python_random
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from ...registry import did_you_mean
from ..arguments import positive_int
from . import images as im
from .base_image import BaseImagePreprocessingLayer


def _scaled(boxes: Any, old: Sequence[int], new: Sequence[int], offset: Sequence[float] = (0, 0)) -> Any:
    """ "xyxy" boxes after the window of size ``old`` at ``offset`` (top, left) became ``new``."""
    shift = jnp.asarray([offset[1], offset[0]] * 2, boxes.dtype)
    scale = jnp.asarray([new[1] / old[1], new[0] / old[0]] * 2, boxes.dtype)
    return (boxes - shift) * scale


class Resizing(BaseImagePreprocessingLayer):
    """Images resized to one height and width.

    Args:
        height, width: the new size.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: first cut the centred window that has the new aspect ratio.
        pad_to_aspect_ratio: first pad to the new aspect ratio.
        fill_mode: only "constant".
        fill_value: the value of the padding.
        antialias: smooth before shrinking.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, any, any, channels) to (batch, height, width, channels); one image likewise.
    """

    keeps_integers = True
    deterministic = True

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.height, self.width = positive_int(height, "height", "Resizing"), positive_int(width, "width", "Resizing")
        if interpolation not in im.INTERPOLATIONS:
            raise ValueError(
                f"Resizing: interpolation must be one of {im.INTERPOLATIONS}, got interpolation={interpolation!r}."
                f"{did_you_mean(str(interpolation), im.INTERPOLATIONS)}"
            )
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError("Resizing: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other; choose one.")
        if fill_mode != "constant":
            raise ValueError(f"Resizing: fill_mode must be 'constant', got fill_mode={fill_mode!r}.")
        self.interpolation, self.antialias = interpolation, antialias
        self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = crop_to_aspect_ratio, pad_to_aspect_ratio
        self.fill_mode, self.fill_value = fill_mode, fill_value

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        images = data if not isinstance(data, dict) else data.get("images", data.get("segmentation_masks"))
        return {"size": images.shape[1:3]}

    def _resized(self, images: Any, interpolation: str, antialias: bool) -> Any:
        return im.resize(
            images, (self.height, self.width), interpolation, antialias,
            self.crop_to_aspect_ratio, self.pad_to_aspect_ratio, self.fill_value,
        )  # fmt: skip

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        return self._resized(images, self.interpolation, self.antialias)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        return self._resized(segmentation_masks, "nearest", False)

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: bool = True) -> Any:
        size, new = transformation["size"], (self.height, self.width)
        window = (0, 0, *size)
        if self.crop_to_aspect_ratio or self.pad_to_aspect_ratio:
            window = im.aspect_box(*size, new, cover=self.pad_to_aspect_ratio)
        move = lambda boxes: _scaled(boxes, window[2:], new, window[:2])  # noqa: E731
        return self.move_boxes(bounding_boxes, size, move, new)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.set_size(input_shape, self.height, self.width)


class _Crop(BaseImagePreprocessingLayer):
    """Base: a window of one size; an image smaller than it is enlarged first and then cut."""

    height: int
    width: int

    def corner(self, height: int, width: int) -> tuple[Any, Any]:
        """Top and left of the window."""
        raise NotImplementedError

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        images = data if not isinstance(data, dict) else data.get("images", data.get("segmentation_masks"))
        height, width = images.shape[1:3]
        fits = height >= self.height and width >= self.width
        return {"corner": self.corner(height, width) if fits else None, "size": (height, width)}

    def _cut(self, images: Any, transformation: Any, interpolation: str) -> Any:
        size = (self.height, self.width)
        if transformation["corner"] is None:
            return im.resize(images, size, interpolation, crop_to_aspect_ratio=True)
        top, left = transformation["corner"]
        return jax.lax.dynamic_slice(images, (0, top, left, 0), (images.shape[0], *size, images.shape[-1]))

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        return images if transformation is None else self._cut(images, transformation, "bilinear")

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        return (
            segmentation_masks if transformation is None else self._cut(segmentation_masks, transformation, "nearest")
        )

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return bounding_boxes
        size, new = transformation["size"], (self.height, self.width)
        move: Callable[[Any], Any]
        if transformation["corner"] is None:
            top, left, height, width = im.aspect_box(*size, new, cover=False)
            move = lambda boxes: _scaled(boxes, (height, width), new, (top, left))  # noqa: E731
        else:
            top, left = transformation["corner"]
            move = lambda boxes: boxes - jnp.stack([jnp.asarray(v, boxes.dtype) for v in (left, top, left, top)])  # noqa: E731
        return self.move_boxes(bounding_boxes, size, move, new)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.set_size(input_shape, self.height, self.width)


class CenterCrop(_Crop):
    """The middle of each image; images that are too small are enlarged to cover the window.

    Args:
        height, width: the window's size.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, any, any, channels) to (batch, height, width, channels); one image likewise.
    """

    deterministic = True

    def __init__(self, height: int, width: int, data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format=data_format, **kwargs)
        self.height = positive_int(height, "height", "CenterCrop")
        self.width = positive_int(width, "width", "CenterCrop")

    def corner(self, height: int, width: int) -> tuple[int, int]:
        return (height - self.height) // 2, (width - self.width) // 2


class RandomCrop(_Crop):
    """A window of each batch at a random place, in training; otherwise images pass as they are.

    Args:
        height, width: the window's size; images that are too small are enlarged to cover it.
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, any, any, channels) to (batch, height, width, channels); one image likewise.
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, data_format=data_format, **kwargs)
        self.height = positive_int(height, "height", "RandomCrop")
        self.width = positive_int(width, "width", "RandomCrop")
        self._seed(python_random.randint(1, int(1e9)) if seed is None else seed)

    def corner(self, height: int, width: int) -> tuple[Any, Any]:
        top = self.uniform((), 0, height - self.height + 1.0)
        left = self.uniform((), 0, width - self.width + 1.0)
        return top.astype(jnp.int32), left.astype(jnp.int32)
