"""Losses of probabilities, one value per sample."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ... import config
from ...context import set_keras_mask
from .shapes import equal, fitting, pair


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """``sum(y_true * log(y_true / y_pred))`` over the last axis."""
    y_true, y_pred = fitting(y_true, y_pred, "kl_divergence")
    low = config.epsilon()
    y_true, y_pred = jnp.clip(y_true, low, 1.0), jnp.clip(y_pred, low, 1.0)
    return jnp.sum(y_true * jnp.log(y_true / y_pred), axis=-1)


def _check_smoothing(label_smoothing: float, name: str) -> None:
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"{name}: label_smoothing must lie between 0 and 1, got label_smoothing={label_smoothing!r}.")


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """``-mean(y log p + (1 - y) log(1 - p))`` over an axis.

    Args:
        y_true: labels 0 or 1; y_pred: probabilities, or logits if ``from_logits``.
        label_smoothing: share of every label that becomes 1/2.
        axis: the axis of the mean.
    """
    y_true, y_pred = equal(y_true, y_pred, "binary_crossentropy")
    _check_smoothing(label_smoothing, "binary_crossentropy")
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return jnp.mean(binary_terms(y_true, y_pred, from_logits), axis=axis)


def binary_terms(y_true: Any, y_pred: Any, from_logits: bool) -> Any:
    """The crossentropy of each number by itself."""
    if from_logits:
        # max(z, 0) - z y + log(1 + exp(-|z|)) is -y log s(z) - (1 - y) log(1 - s(z)) without overflow.
        return jnp.maximum(y_pred, 0) - y_pred * y_true + jnp.log1p(jnp.exp(-jnp.abs(y_pred)))
    p = jnp.clip(y_pred, config.epsilon(), 1.0 - config.epsilon())
    return -(y_true * jnp.log(p) + (1.0 - y_true) * jnp.log(1.0 - p))


def binary_focal_crossentropy(
    y_true: Any, y_pred: Any, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
    from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> Any:  # fmt: skip
    """Binary crossentropy with easy samples weighed down by ``(1 - p_t)^gamma`` (Lin et al. 2017)."""
    y_true, y_pred = equal(y_true, y_pred, "binary_focal_crossentropy")
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    p = jax.nn.sigmoid(y_pred) if from_logits else y_pred
    value = binary_terms(y_true, p, False)
    p_true = y_true * p + (1 - y_true) * (1 - p)
    value = jnp.power(1.0 - p_true, gamma) * value
    if apply_class_balancing:
        value = (y_true * alpha + (1 - y_true) * (1 - alpha)) * value
    return jnp.mean(value, axis=axis)


def _normal_axis(axis: Any, y_pred: Any, name: str) -> int:
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ValueError(f"{name}: axis must be an integer, got axis={axis!r} of type {type(axis).__name__}.")
    return axis % y_pred.ndim


def _log_probabilities(y_pred: Any, from_logits: bool, axis: int) -> Any:
    if from_logits:
        return jax.nn.log_softmax(y_pred, axis=axis)
    p = y_pred / jnp.sum(y_pred, axis=axis, keepdims=True)
    return jnp.log(jnp.clip(p, config.epsilon(), 1.0 - config.epsilon()))


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """``-sum(y log p)`` over the classes, for one-hot labels.

    Args:
        y_true: one-hot labels (or probabilities) of the shape of ``y_pred``.
        y_pred: probabilities, or logits if ``from_logits``.
        label_smoothing: share of the labels that is spread over all classes.
        axis: the axis of the classes.
    """
    y_true, y_pred = pair(y_true, y_pred, same_rank=False)
    axis = _normal_axis(axis, y_pred, "categorical_crossentropy")
    if y_true.shape != y_pred.shape:
        hint = ""
        if y_true.ndim == y_pred.ndim - 1 or (y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1):
            hint = (
                " These look like integer classes: use sparse_categorical_crossentropy, "
                "or make them one-hot with keras.utils.to_categorical(y)."
            )
        raise ValueError(
            f"categorical_crossentropy: y_true {y_true.shape} and y_pred {y_pred.shape} must have the same shape.{hint}"
        )
    _check_smoothing(label_smoothing, "categorical_crossentropy")
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_pred.shape[axis]
    return -jnp.sum(y_true * _log_probabilities(y_pred, from_logits, axis), axis=axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Categorical crossentropy with easy samples weighed down by ``alpha * (1 - p)^gamma`` (Lin et al. 2017)."""
    y_true, y_pred = pair(y_true, y_pred, same_rank=False)
    axis = _normal_axis(axis, y_pred, "categorical_focal_crossentropy")
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"categorical_focal_crossentropy: y_true {y_true.shape} and y_pred {y_pred.shape} must have the same shape."
        )
    _check_smoothing(label_smoothing, "categorical_focal_crossentropy")
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_pred.shape[axis]
    p = jax.nn.softmax(y_pred, axis=axis) if from_logits else y_pred / jnp.sum(y_pred, axis=axis, keepdims=True)
    p = jnp.clip(p, config.epsilon(), 1.0 - config.epsilon())
    return jnp.sum(jnp.asarray(alpha, p.dtype) * jnp.power(1.0 - p, gamma) * -y_true * jnp.log(p), axis=axis)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """``(1 - p_y^q) / q``, robust against wrong labels (Zhang & Sabuncu 2018).

    Args:
        y_true: integer classes; y_pred: probabilities.
        q: between 0 (crossentropy) and 1 (absolute error).
    """
    y_pred = jnp.asarray(y_pred)
    classes = _integer_labels(y_true, y_pred)
    low = config.epsilon()
    p = jnp.clip(jnp.take_along_axis(y_pred, classes[..., None], axis=-1)[..., 0], low, 1.0 - low)
    return (1.0 - jnp.power(p, q)) / q


