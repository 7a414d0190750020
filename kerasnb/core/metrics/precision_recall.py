"""Precision and recall."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .arrays import divide_no_nan
from .confusion import BELOW_ALL, checked_thresholds, count_at, prepared, scalar_if_one
from .metric import Metric


class _Share(Metric):
    """Base of both: true positives as a share of themselves and the wrong ones."""

    _direction = "up"
    _wrong_which: int  # place in what count_at returns
    _wrong_name: str

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self.thresholds = checked_thresholds(thresholds, 0.5 if top_k is None else BELOW_ALL, type(self).__name__)
        shape = (len(self.thresholds),)
        self.true_positives = self.add_variable(shape, name="true_positives")
        self._wrong = self.add_variable(shape, name=self._wrong_name)
        setattr(self, self._wrong_name, self._wrong)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and outputs of one shape."""
        inputs = prepared(
            y_true, y_pred, sample_weight, self.dtype, type(self).__name__, self.class_id, self.top_k
        )  # fmt: skip
        counts = count_at(*inputs, jnp.asarray(self.thresholds))
        self.true_positives.assign_add(counts[0])
        self._wrong.assign_add(counts[self._wrong_which])

    def result(self) -> Any:
        right = self.true_positives.value
        return scalar_if_one(divide_no_nan(right, right + self._wrong.value), self.thresholds)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds}


class Precision(_Share):
    """Which share of what was called one is one: ``tp / (tp + fp)``.

    Args:
        thresholds: outputs above it are called 1, 0.5 by default; with a list one number for each.
        top_k: call the k largest outputs of each sample 1 (if they are above the threshold, where one is given).
        class_id: count this class only.
        name: of the metric.
        dtype: of the sums.

    >>> float(Precision()([0, 1, 1, 1], [0.9, 0.9, 0.8, 0.1])) > 0.66
    True
    """

    _wrong_which, _wrong_name = 1, "false_positives"


class Recall(_Share):
    """Which share of the ones was called one: ``tp / (tp + fn)``.

    Args:
        thresholds: outputs above it are called 1, 0.5 by default; with a list one number for each.
        top_k: call the k largest outputs of each sample 1 (if they are above the threshold, where one is given).
        class_id: count this class only.
        name: of the metric.
        dtype: of the sums.

    >>> round(float(Recall()([0, 1, 1, 1], [0.9, 0.9, 0.8, 0.1])), 3)
    0.667
    """

    _wrong_which, _wrong_name = 3, "false_negatives"
