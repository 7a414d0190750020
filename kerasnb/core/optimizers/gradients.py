"""Clipping of gradients (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp


def clip_by_norm(gradient: Any, limit: float) -> Any:
    """The gradient, shortened to norm ``limit`` where it is longer."""
    norm = jnp.sqrt(jnp.sum(jnp.square(gradient)))
    return gradient * (limit / jnp.maximum(norm, limit))


def global_norm(gradients: list[Any]) -> Any:
    """The norm of all gradients as one long vector."""
    return jnp.sqrt(sum(jnp.sum(jnp.square(g)) for g in gradients))


def clip_by_global_norm(gradients: list[Any], limit: float) -> list[Any]:
    """All gradients, shortened by one factor so that their common norm is at most ``limit``.

    An infinite gradient makes all of them NaN instead of silently zero.
    """
    norm = global_norm(gradients)
    factor = limit / jnp.maximum(norm, limit) + (norm - norm)
    return [g * factor.astype(g.dtype) for g in gradients]


def clip_by_value(gradient: Any, limit: float) -> Any:
    """The gradient with every entry cut to [-limit, limit]."""
    return jnp.clip(gradient, -limit, limit)


def step_number(iterations: Any, variable: Any) -> Any:
    """The number of the update at hand, from 1, for formulae that depend on it.

    In float32 at least, also for 16-bit weights: bfloat16 counts to 256 only, and its 0.999 is 1.
    """
    dtype = jnp.promote_types(variable.value.dtype, jnp.float32)
    return jnp.asarray(getattr(iterations, "value", iterations), dtype) + 1


def cast(value: Any, variable: Any) -> Any:
    """A gradient or rate as an array of a Variable's dtype."""
    return jnp.asarray(getattr(value, "value", value), variable.value.dtype)
