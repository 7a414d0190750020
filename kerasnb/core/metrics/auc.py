"""Area under a curve of two rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..registry import did_you_mean
from .arrays import divide_no_nan
from .confusion import count_at, even_thresholds, prepared
from .metric import Metric

_CURVES = ("ROC", "PR", "PRGAIN")
_SUMMATIONS = ("interpolation", "minoring", "majoring")


class AUC(Metric):
    """Area under the ROC or the precision-recall curve, from counts at many thresholds.

    Args:
        num_thresholds: how many thresholds, evenly from 0 to 1; more give a closer value.
        curve: "ROC" (true over false positive rate), "PR" (precision over recall) or "PRGAIN"
            (precision gain over recall gain, Flach and Kull 2015).
        summation_method: "interpolation" joins the points (for "PR" the interpolation of Davis and
            Goadrich 2006, which joins the counts); "minoring" and "majoring" bound the area from below and above.
        name: of the metric.
        dtype: of the sums.
        thresholds: own thresholds in [0, 1] instead of even ones.
        multi_label: take the area for each label of (batch, labels) and average them.
        num_labels: with ``multi_label``, how many labels; found at the first batch if left out.
        label_weights: a weight for each label.
        from_logits: whether outputs are logits instead of probabilities.

    >>> float(AUC()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]))
    0.75
    """

    _direction = "up"

    def __init__(
        self, num_thresholds: int = 200, curve: str = "ROC", summation_method: str = "interpolation",
        name: str | None = None, dtype: Any = None, thresholds: Sequence[float] | None = None,
        multi_label: bool = False, num_labels: int | None = None, label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ):  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.curve = _one_of(curve, _CURVES, "curve")
        self.summation_method = _one_of(summation_method, _SUMMATIONS, "summation_method")
        self._own_thresholds = None if thresholds is None else _inner(thresholds)
        if self._own_thresholds is None and num_thresholds <= 1:
            raise ValueError(f"AUC: num_thresholds must be an integer > 1, got num_thresholds={num_thresholds}.")
        if num_labels and not multi_label:
            raise ValueError(f"AUC: num_labels={num_labels} needs multi_label=True.")
        if label_weights is not None and any(w < 0 for w in np.ravel(label_weights)):
            raise ValueError(f"AUC: label_weights must not be negative, got label_weights={label_weights}.")
        inner = self._own_thresholds
        self._limits = even_thresholds(num_thresholds) if inner is None else np.array([-1e-7, *inner, 1 + 1e-7])
        self._even = inner is None or bool(np.allclose(np.diff([0.0, *inner, 1.0]), 1 / (len(inner) + 1), atol=1e-7))
        self.num_thresholds = len(self._limits)
        self.multi_label, self.num_labels, self.from_logits = multi_label, num_labels, from_logits
        self.label_weights = label_weights
        self._built = False
        if not multi_label:
            self._build((None,), (None,))
        elif num_labels:
            self._build((None, num_labels), (None, num_labels))

    @property
    def thresholds(self) -> list[float]:
        """All thresholds, the two ends included."""
        return list(self._limits)

    def _build(self, y_true_shape: tuple, y_pred_shape: tuple) -> None:
        """Make the sums: (thresholds,) or (thresholds, labels)."""
        shape: tuple[int, ...] = (self.num_thresholds,)
        if self.multi_label:
            if len(y_pred_shape) != 2:
                raise ValueError(f"AUC: with multi_label the outputs must be (batch, labels), got {y_pred_shape}.")
            shape = (*shape, y_pred_shape[1])
        self.true_positives, self.false_positives, self.true_negatives, self.false_negatives = (
            self.add_variable(shape, name=n)
            for n in ("true_positives", "false_positives", "true_negatives", "false_negatives")
        )
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and outputs of one shape."""
        y_true, y_pred, weight = prepared(y_true, y_pred, sample_weight, self.dtype, "AUC")
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        self._check_labels(y_pred.shape)
        if self.from_logits:
            y_pred = jax.nn.sigmoid(y_pred)
        if self.label_weights is not None and not self.multi_label:
            own = jnp.broadcast_to(jnp.asarray(self.label_weights, self.dtype), y_pred.shape)
            weight = own if weight is None else weight * own
        y_pred, limits = jnp.clip(y_pred, 0, 1), jnp.asarray(self._limits)
        counts = count_at(y_true, y_pred, weight, limits, soft=self._even, per_label=self.multi_label)
        for variable, count in zip(self._variables, counts, strict=True):
            variable.assign_add(count)

    def _check_labels(self, shape: tuple) -> None:
        labels = self.true_positives.shape[-1] if self.multi_label else shape[-1]
        if self.multi_label and (len(shape) != 2 or shape[1] != labels):
            raise ValueError(f"AUC: with multi_label the outputs must be (batch, {labels}), got {shape}.")
        if self.label_weights is not None and len(self.label_weights) != labels:
            raise ValueError(
                f"AUC: label_weights must have one weight for each of the {labels} labels, "
                f"got {len(self.label_weights)}."
            )

    def result(self) -> Any:
        if not self._built:
            return jnp.zeros((), self.dtype)
        tp, fp, tn, fn = (v.value for v in self._variables)  # (thresholds, ...)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._over_labels(_interpolated_pr(tp, fp, fn))
        recall = divide_no_nan(tp, tp + fn)
        if self.curve == "ROC":
            x, y = divide_no_nan(fp, fp + tn), recall
        elif self.curve == "PR":
            x, y = recall, divide_no_nan(tp, tp + fp)
        else:
            odds = divide_no_nan(tp + fn, fp + tn)  # positives over negatives
            x = jnp.maximum(1 - odds * fn / jnp.maximum(tp, 1e-7), 0)
            y = 1 - odds * divide_no_nan(fp, tp)
        if self.summation_method == "interpolation":
            height = (y[:-1] + y[1:]) / 2
        else:
            height = (jnp.minimum if self.summation_method == "minoring" else jnp.maximum)(y[:-1], y[1:])
        return self._over_labels((x[:-1] - x[1:]) * height)

    def _over_labels(self, areas: Any) -> Any:
        """The mean of the labels' areas, from strips (thresholds - 1, ...)."""
        area = jnp.sum(areas, axis=0)
        if not self.multi_label:
            return area
        if self.label_weights is None:
            return jnp.mean(area)
        weights = jnp.asarray(self.label_weights, area.dtype)
        return divide_no_nan(jnp.sum(area * weights), jnp.sum(weights))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self._own_thresholds is None:
            config.pop("thresholds")
        else:
            config["thresholds"] = list(self._own_thresholds)
        if self.label_weights is not None:
            config["label_weights"] = [float(w) for w in self.label_weights]
        return config


