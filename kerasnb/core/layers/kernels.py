"""Convolution and pooling on arrays: what the layers of these families call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from . import cpu_kernels
from .cpu_sums import on_cpu

MOST_GROUPS = 32  # so many convolutions are written out for one in groups
MOST_PLACES = 64  # so many shifted arrays are added up for a depthwise one


def _layout(ndim: int, data_format: str) -> lax.ConvDimensionNumbers:
    """Where batch, channels and spatial axes lie; kernels are (*sizes, channels in, out)."""
    last = data_format == "channels_last"
    spec = (0, ndim - 1, *range(1, ndim - 1)) if last else tuple(range(ndim))
    return lax.ConvDimensionNumbers(spec, (ndim - 1, ndim - 2, *range(ndim - 2)), spec)


def conv(x: Any, kernel: Any, strides: Any, padding: str, data_format: str, dilation_rate: Any) -> Any:
    """A convolution; the kernel's channels tell the number of groups."""
    channels = x.shape[-1 if data_format == "channels_last" else 1]
    groups = channels // kernel.shape[-2]
    if on_cpu() and groups <= MOST_GROUPS:
        x = channels_last(x, data_format)
        strides, dilation = tuple(strides), tuple(dilation_rate)
        pads = cpu_kernels.pads_of(x.shape[1:-1], kernel.shape[:-2], strides, padding, dilation)
        if groups == 1:
            y = cpu_kernels.convolve(x, kernel, strides, pads, (1,) * len(strides), dilation)
        else:
            y = cpu_kernels.grouped(x, kernel, strides, pads, dilation, groups)
        return back_to(y, data_format)
    return lax.conv_general_dilated(
        x, kernel, strides, padding.upper(), rhs_dilation=dilation_rate,
        dimension_numbers=_layout(x.ndim, data_format), feature_group_count=groups,
    )  # fmt: skip


def channels_last(x: Any, data_format: str) -> Any:
    """The same array with its channels at the end."""
    return x if data_format == "channels_last" else jnp.moveaxis(x, 1, -1)


def back_to(x: Any, data_format: str) -> Any:
    """An array with its channels at the end, in the layout asked for."""
    return x if data_format == "channels_last" else jnp.moveaxis(x, -1, 1)


def depthwise_conv(x: Any, kernel: Any, strides: Any, padding: str, data_format: str, dilation_rate: Any) -> Any:
    """A convolution of each channel by itself; kernel (*sizes, channels, multiplier)."""
    *sizes, channels, multiplier = kernel.shape
    if on_cpu() and np.prod(sizes) <= MOST_PLACES:
        x = channels_last(x, data_format)
        pads = cpu_kernels.pads_of(x.shape[1:-1], sizes, strides, padding, dilation_rate)
        y = cpu_kernels.depthwise(x, kernel, tuple(strides), pads, tuple(dilation_rate))
        return back_to(y, data_format)
    kernel = kernel.reshape(*sizes, 1, channels * multiplier)  # one group a channel
    return conv(x, kernel, strides, padding, data_format, dilation_rate)


def separable_conv(
    x: Any, depthwise: Any, pointwise: Any, strides: Any, padding: str, data_format: str,
    dilation_rate: Any,
) -> Any:  # fmt: skip
    """A depthwise convolution, then one of size 1 that mixes the channels."""
    x = depthwise_conv(x, depthwise, strides, padding, data_format, dilation_rate)
    ones = (1,) * (x.ndim - 2)
    return conv(x, pointwise, ones, "valid", data_format, ones)


def conv_transpose(
    x: Any, kernel: Any, strides: Any, padding: str, output_padding: Any, data_format: str,
    dilation_rate: Any,
) -> Any:  # fmt: skip
    """A transposed convolution; kernel (*sizes, channels out, in)."""
    rank = len(strides)
    extra = output_padding or (None,) * rank
    pads = [
        _transposed_pads(d * (k - 1) + 1, s, padding, e)
        for k, s, d, e in zip(kernel.shape, strides, dilation_rate, extra)
    ]
    kernel = jnp.swapaxes(jnp.flip(kernel, tuple(range(rank))), -1, -2)
    if on_cpu():
        y = cpu_kernels.convolve(
            channels_last(x, data_format), kernel, (1,) * rank, tuple(pads), tuple(strides), tuple(dilation_rate)
        )
        return back_to(y, data_format)
    return lax.conv_general_dilated(
        x, kernel, (1,) * rank, pads, lhs_dilation=strides, rhs_dilation=dilation_rate,
        dimension_numbers=_layout(x.ndim, data_format),
    )  # fmt: skip


