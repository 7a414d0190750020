"""The losses as functions: (y_true, y_pred) to one value per sample."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .loss import squeeze_or_expand_to_same_rank


def _pair(y_true: Any, y_pred: Any, same_rank: bool = True) -> tuple[Any, Any]:
    """Both as tensors of the prediction's float type."""
    y_pred = jnp.asarray(y_pred)
    if not jnp.issubdtype(y_pred.dtype, jnp.floating):
        y_pred = y_pred.astype(config.floatx())
    y_true = jnp.asarray(y_true).astype(y_pred.dtype)
    return squeeze_or_expand_to_same_rank(y_true, y_pred) if same_rank else (y_true, y_pred)


def _same_shape(y_true: Any, y_pred: Any, name: str) -> None:
    if y_true.ndim != y_pred.ndim or any(
        a != b and 1 not in (a, b) for a, b in zip(y_true.shape, y_pred.shape, strict=False)
    ):
        raise ValueError(
            f"{name}: the shapes of y_true {y_true.shape} and y_pred {y_pred.shape} do not fit. "
            "The targets must have the shape of the model's output."
        )


# --- regression -----------------------------------------------------------------------------------------


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """``mean((y_true - y_pred)^2)`` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "mean_squared_error")
    return jnp.mean(jnp.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """``mean(|y_true - y_pred|)`` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "mean_absolute_error")
    return jnp.mean(jnp.abs(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """``100 * mean(|(y_true - y_pred) / y_true|)`` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "mean_absolute_percentage_error")
    scale = jnp.maximum(jnp.abs(y_true), config.epsilon())
    return 100.0 * jnp.mean(jnp.abs((y_true - y_pred) / scale), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """``mean((log(y_true + 1) - log(y_pred + 1))^2)`` over the last axis; negative values count as 0."""
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "mean_squared_logarithmic_error")
    low = config.epsilon()
    logs = jnp.log(jnp.maximum(y_pred, low) + 1.0), jnp.log(jnp.maximum(y_true, low) + 1.0)
    return jnp.mean(jnp.square(logs[0] - logs[1]), axis=-1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Squared for errors up to ``delta``, linear beyond (Huber 1964)."""
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "huber")
    error = jnp.abs(y_true - y_pred)
    delta = jnp.asarray(delta, y_pred.dtype)
    return jnp.mean(
        jnp.where(error <= delta, 0.5 * jnp.square(error), delta * error - 0.5 * jnp.square(delta)), axis=-1
    )


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """``mean(log(cosh(y_pred - y_true)))`` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "log_cosh")
    error = y_pred - y_true
    # log(cosh(x)) = |x| + log(1 + exp(-2|x|)) - log(2), which never overflows.
    return jnp.mean(jnp.logaddexp(error, -error) - jnp.log(jnp.asarray(2.0, error.dtype)), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """``-sum(unit(y_true) * unit(y_pred))``: -1 for equal directions, 1 for opposite ones."""
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "cosine_similarity")
    return -jnp.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)


def _unit(x: Any, axis: int) -> Any:
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(x), axis=axis, keepdims=True), 1e-12))


def poisson(y_true: Any, y_pred: Any) -> Any:
    """``mean(y_pred - y_true * log(y_pred))`` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "poisson")
    return jnp.mean(y_pred - y_true * jnp.log(y_pred + config.epsilon()), axis=-1)


# --- hinge ------------------------------------------------------------------------------------------------


