"""Depthwise convolutions: every channel is convolved by itself."""

from __future__ import annotations

from typing import Any

from .. import constraints, initializers, regularizers
from .arguments import positive_int
from .conv import BaseConv, conv_sizes
from .kernels import depthwise_conv


class DepthwiseConv(BaseConv):
    """A depthwise convolution over ``rank`` axes; see ``DepthwiseConv2D``."""

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.depth_multiplier = positive_int(depth_multiplier, "depth_multiplier", type(self).__name__)
        self._setup(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            bias_initializer, bias_regularizer, bias_constraint,
        )  # fmt: skip
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.compute_output_shape(input_shape)
        self.kernel = self._add_kernel((*self.kernel_size, channels, self.depth_multiplier), "depthwise", "kernel")
        self._add_bias(channels * self.depth_multiplier)

    def call(self, inputs: Any) -> Any:
        y = depthwise_conv(
            inputs, self.kernel.value, self.strides, self.padding, self.data_format,
            self.dilation_rate,
        )  # fmt: skip
        return self._finish(y)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        sizes = conv_sizes(
            self._spatial(input_shape), self.kernel_size, self.strides, self.padding,
            self.dilation_rate,
        )  # fmt: skip
        channels = input_shape[self.channel_axis] * self.depth_multiplier
        return self._with_sizes(input_shape, sizes, channels)


class DepthwiseConv1D(DepthwiseConv):
    """Convolution along one axis, each channel by itself; see ``DepthwiseConv2D``.

    Shapes: (batch, steps, channels) to (batch, new_steps, channels * depth_multiplier); kernel
    (size, channels, depth_multiplier).

    >>> import jax.numpy as jnp
    >>> DepthwiseConv1D(3, depth_multiplier=2)(jnp.ones((2, 10, 5))).shape
    (2, 8, 10)
    """

    rank = 1


class DepthwiseConv2D(DepthwiseConv):
    """Convolution over the two axes of an image, each channel by itself.

    Args:
        kernel_size: height and width of the window, or one number for both.
        strides, padding, data_format, dilation_rate: as in ``Conv2D``.
        depth_multiplier: how many outputs each channel gives.
        activation, use_bias: as in ``Conv2D``.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: of the kernel.
        bias_initializer, bias_regularizer, bias_constraint: of the bias.
        activity_regularizer: penalty of the output.

    Shapes: (batch, height, width, channels) to (batch, new_height, new_width,
    channels * depth_multiplier); kernel (*kernel_size, channels, depth_multiplier).

    >>> import jax.numpy as jnp
    >>> DepthwiseConv2D(3)(jnp.ones((2, 8, 8, 5))).shape
    (2, 6, 6, 5)
    """

    rank = 2