def _transposed_pads(reach: int, stride: int, padding: str, extra: int | None) -> tuple[int, int]:
    """Zeros around the spread input, ``reach`` being the extent of the dilated kernel."""
    if padding == "valid":
        extra = max(stride - reach, 0) if extra is None else extra
        return reach - 1, reach - 1 + extra
    total = stride + reach - 2 if extra is None else reach + reach % 2 - 2 + extra
    before = min((total + 1) // 2, reach - 1)
    return before, total - before


def _window(sizes: Any, data_format: str) -> tuple[int, ...]:
    return (1, *sizes, 1) if data_format == "channels_last" else (1, 1, *sizes)


def max_pool(x: Any, pool_size: Any, strides: Any, padding: str, data_format: str) -> Any:
    """The largest number of each window."""
    least = -np.inf if jnp.issubdtype(x.dtype, jnp.floating) else np.iinfo(x.dtype).min
    if on_cpu() and tuple(pool_size) == tuple(strides):
        y = cpu_kernels.max_of_blocks(channels_last(x, data_format), tuple(pool_size), padding, least)
        return back_to(y, data_format)
    window, step = _window(pool_size, data_format), _window(strides, data_format)
    return lax.reduce_window(x, np.array(least, x.dtype), lax.max, window, step, padding.upper())


def average_pool(x: Any, pool_size: Any, strides: Any, padding: str, data_format: str) -> Any:
    """The mean of each window; places beyond the border do not count."""
    window, step = _window(pool_size, data_format), _window(strides, data_format)
    zero = np.array(0, x.dtype)
    if on_cpu() and tuple(pool_size) == tuple(strides):
        total = cpu_kernels.sum_of_blocks(channels_last(x, data_format), tuple(pool_size), padding)
        total = back_to(total, data_format)
    else:
        total = lax.reduce_window(x, zero, lax.add, window, step, padding.upper())
    if padding == "valid":
        return total / np.prod(pool_size)
    ones = jnp.ones((1, *x.shape[1:]), x.dtype)
    return total / lax.reduce_window(ones, zero, lax.add, window, step, "SAME")


def _bounds(n: int, m: int) -> list[tuple[int, int]]:
    """Start and end of the m windows that adaptive pooling lays over n places."""
    return [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]


def _along_axes(x: Any, output_size: Any, data_format: str, reduce: Callable) -> Any:
    """Pool one spatial axis after the other: windows are products of intervals."""
    first = 1 if data_format == "channels_last" else 2
    for axis, m in enumerate(output_size, first):
        x = jnp.moveaxis(reduce(jnp.moveaxis(x, axis, -1), m), -1, axis)
    return x


def adaptive_average_pool(x: Any, output_size: Any, data_format: str) -> Any:
    """The mean of each of ``output_size`` windows."""

    def reduce(x: Any, m: int) -> Any:
        n = x.shape[-1]
        weights = np.zeros((n, m), "float32")
        for i, (start, end) in enumerate(_bounds(n, m)):
            weights[start:end, i] = 1 / (end - start)
        return x @ weights.astype(x.dtype)

    return _along_axes(x, output_size, data_format, reduce)


def adaptive_max_pool(x: Any, output_size: Any, data_format: str) -> Any:
    """The largest number of each of ``output_size`` windows."""

    def reduce(x: Any, m: int) -> Any:
        bounds = _bounds(x.shape[-1], m)
        longest = max(end - start for start, end in bounds)
        # Shorter windows repeat their last place, which changes no maximum.
        index = [[min(s + j, e - 1) for j in range(longest)] for s, e in bounds]
        return x[..., np.array(index)].max(-1)  # (..., m, longest) to (..., m)

    return _along_axes(x, output_size, data_format, reduce)
