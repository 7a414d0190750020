"""Convolutions and pooling. Inputs are (batch, *spatial, channels), or (batch, channels, *spatial)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from .. import config
from ..layers import kernels
from .dispatch import named, op
from .tensors import is_float, tensor

# fmt: off
__all__ = [
    "conv", "depthwise_conv", "separable_conv", "conv_transpose", "max_pool", "average_pool",
    "adaptive_average_pool", "adaptive_max_pool", "space_to_depth", "depth_to_space", "unfold", "fold",
]
# fmt: on


def _sizes(value: Any, rank: int, name: str, where: str) -> tuple[int, ...]:
    """One size an axis, from a number or a sequence."""
    sizes = (value,) * rank if isinstance(value, (int, np.integer)) else tuple(value)
    if len(sizes) != rank or any(not isinstance(n, (int, np.integer)) or n < 1 for n in sizes):
        raise ValueError(f"{where}: {name} must be a positive integer or {rank} of them, got {name}={value!r}.")
    return tuple(int(n) for n in sizes)


def _padding(padding: str, where: str) -> str:
    name = str(padding).lower()
    if name not in ("valid", "same"):
        raise ValueError(f"{where}: padding must be 'valid' or 'same', got padding={padding!r}.")
    return name


def _inputs(inputs: Any, kernel: Any, where: str) -> tuple[Any, Any, int]:
    """Input and kernel in the kernel's dtype, and the number of spatial axes."""
    kernel = tensor(kernel)
    x = tensor(inputs, kernel.dtype)
    if x.ndim not in (3, 4, 5):
        raise ValueError(f"{where}: inputs must have 3 to 5 axes (batch, channels, 1 to 3 sizes), got shape {x.shape}.")
    return x, kernel, x.ndim - 2


def _channels(x: Any, data_format: str) -> int:
    return x.shape[-1 if data_format == "channels_last" else 1]


@op("nn")
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """A convolution over 1 to 3 spatial axes.

    Args:
        inputs: (batch, *spatial, channels).
        kernel: (*sizes, channels in, channels out); fewer channels in than the input has make groups.
        strides: steps between windows.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance between the kernel's places.
    """
    x, kernel, rank = _inputs(inputs, kernel, "conv")
    layout = config.standardize_data_format(data_format)
    channels = _channels(x, layout)
    if channels % kernel.shape[-2]:
        raise ValueError(
            f"conv: the input's {channels} channels must be a multiple of the kernel's channels in "
            f"({kernel.shape[-2]}, its last axis but one); shapes are {x.shape} and {kernel.shape}."
        )
    return kernels.conv(
        x,
        kernel,
        _sizes(strides, rank, "strides", "conv"),
        _padding(padding, "conv"),
        layout,
        _sizes(dilation_rate, rank, "dilation_rate", "conv"),
    )


@op("nn")
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """A convolution of each channel by itself; kernel (*sizes, channels, outputs per channel)."""
    x, kernel, rank = _inputs(inputs, kernel, "depthwise_conv")
    return kernels.depthwise_conv(
        x,
        kernel,
        _sizes(strides, rank, "strides", "depthwise_conv"),
        _padding(padding, "depthwise_conv"),
        config.standardize_data_format(data_format),
        _sizes(dilation_rate, rank, "dilation_rate", "depthwise_conv"),
    )


@op("nn")
def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """A depthwise convolution, then one of size 1 that mixes the channels."""
    x, kernel, rank = _inputs(inputs, depthwise_kernel, "separable_conv")
    return kernels.separable_conv(
        x,
        kernel,
        tensor(pointwise_kernel, kernel.dtype),
        _sizes(strides, rank, "strides", "separable_conv"),
        _padding(padding, "separable_conv"),
        config.standardize_data_format(data_format),
        _sizes(dilation_rate, rank, "dilation_rate", "separable_conv"),
    )


@op("nn")
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """A transposed convolution; kernel (*sizes, channels out, channels in).

    Args:
        inputs: (batch, *spatial, channels).
        kernel: the kernel.
        strides: how far neighbours of the input lie apart in the output.
        padding: "valid" or "same".
        output_padding: extra places at the far end, below ``strides``; None infers them.
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance between the kernel's places.
    """
    x, kernel, rank = _inputs(inputs, kernel, "conv_transpose")
    extra = None
    if output_padding is not None:
        extra = (output_padding,) * rank if isinstance(output_padding, int) else tuple(output_padding)
    return kernels.conv_transpose(
        x,
        kernel,
        _sizes(strides, rank, "strides", "conv_transpose"),
        _padding(padding, "conv_transpose"),
        extra,
        config.standardize_data_format(data_format),
        _sizes(dilation_rate, rank, "dilation_rate", "conv_transpose"),
    )


