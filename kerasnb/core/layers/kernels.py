"""Convolution and pooling on arrays, until ops has them."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax


def _numbers(x, data_format):
    n = x.ndim
    spec = (0, n - 1, *range(1, n - 1)) if data_format == "channels_last" else tuple(range(n))
    return lax.ConvDimensionNumbers(spec, (n - 1, n - 2, *range(n - 2)), spec)


def conv(x, kernel, strides, padding, data_format, dilation):
    channels = x.shape[-1 if data_format == "channels_last" else 1]
    return lax.conv_general_dilated(
        x, kernel, strides, padding.upper(), rhs_dilation=dilation,
        dimension_numbers=_numbers(x, data_format),
        feature_group_count=channels // kernel.shape[-2],
    )  # fmt: skip


def depthwise_conv(x, kernel, strides, padding, data_format, dilation):
    channels = kernel.shape[-2]
    kernel = kernel.reshape(*kernel.shape[:-2], 1, channels * kernel.shape[-1])
    return conv(x, kernel, strides, padding, data_format, dilation)


def separable_conv(x, depthwise, pointwise, strides, padding, data_format, dilation):
    x = depthwise_conv(x, depthwise, strides, padding, data_format, dilation)
    ones = (1,) * (x.ndim - 2)
    return conv(x, pointwise, ones, "valid", data_format, ones)


def conv_transpose(x, kernel, strides, padding, output_padding, data_format, dilation):
    pads = []
    extra = output_padding or (None,) * len(strides)
    for k, s, d, e in zip(kernel.shape, strides, dilation, extra):
        reach = d * (k - 1) + 1
        before = reach // 2 if padding == "same" else 0
        if e is None:
            e = max(reach, s) - reach if padding == "valid" else s - reach % 2 - 0
            if padding == "same":
                total = s - (reach - 2 * (reach // 2)) if False else s
                e = total - reach + 2 * before
        if padding == "same" and output_padding is None:
            cut = max(reach - s, 0)
            before = cut // 2
            pads.append((reach - 1 - before, reach - 1 - (cut - before) + max(s - reach, 0)))
        else:
            pads.append((reach - 1 - before, reach - 1 - before + e))
    spatial = tuple(range(len(strides)))
    kernel = jnp.swapaxes(jnp.flip(kernel, spatial), -1, -2)
    return lax.conv_general_dilated(
        x, kernel, (1,) * len(strides), pads, lhs_dilation=strides, rhs_dilation=dilation,
        dimension_numbers=_numbers(x, data_format),
    )  # fmt: skip


def _window(sizes, data_format):
    return (1, *sizes, 1) if data_format == "channels_last" else (1, 1, *sizes)


def max_pool(x, pool_size, strides, padding, data_format):
    least = -np.inf if jnp.issubdtype(x.dtype, jnp.floating) else np.iinfo(x.dtype).min
    w, s = _window(pool_size, data_format), _window(strides, data_format)
    return lax.reduce_window(x, np.array(least, x.dtype), lax.max, w, s, padding.upper())


def average_pool(x, pool_size, strides, padding, data_format):
    w, s = _window(pool_size, data_format), _window(strides, data_format)
    zero = np.array(0, x.dtype)
    total = lax.reduce_window(x, zero, lax.add, w, s, padding.upper())
    return total / lax.reduce_window(jnp.ones_like(x), zero, lax.add, w, s, padding.upper())


def _adaptive(x, output_size, data_format, reduce):
    first = 1 if data_format == "channels_last" else 2
    for axis, m in enumerate(output_size, first):
        n = x.shape[axis]
        parts = [lax.slice_in_dim(x, i * n // m, -(-(i + 1) * n // m), axis=axis) for i in range(m)]
        x = jnp.concatenate([reduce(p, axis) for p in parts], axis)
    return x


def adaptive_average_pool(x, output_size, data_format):
    return _adaptive(x, output_size, data_format, lambda p, a: p.mean(a, keepdims=True))


def adaptive_max_pool(x, output_size, data_format):
    return _adaptive(x, output_size, data_format, lambda p, a: p.max(a, keepdims=True))
