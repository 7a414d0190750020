"""Losses of numbers, one value per sample."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ... import config
from .shapes import fitting


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """``mean((y_true - y_pred)^2)`` over the last axis."""
    y_true, y_pred = fitting(y_true, y_pred, "mean_squared_error")
    return jnp.mean(jnp.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """``mean(|y_true - y_pred|)`` over the last axis."""
    y_true, y_pred = fitting(y_true, y_pred, "mean_absolute_error")
    return jnp.mean(jnp.abs(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """``100 * mean(|(y_true - y_pred) / y_true|)`` over the last axis."""
    y_true, y_pred = fitting(y_true, y_pred, "mean_absolute_percentage_error")
    scale = jnp.maximum(jnp.abs(y_true), config.epsilon())
    return 100.0 * jnp.mean(jnp.abs((y_true - y_pred) / scale), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """``mean((log(y_true + 1) - log(y_pred + 1))^2)`` over the last axis; negative values count as 0."""
    y_true, y_pred = fitting(y_true, y_pred, "mean_squared_logarithmic_error")
    low = config.epsilon()
    logs = jnp.log(jnp.maximum(y_pred, low) + 1.0), jnp.log(jnp.maximum(y_true, low) + 1.0)
    return jnp.mean(jnp.square(logs[0] - logs[1]), axis=-1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Squared for errors up to ``delta``, linear beyond (Huber 1964)."""
    y_true, y_pred = fitting(y_true, y_pred, "huber")
    error = jnp.abs(y_true - y_pred)
    limit = jnp.asarray(delta, y_pred.dtype)
    linear = limit * error - 0.5 * jnp.square(limit)
    return jnp.mean(jnp.where(error <= limit, 0.5 * jnp.square(error), linear), axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """``mean(log(cosh(y_pred - y_true)))`` over the last axis."""
    y_true, y_pred = fitting(y_true, y_pred, "log_cosh")
    error = y_pred - y_true
    # log(cosh(x)) = |x| + log(1 + exp(-2|x|)) - log(2), which never overflows.
    return jnp.mean(jnp.logaddexp(error, -error) - jnp.log(jnp.asarray(2.0, error.dtype)), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """``-sum(unit(y_true) * unit(y_pred))``: -1 for equal directions, 1 for opposite ones."""
    y_true, y_pred = fitting(y_true, y_pred, "cosine_similarity")
    return -jnp.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)


def _unit(x: Any, axis: int) -> Any:
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(x), axis=axis, keepdims=True), 1e-12))


def poisson(y_true: Any, y_pred: Any) -> Any:
    """``mean(y_pred - y_true * log(y_pred))`` over the last axis."""
    y_true, y_pred = fitting(y_true, y_pred, "poisson")
    return jnp.mean(y_pred - y_true * jnp.log(y_pred + config.epsilon()), axis=-1)
