"""Augmentations that move pixels by one matrix per image: rotation, translation, zoom, shear, perspective."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from ...registry import did_you_mean
from . import images as im
from .base_image import BaseImagePreprocessingLayer, as_range
from .bounding_boxes import around, corners_of

_INTERPOLATIONS = ("nearest", "bilinear")


def _one_of(value: Any, known: tuple[str, ...], name: str, where: str) -> str:
    if value not in known:
        raise ValueError(
            f"{where}: {name} must be one of {known}, got {name}={value!r}.{did_you_mean(str(value), known)}"
        )
    return value


class ProjectiveAugmentation(BaseImagePreprocessingLayer):
    """Base: one projective map per image, drawn by ``draw_transform`` as (batch, 8) numbers."""

    fill_mode = "constant"

    def _setup(self, interpolation: str, fill_mode: str, fill_value: float, seed: int | None) -> None:
        where = type(self).__name__
        self.fill_mode = _one_of(fill_mode, im.FILL_MODES, "fill_mode", where)
        self.interpolation = _one_of(interpolation, _INTERPOLATIONS, "interpolation", where)
        self.fill_value = fill_value
        self._seed(seed)

    def draw_transform(self, batch: int, height: int, width: int) -> Any:
        """(batch, 8) numbers: where each output pixel is read."""
        raise NotImplementedError

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        images = data if not isinstance(data, dict) else data.get("images", data.get("segmentation_masks"))
        batch, height, width = images.shape[:3]
        return {"transform": self.draw_transform(batch, height, width), "size": (height, width)}

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return images
        return im.project(images, transformation["transform"], self.interpolation, self.fill_mode, self.fill_value)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return segmentation_masks
        masks = segmentation_masks
        moved = im.project(masks, transformation["transform"], "nearest", self.fill_mode, self.fill_value)
        return moved.astype(masks.dtype)

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return bounding_boxes
        forward = im.inverse(transformation["transform"])

        def move(boxes: Any) -> Any:
            x, y = corners_of(boxes)  # (batch, n, 4)
            flat = [v.reshape(v.shape[0], -1) for v in (x, y)]
            x, y = (v.reshape(x.shape) for v in im.apply_to_points(forward, *flat))
            return around(x, y)

        return self.move_boxes(bounding_boxes, transformation["size"], move)


def _matrix(*rows: Any) -> Any:
    """Eight numbers per image out of (batch,) arrays and constants."""
    batch = next(np.shape(r)[0] for r in rows if np.ndim(r))
    return jnp.stack([jnp.broadcast_to(jnp.asarray(r, jnp.float32), (batch,)) for r in rows], -1)


class RandomRotation(ProjectiveAugmentation):
    """Turn each image by a random angle about its centre, in training.

    Args:
        factor: largest turn as a share of a full circle, or the two ends; positive is counter-clockwise.
        fill_mode: what stands outside: "reflect", "constant", "wrap", "nearest".
        interpolation: "bilinear" or "nearest".
        seed: an integer that makes the draws reproducible.
        fill_value: the value outside for "constant".
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = as_range(factor, "factor", "RandomRotation")
        self._setup(interpolation, fill_mode, fill_value, seed)

    def draw_transform(self, batch: int, height: int, width: int) -> Any:
        low, high = self.factor
        angle = self.uniform((batch,), low * 360.0, high * 360.0) * (np.pi / 180)
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        w, h = width - 1, height - 1
        # the centre stays where it is
        x, y = (w - (cos * w - sin * h)) / 2, (h - (sin * w + cos * h)) / 2
        return _matrix(cos, -sin, x, sin, cos, y, 0, 0)