def _pool(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (inputs, pool_size, strides=None, padding="valid", data_format=None)."""

    def pool(
        inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
    ) -> Any:
        x = tensor(inputs)
        size = _sizes(pool_size, x.ndim - 2, "pool_size", name)
        steps = size if strides is None else _sizes(strides, x.ndim - 2, "strides", name)
        layout = config.standardize_data_format(data_format)
        return function(x, size, steps, _padding(padding, name), layout)

    doc += """

    Args:
        inputs: (batch, *spatial, channels).
        pool_size: the window's sizes.
        strides: steps between windows; ``pool_size`` by default.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
    """
    return op("nn")(named(pool, name, doc))


max_pool = _pool(kernels.max_pool, "max_pool", "The largest number of each window.")
average_pool = _pool(
    lambda x, *rest: kernels.average_pool(x if is_float(x) else x.astype(config.floatx()), *rest),
    "average_pool",
    "The mean of each window; places beyond the border do not count.",
)


def _adaptive(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (inputs, output_size, data_format=None)."""

    def pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
        x = tensor(inputs)
        layout = config.standardize_data_format(data_format)
        return function(x, _sizes(output_size, x.ndim - 2, "output_size", name), layout)

    return op("nn")(named(pool, name, doc + " Windows cut each spatial axis into ``output_size`` parts."))


adaptive_average_pool = _adaptive(
    kernels.adaptive_average_pool, "adaptive_average_pool", "The mean of each of ``output_size`` windows."
)
adaptive_max_pool = _adaptive(
    kernels.adaptive_max_pool, "adaptive_max_pool", "The largest number of each of ``output_size`` windows."
)


@op("nn")
def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Blocks of ``block_size`` x ``block_size`` pixels put into the channels.

    The new channels count pixels of a block first, then the old channels; the other way round in "channels_first".
    """
    x, b, last = tensor(x), block_size, config.standardize_data_format(data_format) == "channels_last"
    n, h, w, c = x.shape if last else (x.shape[0], *x.shape[2:], x.shape[1])
    if h % b or w % b:
        raise ValueError(f"space_to_depth: height {h} and width {w} must be multiples of block_size={b}.")
    if last:
        y = x.reshape(n, h // b, b, w // b, b, c).transpose(0, 1, 3, 2, 4, 5)
        return y.reshape(n, h // b, w // b, b * b * c)
    y = x.reshape(n, c, h // b, b, w // b, b).transpose(0, 1, 3, 5, 2, 4)
    return y.reshape(n, c * b * b, h // b, w // b)


@op("nn")
def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """The inverse of ``space_to_depth``."""
    x, b, last = tensor(x), block_size, config.standardize_data_format(data_format) == "channels_last"
    n, h, w, c = x.shape if last else (x.shape[0], *x.shape[2:], x.shape[1])
    if c % (b * b):
        raise ValueError(f"depth_to_space: the {c} channels must be a multiple of block_size^2 = {b * b}.")
    d = c // (b * b)
    if last:
        return x.reshape(n, h, w, b, b, d).transpose(0, 1, 3, 2, 4, 5).reshape(n, h * b, w * b, d)
    return x.reshape(n, d, b, b, h, w).transpose(0, 1, 4, 2, 5, 3).reshape(n, d, h * b, w * b)


def _two(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)  # type: ignore[return-value]


def _places(size: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> list[np.ndarray]:
    """For each axis, (windows, kernel size): which place of the padded axis a window reads."""
    found = []
    for n, k, d, p, s in zip(size, kernel, dilation, padding, stride):
        windows = (n + 2 * p - d * (k - 1) - 1) // s + 1
        found.append(np.arange(windows)[:, None] * s + np.arange(k) * d)
    return found


@op("nn")
def unfold(x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Windows of an image as columns: (batch, channels, h, w) to (batch, channels * kernel, windows)."""
    x = tensor(x)
    kernel, pads = _two(kernel_size), _two(padding)
    rows, columns = _places(x.shape[2:], kernel, _two(dilation), pads, _two(stride))
    x = jnp.pad(x, ((0, 0), (0, 0), (pads[0], pads[0]), (pads[1], pads[1])))
    y = x[:, :, rows.T[:, None, :, None], columns.T[None, :, None, :]]  # (n, c, kh, kw, windows down, across)
    return y.reshape(x.shape[0], x.shape[1] * kernel[0] * kernel[1], len(rows) * len(columns))


@op("nn")
def fold(x: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Columns of windows added up into an image: (batch, channels * kernel, windows) to (batch, channels, h, w)."""
    x = tensor(x)
    size, kernel, pads = _two(output_size), _two(kernel_size), _two(padding)
    rows, columns = _places(size, kernel, _two(dilation), pads, _two(stride))
    if x.shape[2] != len(rows) * len(columns) or x.shape[1] % (kernel[0] * kernel[1]):
        raise ValueError(
            f"fold: for output_size={size} and kernel_size={kernel} x must have shape (batch, channels * "
            f"{kernel[0] * kernel[1]}, {len(rows) * len(columns)}), got {x.shape}."
        )
    y = x.reshape(x.shape[0], -1, *kernel, len(rows), len(columns))
    image = jnp.zeros((x.shape[0], y.shape[1], size[0] + 2 * pads[0], size[1] + 2 * pads[1]), x.dtype)
    image = image.at[:, :, rows.T[:, None, :, None], columns.T[None, :, None, :]].add(y)
    return image[:, :, pads[0] : pads[0] + size[0], pads[1] : pads[1] + size[1]]
