"""Hinge losses as metrics."""

from __future__ import annotations

from typing import Any

from ..losses.functions import categorical_hinge, hinge, squared_hinge
from .reduction import MeanMetricWrapper


class Hinge(MeanMetricWrapper):
    """The mean of ``max(1 - y_true * y_pred, 0)``; targets are -1 and 1 (0 and 1 are converted).

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "down"

    def __init__(self, name: str = "hinge", dtype: Any = None):
        super().__init__(hinge, name=name, dtype=dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean of ``max(1 - y_true * y_pred, 0)^2``; targets are -1 and 1 (0 and 1 are converted).

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "down"

    def __init__(self, name: str = "squared_hinge", dtype: Any = None):
        super().__init__(squared_hinge, name=name, dtype=dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean of ``max(largest wrong output - right output + 1, 0)``; targets are one-hot.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "down"

    def __init__(self, name: str = "categorical_hinge", dtype: Any = None):
        super().__init__(categorical_hinge, name=name, dtype=dtype)
