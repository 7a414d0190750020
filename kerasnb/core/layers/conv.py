"""Convolutions in one, two and three dimensions, and what all convolution layers share."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .. import activations, constraints, initializers, regularizers
from ..layer import InputSpec, Layer
from .arguments import positive_int, size_tuple, standardize_data_format, standardize_padding
from .cpu_sums import per_channel
from .kernels import conv
from .lora import LowRank
from .once import gradient_once


class BaseConv(Layer):
    """What all convolution layers share: sizes, padding, layout, bias, activation.

    Subclasses set ``rank`` (the number of spatial axes) and the kernels they make.
    """

    rank = 2

    def _setup(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        bias_constraint: Any,
        *,
        causal: bool = False,
    ) -> None:
        where = type(self).__name__
        self.kernel_size = size_tuple(kernel_size, self.rank, "kernel_size", where)
        self.strides = size_tuple(strides, self.rank, "strides", where)
        self.dilation_rate = size_tuple(dilation_rate, self.rank, "dilation_rate", where)
        self.padding = standardize_padding(padding, where, causal=causal and self.rank == 1)
        self.data_format = standardize_data_format(data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{where}: strides > 1 and dilation_rate > 1 cannot be combined, got "
                f"strides={self.strides} and dilation_rate={self.dilation_rate}."
            )
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.bias = None
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def channel_axis(self) -> int:
        """Where the channels lie: -1 or 1."""
        return -1 if self.data_format == "channels_last" else 1

    def _channels(self, input_shape: Any) -> int:
        """The number of input channels, known from now on; also checks the spatial sizes."""
        channels = input_shape[self.channel_axis]
        if channels is None:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the number of channels "
                f"(axis {self.channel_axis}) must be known, got input shape {tuple(input_shape)}."
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: channels})
        return channels

    def _add_kernel(self, shape: tuple, which: str, name: str | None = None) -> Any:
        return self.add_weight(
            shape,
            getattr(self, f"{which}_initializer"),
            regularizer=getattr(self, f"{which}_regularizer"),
            constraint=getattr(self, f"{which}_constraint"),
            name=name or which,
        )

    def _add_bias(self, channels: int) -> None:
        if self.use_bias:
            self.bias = self._add_kernel((channels,), "bias")

    def _finish(self, y: Any) -> Any:
        """Bias and activation."""
        if self.bias is not None:
            bias = self.bias.value
            y = y + (per_channel(bias, y) if self.channel_axis == -1 else bias.reshape(-1, *(1,) * self.rank))
            y = gradient_once(y)
        return self.activation(y)

    def _with_sizes(self, input_shape: Any, sizes: Any, channels: int) -> tuple:
        """An output shape out of its spatial sizes and channels, in the layer's layout."""
        if any(n is not None and n <= 0 for n in sizes):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the input of shape {tuple(input_shape)} is "
                f"too small for kernel_size={self.kernel_size}, dilation_rate={self.dilation_rate} "
                f"and padding={self.padding!r}: the output would have sizes {tuple(sizes)}. "
                "Use a smaller kernel or padding='same'."
            )
        if self.channel_axis == -1:
            return (input_shape[0], *sizes, channels)
        return (input_shape[0], channels, *sizes)

    def _spatial(self, shape: Any) -> tuple:
        return tuple(shape[1:-1]) if self.channel_axis == -1 else tuple(shape[2:])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activity_regularizer": self._activity_config()}

    def _activity_config(self) -> Any:
        return regularizers.serialize(self.activity_regularizer) if self.activity_regularizer else None


