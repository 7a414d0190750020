"""Losses of overlaps, embeddings and sequences."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ... import config
from ...context import set_keras_mask
from .shapes import fitting


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """``1 - 2 |overlap| / (|y_true| + |y_pred|)`` (Sudre et al. 2017)."""
    y_true, y_pred = fitting(y_true, y_pred, "dice")
    low = config.epsilon()
    overlap = jnp.sum(y_true * y_pred, axis=axis)
    return 1.0 - 2.0 * overlap / (jnp.sum(y_true, axis=axis) + jnp.sum(y_pred, axis=axis) + low)


def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Any:
    """Dice with ``alpha`` weighing false negatives and ``beta`` false positives (Salehi et al. 2017)."""
    y_true, y_pred = fitting(y_true, y_pred, "tversky")
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
    if y_pred.ndim != 2 or jnp.size(y_true) != y_pred.shape[0]:
        raise ValueError(
            "circle: y_true must be integer classes (batch,) and y_pred embeddings (batch, size), "
            f"got {jnp.shape(y_true)} and {y_pred.shape}."
        )
    labels = jnp.asarray(y_true).astype("int32").reshape(-1, 1)
    others = y_pred if ref_embeddings is None else jnp.asarray(ref_embeddings)
    other_labels = labels if ref_labels is None else jnp.asarray(ref_labels).astype("int32").reshape(-1, 1)
    distance = jnp.maximum(1 - y_pred @ others.T, 0)  # (batch, references)
    same = labels == other_labels.T
    positive, negative = same, ~same
    if remove_diagonal:
        positive = positive & ~jnp.eye(*positive.shape, dtype=bool)
    positive, negative = positive.astype(y_pred.dtype), negative.astype(y_pred.dtype)
    wanted_near = 1 + margin
    delta_positive, delta_negative = margin, 1 - margin
    positive_weight = jnp.maximum(distance + margin, 0)
    negative_weight = jnp.maximum(wanted_near - distance, 0)
    positive_logits = jnp.where(positive > 0, positive_weight * (distance - delta_positive) * gamma, -jnp.inf)
    negative_logits = jnp.where(negative > 0, negative_weight * (delta_negative - distance) * gamma, -jnp.inf)
    p = jax.scipy.special.logsumexp(positive_logits, axis=1)
    n = jax.scipy.special.logsumexp(negative_logits, axis=1)
    values = jax.nn.softplus(p + n)
    set_keras_mask(values, values > 0)  # a sample without a partner of its class, or of another, does not count
    return values


def ctc(y_true: Any, y_pred: Any) -> Any:
    """Connectionist temporal classification (Graves et al. 2006); class 0 is the blank.

    Args:
        y_true: labels (batch, length), 0 as padding; y_pred: logits (batch, time, classes).
    """
    import optax

    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.ndim != 2 or y_pred.ndim != 3 or len(y_true) != len(y_pred):
        raise ValueError(
            "ctc: y_true must be (batch, length) and y_pred (batch, time, classes), "
            f"got {y_true.shape} and {y_pred.shape}."
        )
    labels = y_true.astype("int32")
    padding = jnp.zeros(y_pred.shape[:2], y_pred.dtype), (labels == 0).astype(y_pred.dtype)
    return optax.ctc_loss(y_pred, padding[0], labels, padding[1], blank_id=0).astype(y_pred.dtype)
