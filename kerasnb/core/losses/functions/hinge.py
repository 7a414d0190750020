"""Hinge losses, one value per sample."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .shapes import fitting


def _signs(y_true: Any) -> Any:
    """Labels 0 and 1 as -1 and 1; others as they are."""
    binary = jnp.all((y_true == 0) | (y_true == 1))
    return jnp.where(binary, 2.0 * y_true - 1.0, y_true)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """``mean(max(1 - y_true * y_pred, 0))`` for labels -1 and 1 (or 0 and 1)."""
    y_true, y_pred = fitting(y_true, y_pred, "hinge")
    return jnp.mean(jnp.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """``mean(max(1 - y_true * y_pred, 0)^2)`` for labels -1 and 1 (or 0 and 1)."""
    y_true, y_pred = fitting(y_true, y_pred, "squared_hinge")
    return jnp.mean(jnp.square(jnp.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """``max(largest wrong - right + 1, 0)`` for one-hot labels."""
    y_true, y_pred = fitting(y_true, y_pred, "categorical_hinge")
    right = jnp.sum(y_true * y_pred, axis=-1)
    wrong = jnp.max((1.0 - y_true) * y_pred, axis=-1)
    return jnp.maximum(wrong - right + 1.0, 0.0)
