"""The base of image layers: what is shared by resizing, cropping and every augmentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ... import random
from ...config import standardize_data_format
from ...layer import Layer
from ...random import SeedGenerator
from ...symbolic import KerasTensor
from .bounding_boxes import clip_to_image_size, convert_format

_IMAGE_KEYS = ("images", "segmentation_masks")


class BaseImagePreprocessingLayer(Layer):
    """An image, or a dict of images with their labels, masks and boxes, transformed together.

    Args:
        bounding_box_format: the format of the boxes in dicts, such as "xyxy" or "rel_xywh".
        data_format: "channels_last" or "channels_first".

    A dict may hold "images", "labels", "segmentation_masks" and "bounding_boxes" (a dict of "boxes" and
    "labels"). One image, (height, width, channels), and batches of them are both taken. A subclass
    draws once per call in ``get_random_transformation`` and applies the draw in ``transform_images``
    and its siblings; these see batches with the channels last.
    """

    # Whether integer images come out with their own dtype, rounded, or as floats.
    keeps_integers = False
    # Whether the layer does the same in training and in inference.
    deterministic = False

    def __init__(self, bounding_box_format: str | None = None, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.bounding_box_format = bounding_box_format
        self.data_format = standardize_data_format(data_format)

    def _seed(self, seed: int | None) -> None:
        self.seed = seed
        self.generator = SeedGenerator(seed)

    def uniform(self, shape: Sequence[int], low: Any = 0.0, high: Any = 1.0) -> jax.Array:
        """Uniform draws in ``[low, high)`` from the layer's generator."""
        return random.uniform(shape, low, high, "float32", seed=self.generator)

    # --- what a subclass writes -----------------------------------------------------------------------

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """The draw of one call; None where nothing is random."""
        return None

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        """Images, (batch, height, width, channels), after the transformation."""
        raise NotImplementedError(f"{type(self).__name__} has no transform_images() method.")

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        """Labels; unchanged unless images are mixed."""
        return labels

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: bool = True) -> Any:
        """Boxes; unchanged unless pixels move."""
        return bounding_boxes

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        """Masks; unchanged unless pixels move."""
        return segmentation_masks

    # --- the call -------------------------------------------------------------------------------------

    def call(self, data: Any, training: bool = True) -> Any:
        if not isinstance(data, dict):
            return self._call_dict({"images": data}, training)["images"]
        if "images" not in data and "segmentation_masks" not in data:
            raise ValueError(f"{type(self).__name__}: a dict must hold 'images', got the keys {sorted(data)}.")
        return self._call_dict(data, training)

    def _call_dict(self, data: dict[str, Any], training: bool) -> dict[str, Any]:
        shape = next(data[k].shape for k in _IMAGE_KEYS if k in data)
        if len(shape) not in (3, 4):
            raise ValueError(
                f"{type(self).__name__} expects an image (height, width, channels) or a batch of them, got "
                f"shape {shape}."
            )
        single = len(shape) == 3
        data = {k: self._inward(k, v, single) for k, v in data.items()}
        active = training or self.deterministic
        transformation = self.get_random_transformation(data, training=training) if active else None
        out = dict(data)
        if "images" in data:
            out["images"] = self._images(data["images"], transformation, training)
        if "labels" in data and active:
            out["labels"] = self.transform_labels(data["labels"], transformation, training)
        if data.get("segmentation_masks") is not None and active:
            out["segmentation_masks"] = self.transform_segmentation_masks(
                data["segmentation_masks"], transformation, training
            )
        if data.get("bounding_boxes") is not None and active:
            if self.bounding_box_format is None:
                raise ValueError(
                    f"{type(self).__name__}: data with 'bounding_boxes' needs the layer's bounding_box_format, "
                    "such as bounding_box_format='xyxy'."
                )
            out["bounding_boxes"] = self.transform_bounding_boxes(data["bounding_boxes"], transformation, training)
        return {k: self._outward(k, v, single) for k, v in out.items()}

    def _images(self, images: Any, transformation: Any, training: bool) -> Any:
        dtype = jnp.result_type(images)
        kept = dtype if self.keeps_integers and not jnp.issubdtype(dtype, jnp.floating) else None
        images = images.astype(self.compute_dtype)
        if training or self.deterministic:
            images = self.transform_images(images, transformation, training)
        if kept is None:
            return images.astype(self.compute_dtype)
        limits = jnp.iinfo(kept)
        return jnp.clip(jnp.round(images), limits.min, limits.max).astype(kept)

    def _inward(self, key: str, value: Any, single: bool) -> Any:
        """A batch with the channels last."""
        if value is None:
            return value
        value = jax.tree.map(jnp.asarray, value)
        if single:
            value = jax.tree.map(lambda v: v[None], value)
        if self.data_format == "channels_first" and key in _IMAGE_KEYS and value.ndim == 4:
            value = jnp.moveaxis(value, 1, -1)
        return value

    def _outward(self, key: str, value: Any, single: bool) -> Any:
        if value is None:
            return value
        if self.data_format == "channels_first" and key in _IMAGE_KEYS and value.ndim == 4:
            value = jnp.moveaxis(value, -1, 1)
        return jax.tree.map(lambda v: v[0], value) if single else value

    # --- boxes ----------------------------------------------------------------------------------------

    def move_boxes(
        self,
        bounding_boxes: dict[str, Any],
        size: Sequence[int],
        move: Callable[[Any], Any],
        new_size: Sequence[int] | None = None,
    ) -> dict[str, Any]:
        """Boxes moved by a function of "xyxy" pixels, clipped, and given back in their own format.

        Args:
            size: height and width of the images before.
            move: function of (batch, n, 4) boxes.
            new_size: height and width afterwards, if they differ.
        """
        after = size if new_size is None else new_size
        boxes = convert_format(bounding_boxes["boxes"], self.bounding_box_format, "xyxy", *size)
        moved = clip_to_image_size({**bounding_boxes, "boxes": move(boxes)}, *after, bounding_box_format="xyxy")
        # boxes that stood for "no box" stay so
        absent = bounding_boxes["labels"] == -1
        back = convert_format(moved["boxes"], "xyxy", self.bounding_box_format, *after)
        kept = jnp.where(absent[..., None], jnp.asarray(bounding_boxes["boxes"], back.dtype), back)
        return {**moved, "boxes": kept}

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The same sizes unless a subclass says otherwise."""
        return input_shape

    def compute_output_spec(self, data: Any, training: bool = True) -> Any:
        """Symbolic outputs: of a plain image by ``compute_output_shape``, of a dict by tracing."""
        if isinstance(data, KerasTensor):
            dtype = data.dtype if self.keeps_integers and "float" not in data.dtype else self.compute_dtype
            return KerasTensor(self.compute_output_shape(data.shape), dtype=dtype)
        from ...symbolic import infer_output

        return infer_output(self.call, (data,), {"training": training}, self.name)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("activity_regularizer", None)
        if self.bounding_box_format is None:
            config.pop("bounding_box_format", None)
        return config

    def set_size(self, shape: Sequence[Any], height: int, width: int) -> tuple:
        """An image shape with another height and width."""
        at = -3 if self.data_format == "channels_last" else -2
        shape = list(shape)
        shape[at], shape[at + 1] = height, width
        return tuple(shape)


def as_range(
    value: Any, name: str, where: str, low: float = -1, high: float = 1, symmetric: bool = True
) -> tuple[Any, Any]:
    """The two ends of a factor: of a pair itself, of one number v ``(-v, v)``, or ``(low, v)``.

    Args:
        low, high: bounds of one number; a pair may reach beyond them, as in Keras, but not lie outside.
        symmetric: whether one number stands for both directions.
    """
    numbers = (int, float, np.number)
    if isinstance(value, bool) or not (
        isinstance(value, numbers)
        or (isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(v, numbers) for v in value))
    ):
        raise ValueError(f"{where}: {name} must be a number or a pair of numbers, got {name}={value!r}.")
    if isinstance(value, numbers):
        if not low <= (abs(value) if symmetric else value) <= high:
            raise ValueError(f"{where}: {name} must lie from {low} to {high}, got {name}={value!r}.")
        return (-abs(value), abs(value)) if symmetric else (low, value)
    first, last = sorted(value)
    if last < low or first > high:
        raise ValueError(f"{where}: the pair {name} must overlap {low} to {high}, got {name}={value!r}.")
    return first, last


def value_range_pair(value: Any, where: str) -> tuple[Any, Any]:
    """The lower and upper end of pixel values."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(f"{where}: value_range must be a pair such as (0, 255), got value_range={value!r}.")
    return tuple(sorted(value))


def per_image(values: Any) -> Any:
    """(batch,) draws as (batch, 1, 1, 1), to multiply images with."""
    return jnp.reshape(values, (-1, 1, 1, 1))
