"""Adaptive pooling: windows of whatever size gives the wanted output."""

from __future__ import annotations

from typing import Any

from ..layer import InputSpec, Layer
from ..symbolic import KerasTensor
from .arguments import is_int, size_tuple, standardize_data_format
from .kernels import adaptive_average_pool, adaptive_max_pool


class AdaptivePooling(Layer):
    """Base of adaptive pooling: along each axis of size n, output i of m covers the places from
    ``floor(i n / m)`` up to ``ceil((i + 1) n / m)``. Subclasses set ``rank`` and ``pool``.
    """

    rank = 2

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        where = type(self).__name__
        if not is_int(output_size):
            if not isinstance(output_size, (list, tuple)) or len(output_size) != self.rank:
                raise TypeError(
                    f"{where}: output_size must be an integer or a tuple of {self.rank} integers, "
                    f"got output_size={output_size!r}."
                )
        self.output_size = size_tuple(output_size, self.rank, "output_size", where)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        if self.data_format == "channels_last":
            return (input_shape[0], *self.output_size, input_shape[-1])
        return (*input_shape[:2], *self.output_size)

    def compute_output_spec(self, inputs: Any) -> Any:
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=inputs.dtype)


class AdaptiveAveragePooling(AdaptivePooling):
    """The mean of each window."""

    def call(self, inputs: Any) -> Any:
        return adaptive_average_pool(inputs, self.output_size, self.data_format)


class AdaptiveMaxPooling(AdaptivePooling):
    """The largest number of each window."""

    def call(self, inputs: Any) -> Any:
        return adaptive_max_pool(inputs, self.output_size, self.data_format)


class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """The mean over windows that cut a sequence into a fixed number of places.

    Args:
        output_size: places along the axis.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, steps, channels) to (batch, output_size, channels).
    """

    rank = 1


class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """The mean over windows that cut an image into a fixed number of places.

    Args:
        output_size: places along each axis, one number or 2.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) to (batch, *output_size, channels).
    """

    rank = 2


class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """The mean over windows that cut a volume into a fixed number of places.

    Args:
        output_size: places along each axis, one number or 3.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, height, width, channels) to (batch, *output_size, channels).
    """

    rank = 3


class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """The largest number over windows that cut a sequence into a fixed number of places.

    Args:
        output_size: places along the axis.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, steps, channels) to (batch, output_size, channels).
    """

    rank = 1


class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """The largest number over windows that cut an image into a fixed number of places.

    Args:
        output_size: places along each axis, one number or 2.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) to (batch, *output_size, channels).
    """

    rank = 2


class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """The largest number over windows that cut a volume into a fixed number of places.

    Args:
        output_size: places along each axis, one number or 3.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, height, width, channels) to (batch, *output_size, channels).
    """

    rank = 3