def conv_sizes(sizes: Any, kernel: Any, strides: Any, padding: str, dilation: Any) -> tuple:
    """Spatial output sizes of a convolution; None where the input's is unknown."""
    out = []
    for n, k, s, d in zip(sizes, kernel, strides, dilation, strict=True):
        reach = d * (k - 1) + 1 if padding == "valid" else 1
        out.append(None if n is None else (n - reach) // s + 1)
    return tuple(out)


class Conv(LowRank, BaseConv):
    """A convolution over ``rank`` spatial axes; see ``Conv2D``."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
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
        lora_rank, lora_alpha = kwargs.pop("lora_rank", None), kwargs.pop("lora_alpha", None)
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        where = type(self).__name__
        self._ask_for_lora(lora_rank, lora_alpha, None)
        self.filters = positive_int(filters, "filters", where)
        self.groups = positive_int(groups, "groups", where)
        if self.filters % self.groups:
            raise ValueError(f"{where}: filters must be a multiple of groups, got filters={filters}, groups={groups}.")
        self._setup(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            bias_initializer, bias_regularizer, bias_constraint, causal=True,
        )  # fmt: skip
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        if self.padding == "causal" and self.data_format != "channels_last":
            raise ValueError(f"{where}: padding='causal' needs data_format='channels_last'.")

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the number of input channels must be a "
                f"multiple of groups, got {channels} channels and groups={self.groups}."
            )
        self.compute_output_shape(input_shape)
        self.kernel = self._add_kernel((*self.kernel_size, channels // self.groups, self.filters), "kernel")
        self._add_bias(self.filters)
        self._add_asked_lora()

    def call(self, inputs: Any) -> Any:
        padding = self.padding
        if padding == "causal":  # the output at t sees the input up to t
            before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
            inputs, padding = jnp.pad(inputs, ((0, 0), (before, 0), (0, 0))), "valid"
        y = conv(inputs, self.corrected(), self.strides, padding, self.data_format, self.dilation_rate)
        return self._finish(y)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self.lora_rank is not None:
            config.update(lora_rank=self.lora_rank, lora_alpha=self.lora_alpha)
        return config

    def compute_output_shape(self, input_shape: Any) -> tuple:
        sizes = conv_sizes(
            self._spatial(input_shape),
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
        )
        return self._with_sizes(input_shape, sizes, self.filters)


class Conv1D(Conv):
    """Convolution along one axis (time, text), ``y[t] = sum_k x[s t + d k] kernel[k] + bias``.

    Args: as ``Conv2D``, with one number instead of two; ``padding`` may also be "causal": the
        output at time t then sees the input up to t only.

    Shapes: (batch, steps, channels) to (batch, new_steps, filters); kernel (size,
    channels / groups, filters), bias (filters,).

    >>> import jax.numpy as jnp
    >>> Conv1D(4, 3, padding="causal")(jnp.ones((2, 10, 5))).shape
    (2, 10, 4)
    """

    rank = 1


class Conv2D(Conv):
    """Convolution over the two axes of an image.

    Args:
        filters: number of output channels.
        kernel_size: height and width of the window, or one number for both.
        strides: step of the window; above 1 it makes the image smaller.
        padding: "valid" takes only windows that lie inside; "same" pads with zeros, so that with
            stride 1 the image keeps its size.
        data_format: "channels_last" (batch, height, width, channels) or "channels_first".
        dilation_rate: distance between the points of the window.
        groups: channels are split into this many groups that do not see one another.
        activation: a name such as "relu", or a function; None leaves the output linear.
        use_bias: whether one learned offset per filter is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties of weights and output.
        kernel_constraint, bias_constraint: applied to the weights after each step.

    Shapes: (batch, height, width, channels) to (batch, new_height, new_width, filters), where a
    size n becomes ``floor((n - dilation * (kernel - 1) - 1) / stride) + 1`` ("valid") or
    ``ceil(n / stride)`` ("same"); kernel (*kernel_size, channels / groups, filters), bias
    (filters,).

    >>> import jax.numpy as jnp
    >>> Conv2D(8, 3, activation="relu")(jnp.ones((2, 28, 28, 1))).shape
    (2, 26, 26, 8)
    """

    rank = 2


class Conv3D(Conv):
    """Convolution over the three axes of a volume or a film.

    Args: as ``Conv2D``, with three numbers instead of two.

    Shapes: (batch, depth, height, width, channels) to (batch, new_depth, new_height, new_width,
    filters); kernel (*kernel_size, channels / groups, filters), bias (filters,).

    >>> import jax.numpy as jnp
    >>> Conv3D(4, 3, padding="same")(jnp.ones((2, 5, 6, 7, 1))).shape
    (2, 5, 6, 7, 4)
    """

    rank = 3
