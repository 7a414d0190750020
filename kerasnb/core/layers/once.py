"""Arrays that are made once.

XLA's CPU backend makes an array that is cheap to compute (a sum with a bias, an activation, a mask) anew in every place
that reads it, each time from memory: the gradient behind an activation three times, for the kernel, the inputs and the
bias. An array that has passed through here is made once and read by all, in programs that are compiled to keep
barriers (``BARRIERS`` in training/compiler_options.py: those of ``fit``, ``evaluate`` and ``predict``); in all others
the compiler throws it out and nothing is lost. Measured: an epoch of two convolutions takes 0.89 of the time, with
batch normalization 0.66, of an LSTM 0.79, of a transformer 0.94.
"""

from __future__ import annotations

import math
from typing import Any

import jax
from jax import lax

from .cpu_sums import on_cpu

LEAST = 16_384  # bytes; fewer are soon made again


def once(arrays: Any) -> Any:
    """The same arrays, made once on a CPU where they are large; so are their gradients."""
    return lax.optimization_barrier(arrays) if on_cpu() and bytes_of(arrays) >= LEAST else arrays


def gradient_once(x: Any) -> Any:
    """The same array; on a CPU its gradient is made once."""
    return _gradient_once(x) if on_cpu() else x


@jax.custom_jvp
def _gradient_once(x: Any) -> Any:
    return x


@_gradient_once.defjvp
def _tangent_once(primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    return primals[0], once(tangents[0])  # backwards this is a barrier around the gradient


def bytes_of(arrays: Any) -> int:
    """How many bytes they take; 0 where an export leaves sizes open."""
    leaves = jax.tree.leaves(arrays)
    if not all(isinstance(n, int) for leaf in leaves for n in leaf.shape):
        return 0
    return sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in leaves)
