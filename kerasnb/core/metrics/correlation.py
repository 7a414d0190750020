"""Correlations of targets and outputs."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .arrays import pair
from .reduction import MeanMetricWrapper


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Pearson's correlation along an axis, in [-1, 1]; NaN where one side is constant."""
    y_true, y_pred = pair(y_true, y_pred, "float32")
    a, b = (x - jnp.mean(x, axis=axis, keepdims=True) for x in (y_true, y_pred))
    return jnp.mean(a * b, axis=axis) / (jnp.std(y_true, axis=axis) * jnp.std(y_pred, axis=axis))


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Lin's concordance along an axis: ``2 cov / (var + var + (mean - mean)^2)``; 1 only on the line y = x.

    Source: Lin 1989, https://doi.org/10.2307/2532051.
    """
    y_true, y_pred = pair(y_true, y_pred, "float32")
    mean_a, mean_b = (jnp.mean(x, axis=axis, keepdims=True) for x in (y_true, y_pred))
    covariance = jnp.mean((y_true - mean_a) * (y_pred - mean_b), axis=axis)
    spread = jnp.var(y_true, axis=axis) + jnp.var(y_pred, axis=axis)
    return 2 * covariance / (spread + jnp.squeeze(jnp.square(mean_a - mean_b), axis))


class PearsonCorrelation(MeanMetricWrapper):
    """The mean of the samples' Pearson correlations.

    Args:
        name: of the metric.
        dtype: of the sums.
        axis: along which values are compared.
    """

    _direction = "up"

    def __init__(self, name: str = "pearson_correlation", dtype: Any = None, axis: int = -1):
        super().__init__(pearson_correlation, name=name, dtype=dtype, axis=axis)
        self.axis = axis


class ConcordanceCorrelation(MeanMetricWrapper):
    """The mean of the samples' concordance correlations.

    Args:
        name: of the metric.
        dtype: of the sums.
        axis: along which values are compared.
    """

    _direction = "up"

    def __init__(self, name: str = "concordance_correlation", dtype: Any = None, axis: int = -1):
        super().__init__(concordance_correlation, name=name, dtype=dtype, axis=axis)
        self.axis = axis
