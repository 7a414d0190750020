"""Normalisation by given or computed statistics."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .dispatch import op
from .tensors import floating, tensor

# fmt: off
__all__ = [
    "batch_normalization", "layer_normalization", "rms_normalization",
]
# fmt: on


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    axis = (axis,) if isinstance(axis, int) else tuple(axis)
    return tuple(sorted(a % ndim for a in axis))


def _wide(x: Any) -> Any:
    """Half precision is computed in float32."""
    return x.astype("float32") if x.dtype.itemsize == 2 else x


def _spread(parameter: Any, x: Any, axis: tuple[int, ...]) -> Any:
    """A parameter of the axes' sizes, ready to be broadcast over x."""
    shape = [n if i in axis else 1 for i, n in enumerate(x.shape)]
    return jnp.reshape(tensor(parameter, x.dtype), shape)


@op("nn", as_class="BatchNorm")
def batch_normalization(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> Any:
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset``.

    Args:
        x: the numbers.
        mean, variance, offset, scale: one number for each place of ``axis``.
        axis: the axis that keeps its own statistics, usually the channels.
        epsilon: keeps the root away from 0.
    """
    x = tensor(x)
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    mean, variance = (jnp.reshape(floating(v), shape) for v in (mean, variance))
    factor = jax.lax.rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * jnp.reshape(floating(scale), shape)
    shift = -mean * factor
    return x * factor + (shift if offset is None else shift + jnp.reshape(floating(offset), shape))


@op("nn", as_class="LayerNorm")
def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None, **kwargs: Any
) -> Any:
    """``(x - mean) / sqrt(variance + epsilon) * gamma + beta`` with statistics over the axes (Ba et al. 2016).

    Args:
        x: the numbers.
        gamma, beta: of the axes' shape.
        axis: an axis or several.
        epsilon: keeps the root away from 0; the configured one by default.
    """
    rms_scaling = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise TypeError(f"layer_normalization does not know the argument(s) {sorted(kwargs)}.")
    x = floating(x)
    wide, axis = _wide(x), _axes(axis, x.ndim)
    epsilon = config.epsilon() if epsilon is None else epsilon
    mean = jnp.mean(wide, axis, keepdims=True)
    factor = jax.lax.rsqrt(jnp.mean(jnp.square(wide - mean), axis, keepdims=True) + epsilon)
    factor = factor if gamma is None else factor * _spread(gamma, wide, axis)
    y = wide * factor if rms_scaling else (wide - mean) * factor
    y = y if beta is None or rms_scaling else y + _spread(beta, wide, axis)
    return y.astype(x.dtype)


@op("nn", as_class="RMSNorm")
def rms_normalization(x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None) -> Any:
    """``x / sqrt(mean(x^2) + epsilon) * scale`` with the mean over the axes (Zhang & Sennrich 2019).

    Args:
        x: the numbers.
        scale: of the axes' shape.
        axis: an axis or several.
        epsilon: keeps the root away from 0; the configured one by default.
    """
    x = floating(x)
    wide, axis = _wide(x), _axes(axis, x.ndim)
    epsilon = config.epsilon() if epsilon is None else epsilon
    y = wide * jax.lax.rsqrt(jnp.mean(jnp.square(wide), axis, keepdims=True) + epsilon)
    return (y if scale is None else y * _spread(scale, wide, axis)).astype(x.dtype)
