"""Counts of right and wrong calls at one or many thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .arrays import array, check_same_shape, pair

BELOW_ALL = -1e10  # every finite output lies above this threshold


def checked_thresholds(thresholds: Any, default: float, who: str) -> list[float]:
    """The thresholds as a list of floats in [0, 1]; the default where None is given.

    Raises:
        ValueError: a threshold is missing or outside [0, 1].
    """
    if thresholds is None:
        return [default]
    found = list(thresholds) if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]
    bad = [t for t in found if t is None or not 0 <= t <= 1]
    if bad or not found:
        raise ValueError(f"{who}: thresholds must be numbers in [0, 1], got thresholds={thresholds!r}.")
    return [float(t) for t in found]


def even_thresholds(count: int) -> np.ndarray:
    """``count`` evenly spaced thresholds from just below 0 to just above 1.

    The ends are moved so that at the first everything and at the last nothing is called positive.
    """
    inner = np.arange(1, count - 1) / (count - 1)
    return np.concatenate([[-1e-7], inner, [1 + 1e-7]])


def spread_weight(weight: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Weights of a leading shape, (batch,) or (batch, 1) say, spread over all values."""
    weight = array(weight, dtype)
    if weight.ndim == len(shape) + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    weight = weight.reshape(*weight.shape, *[1] * (len(shape) - weight.ndim))
    try:
        return jnp.broadcast_to(weight, shape)
    except ValueError:
        raise ValueError(
            f"sample_weight of shape {weight.shape} does not fit values of shape {shape}: "
            "give one weight for each sample, or one for each value."
        ) from None


def prepared(
    y_true: Any,
    y_pred: Any,
    sample_weight: Any,
    dtype: Any,
    who: str,
    class_id: int | None = None,
    top_k: int | None = None,
) -> tuple[Any, Any, Any]:
    """Targets, outputs and weights (or None) of one shape, the class and the k largest outputs chosen.

    Raises:
        ValueError: shapes differ, the class does not exist, or ``top_k`` meets outputs without a class axis.
    """  # fmt: skip
    y_true, y_pred = pair(y_true, y_pred, dtype)
    check_same_shape(y_true, y_pred, who)
    weight = None if sample_weight is None else spread_weight(sample_weight, y_pred.shape, dtype)
    if top_k is not None or class_id is not None:
        if y_pred.ndim < 2:
            raise ValueError(
                f"{who}: top_k and class_id need outputs (batch, classes), got outputs of shape {y_pred.shape}."
            )
        classes = y_pred.shape[-1]
        if top_k is not None:
            if not 0 < top_k <= classes:
                raise ValueError(f"{who}: top_k must be from 1 to the number of classes, {classes}, got top_k={top_k}.")
            y_pred = only_top_k(y_pred, top_k)
        if class_id is not None:
            if not -classes <= class_id < classes:
                raise ValueError(f"{who}: class_id must be below the number of classes, {classes}, got {class_id}.")
            y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
            weight = None if weight is None else weight[..., class_id]
    return y_true, y_pred, weight


def only_top_k(y_pred: Any, k: int) -> Any:
    """The k largest of the last axis; all others fall below every threshold."""
    _, where = jax.lax.top_k(y_pred, k)  # (..., k)
    chosen = jnp.sum(jax.nn.one_hot(where, y_pred.shape[-1], dtype=y_pred.dtype), axis=-2)  # (..., classes)
    return jnp.where(chosen > 0, y_pred, BELOW_ALL)


@partial(jax.jit, static_argnames=("soft", "per_label"))
def count_at(
    y_true: Any, y_pred: Any, weight: Any, thresholds: Any, soft: bool = False, per_label: bool = False
) -> tuple[Any, Any, Any, Any]:
    """Weighted (true positives, false positives, true negatives, false negatives) at each threshold.

    An output is called positive when it lies above the threshold.

    Args:
        y_true: targets, y_pred: outputs, weight: None or weights; of one shape, (batch, ...).
        thresholds: (thresholds,).
        soft: whether a target between 0 and 1 counts in part as both; else everything but 0 is positive.
        per_label: keep the last axis of (batch, labels) inputs.

    Returns:
        Four arrays (thresholds,), or (thresholds, labels) with ``per_label``. Nothing of size
        batch * thresholds is stored: the comparison melts into the sum.
    """
    positive = y_true if soft else (y_true != 0).astype(y_pred.dtype)
    negative = 1 - positive
    if weight is not None:
        positive, negative = positive * weight, negative * weight
    if not per_label:
        y_pred, positive, negative = (a.reshape(-1) for a in (y_pred, positive, negative))  # (n,)
    limits = thresholds.astype(y_pred.dtype).reshape(-1, *[1] * (y_pred.ndim - 1))  # (t,) or (t, 1)
    called = y_pred[:, None] > limits  # (n, t) or (n, t, labels)
    true_positives = jnp.sum(jnp.where(called, positive[:, None], 0), axis=0)
    false_positives = jnp.sum(jnp.where(called, negative[:, None], 0), axis=0)
    true_negatives = jnp.sum(jnp.where(called, 0, negative[:, None]), axis=0)
    false_negatives = jnp.sum(jnp.where(called, 0, positive[:, None]), axis=0)
    return true_positives, false_positives, true_negatives, false_negatives


def scalar_if_one(values: Any, thresholds: Sequence[float]) -> Any:
    """The number itself where there is one threshold, else all of them."""
    return values[0] if len(thresholds) == 1 else values