class RandomTranslation(ProjectiveAugmentation):
    """Shift each image by a random share of its size, in training.

    Args:
        height_factor: largest shift down (and up) as a share of the height, or the two ends.
        width_factor: the same to the right (and left).
        fill_mode, interpolation, seed, fill_value, data_format: as in ``RandomRotation``.

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._rows = as_range(height_factor, "height_factor", "RandomTranslation")
        self._columns = as_range(width_factor, "width_factor", "RandomTranslation")
        self._setup(interpolation, fill_mode, fill_value, seed)

    def draw_transform(self, batch: int, height: int, width: int) -> Any:
        down = self.uniform((batch,), *self._rows) * height
        right = self.uniform((batch,), *self._columns) * width
        return _matrix(1, 0, -right, 0, 1, -down, 0, 0)


class RandomZoom(ProjectiveAugmentation):
    """Zoom each image about its centre by a random factor, in training.

    Args:
        height_factor: largest change of the size that is looked at: 0.2 looks at 0.8 to 1.2 of the
            height (positive zooms out), or the two ends.
        width_factor: the same for the width; as the height if None, which keeps the aspect ratio.
        fill_mode, interpolation, seed, fill_value, data_format: as in ``RandomRotation``.

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._rows = as_range(height_factor, "height_factor", "RandomZoom")
        self._columns = None if width_factor is None else as_range(width_factor, "width_factor", "RandomZoom")
        self._setup(interpolation, fill_mode, fill_value, seed)

    def draw_transform(self, batch: int, height: int, width: int) -> Any:
        rows = self.uniform((batch,), 1 + self._rows[0], 1 + self._rows[1])
        columns = rows
        if self._columns is not None:
            columns = self.uniform((batch,), 1 + self._columns[0], 1 + self._columns[1])
        x, y = (width - 1) / 2 * (1 - columns), (height - 1) / 2 * (1 - rows)
        return _matrix(columns, 0, x, 0, rows, y, 0, 0)


class RandomShear(ProjectiveAugmentation):
    """Slant each image by random amounts, in training.

    Args:
        x_factor: largest slant along the width, as a share of the height, or the two ends; 0 for none.
        y_factor: the same along the height.
        interpolation, fill_mode, fill_value, data_format, seed: as in ``RandomRotation``.

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.x_factor = as_range(x_factor, "x_factor", "RandomShear")
        self.y_factor = as_range(y_factor, "y_factor", "RandomShear")
        self._setup(interpolation, fill_mode, fill_value, seed)

    def draw_transform(self, batch: int, height: int, width: int) -> Any:
        sign = jnp.where(self.uniform((batch,)) <= 0.5, 1.0, -1.0)
        down = self.uniform((batch,), *self.y_factor) * sign
        right = self.uniform((batch,), *self.x_factor) * sign
        return _matrix(1, right, 0, down, 1, 0, 0, 0)


class RandomPerspective(ProjectiveAugmentation):
    """View images from a random side, in training: their corners are pulled apart.

    Args:
        factor: how likely an image is changed: its chance is itself drawn from 0 to ``factor``
            (or between two ends).
        scale: how far corners move, from 0 to 1.
        interpolation: "bilinear" or "nearest".
        fill_value: the value outside of the image.
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) or one image, unchanged.
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = as_range(factor, "factor", "RandomPerspective", low=0, symmetric=False)
        if not isinstance(scale, (int, float)) or not 0 <= scale <= 1:
            raise ValueError(f"RandomPerspective: scale must lie from 0 to 1, got scale={scale!r}.")
        self.scale = scale
        self._setup(interpolation, "constant", fill_value, seed)

    def draw_transform(self, batch: int, height: int, width: int) -> Any:
        chance = self.uniform((batch,), *self.factor)
        chosen = self.uniform((batch,)) < chance
        pull = self.uniform((batch, 4, 2), -0.5 * self.scale, 0.5 * self.scale)
        w, h = width - 1.0, height - 1.0
        corners = jnp.asarray([[0, 0], [w, 0], [0, h], [w, h]], jnp.float32)
        corners = jnp.broadcast_to(corners, (batch, 4, 2))
        moved = im.four_point_transform(corners, corners * (1 + pull))
        same = jnp.asarray([1, 0, 0, 0, 1, 0, 0, 0], jnp.float32)
        return jnp.where(chosen[:, None], moved, same)
