"""Fake quantization: rounding as 8-bit arithmetic would, in floats, with a gradient that passes it by."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..ops.dispatch import recording


@recording("FakeQuantWithMinMaxVars")
def fake_quant_with_min_max_vars(
    inputs: Any,
    min_vals: Any,
    max_vals: Any,
    num_bits: int = 8,
    narrow_range: bool = False,
    axis: int | None = None,
) -> Any:
    """Clip to ``[min, max]`` and round to ``2**num_bits`` levels (Jacob et al. 2018).

    The range is first moved a little so that 0 is a level. The gradient with regard to the inputs is 1 inside the
    range and 0 outside; what falls below goes to ``min_vals``, what falls above to ``max_vals``.

    Args:
        inputs: a tensor (also a symbolic one).
        min_vals, max_vals: the range, ``min <= 0 <= max``; scalars, or with ``axis`` one number per slice.
        num_bits: from 2 to 16.
        narrow_range: leave the lowest level out, for levels that lie symmetric.
        axis: the axis whose slices have ranges of their own.

    >>> fake_quant_with_min_max_vars(jnp.array([-9.0, 0.1, 0.7, 9.0]), 0.0, 1.0, num_bits=2).tolist()
    [0.0, 0.0, 0.6666666865348816, 1.0]
    """
    if isinstance(num_bits, bool) or not isinstance(num_bits, int) or not 2 <= num_bits <= 16:
        raise ValueError(
            f"fake_quant_with_min_max_vars: num_bits must be an integer from 2 to 16, got num_bits={num_bits!r}."
        )
    x = jnp.asarray(inputs)
    low, high = (_spread(v, x, axis, name) for v, name in ((min_vals, "min_vals"), (max_vals, "max_vals")))
    if not any(isinstance(v, jax.core.Tracer) for v in (low, high)) and bool(
        np.any(np.asarray(low) > np.asarray(high))
    ):
        raise ValueError(
            f"fake_quant_with_min_max_vars: min_vals must not exceed max_vals, got {min_vals!r} and {max_vals!r}."
        )
    steps = float(2**num_bits - 1 - bool(narrow_range))
    return _rounded(x.astype("float32"), low, high, steps).astype(x.dtype)


def _spread(value: Any, x: Any, axis: int | None, name: str) -> Any:
    """A range's end, shaped so that it broadcasts along ``axis``."""
    value = jnp.asarray(value, "float32")
    if axis is None or value.ndim == 0:
        return value
    if value.shape != (x.shape[axis],):
        raise ValueError(
            f"fake_quant_with_min_max_vars: {name} must hold one number for each of the {x.shape[axis]} slices "
            f"of axis {axis}, got shape {value.shape}."
        )
    return value.reshape([x.shape[axis] if i == axis % x.ndim else 1 for i in range(x.ndim)])


def _nudged(low: Any, high: Any, steps: Any) -> tuple[Any, Any]:
    """(zero, step): the number of the level that stands for 0, rounded, and the distance of levels."""
    step = (high - low) / steps
    zero = jnp.clip(jnp.floor(-low / jnp.where(step == 0, 1, step) + 0.5), 0, steps)
    return zero, step


@jax.custom_vjp
def _rounded(x: Any, low: Any, high: Any, steps: Any) -> Any:
    zero, step = _nudged(low, high, steps)
    bottom, top = -zero * step, (steps - zero) * step
    safe = jnp.where(step == 0, 1, step)  # an empty range has one level, 0
    level = jnp.floor((jnp.clip(x, bottom, top) - bottom) / safe + 0.5)
    return (level - zero) * step


def _forward(x: Any, low: Any, high: Any, steps: Any) -> tuple[Any, tuple]:
    zero, step = _nudged(low, high, steps)
    return _rounded(x, low, high, steps), (x < -zero * step, x > (steps - zero) * step, low, high)


def _backward(residuals: tuple, gradient: Any) -> tuple:
    below, above, low, high = residuals
    inside = jnp.where(below | above, 0, gradient)
    return inside, _reduced(jnp.where(below, gradient, 0), low), _reduced(jnp.where(above, gradient, 0), high), None


def _reduced(gradient: Any, like: Any) -> Any:
    """A gradient summed over the axes along which ``like`` was broadcast."""
    lead = gradient.ndim - like.ndim
    axes = tuple(range(lead)) + tuple(i + lead for i, n in enumerate(like.shape) if n == 1)
    return jnp.sum(gradient, axis=axes, keepdims=True).reshape(like.shape)


_rounded.defvjp(_forward, _backward)
