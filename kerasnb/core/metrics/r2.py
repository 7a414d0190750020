"""R2: the share of the targets' variance that the outputs explain."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .arrays import check_same_shape, divide_no_nan, pair
from .confusion import spread_weight
from .metric import Metric

_AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


class R2Score(Metric):
    """``1 - sum((y_true - y_pred)^2) / sum((y_true - mean(y_true))^2)``.

    1 for a perfect fit, 0 for a model that always says the mean; it may be negative.

    Args:
        class_aggregation: how several outputs become one number: "uniform_average",
            "variance_weighted_average", or None for one number each.
        num_regressors: how many inputs the model has, for the adjusted R2
            ``1 - (1 - R2) (n - 1) / (n - num_regressors - 1)``; 0 for the plain one, which is also given while
            there are too few samples.
        name: of the metric.
        dtype: of the sums.

    Targets and outputs are (batch, outputs).
    """

    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str = "r2_score",
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in _AGGREGATIONS:
            raise ValueError(
                f"R2Score: class_aggregation must be one of {_AGGREGATIONS}, "
                f"got class_aggregation={class_aggregation!r}."
            )
        if num_regressors < 0:
            raise ValueError(f"R2Score: num_regressors must be >= 0, got num_regressors={num_regressors}.")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_variable((), name="num_samples")
        self._built = False

    def _build(self, y_true_shape: tuple, y_pred_shape: tuple) -> None:
        """Make the sums, one for each output."""
        if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
            raise ValueError(
                f"R2Score needs targets and outputs (batch, outputs), got y_true {tuple(y_true_shape)} and "
                f"y_pred {tuple(y_pred_shape)}. Give a single output a last axis of size 1."
            )
        shape = (y_pred_shape[-1],)
        self.squared_sum = self.add_variable(shape, name="squared_sum")
        self.sum = self.add_variable(shape, name="sum")
        self.total_mse = self.add_variable(shape, name="residual")
        self.count = self.add_variable(shape, name="count")
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        y_true, y_pred = pair(y_true, y_pred, self.dtype)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        check_same_shape(y_true, y_pred, "R2Score")
        weight = spread_weight(1.0 if sample_weight is None else sample_weight, y_true.shape, self.dtype)
        self.sum.assign_add(jnp.sum(y_true * weight, axis=0))
        self.squared_sum.assign_add(jnp.sum(jnp.square(y_true) * weight, axis=0))
        self.total_mse.assign_add(jnp.sum(jnp.square(y_true - y_pred) * weight, axis=0))
        self.count.assign_add(jnp.sum(weight, axis=0))
        # What has no weight is padding, not a sample.
        self.num_samples.assign_add(jnp.sum(weight != 0))

    def result(self) -> Any:
        if not self._built:
            return jnp.zeros((), self.dtype)
        mean = divide_no_nan(self.sum.value, self.count.value)
        total = self.squared_sum.value - self.sum.value * mean  # (outputs,)
        score = 1 - self.total_mse.value / total
        score = jnp.where(jnp.isinf(score), 0.0, score)
        if self.class_aggregation == "uniform_average":
            score = jnp.mean(score)
        elif self.class_aggregation == "variance_weighted_average":
            score = jnp.sum(score * total / jnp.sum(total))
        if self.num_regressors == 0:
            return score
        samples = self.num_samples.value
        left = samples - self.num_regressors - 1
        return jnp.where(left > 0, 1 - (1 - score) * (samples - 1) / jnp.where(left > 0, left, 1), score)
