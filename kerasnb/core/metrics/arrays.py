"""Bringing targets, outputs and weights into matching arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..losses.loss import squeeze_or_expand_to_same_rank
from ..variable import Variable


def array(value: Any, dtype: Any = None) -> Any:
    """A jax array; float64 and int64 become the 32-bit types."""
    if isinstance(value, Variable):
        value = value.value
    if not isinstance(value, jax.Array):
        host = np.asarray(value)
        if host.dtype.kind in "USO":
            raise ValueError(
                f"A metric needs numbers, got values of type {host.dtype}: turn text labels into integers first."
            )
        value = jnp.asarray(host, jax.dtypes.canonicalize_dtype(host.dtype))
    return value if dtype is None else value.astype(dtype)


def pair(y_true: Any, y_pred: Any, dtype: Any = None, expand_rank_1: bool = True) -> tuple[Any, Any]:
    """Targets and outputs of the same rank: (batch, 1) meets (batch,)."""
    return squeeze_or_expand_to_same_rank(array(y_true, dtype), array(y_pred, dtype), expand_rank_1)


def check_same_shape(y_true: Any, y_pred: Any, name: str) -> None:
    """Raise a ValueError that shows both shapes where they differ."""
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"{name}: y_true and y_pred must have the same shape, got y_true {y_true.shape} and y_pred {y_pred.shape}."
        )


def divide_no_nan(x: Any, y: Any) -> Any:
    """``x / y``, 0 where ``y`` is 0."""
    safe = jnp.where(y == 0, 1, y)
    return jnp.where(y == 0, 0, x / safe)


def samplewise(values: Any, sample_weight: Any, reduce: Callable, dtype: Any) -> tuple[Any, Any]:
    """One (weighted) value for each sample, and one weight or None.

    Args:
        values: (batch, ...).
        sample_weight: None, or of any leading shape of ``values``.
        reduce: ``jnp.mean`` or ``jnp.sum``, taken over what lies behind the batch axis.
    """
    values = array(values, dtype)
    if sample_weight is None:
        return (reduce(values, axis=tuple(range(1, values.ndim))) if values.ndim > 1 else values), None
    weight = array(sample_weight, dtype)
    values, weight = squeeze_or_expand_to_same_rank(values, weight)
    if values.ndim > weight.ndim:
        values = reduce(values, axis=tuple(range(weight.ndim, values.ndim)))
    values = values * weight
    if weight.ndim > 1:
        weight = reduce(weight, axis=tuple(range(1, weight.ndim)))
    if values.ndim > 1:
        values = reduce(values, axis=tuple(range(1, values.ndim)))
    return values, weight
