"""Max and average pooling: the largest number or the mean of each window."""

from __future__ import annotations

from typing import Any

from ..layer import InputSpec, Layer
from ..symbolic import KerasTensor
from .arguments import size_tuple, standardize_data_format, standardize_padding
from .conv import conv_sizes
from .kernels import average_pool, max_pool


class Pooling(Layer):
    """Base of pooling over windows: sizes, layout, output shape. Subclasses set ``rank``."""

    rank = 2

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        where = type(self).__name__
        self.pool_size = size_tuple(pool_size, self.rank, "pool_size", where)
        self.strides = self.pool_size if strides is None else size_tuple(strides, self.rank, "strides", where)
        self.padding = standardize_padding(padding, where)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        last = self.data_format == "channels_last"
        sizes = input_shape[1:-1] if last else input_shape[2:]
        sizes = conv_sizes(sizes, self.pool_size, self.strides, self.padding, (1,) * self.rank)
        if any(n is not None and n <= 0 for n in sizes):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the input of shape {tuple(input_shape)} is "
                f"smaller than the window pool_size={self.pool_size}. "
                "Use a smaller window or padding='same'."
            )
        if last:
            return (input_shape[0], *sizes, input_shape[-1])
        return (input_shape[0], input_shape[1], *sizes)

    def compute_output_spec(self, inputs: Any) -> Any:
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=inputs.dtype)


class MaxPooling(Pooling):
    """The largest number of each window; see ``MaxPooling2D``."""

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)

    def call(self, inputs: Any) -> Any:
        return max_pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)


class MaxPooling1D(MaxPooling):
    """The largest number of each window of time steps.

    Args: as ``MaxPooling2D``, with one number instead of two.

    Shapes: (batch, steps, channels) to (batch, new_steps, channels).
    """

    rank = 1


class MaxPooling2D(MaxPooling):
    """The largest number of each window of an image, channel by channel.

    Args:
        pool_size: height and width of the window, or one number for both.
        strides: step of the window; by default the window's own size, so that windows do not
            overlap.
        padding: "valid" takes only windows that lie inside, "same" pads the borders.
        data_format: "channels_last" (batch, height, width, channels) or "channels_first".

    Shapes: (batch, height, width, channels) to (batch, new_height, new_width, channels).

    >>> import jax.numpy as jnp
    >>> MaxPooling2D()(jnp.ones((2, 28, 28, 3))).shape
    (2, 14, 14, 3)
    """

    rank = 2


class MaxPooling3D(MaxPooling):
    """The largest number of each window of a volume.

    Args: as ``MaxPooling2D``, with three numbers instead of two.

    Shapes: (batch, depth, height, width, channels) to the same with smaller sizes.
    """

    rank = 3


class AveragePooling(Pooling):
    """The mean of each window; see ``AveragePooling2D``."""

    def call(self, inputs: Any) -> Any:
        return average_pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)


class AveragePooling1D(AveragePooling):
    """The mean of each window of time steps.

    Args: as ``AveragePooling2D``, with one number instead of two.

    Shapes: (batch, steps, channels) to (batch, new_steps, channels).
    """

    rank = 1


class AveragePooling2D(AveragePooling):
    """The mean of each window of an image, channel by channel.

    Args:
        pool_size: height and width of the window, or one number for both.
        strides: step of the window; by default the window's own size.
        padding: "valid" takes only windows that lie inside; with "same" windows reach over the
            border, where only the places inside count.
        data_format: "channels_last" (batch, height, width, channels) or "channels_first".

    Shapes: (batch, height, width, channels) to (batch, new_height, new_width, channels).

    >>> import jax.numpy as jnp
    >>> AveragePooling2D(2)(jnp.ones((2, 28, 28, 3))).shape
    (2, 14, 14, 3)
    """

    rank = 2


class AveragePooling3D(AveragePooling):
    """The mean of each window of a volume.

    Args: as ``AveragePooling2D``, with three numbers instead of two.

    Shapes: (batch, depth, height, width, channels) to the same with smaller sizes.
    """

    rank = 3
