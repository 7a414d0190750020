"""Separable convolutions: depthwise in space, then a product over the channels."""

from __future__ import annotations

from typing import Any

from .. import constraints, initializers, regularizers
from .arguments import positive_int
from .conv import BaseConv, conv_sizes
from .kernels import separable_conv


class SeparableConv(BaseConv):
    """A separable convolution over ``rank`` axes; see ``SeparableConv2D``."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        where = type(self).__name__
        self.filters = positive_int(filters, "filters", where)
        self.depth_multiplier = positive_int(depth_multiplier, "depth_multiplier", where)
        self._setup(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            bias_initializer, bias_regularizer, bias_constraint,
        )  # fmt: skip
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.compute_output_shape(input_shape)
        self.depthwise_kernel = self._add_kernel(
            (*self.kernel_size, channels, self.depth_multiplier), "depthwise", "depthwise_kernel"
        )
        self.pointwise_kernel = self._add_kernel(
            (*(1,) * self.rank, channels * self.depth_multiplier, self.filters),
            "pointwise",
            "pointwise_kernel",
        )
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        y = separable_conv(
            inputs, self.depthwise_kernel.value, self.pointwise_kernel.value, self.strides,
            self.padding, self.data_format, self.dilation_rate,
        )  # fmt: skip
        return self._finish(y)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        sizes = conv_sizes(
            self._spatial(input_shape), self.kernel_size, self.strides, self.padding,
            self.dilation_rate,
        )  # fmt: skip
        return self._with_sizes(input_shape, sizes, self.filters)


class SeparableConv1D(SeparableConv):
    """Separable convolution along one axis; see ``SeparableConv2D``.

    Shapes: (batch, steps, channels) to (batch, new_steps, filters).

    >>> import jax.numpy as jnp
    >>> SeparableConv1D(4, 3)(jnp.ones((2, 10, 5))).shape
    (2, 8, 4)
    """

    rank = 1


class SeparableConv2D(SeparableConv):
    """A depthwise convolution over an image, then a 1x1 convolution that mixes the channels.

    Args:
        filters: number of output channels.
        kernel_size, strides, padding, data_format, dilation_rate: of the depthwise convolution, as
            in ``Conv2D``.
        depth_multiplier: how many outputs each channel gives before they are mixed.
        activation, use_bias: as in ``Conv2D``.
        depthwise_..., pointwise_..., bias_... initializer, regularizer, constraint: of the three
            weights.
        activity_regularizer: penalty of the output.

    Shapes: (batch, height, width, channels) to (batch, new_height, new_width, filters);
    depthwise_kernel (*kernel_size, channels, depth_multiplier), pointwise_kernel (1, 1,
    channels * depth_multiplier, filters), bias (filters,).

    Source: Chollet, Xception, CVPR 2017.

    >>> import jax.numpy as jnp
    >>> SeparableConv2D(4, 3)(jnp.ones((2, 8, 8, 5))).shape
    (2, 6, 6, 4)
    """

    rank = 2
