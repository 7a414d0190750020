"""Transposed convolutions: the map whose gradient is a convolution, used to enlarge."""

from __future__ import annotations

from typing import Any

from .. import constraints, initializers, regularizers
from .arguments import positive_int, size_tuple
from .conv import BaseConv
from .kernels import conv_transpose


class ConvTranspose(BaseConv):
    """A transposed convolution over ``rank`` axes; see ``Conv2DTranspose``."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        where = type(self).__name__
        self.filters = positive_int(filters, "filters", where)
        self._setup(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            bias_initializer, bias_regularizer, bias_constraint,
        )  # fmt: skip
        self.output_padding = output_padding
        if output_padding is not None:
            extra = size_tuple(output_padding, self.rank, "output_padding", where, minimum=0)
            if any(e >= s for e, s in zip(extra, self.strides, strict=True)):
                raise ValueError(
                    f"{where}: output_padding must be smaller than strides in every axis, "
                    f"got output_padding={extra} and strides={self.strides}."
                )
            self.output_padding = extra
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.kernel = self._add_kernel((*self.kernel_size, self.filters, channels), "kernel")
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        y = conv_transpose(
            inputs, self.kernel.value, self.strides, self.padding, self.output_padding,
            self.data_format, self.dilation_rate,
        )  # fmt: skip
        return self._finish(y)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        extra = self.output_padding or (None,) * self.rank
        sizes = [
            _enlarged(n, d * (k - 1) + 1, s, self.padding, e)
            for n, k, s, d, e in zip(
                self._spatial(input_shape), self.kernel_size, self.strides, self.dilation_rate,
                extra, strict=True,
            )
        ]  # fmt: skip
        return self._with_sizes(input_shape, sizes, self.filters)


def _enlarged(n: int | None, reach: int, stride: int, padding: str, extra: int | None) -> int | None:
    """Output size along one axis, ``reach`` being the extent of the dilated kernel."""
    if n is None:
        return None
    if extra is None:  # as large as the input that a convolution would bring to this size
        return n * stride + (max(reach - stride, 0) if padding == "valid" else 0)
    trimmed = reach // 2 * 2 if padding == "same" else 0
    return (n - 1) * stride + reach - trimmed + extra


class Conv1DTranspose(ConvTranspose):
    """Transposed convolution along one axis; see ``Conv2DTranspose``.

    Shapes: (batch, steps, channels) to (batch, new_steps, filters); kernel (size, filters,
    channels), bias (filters,).

    >>> import jax.numpy as jnp
    >>> Conv1DTranspose(4, 3, strides=2, padding="same")(jnp.ones((2, 10, 5))).shape
    (2, 20, 4)
    """

    rank = 1


class Conv2DTranspose(ConvTranspose):
    """Transposed convolution ("deconvolution") over the two axes of an image.

    Args:
        filters: number of output channels.
        kernel_size: height and width of the kernel, or one number for both.
        strides: by how much the image grows.
        padding: "valid" or "same".
        output_padding: rows and columns added on one side, smaller than ``strides``; by default
            the output size is chosen so that a convolution with the same arguments leads back.
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance between the points of the kernel.
        activation, use_bias, initializers, regularizers, constraints: as in ``Conv2D``.

    Shapes: (batch, height, width, channels) to (batch, new_height, new_width, filters), where a
    size n becomes ``n * stride`` ("same") or ``n * stride + max(kernel - stride, 0)`` ("valid");
    kernel (*kernel_size, filters, channels), bias (filters,).

    Source: Zeiler et al., Deconvolutional Networks, CVPR 2010.

    >>> import jax.numpy as jnp
    >>> Conv2DTranspose(8, 3, strides=2, padding="same")(jnp.ones((2, 7, 7, 4))).shape
    (2, 14, 14, 8)
    """

    rank = 2


class Conv3DTranspose(ConvTranspose):
    """Transposed convolution over the three axes of a volume; see ``Conv2DTranspose``.

    Shapes: (batch, depth, height, width, channels) to (batch, new_depth, new_height, new_width,
    filters); kernel (*kernel_size, filters, channels), bias (filters,).
    """

    rank = 3

    # Keras puts data_format before output_padding here, other than in one and two dimensions.
    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: Any = None,
        *args: Any,
        **kwargs: Any,
    ):
        super().__init__(filters, kernel_size, strides, padding, output_padding, data_format, *args, **kwargs)
