"""Accuracies: shares of right answers."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..config import floatx
from .arrays import array, pair
from .reduction import MeanMetricWrapper


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where an output equals its target, else 0; of the same shape."""
    y_true, y_pred = pair(y_true, y_pred)
    return (y_true.astype(y_pred.dtype) == y_pred).astype(floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """1 where ``y_pred > threshold`` agrees with a target of 0 or 1; of the same shape."""
    y_true, y_pred = pair(y_true, y_pred)
    called = (
        y_pred > jnp.asarray(threshold, y_pred.dtype if jnp.issubdtype(y_pred.dtype, jnp.floating) else floatx())
    ).astype(floatx())
    return (y_true.astype(called.dtype) == called).astype(floatx())


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the largest output stands at the target's one: (..., classes) twice to (...)."""
    y_true, y_pred = array(y_true), array(y_pred)
    return (jnp.argmax(y_true, axis=-1) == jnp.argmax(y_pred, axis=-1)).astype(floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the largest output is the target's class: (...) or (..., 1) and (..., classes) to (...)."""
    y_true, y_pred = array(y_true), array(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    called = jnp.argmax(y_pred, axis=-1)
    if y_true.shape != called.shape:
        raise ValueError(
            f"sparse_categorical_accuracy: y_true must have the shape of y_pred without its last axis, {called.shape}, "
            f"got {y_true.shape}. One-hot targets go to categorical_accuracy."
        )
    return (y_true.astype("int32") == called.astype("int32")).astype(floatx())


def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether fewer than k classes have a larger output than the target class: (n,), (n, classes) to (n,)."""
    inside = (targets >= 0) & (targets < predictions.shape[-1])
    own = jnp.take_along_axis(predictions, jnp.where(inside, targets, 0)[:, None], axis=-1)  # (n, 1)
    return inside & jnp.isfinite(own[:, 0]) & (jnp.sum(predictions > own, axis=-1) < k)


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the target's class is among the k largest outputs: (..., classes) twice to (...)."""
    return sparse_top_k_categorical_accuracy(jnp.argmax(array(y_true), axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False) -> Any:
    """1 where the target is among the k largest outputs.

    Args:
        y_true: class indices, (...) or (..., 1).
        y_pred: (..., classes) outputs, or with ``from_sorted_ids`` class indices, best first.
        k: how many classes count.
    """
    y_true, y_pred = array(y_true), array(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    flat_true = y_true.reshape(-1).astype("int32")  # (n,)
    flat_pred = y_pred.reshape(-1, y_pred.shape[-1])  # (n, classes)
    if from_sorted_ids:
        hits = jnp.any(flat_true[:, None] == flat_pred[:, :k].astype("int32"), axis=1)
    else:
        hits = in_top_k(flat_true, flat_pred, k)
    return hits.astype(floatx()).reshape(y_true.shape)


class Accuracy(MeanMetricWrapper):
    """Share of outputs that equal their targets.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "up"

    def __init__(self, name: str = "accuracy", dtype: Any = None):
        super().__init__(accuracy, name=name, dtype=dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """Share of outputs on the right side of a threshold.

    Args:
        name: of the metric.
        dtype: of the sums.
        threshold: outputs above it are called 1; in [0, 1].
    """

    _direction = "up"

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5):
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(f"BinaryAccuracy: threshold must be in [0, 1], got threshold={threshold}.")
        super().__init__(binary_accuracy, name=name, dtype=dtype, threshold=threshold)
        self.threshold = threshold


class CategoricalAccuracy(MeanMetricWrapper):
    """Share of samples whose largest output stands at the target's one; targets are one-hot.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "up"

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None):
        super().__init__(categorical_accuracy, name=name, dtype=dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """Share of samples whose largest output is the target's class; targets are class indices.

    Args:
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "up"

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None):
        super().__init__(sparse_categorical_accuracy, name=name, dtype=dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """Share of samples whose target is among the k largest outputs; targets are one-hot.

    Args:
        k: how many classes count.
        name: of the metric.
        dtype: of the sums.
    """

    _direction = "up"

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None):
        super().__init__(top_k_categorical_accuracy, name=name, dtype=dtype, k=k)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """Share of samples whose target is among the k largest outputs; targets are class indices.

    Args:
        k: how many classes count.
        name: of the metric.
        dtype: of the sums.
        from_sorted_ids: whether ``y_pred`` holds class indices, best first, instead of outputs.
    """

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ):
        super().__init__(
            sparse_top_k_categorical_accuracy, name=name, dtype=dtype, k=k, from_sorted_ids=from_sorted_ids
        )
        self.k, self.from_sorted_ids = k, from_sorted_ids


def resolve_accuracy(name: str, y_true_shape: tuple, y_pred_shape: tuple) -> MeanMetricWrapper:
    """The accuracy that "accuracy" means for these shapes (the batch axis may be None).

    One output per sample: binary; targets with fewer axes or a last axis of 1: class indices; else one-hot.
    """
    if len(y_pred_shape) < 2 or y_pred_shape[-1] == 1:
        return BinaryAccuracy(name=name)
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1:
        return SparseCategoricalAccuracy(name=name)
    return CategoricalAccuracy(name=name)
