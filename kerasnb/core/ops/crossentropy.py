"""Cross-entropies, class encodings, and the signal-to-noise ratio of pictures."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .dispatch import op
from .tensors import canonical, floating, tensor

# fmt: off
__all__ = [
    "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "one_hot", "multi_hot",
    "psnr",
]
# fmt: on


def _same_shape(target: Any, output: Any, name: str) -> None:
    if target.shape != output.shape:
        raise ValueError(f"{name}: target and output must have one shape, got {target.shape} and {output.shape}.")


def _clipped(output: Any) -> Any:
    epsilon = config.epsilon()
    return jnp.clip(output, epsilon, 1.0 - epsilon)


@op("nn")
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """``-(t log(p) + (1 - t) log(1 - p))``, number by number.

    Args:
        target: t, between 0 and 1.
        output: probabilities p, or logits with ``from_logits``.
        from_logits: whether p is still to be made by a sigmoid.
    """
    target, output = tensor(target), floating(output)
    _same_shape(target, output, "binary_crossentropy")
    target = target.astype(output.dtype)
    if from_logits:
        return -(target * jax.nn.log_sigmoid(output) + (1.0 - target) * jax.nn.log_sigmoid(-output))
    p = _clipped(output)
    return -(target * jnp.log(p) + (1.0 - target) * jnp.log(1.0 - p))


def _log_probabilities(output: Any, from_logits: bool, axis: int) -> Any:
    if from_logits:
        return jax.nn.log_softmax(output, axis=axis)
    return jnp.log(_clipped(output / jnp.sum(output, axis=axis, keepdims=True)))


@op("nn")
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """``-sum(t log(p))`` along the axis of classes.

    Args:
        target: t, one-hot or probabilities.
        output: probabilities p (brought to sum 1), or logits with ``from_logits``.
        from_logits: whether p is still to be made by a softmax.
        axis: where the classes lie.
    """
    target, output = tensor(target), floating(output)
    _same_shape(target, output, "categorical_crossentropy")
    if not target.ndim:
        raise ValueError("categorical_crossentropy: target and output need an axis of classes, got numbers.")
    return -jnp.sum(target.astype(output.dtype) * _log_probabilities(output, from_logits, axis), axis=axis)


@op("nn")
def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """``-log(p[t])``: categorical cross-entropy for class numbers t.

    Args:
        target: integers, of the output's shape without the axis of classes (or with 1 in its place).
        output: probabilities (brought to sum 1), or logits with ``from_logits``.
        from_logits: whether probabilities are still to be made by a softmax.
        axis: where the classes lie.
    """
    target, output = tensor(target, "int32"), floating(output)
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = jnp.squeeze(target, -1)
    if not output.ndim:
        raise ValueError("sparse_categorical_crossentropy: output needs an axis of classes, got a number.")
    log_p = jnp.moveaxis(_log_probabilities(output, from_logits, axis), axis, -1)
    if target.shape != log_p.shape[:-1]:
        raise ValueError(
            "sparse_categorical_crossentropy: target must have the output's shape without the classes, "
            f"got {target.shape} for {output.shape}."
        )
    return -jnp.sum(jax.nn.one_hot(target, log_p.shape[-1], dtype=log_p.dtype) * log_p, axis=-1)


@op("nn")
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """1 at the place of each class number along a new axis, 0 elsewhere; numbers out of range give zeros.

    Args:
        x: integers.
        num_classes: size of the new axis.
        axis: its place.
        dtype: the default float type unless given.
        sparse: not possible here.
    """
    _dense(sparse, "one_hot")
    kind = canonical(config.floatx() if dtype is None else dtype)
    return jax.nn.one_hot(tensor(x, "int32"), num_classes, dtype=kind, axis=axis)


@op("nn")
def multi_hot(
    inputs: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None, sparse: bool = False, **kwargs: Any
) -> Any:
    """1 at the places of all class numbers of a row, 0 elsewhere: (..., n) to (..., ``num_classes``).

    Args:
        inputs: integers; the last axis holds the numbers of one row.
        num_classes: how many classes there are.
        axis: where the classes go.
        dtype: the default float type unless given.
        sparse: not possible here.
    """
    num_classes = kwargs.pop("num_tokens", num_classes)
    if num_classes is None or kwargs:
        raise ValueError(f"multi_hot needs num_classes and knows no argument(s) {sorted(kwargs)}.")
    _dense(sparse, "multi_hot")
    inputs = tensor(inputs, "int32")
    kind = canonical(config.floatx() if dtype is None else dtype)
    rows = 1 if inputs.ndim > 1 else 0
    return jnp.max(jax.nn.one_hot(inputs, num_classes, dtype=kind, axis=axis), axis=rows)


def _dense(sparse: bool, name: str) -> None:
    if sparse:
        raise ValueError(f"{name}: sparse tensors do not exist here; leave sparse out.")


@op("nn", as_class="PSNR")
def psnr(x1: Any, x2: Any, max_val: float) -> Any:
    """``20 log10(max_val) - 10 log10(mean((x1 - x2)^2))``: how close two pictures are, in decibels."""
    x1, x2 = floating(x1), floating(x2)
    _same_shape(x1, x2, "psnr")
    return 20 * jnp.log10(jnp.asarray(max_val, x2.dtype)) - 10 * jnp.log10(jnp.mean(jnp.square(x1 - x2)))
