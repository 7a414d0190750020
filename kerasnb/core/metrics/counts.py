"""How many calls were right and wrong."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .confusion import checked_thresholds, count_at, prepared, scalar_if_one
from .metric import Metric


class _Count(Metric):
    """Base of the four counts."""

    _which: int  # place in what count_at returns

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = checked_thresholds(thresholds, 0.5, type(self).__name__)
        self.accumulator = self.add_variable((len(self.thresholds),), name="accumulator")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and outputs of one shape."""
        inputs = prepared(y_true, y_pred, sample_weight, self.dtype, type(self).__name__)
        self.accumulator.assign_add(count_at(*inputs, jnp.asarray(self.thresholds))[self._which])

    def result(self) -> Any:
        return scalar_if_one(self.accumulator.value, self.thresholds)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """The (weighted) number of ones called one.

    Args:
        thresholds: outputs above it are called 1, 0.5 by default; with a list one number for each.
        name: of the metric.
        dtype: of the sums.

    >>> m = TruePositives()
    >>> m.update_state([0, 1, 1], [0.9, 0.8, 0.2])
    >>> float(m.result())
    1.0
    """

    _which = 0


class FalsePositives(_Count):
    """The (weighted) number of zeros called one.

    Args:
        thresholds: outputs above it are called 1, 0.5 by default; with a list one number for each.
        name: of the metric.
        dtype: of the sums.
    """

    _which = 1


class TrueNegatives(_Count):
    """The (weighted) number of zeros called zero.

    Args:
        thresholds: outputs above it are called 1, 0.5 by default; with a list one number for each.
        name: of the metric.
        dtype: of the sums.
    """

    _which = 2


class FalseNegatives(_Count):
    """The (weighted) number of ones called zero.

    Args:
        thresholds: outputs above it are called 1, 0.5 by default; with a list one number for each.
        name: of the metric.
        dtype: of the sums.
    """

    _which = 3
