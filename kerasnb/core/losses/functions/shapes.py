"""What the loss functions share: targets and outputs of one type and shape."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ... import config
from ..loss import squeeze_or_expand_to_same_rank


def pair(y_true: Any, y_pred: Any, same_rank: bool = True) -> tuple[Any, Any]:
    """Both as tensors of the prediction's float type."""
    y_pred = jnp.asarray(y_pred)
    if not jnp.issubdtype(y_pred.dtype, jnp.floating):
        y_pred = y_pred.astype(config.floatx())
    y_true = jnp.asarray(y_true).astype(y_pred.dtype)
    return squeeze_or_expand_to_same_rank(y_true, y_pred) if same_rank else (y_true, y_pred)


def fitting(y_true: Any, y_pred: Any, name: str) -> tuple[Any, Any]:
    """Both of one rank, of shapes that are equal or differ by axes of size 1.

    Raises:
        ValueError: the shapes do not fit; the message shows both.
    """
    y_true, y_pred = pair(y_true, y_pred)
    if y_true.ndim != y_pred.ndim or any(
        a != b and 1 not in (a, b) for a, b in zip(y_true.shape, y_pred.shape, strict=True)
    ):
        _refuse(y_true, y_pred, name)
    return y_true, y_pred


def equal(y_true: Any, y_pred: Any, name: str) -> tuple[Any, Any]:
    """Both of one shape, else a ValueError that shows both."""
    y_true, y_pred = pair(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        _refuse(y_true, y_pred, name)
    return y_true, y_pred


def _refuse(y_true: Any, y_pred: Any, name: str) -> None:
    raise ValueError(
        f"{name}: the shapes of y_true {y_true.shape} and y_pred {y_pred.shape} do not fit. "
        "The targets must have the shape of the model's output."
    )
