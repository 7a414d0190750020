"""CutMix and MixUp: images mixed with others of their batch, and their labels with them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ... import random
from .base_image import BaseImagePreprocessingLayer, as_range, per_image
from .random_filters import rectangle


def _mixed(first: Any, second: Any, weight: Any) -> Any:
    """``weight * first + (1 - weight) * second``, the weight per row."""
    weight = weight.reshape(-1, *(1,) * (first.ndim - 1)).astype(jnp.float32)
    return weight * first + (1 - weight) * second


class _Mixing(BaseImagePreprocessingLayer):
    """Base: a partner for each row and the share that the row keeps."""

    mixes_rows = True

    def partners(self, batch: int) -> Any:
        """A random order of the rows."""
        return random.shuffle(jnp.arange(batch), seed=self.generator)

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return labels
        return _mixed(labels, labels[transformation["order"]], transformation["weight"])

    def call(self, data: Any, training: bool = True) -> Any:
        shape = data["images"].shape if isinstance(data, dict) and "images" in data else getattr(data, "shape", ())
        if training and len(shape) == 3:
            raise ValueError(
                f"{type(self).__name__} mixes images of a batch: expected (batch, height, width, channels), got "
                f"{shape}. "
                "Batch the data set before this layer."
            )
        return super().call(data, training)


class CutMix(_Mixing):
    """Replace a rectangle of each image by that of another, and mix the labels by area, in training.

    Args:
        factor: parameter of the Beta distribution of the share that stays, drawn from 0 to ``factor`` or
            between two ends.
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: a dict of "images" (batch, height, width, channels) and "labels" (batch, classes), unchanged.

    Source: Yun et al., CutMix, ICCV 2019.
    """

    def __init__(self, factor: Any = 1.0, seed: int | None = None, data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = as_range(factor, "factor", "CutMix", low=0, symmetric=False)
        self._seed(seed)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        images = data if not isinstance(data, dict) else data["images"]
        batch, height, width = images.shape[:3]
        alpha = jnp.maximum(self.uniform((), *self.factor), 1e-6)
        weight = random.beta((batch,), alpha, alpha, "float32", seed=self.generator)
        side = jnp.sqrt(1 - weight)
        size = jnp.stack([side * height, side * width], -1)
        left = self.uniform((batch,)) * (width - size[:, 1])
        top = self.uniform((batch,)) * (height - size[:, 0])
        order = self.partners(batch)
        window = rectangle(jnp.stack([top, left], -1), size, height, width)
        return {"window": window, "order": order, "weight": weight}

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return images
        return jnp.where(transformation["window"], images[transformation["order"]], images)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        return self.transform_images(segmentation_masks, transformation, training)

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: bool = True) -> Any:
        raise NotImplementedError(
            "CutMix does not mix bounding boxes: a box may be cut in two. Use MixUp, which keeps the boxes of "
            "both images."
        )


class MixUp(_Mixing):
    """Add to each image another one of its batch, and mix the labels likewise, in training.

    The row keeps the share w, drawn from Beta(alpha, alpha): ``w x + (1 - w) x'``.

    Args:
        alpha: small numbers leave most images nearly pure, 1 makes all mixtures equally likely.
        data_format: "channels_last" or "channels_first".
        seed: an integer that makes the draws reproducible.

    Shapes: a dict of "images" and "labels", unchanged; masks are one-hot encoded before they are
    mixed; "bounding_boxes" of both images are kept, (batch, 2 n, 4).

    Source: Zhang et al., mixup: Beyond Empirical Risk Minimization, ICLR 2018.
    """

    def __init__(self, alpha: float = 0.2, data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(data_format=data_format, **kwargs)
        if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or alpha <= 0:
            raise ValueError(f"MixUp: alpha must be a number above 0, got alpha={alpha!r}.")
        self.alpha = alpha
        self._seed(seed)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        images = data if not isinstance(data, dict) else data["images"]
        order = self.partners(images.shape[0])
        weight = random.beta((images.shape[0],), self.alpha, self.alpha, "float32", seed=self.generator)
        return {"order": order, "weight": weight}

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return images
        weight = per_image(transformation["weight"]).astype(images.dtype)
        return weight * images + (1 - weight) * images[transformation["order"]]

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return segmentation_masks
        masks = segmentation_masks
        if masks.shape[-1] == 1 and not isinstance(masks, jax.core.Tracer):  # class numbers, and how many is known
            masks = jax.nn.one_hot(masks[..., 0].astype(jnp.int32), int(masks.max()) + 1)
        elif masks.shape[-1] == 1:
            raise ValueError(
                "MixUp in compiled code cannot count the classes of segmentation masks: one-hot encode the "
                "masks before."
            )
        return _mixed(masks, masks[transformation["order"]], transformation["weight"])

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return bounding_boxes
        both = lambda v: jnp.concatenate([v, v[transformation["order"]]], 1)  # noqa: E731
        return {k: both(jnp.asarray(v)) for k, v in bounding_boxes.items()}
