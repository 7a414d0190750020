"""F-scores: precision and recall in one number."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..config import epsilon
from ..registry import did_you_mean
from .arrays import array, check_same_shape
from .confusion import spread_weight
from .metric import Metric

_AVERAGES = (None, "micro", "macro", "weighted")
_NAMES = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


class FBetaScore(Metric):
    """``(1 + beta^2) precision recall / (beta^2 precision + recall)``, for each class or averaged.

    Args:
        average: None for one number per class, "micro" to count all classes together, "macro" for their
            mean, "weighted" for their mean weighted by how often a class occurs.
        beta: how much more recall counts than precision; above 0.
        threshold: outputs above it are called 1; None: the largest output of a sample is.
        name: of the metric.
        dtype: of the sums.

    Targets are one- or multi-hot, (batch, classes) as the outputs.
    """

    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        who = type(self).__name__
        if average not in _AVERAGES:
            near = did_you_mean(str(average), [a for a in _AVERAGES if a])
            raise ValueError(f"{who}: average must be one of {_AVERAGES}, got average={average!r}.{near}")
        if isinstance(beta, bool) or not isinstance(beta, (int, float)) or not beta > 0:
            raise ValueError(f"{who}: beta must be a number > 0, got beta={beta!r}.")
        if threshold is not None and not (isinstance(threshold, (int, float)) and 0 < threshold <= 1):
            raise ValueError(f"{who}: threshold must be a number in (0, 1], or None, got threshold={threshold!r}.")
        self.average, self.beta, self.threshold = average, float(beta), threshold
        self.axis = 0 if average != "micro" else None
        self._built = False

    def _build(self, y_true_shape: tuple, y_pred_shape: tuple) -> None:
        """Make the sums, one for each class (one for all with "micro")."""
        if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
            raise ValueError(
                f"{type(self).__name__} needs targets and outputs (batch, classes), "
                f"got y_true {tuple(y_true_shape)} and y_pred {tuple(y_pred_shape)}."
                " One-hot class indices with keras.ops.one_hot, or give binary outputs a last axis of 1."
            )
        shape = () if self.average == "micro" else (y_pred_shape[1],)
        for name in _NAMES:
            setattr(self, name, self.add_variable(shape, name=name))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        y_true, y_pred = array(y_true, self.dtype), array(y_pred, self.dtype)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        check_same_shape(y_true, y_pred, type(self).__name__)
        if self.threshold is None:
            # An output of 0 is never a call, even where all outputs of a sample are 0.
            called = (y_pred >= jnp.max(y_pred, axis=-1, keepdims=True)) & (jnp.abs(y_pred) > 1e-9)
        else:
            called = y_pred > self.threshold
        called = called.astype(self.dtype)
        weight = spread_weight(1.0 if sample_weight is None else sample_weight, y_pred.shape, self.dtype)
        found = (called * y_true, called * (1 - y_true), (1 - called) * y_true, y_true)
        for name, values in zip(_NAMES, found, strict=True):
            getattr(self, name).assign_add(jnp.sum(values * weight, axis=self.axis))

    def result(self) -> Any:
        if not self._built:
            return jnp.zeros((), self.dtype)
        tp, fp, fn, occurs = (getattr(self, n).value for n in _NAMES)
        precision, recall = tp / (tp + fp + epsilon()), tp / (tp + fn + epsilon())
        square = self.beta**2
        score = (1 + square) * precision * recall / (square * precision + recall + epsilon())
        if self.average == "weighted":
            return jnp.sum(score * occurs / (jnp.sum(occurs) + epsilon()))
        return score if self.average is None else jnp.mean(score)


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall: ``2 precision recall / (precision + recall)``.

    Args:
        average: None for one number per class, "micro" to count all classes together, "macro" for their
            mean, "weighted" for their mean weighted by how often a class occurs.
        threshold: outputs above it are called 1; None: the largest output of a sample is.
        name: of the metric.
        dtype: of the sums.
    """

    def __init__(
        self, average: str | None = None, threshold: float | None = None, name: str = "f1_score", dtype: Any = None
    ):
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)
