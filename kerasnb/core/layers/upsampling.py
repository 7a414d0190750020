"""Upsampling: repeat or interpolate along the spatial axes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..layer import InputSpec
from ..registry import did_you_mean
from .arguments import is_int, positive_int, size_tuple, standardize_data_format
from .reshaping import Rearranging

# Keras's names of interpolations -> those of jax.image.resize.
_METHODS = {
    "nearest": "nearest", "bilinear": "linear", "bicubic": "cubic", "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}  # fmt: skip


class UpSampling(Rearranging):
    """Base: enlarge the spatial axes by whole factors."""

    rank = 2

    def _axes(self) -> range:
        first = 1 if self.data_format == "channels_last" else 2
        return range(first, first + self.rank)

    def _factors(self) -> tuple[int, ...]:
        return (self.size,) if self.rank == 1 else self.size

    def call(self, inputs: Any) -> Any:
        for axis, factor in zip(self._axes(), self._factors(), strict=True):
            inputs = jnp.repeat(inputs, factor, axis)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> tuple:
        shape = list(input_shape)
        for axis, factor in zip(self._axes(), self._factors(), strict=True):
            shape[axis] = None if shape[axis] is None else shape[axis] * factor
        return tuple(shape)


class UpSampling1D(UpSampling):
    """Repeat each time step.

    Args:
        size: how often.

    Shapes: (batch, steps, features) to (batch, steps * size, features).

    >>> import jax.numpy as jnp
    >>> UpSampling1D(2)(jnp.array([[[1.0], [2.0]]])).ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    rank = 1
    data_format = "channels_last"

    def __init__(self, size: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        if not is_int(size):
            raise TypeError(f"UpSampling1D: size must be an integer, got size={size!r}.")
        self.size = positive_int(size, "size", "UpSampling1D")
        self.input_spec = InputSpec(ndim=3)


class UpSampling2D(UpSampling):
    """Enlarge an image by whole factors.

    Args:
        size: factors of height and width, or one for both.
        data_format: "channels_last" or "channels_first".
        interpolation: "nearest" (repeats pixels), "bilinear", "bicubic", "lanczos3" or "lanczos5".

    Shapes: (batch, height, width, channels) to (batch, height * size, width * size, channels).
    """

    rank = 2

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.size = size_tuple(size, 2, "size", "UpSampling2D")
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in _METHODS:
            raise ValueError(
                f"UpSampling2D: interpolation must be one of {tuple(_METHODS)}, got "
                f"interpolation={interpolation!r}.{did_you_mean(self.interpolation, _METHODS)}"
            )
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        if self.interpolation == "nearest":
            return super().call(inputs)
        shape = self.compute_output_shape(inputs.shape)
        return jax.image.resize(inputs, shape, _METHODS[self.interpolation], antialias=False)


class UpSampling3D(UpSampling):
    """Repeat the places of a volume along its three axes.

    Args:
        size: factors of the three axes, or one for all.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, height, width, channels) to the same with sizes times ``size``.
    """

    rank = 3

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.size = size_tuple(size, 3, "size", "UpSampling3D")
        self.input_spec = InputSpec(ndim=5)