def _one_of(value: str, known: tuple[str, ...], argument: str) -> str:
    for name in known:
        if isinstance(value, str) and value.lower() == name.lower():
            return name
    raise ValueError(
        f"AUC: {argument} must be one of {', '.join(known)}, got {argument}={value!r}.{did_you_mean(str(value), known)}"
    )


def _inner(thresholds: Sequence[float]) -> list[float]:
    found = sorted(float(t) for t in thresholds)
    if any(not 0 <= t <= 1 for t in found):
        raise ValueError(f"AUC: thresholds must lie in [0, 1], got thresholds={list(thresholds)}.")
    return found


def _interpolated_pr(tp: Any, fp: Any, fn: Any) -> Any:
    """Strips under the precision-recall curve: between two points true and called positives go in a straight line.

    With ``slope = dTP / dP`` precision is ``slope + intercept / P``, whose integral over TP is
    ``slope (dTP + intercept log(P_a / P_b))``.
    """
    called = tp + fp
    d_tp, d_called = tp[:-1] - tp[1:], called[:-1] - called[1:]
    slope = divide_no_nan(d_tp, jnp.maximum(d_called, 0))
    intercept = tp[1:] - slope * called[1:]
    both = (called[:-1] > 0) & (called[1:] > 0)
    ratio = jnp.where(both, divide_no_nan(called[:-1], jnp.maximum(called[1:], 0)), 1)
    return divide_no_nan(slope * (d_tp + intercept * jnp.log(ratio)), jnp.maximum(tp[1:] + fn[1:], 0))
