"""Convolution and pooling in the forms that XLA's CPU backend runs fast inside loops.

A training program is one loop over many steps, and there that backend (jaxlib 0.10) computes every
convolution that is not a plain one, channels last, place by place: the gradient of a kernel, groups,
channels first. Here they are written as plain convolutions of transposed arrays, or as sums of
shifted arrays: 10 to 40 times faster, with the same numbers. Gradients are taken backwards only
(``jax.grad``, not ``jax.jvp``). On accelerators ``kernels`` uses none of this.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..distribution.strategies import distribution
from .cpu_sums import per_channel
from .once import bytes_of, once

# Bytes of a part of a batch and its gradient, about; how many parts at least; of how many channels at most: 128 gain
# nothing, and 256 are turned in parts two to three times as slowly as whole.
PART, FEWEST_PARTS, MOST_CHANNELS = 2 * 2**20, 4, 64
MOST_PLACES = 64  # windows of so many places are compared place by place


def _plain_convolve(x: Any, kernel: Any, strides: tuple, pads: tuple, spread: tuple, dilation: tuple) -> Any:
    """A convolution, channels last.

    Args:
        x: (batch, *sizes, channels in).
        kernel: (*sizes, channels in, channels out).
        strides: distance between the kernel's positions.
        pads: zeros before and after, for each axis.
        spread: distance between the input's places, more than 1 in transposed convolutions.
        dilation: distance between the kernel's places.
    """
    return lax.conv_general_dilated(x, kernel, strides, pads, spread, dilation, _numbers(x.ndim - 2))


convolve = jax.custom_vjp(_plain_convolve, nondiff_argnums=(2, 3, 4, 5))


def _forward(x: Any, kernel: Any, *static: Any) -> tuple[Any, tuple]:
    x = once(x)
    return _plain_convolve(x, kernel, *static), (x, kernel)  # plain: gradients of gradients pass forwards through it


def _backward(strides: tuple, pads: tuple, spread: tuple, dilation: tuple, saved: tuple, g: Any) -> tuple[Any, Any]:
    x, kernel = saved
    g = once(g)
    rank = x.ndim - 2
    axes = list(zip(x.shape[1:-1], g.shape[1:-1], kernel.shape[:rank], strides, pads, spread, dilation, strict=True))
    # The input's gradient: the output's, spread by the strides, convolved with the kernel turned round.
    turned = jnp.swapaxes(jnp.flip(kernel, tuple(range(rank))), -1, -2)
    around = []
    for n, m, k, s, (low, _), u, d in axes:
        before = (k - 1) * d - low
        around.append((before, (n - 1) * u + 1 + (k - 1) * d - before - ((m - 1) * s + 1)))
    d_x = lax.conv_general_dilated(g, turned, spread, around, strides, dilation, _numbers(rank))
    # The kernel's gradient: the input, channels as rows of a batch, convolved with the output's gradient.
    around = []
    for i, (n, m, k, s, (low, _), u, d) in enumerate(axes, 1):
        after = (k - 1) * d + (m - 1) * s + 1 - ((n - 1) * u + 1) - low
        if after < 0 and u == 1:  # places that no position of the kernel reached, left out while the rows are turned
            x, after = lax.slice_in_dim(x, 0, n + after, axis=i), 0
        around.append((low, after))

    def d_kernel(x: Any, g: Any) -> Any:
        rows = jnp.moveaxis(x, (0, -1), (-1, 0))  # (channels in, *sizes, batch)
        window = jnp.moveaxis(g, 0, -2)  # (*sizes, batch, channels out)
        return lax.conv_general_dilated(rows, window, dilation, around, spread, strides, _numbers(rank))

    return d_x, jnp.moveaxis(_in_parts(d_kernel, x, g, bytes_of(kernel)), 0, -2)


convolve.defvjp(_forward, _backward)


def _in_parts(gradient: Callable, x: Any, g: Any, size: int) -> Any:
    """``gradient(x, g)``, a sum over the batch, taken a few pictures at a time where that is faster.

    What is turned in a part stays in the caches until it is multiplied, and two parts run side by side: the kernel's
    gradient of the second of two layers of 32 and 64 channels takes 12 ms and not 20, an epoch of the network 0.86 of
    the time. Two large parts would be slower than one whole.

    Args:
        size: bytes of what it gives, to which every part adds.
    """
    pictures, both = x.shape[0], bytes_of((x, g))
    if not both or x.shape[-1] > MOST_CHANNELS or distribution() is not None:  # sizes open; a batch that lies spread
        return gradient(x, g)
    each = both / pictures
    fitting = [
        n for n in range(2, pictures // FEWEST_PARTS + 1)
        if pictures % n == 0 and max(PART / 2, size) <= each * n <= PART * 2
    ]  # fmt: skip
    if not fitting:
        return gradient(x, g)
    rows = min(fitting, key=lambda n: abs(math.log(each * n / PART)))
    parts = [a.reshape(pictures // rows, rows, *a.shape[1:]) for a in (x, g)]
    found = jax.eval_shape(gradient, *(a[0] for a in parts))
    total = jnp.zeros(found.shape, jnp.promote_types(found.dtype, jnp.float32))  # many sums: in 32 bits
    total, _ = lax.scan(lambda total, part: (total + gradient(*part), None), total, parts, unroll=2)
    return total.astype(found.dtype)


def _numbers(rank: int) -> lax.ConvDimensionNumbers:
    layout = (0, rank + 1, *range(1, rank + 1))
    return lax.ConvDimensionNumbers(layout, (rank + 1, rank, *range(rank)), layout)


def pads_of(sizes: Any, kernel: Any, strides: Any, padding: str, dilation: Any) -> tuple:
    """Zeros before and after each axis for "valid" and "same"."""
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    return tuple(tuple(p) for p in lax.padtype_to_pads(tuple(sizes), reach, tuple(strides), padding.upper()))


def grouped(x: Any, kernel: Any, strides: tuple, pads: tuple, dilation: tuple, groups: int) -> Any:
    """A convolution in groups: one after the other."""
    parts = zip(jnp.split(x, groups, -1), jnp.split(kernel, groups, -1), strict=True)
    ones = (1,) * len(strides)
    return jnp.concatenate([convolve(a, k, strides, pads, ones, dilation) for a, k in parts], -1)


def depthwise(x: Any, kernel: Any, strides: tuple, pads: tuple, dilation: tuple) -> Any:
    """Each channel by itself: the sum over the kernel's places of the shifted input times the kernel there.

    x is (batch, *sizes, channels), the kernel (*sizes, channels, multiplier).
    """
    *sizes, channels, multiplier = kernel.shape
    x = jnp.pad(x, ((0, 0), *pads, (0, 0)))
    if multiplier > 1:
        x = jnp.repeat(x, multiplier, -1)  # (batch, *sizes, channels * multiplier)
    counts = [
        (n - (k - 1) * d - 1) // s + 1 for n, k, s, d in zip(x.shape[1:-1], sizes, strides, dilation, strict=True)
    ]
    total: Any = 0
    for place in itertools.product(*map(range, sizes)):
        cut = [
            slice(i * d, i * d + (m - 1) * s + 1, s)
            for i, m, s, d in zip(place, counts, strides, dilation, strict=True)
        ]
        shifted = x[(slice(None), *cut)]
        total = total + shifted * per_channel(kernel[place].reshape(channels * multiplier), shifted)
    return total


def blocks(x: Any, sizes: tuple, padding: str, fill: Any) -> tuple[Any, tuple[int, ...]]:
    """x (batch, *sizes, channels) cut into windows side by side; the axes within the windows come second.

    "valid" leaves out what fills no window, "same" fills windows up.
    """
    rank = len(sizes)
    if padding == "valid":
        x = x[(slice(None), *(slice(n // k * k) for n, k in zip(x.shape[1:-1], sizes, strict=True)))]
    else:
        around = pads_of(x.shape[1:-1], sizes, sizes, padding, (1,) * rank)
        x = jnp.pad(x, ((0, 0), *around, (0, 0)), constant_values=fill)
    shape = [m for n, k in zip(x.shape[1:-1], sizes, strict=True) for m in (n // k, k)]
    return x.reshape(x.shape[0], *shape, x.shape[-1]), tuple(2 + 2 * i for i in range(rank))


def max_of_blocks(x: Any, sizes: tuple, padding: str, least: Any) -> Any:
    """The largest number of windows that lie side by side."""
    x, within = blocks(x, sizes, padding, least)
    return _first_largest(x, within, sizes) if math.prod(sizes) <= MOST_PLACES else x.max(within)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2))
def _first_largest(x: Any, within: tuple[int, ...], sizes: tuple[int, ...]) -> Any:
    """The largest number along the axes within windows; the gradient goes to the first place that has it.

    What is kept for the gradient is one byte for each window, in place of the windows themselves: half the time of the
    gradient of ``x.max``, which compares all places once more.
    """
    return functools.reduce(jnp.maximum, _places(x, within, sizes))


def _places(x: Any, within: tuple[int, ...], sizes: tuple[int, ...]) -> list[Any]:
    """The numbers at each place of the windows."""
    parts = []
    for place in itertools.product(*map(range, sizes)):
        where: list[Any] = [slice(None)] * x.ndim
        for axis, i in zip(within, place, strict=True):
            where[axis] = i
        parts.append(x[tuple(where)])
    return parts


def _with_place(x: Any, within: tuple[int, ...], sizes: tuple[int, ...]) -> tuple[Any, Any]:
    """(largest numbers, which place of its window each one is)."""
    parts = _places(x, within, sizes)
    largest = functools.reduce(jnp.maximum, parts)
    number = jnp.full(largest.shape, len(parts) - 1, jnp.int8)
    for i in range(len(parts) - 2, -1, -1):
        number = jnp.where(parts[i] == largest, np.int8(i), number)
    return once((largest, number))


def _to_place(within: tuple[int, ...], sizes: tuple[int, ...], number: Any, g: Any) -> tuple[Any]:
    g, number = jnp.expand_dims(g, within), jnp.expand_dims(number, within)
    shape = list(g.shape)
    for axis, n in zip(within, sizes, strict=True):
        shape[axis] = n
    place: Any = np.int8(0)
    for axis, n in zip(within, sizes, strict=True):
        place = place * np.int8(n) + lax.broadcasted_iota(jnp.int8, shape, axis)
    return (jnp.where(number == place, g, np.array(0, g.dtype)),)


_first_largest.defvjp(_with_place, _to_place)


def sum_of_blocks(x: Any, sizes: tuple, padding: str) -> Any:
    """The sum of windows that lie side by side."""
    x, within = blocks(x, sizes, padding, np.array(0, x.dtype))
    return x.sum(within, dtype=x.dtype)