def _integer_labels(y_true: Any, y_pred: Any) -> Any:
    y_true = jnp.asarray(y_true)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = jnp.squeeze(y_true, -1)
    return y_true.astype("int32")


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    """``-log p[y]`` for integer classes y.

    Args:
        y_true: integers, the shape of ``y_pred`` without the classes' axis (or with size 1 there).
        y_pred: probabilities, or logits if ``from_logits``.
        ignore_class: samples of this class count nothing.
        axis: the axis of the classes.
    """
    y_pred = jnp.asarray(y_pred)
    if not jnp.issubdtype(y_pred.dtype, jnp.floating):
        y_pred = y_pred.astype(config.floatx())
    axis = _normal_axis(axis, y_pred, "sparse_categorical_crossentropy")
    y_true = jnp.asarray(y_true)
    given = y_true.shape
    if y_true.ndim == y_pred.ndim and y_true.shape[axis] == 1 and y_pred.shape[axis] != 1:
        y_true = jnp.squeeze(y_true, axis)
    elif y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = jnp.squeeze(y_true, -1)
    classes = y_true.astype("int32")
    expected = tuple(n for i, n in enumerate(y_pred.shape) if i != axis)
    if classes.shape != expected:
        hint = ""
        if given == y_pred.shape:
            hint = " These look one-hot: use categorical_crossentropy, or turn them into classes with y.argmax(-1)."
        raise ValueError(
            f"sparse_categorical_crossentropy: y_true has shape {given}, but y_pred of shape {y_pred.shape} needs "
            f"integer classes of shape {expected}.{hint}"
        )
    ignored = None
    if ignore_class is not None:
        ignored = classes == ignore_class
        classes = jnp.where(ignored, 0, classes)
    if from_logits:
        logs = jax.nn.log_softmax(y_pred, axis=axis)
    else:
        p = y_pred / jnp.sum(y_pred, axis=axis, keepdims=True)
        logs = jnp.log(jnp.clip(p, config.epsilon(), 1.0 - config.epsilon()))
    hot = jax.nn.one_hot(classes, y_pred.shape[axis], axis=axis, dtype=logs.dtype)
    values = -jnp.sum(hot * logs, axis=axis)
    if ignored is None:
        return values
    values = jnp.where(ignored, 0.0, values)
    set_keras_mask(values, ~ignored)
    return values
