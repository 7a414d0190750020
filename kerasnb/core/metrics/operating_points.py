"""The best of one rate where another one is at least so large."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from .arrays import divide_no_nan
from .confusion import count_at, prepared
from .metric import Metric


class _OperatingPoint(Metric):
    """Base: counts at many thresholds, of which the best admissible one is chosen."""

    _direction = "up"
    _given: str  # name of the constructor's argument

    def __init__(
        self, value: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ):  # fmt: skip
        if not 0 <= value <= 1:
            raise ValueError(f"{type(self).__name__}: {self._given} must be in [0, 1], got {self._given}={value}.")
        if num_thresholds <= 0:
            raise ValueError(
                f"{type(self).__name__}: num_thresholds must be an integer > 0, got num_thresholds={num_thresholds}."
            )
        super().__init__(name=name, dtype=dtype)
        self.value, self.num_thresholds, self.class_id = value, num_thresholds, class_id
        self.thresholds = np.linspace(0.0, 1.0, num_thresholds).tolist() if num_thresholds > 1 else [0.5]
        self.true_positives, self.false_positives, self.true_negatives, self.false_negatives = (
            self.add_variable((num_thresholds,), name=n)
            for n in ("true_positives", "false_positives", "true_negatives", "false_negatives")
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and probabilities of one shape."""
        who = type(self).__name__
        y_true, y_pred, weight = prepared(y_true, y_pred, sample_weight, self.dtype, who, self.class_id)
        limits = jnp.asarray(self.thresholds)
        counts = count_at(y_true, jnp.clip(y_pred, 0, 1), weight, limits, soft=self.num_thresholds > 1)
        for variable, count in zip(self._variables, counts, strict=True):
            variable.assign_add(count)

    def _rates(self) -> tuple[Any, Any]:
        """(what must be large enough, what is wanted), each (thresholds,)."""
        raise NotImplementedError

    def result(self) -> Any:
        held, wanted = self._rates()
        return jnp.max(jnp.where(held >= self.value, wanted, 0))

    def _sensitivity(self) -> Any:
        return divide_no_nan(self.true_positives.value, self.true_positives.value + self.false_negatives.value)

    def _specificity(self) -> Any:
        return divide_no_nan(self.true_negatives.value, self.true_negatives.value + self.false_positives.value)

    def _precision(self) -> Any:
        return divide_no_nan(self.true_positives.value, self.true_positives.value + self.false_positives.value)


class SensitivityAtSpecificity(_OperatingPoint):
    """The largest sensitivity ``tp / (tp + fn)`` among thresholds with at least a given specificity.

    Args:
        specificity: ``tn / (tn + fp)`` must be at least so large; in [0, 1].
        num_thresholds: how many thresholds from 0 to 1 are tried.
        class_id: count this class only.
        name: of the metric.
        dtype: of the sums.
    """

    _given = "specificity"

    def __init__(
        self, specificity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ):  # fmt: skip
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity

    def _rates(self) -> tuple[Any, Any]:
        return self._specificity(), self._sensitivity()


class SpecificityAtSensitivity(_OperatingPoint):
    """The largest specificity ``tn / (tn + fp)`` among thresholds with at least a given sensitivity.

    Args:
        sensitivity: ``tp / (tp + fn)`` must be at least so large; in [0, 1].
        num_thresholds: how many thresholds from 0 to 1 are tried.
        class_id: count this class only.
        name: of the metric.
        dtype: of the sums.
    """

    _given = "sensitivity"

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ):  # fmt: skip
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity

    def _rates(self) -> tuple[Any, Any]:
        return self._sensitivity(), self._specificity()


class PrecisionAtRecall(_OperatingPoint):
    """The largest precision ``tp / (tp + fp)`` among thresholds with at least a given recall.

    Args:
        recall: ``tp / (tp + fn)`` must be at least so large; in [0, 1].
        num_thresholds: how many thresholds from 0 to 1 are tried.
        class_id: count this class only.
        name: of the metric.
        dtype: of the sums.
    """

    _given = "recall"

    def __init__(
        self, recall: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ):  # fmt: skip
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall

    def _rates(self) -> tuple[Any, Any]:
        return self._sensitivity(), self._precision()


class RecallAtPrecision(_OperatingPoint):
    """The largest recall ``tp / (tp + fn)`` among thresholds with at least a given precision.

    Args:
        precision: ``tp / (tp + fp)`` must be at least so large; in [0, 1].
        num_thresholds: how many thresholds from 0 to 1 are tried.
        class_id: count this class only.
        name: of the metric.
        dtype: of the sums.
    """

    _given = "precision"

    def __init__(
        self, precision: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ):  # fmt: skip
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision

    def _rates(self) -> tuple[Any, Any]:
        return self._precision(), self._sensitivity()