def _signs(y_true: Any) -> Any:
    """Labels 0 and 1 as -1 and 1; others as they are."""
    binary = jnp.all((y_true == 0) | (y_true == 1))
    return jnp.where(binary, 2.0 * y_true - 1.0, y_true)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """``mean(max(1 - y_true * y_pred, 0))`` for labels -1 and 1 (or 0 and 1)."""
    y_true, y_pred = _pair(y_true, y_pred)
    return jnp.mean(jnp.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """``mean(max(1 - y_true * y_pred, 0)^2)`` for labels -1 and 1 (or 0 and 1)."""
    y_true, y_pred = _pair(y_true, y_pred)
    return jnp.mean(jnp.square(jnp.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """``max(largest wrong - right + 1, 0)`` for one-hot labels."""
    y_true, y_pred = _pair(y_true, y_pred)
    right = jnp.sum(y_true * y_pred, axis=-1)
    wrong = jnp.max((1.0 - y_true) * y_pred, axis=-1)
    return jnp.maximum(wrong - right + 1.0, 0.0)


# --- probabilities -----------------------------------------------------------------------------------------


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """``sum(y_true * log(y_true / y_pred))`` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "kl_divergence")
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
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "binary_crossentropy")
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
    y_true, y_pred = _pair(y_true, y_pred)
    _same_shape(y_true, y_pred, "binary_focal_crossentropy")
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
    y_true, y_pred = _pair(y_true, y_pred, same_rank=False)
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
    y_true, y_pred = _pair(y_true, y_pred, same_rank=False)
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
    from ..context import set_keras_mask

    values = jnp.where(ignored, 0.0, values)
    set_keras_mask(values, ~ignored)
    return values


# --- overlap, metric learning, sequences ---------------------------------------------------------------------


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """``1 - 2 |overlap| / (|y_true| + |y_pred|)`` (Sudre et al. 2017)."""
    y_true, y_pred = _pair(y_true, y_pred, same_rank=False)
    low = config.epsilon()
    overlap = jnp.sum(y_true * y_pred, axis=axis)
    return 1.0 - 2.0 * overlap / (jnp.sum(y_true, axis=axis) + jnp.sum(y_pred, axis=axis) + low)


def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Any:
    """Dice with ``alpha`` weighing false negatives and ``beta`` false positives (Salehi et al. 2017)."""
    y_true, y_pred = _pair(y_true, y_pred, same_rank=False)
    overlap = jnp.sum(y_true * y_pred, axis=axis)
    false_positives = jnp.sum((1 - y_true) * y_pred, axis=axis)
    false_negatives = jnp.sum(y_true * (1 - y_pred), axis=axis)
    return 1.0 - overlap / (overlap + alpha * false_negatives + beta * false_positives + config.epsilon())


def circle(
    y_true: Any, y_pred: Any, ref_labels: Any = None, ref_embeddings: Any = None, remove_diagonal: bool = True,
    gamma: float = 80, margin: float = 0.4,
) -> Any:  # fmt: skip
    """Circle loss of embeddings (Sun et al. 2020): pulls equal classes together, pushes others apart.

    Args:
        y_true: integer classes (batch,); y_pred: embeddings of unit length (batch, size).
        ref_labels, ref_embeddings: what to compare with; the batch itself by default.
        remove_diagonal: leave out a sample's comparison with itself.
        gamma: scale; margin: slack around the wanted similarities.
    """
    y_pred = jnp.asarray(y_pred)
    labels = jnp.asarray(y_true).astype("int32").reshape(-1, 1)
    others = y_pred if ref_embeddings is None else jnp.asarray(ref_embeddings)
    other_labels = labels if ref_labels is None else jnp.asarray(ref_labels).astype("int32").reshape(-1, 1)
    distance = 1 - y_pred @ others.T  # (batch, references)
    same = labels == other_labels.T
    positive, negative = same, ~same
    if remove_diagonal:
        positive = positive & ~jnp.eye(*positive.shape, dtype=bool)
    positive, negative = positive.astype(y_pred.dtype), negative.astype(y_pred.dtype)
    wanted_near = 1 + margin
    delta_positive, delta_negative = margin, 1 - margin
    positive_weight = jnp.maximum(distance + margin, 0)
    negative_weight = jnp.maximum(wanted_near - distance, 0)
    positive_weight, negative_weight = jax.lax.stop_gradient(positive_weight), jax.lax.stop_gradient(negative_weight)
    positive_logits = jnp.where(positive > 0, positive_weight * (distance - delta_positive) * gamma, -jnp.inf)
    negative_logits = jnp.where(negative > 0, negative_weight * (delta_negative - distance) * gamma, -jnp.inf)
    p = jax.scipy.special.logsumexp(positive_logits, axis=1)
    n = jax.scipy.special.logsumexp(negative_logits, axis=1)
    return jax.nn.softplus(p + n)


def ctc(y_true: Any, y_pred: Any) -> Any:
    """Connectionist temporal classification (Graves et al. 2006); class 0 is the blank.

    Args:
        y_true: labels (batch, length), 0 as padding; y_pred: logits (batch, time, classes).
    """
    import optax

    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.ndim != 2 or y_pred.ndim != 3:
        raise ValueError(
            f"ctc: y_true must be (batch, length) and y_pred (batch, time, classes), got {y_true.shape} and {y_pred.shape}."
        )
    labels = y_true.astype("int32")
    return optax.ctc_loss(
        y_pred, jnp.zeros(y_pred.shape[:2], y_pred.dtype), labels, (labels == 0).astype(y_pred.dtype), blank_id=0
    )
