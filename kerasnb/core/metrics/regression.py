"""Errors of numbers."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..losses.functions import (
    cosine_similarity as cosine_loss,
)
from ..losses.functions import (
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from .arrays import pair
from .reduction import Mean, MeanMetricWrapper


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between targets and outputs along an axis; 1 for the same direction."""
    return -cosine_loss(y_true, y_pred, axis)


class MeanSquaredError(MeanMetricWrapper):
    """The mean squared error: ``mean((y_true - y_pred)^2)``.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "down"

    def __init__(self, name: str = "mean_squared_error", dtype: Any = None):
        super().__init__(mean_squared_error, name=name, dtype=dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean absolute error: ``mean(|y_true - y_pred|)``.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "down"

    def __init__(self, name: str = "mean_absolute_error", dtype: Any = None):
        super().__init__(mean_absolute_error, name=name, dtype=dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean absolute error in per cent: ``100 * mean(|y_true - y_pred| / |y_true|)``.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "down"

    def __init__(self, name: str = "mean_absolute_percentage_error", dtype: Any = None):
        super().__init__(mean_absolute_percentage_error, name=name, dtype=dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean squared difference of logarithms: ``mean((log(1 + y_true) - log(1 + y_pred))^2)``.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "down"

    def __init__(self, name: str = "mean_squared_logarithmic_error", dtype: Any = None):
        super().__init__(mean_squared_logarithmic_error, name=name, dtype=dtype)


class LogCoshError(MeanMetricWrapper):
    """The mean of ``log(cosh(y_pred - y_true))``.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "down"

    def __init__(self, name: str = "logcosh", dtype: Any = None):
        super().__init__(log_cosh, name=name, dtype=dtype)


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between targets and outputs.

    Args:
        name: of the metric.
        dtype: of the sums.
        axis: along which the vectors lie.
    """

    _direction = "up"

    def __init__(self, name: str = "cosine_similarity", dtype: Any = None, axis: int = -1):
        super().__init__(cosine_similarity, name=name, dtype=dtype, axis=axis)
        self.axis = axis


class RootMeanSquaredError(Mean):
    """``sqrt(mean((y_true - y_pred)^2))`` over all samples so far.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "down"

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        y_true, y_pred = pair(y_true, y_pred, self.dtype)
        super().update_state(jnp.square(y_true - y_pred), sample_weight=sample_weight)

    def result(self) -> Any:
        return jnp.sqrt(super().result())
