"""Constraints: what a weight is projected to after each optimizer step."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from . import config, registry
from .registry import Configurable


class Constraint(Configurable):
    """Base: a callable from a weight to the nearest allowed one."""

    def __call__(self, w: Any) -> Any:
        return w


def _norms(w: Any, axis: Any) -> Any:
    return jnp.sqrt(jnp.sum(jnp.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Norms along an axis of at most ``max_value``: ``w * clip(|w|, 0, max) / (eps + |w|)``.

    Args:
        max_value: the largest norm.
        axis: the axis (or axes) that a unit's incoming weights lie along.
    """

    def __init__(self, max_value: float = 2, axis: Any = 0):
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Any:
        w = jnp.asarray(w)
        norms = _norms(w, self.axis)
        return w * (jnp.clip(norms, 0, self.max_value) / (config.epsilon() + norms))


class NonNeg(Constraint):
    """Weights of at least 0."""

    def __call__(self, w: Any) -> Any:
        w = jnp.asarray(w)
        return w * (w >= 0.0).astype(w.dtype)


class UnitNorm(Constraint):
    """Norms along an axis of 1.

    Args:
        axis: the axis (or axes) that a unit's incoming weights lie along.
    """

    def __init__(self, axis: Any = 0):
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        w = jnp.asarray(w)
        return w / (config.epsilon() + _norms(w, self.axis))


class MinMaxNorm(Constraint):
    """Norms along an axis between two values, approached at a rate.

    Args:
        min_value, max_value: bounds of the norm.
        rate: 1 projects at once; smaller values go that share of the way.
        axis: the axis (or axes) that a unit's incoming weights lie along.
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0):
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Any:
        w = jnp.asarray(w)
        norms = _norms(w, self.axis)
        wanted = self.rate * jnp.clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms
        return w * (wanted / (config.epsilon() + norms))


_CLASSES = [Constraint, MaxNorm, NonNeg, UnitNorm, MinMaxNorm]
TABLE: dict[str, Any] = {c.__name__: c for c in _CLASSES}
TABLE |= {"max_norm": MaxNorm, "non_neg": NonNeg, "unit_norm": UnitNorm, "min_max_norm": MinMaxNorm, "maxnorm": MaxNorm}
TABLE |= {"minmaxnorm": MinMaxNorm, "nonneg": NonNeg, "unitnorm": UnitNorm}


def get(identifier: Any) -> Any:
    """The constraint that a name, dict or object stands for."""
    return registry.lookup(identifier, TABLE, "constraint", Constraint)


def serialize(constraint: Any) -> Any:
    """A constraint in archive form."""
    return registry.serialize_keras_object(constraint)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The constraint that ``serialize`` described."""
    return registry.deserialize_keras_object(config, custom_objects, module_objects=TABLE)
