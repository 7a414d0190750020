"""Regularizers: penalties of weights, added to the loss."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from . import registry
from .registry import Configurable


class Regularizer(Configurable):
    """Base: a callable from a weight to a scalar penalty."""

    def __call__(self, x: Any) -> Any:
        return jnp.zeros((), jnp.result_type(float))


class L1L2(Regularizer):
    """``l1 * sum(|x|) + l2 * sum(x^2)``.

    Args:
        l1: factor of the absolute values, at least 0.
        l2: factor of the squares, at least 0.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1 = _factor(0.0 if l1 is None else l1, "l1", type(self))
        self.l2 = _factor(0.0 if l2 is None else l2, "l2", type(self))

    def __call__(self, x: Any) -> Any:
        x = jnp.asarray(x)
        penalty = jnp.zeros((), x.dtype)
        if self.l1:
            penalty += self.l1 * jnp.sum(jnp.abs(x))
        if self.l2:
            penalty += self.l2 * jnp.sum(jnp.square(x))
        return penalty


class L1(Regularizer):
    """``l1 * sum(|x|)``: pushes weights to exactly 0."""

    def __init__(self, l1: float = 0.01):
        self.l1 = _factor(0.01 if l1 is None else l1, "l1", type(self))

    def __call__(self, x: Any) -> Any:
        return self.l1 * jnp.sum(jnp.abs(jnp.asarray(x)))


class L2(Regularizer):
    """``l2 * sum(x^2)``: keeps weights small."""

    def __init__(self, l2: float = 0.01):
        self.l2 = _factor(0.01 if l2 is None else l2, "l2", type(self))

    def __call__(self, x: Any) -> Any:
        return self.l2 * jnp.sum(jnp.square(jnp.asarray(x)))


class OrthogonalRegularizer(Regularizer):
    """Keeps the rows (or columns) of a matrix at right angles to each other.

    Args:
        factor: strength, at least 0.
        mode: "rows" or "columns".

    The mean of the absolute cosines between pairs of different rows, times ``factor``.
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows"):
        self.factor = _factor(factor, "factor", type(self))
        if mode not in ("rows", "columns"):
            raise ValueError(f"OrthogonalRegularizer: mode must be 'rows' or 'columns', got mode={mode!r}.")
        self.mode = mode

    def __call__(self, x: Any) -> Any:
        x = jnp.asarray(x)
        if x.ndim != 2:
            raise ValueError(f"OrthogonalRegularizer: the weight must be a matrix, got shape {x.shape}.")
        axis = 1 if self.mode == "rows" else 0
        unit = x * jnp.minimum(1e12, 1 / jnp.sqrt(jnp.maximum(jnp.sum(x * x, axis=axis, keepdims=True), 1e-14)))
        cosines = unit @ unit.T if self.mode == "rows" else unit.T @ unit  # (n, n)
        n = x.shape[1 - axis]
        off_diagonal = jnp.sum(jnp.abs(cosines * (1 - jnp.eye(n, dtype=x.dtype))))
        return self.factor * 0.5 * off_diagonal / (n * (n - 1) / 2.0)


def _factor(value: Any, name: str, cls: type) -> float:
    if isinstance(value, bool) or (not isinstance(value, (int, float)) and not hasattr(value, "__float__")):
        raise ValueError(f"{cls.__name__}: {name} must be a number of at least 0, got {name}={value!r}.")
    number = float(value)
    if not 0 <= number < float("inf"):
        raise ValueError(f"{cls.__name__}: {name} must be finite and at least 0, got {name}={value!r}.")
    return number


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """``L1L2`` under its older name."""
    return L1L2(l1=l1, l2=l2)


_CLASSES = [Regularizer, L1, L2, L1L2, OrthogonalRegularizer]
TABLE: dict[str, Any] = {c.__name__: c for c in _CLASSES}
TABLE |= {
    "l1": L1,
    "l2": L2,
    "l1_l2": L1L2,
    "orthogonal_regularizer": OrthogonalRegularizer,
    "orthogonal": OrthogonalRegularizer,
}


def get(identifier: Any) -> Any:
    """The regularizer that a name, dict or object stands for."""
    return registry.lookup(identifier, TABLE, "regularizer", Regularizer)


def serialize(regularizer: Any) -> Any:
    """A regularizer in archive form."""
    return registry.serialize_keras_object(regularizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The regularizer that ``serialize`` described."""
    return registry.deserialize_keras_object(config, custom_objects, module_objects=TABLE)
