"""RandomFlip: mirror images."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ...registry import did_you_mean
from .base_image import BaseImagePreprocessingLayer, per_image

_MODES = ("horizontal", "vertical", "horizontal_and_vertical")


class RandomFlip(BaseImagePreprocessingLayer):
    """Mirror each image with chance one half, in training.

    Args:
        mode: "horizontal" (left and right change places), "vertical", or "horizontal_and_vertical"
            (both at once).
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) or one image, unchanged.

    >>> import jax.numpy as jnp
    >>> RandomFlip("horizontal", seed=1)(jnp.ones((2, 4, 4, 3))).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        if mode not in _MODES:
            raise ValueError(
                f"RandomFlip: mode must be one of {_MODES}, got mode={mode!r}.{did_you_mean(str(mode), _MODES)}"
            )
        self.mode = mode
        self._seed(seed)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        images = data if not isinstance(data, dict) else data.get("images", data.get("segmentation_masks"))
        return {"flips": self.uniform((images.shape[0],)) <= 0.5, "size": images.shape[1:3]}

    def _flipped(self, images: Any, transformation: Any) -> Any:
        mirrored = images
        if "horizontal" in self.mode:
            mirrored = jnp.flip(mirrored, -2)
        if "vertical" in self.mode:
            mirrored = jnp.flip(mirrored, -3)
        return jnp.where(per_image(transformation["flips"]), mirrored, images)

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        return images if transformation is None else self._flipped(images, transformation)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        return segmentation_masks if transformation is None else self._flipped(segmentation_masks, transformation)

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return bounding_boxes
        height, width = transformation["size"]

        def move(boxes: Any) -> Any:
            left, top, right, bottom = (boxes[..., i] for i in range(4))
            if "horizontal" in self.mode:
                left, right = width - right, width - left
            if "vertical" in self.mode:
                top, bottom = height - bottom, height - top
            mirrored = jnp.stack([left, top, right, bottom], -1)
            return jnp.where(transformation["flips"][:, None, None], mirrored, boxes)

        return self.move_boxes(bounding_boxes, (height, width), move)
