"""MaxNumBoundingBoxes: the same number of boxes for every image."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..arguments import positive_int
from .base_image import BaseImagePreprocessingLayer


class MaxNumBoundingBoxes(BaseImagePreprocessingLayer):
    """Cut or pad the boxes of each image to ``max_number``, so that they fit into one array.

    Args:
        max_number: how many boxes each image gets.
        fill_value: what stands in missing boxes and labels.

    Shapes: "bounding_boxes" of a dict: boxes (batch, n, 4) to (batch, max_number, 4), labels
    (batch, n) to (batch, max_number).
    """

    deterministic = True

    def __init__(self, max_number: int, fill_value: Any = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.max_number = positive_int(max_number, "max_number", "MaxNumBoundingBoxes")
        self.fill_value = fill_value

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        return images

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: bool = True) -> Any:
        def fit(values: Any) -> Any:
            values = values[:, : self.max_number]
            missing = self.max_number - values.shape[1]
            around = ((0, 0), (0, missing), *((0, 0),) * (values.ndim - 2))
            return jnp.pad(values, around, constant_values=self.fill_value)

        return {k: fit(jnp.asarray(v)) for k, v in bounding_boxes.items()}
