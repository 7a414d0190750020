"""Numbers of a channel, spread over all rows, and sums over all rows, in the form that the CPU adds up fast.

XLA's CPU backend (jaxlib 0.10) makes a tree of windows out of every sum over more than 32 places, about ten times
slower than memory allows. Such sums are the gradient of every bias, and most of a batch normalization. Here they are
products with ones in two stages, so that rounding stays small. Elsewhere, and where there is little to sum, these are
the plain forms.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp

FEW = 64  # so few rows are summed as they are
BLOCK = 32  # the most that the backend sums in one sweep


def on_cpu() -> bool:
    """Whether programs are compiled for the CPU."""
    return jax.default_backend() == "cpu"


def per_channel(values: Any, x: Any) -> Any:
    """``values`` of the shape of x's last axes, ready to be added to x or multiplied with it."""
    rows = _rows(x, values.ndim)
    if rows is None or values.dtype != jnp.float32 or values.shape != x.shape[-values.ndim :]:
        return values
    # Compiled to one broadcast. Its gradient is two products with ones, each of about the root of all rows: what is
    # summed is made only once, and rounding stays small.
    inner = _divisor(rows, math.isqrt(rows))
    block = jnp.ones((inner, 1), values.dtype) @ values.reshape(1, -1)
    return (jnp.ones((rows // inner, 1), values.dtype) @ block.reshape(1, -1)).reshape(x.shape)


def channel_sums(x: Any) -> Any:
    """The sum over all axes but the last: (..., channels) to (channels,)."""
    rows = _rows(x)
    if rows is None or x.dtype != jnp.float32:
        return x.sum(tuple(range(x.ndim - 1)))
    block = _divisor(rows, BLOCK)
    parts = x.reshape(rows // block, block, x.shape[-1]).sum(1)  # (blocks, channels), in the sweep that makes x
    inner = _divisor(len(parts), math.isqrt(len(parts)))
    sums = jnp.ones((1, len(parts) // inner), x.dtype) @ parts.reshape(len(parts) // inner, -1)
    return (jnp.ones((1, inner), x.dtype) @ sums.reshape(inner, -1))[0]


def channel_moments(x: Any) -> tuple[Any, Any]:
    """Mean and variance over all axes but the last, (channels,) each."""
    rows = math.prod(x.shape[:-1])
    mean = channel_sums(x) / rows
    return mean, channel_sums((x - per_channel(mean, x)) ** 2) / rows


def _rows(x: Any, last: int = 1) -> int | None:
    """How many rows x has before its ``last`` axes, where they are worth the other form; None elsewhere."""
    if not on_cpu() or not all(isinstance(n, int) for n in x.shape):
        return None  # an export leaves sizes open
    rows = math.prod(x.shape[:-last])
    return rows if rows >= FEW and 0 not in x.shape else None


def _divisor(number: int, most: int) -> int:
    """The largest divisor up to ``most``."""
    return max(n for n in range(1, most + 1) if number % n == 0)
