"""Targets against outputs: what cannot be meant, told in terms of ``y`` before anything compiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..symbolic import KerasTensor
from .structure import leaves, targets_for

# Losses that compare targets and outputs place by place.
ALIKE = frozenset(
    {
        "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
        "huber", "log_cosh", "poisson", "binary_crossentropy", "binary_focal_crossentropy", "kl_divergence",
        "categorical_crossentropy", "categorical_focal_crossentropy",
    }
)  # fmt: skip
MANY = 2  # axes of an output from which on a forgotten Flatten is likely


def loss_name(fn: Any) -> str:
    """What a loss is called in messages."""
    return getattr(fn, "name", None) or getattr(fn, "__name__", type(fn).__name__)


def check_targets(model: Any, y: Any, outputs: Any) -> None:
    """Labels out of range and targets of the wrong shape.

    Raises:
        ValueError: with what arrived, what was expected, and what to write instead.
    """
    parts = targets_for(y, outputs, model._compile_loss.output_names)
    for fn, target, output in zip(model._compile_loss.losses, parts, leaves(outputs), strict=True):
        if fn is None or target is None:
            continue
        if getattr(target, "dtype", np.dtype("f4")).kind in "US":
            raise ValueError(
                "y holds text, and a loss needs numbers: turn class names into integers first, "
                "e.g. with keras.layers.StringLookup or np.unique(y, return_inverse=True)[1]."
            )
        name = loss_name(fn)
        if "sparse_categorical" in name:
            _check_classes(fn, name, target, output)
        elif name in ALIKE and type(fn).__module__.startswith("kerasnb."):
            _check_alike(name, tuple(target.shape), tuple(output.shape), getattr(target.dtype, "kind", "f"))


def missing_targets(model: Any) -> ValueError:
    """What to say where a loss is set and no targets came."""
    return ValueError(
        "y is missing: the model was compiled with a loss, which compares the outputs to targets. Write "
        "model.fit(x, y), or let a generator give (inputs, targets). A model that makes its loss itself (add_loss) is "
        "compiled without one."
    )


def _check_classes(fn: Any, name: str, target: Any, output: Any) -> None:
    axis = getattr(fn, "axis", -1)
    classes = output.shape[-1 if axis in (-1, None) else axis]
    shape, given = tuple(output.shape), tuple(target.shape)
    if len(given) == len(shape) and given[-1] == classes and given[-1] > 1:
        raise ValueError(
            f"Loss {name!r} takes class numbers of shape {('batch', *shape[1:-1])}, got y of shape {given}, which "
            "looks one-hot. Mend: loss='categorical_crossentropy', or class numbers: y.argmax(-1)."
        )
    if len(given) == 1 and len(shape) > MANY:
        raise ValueError(
            f"y of shape {given} has one label for each row, but the model's outputs have the shape {shape}: a class "
            "for every place in the row. Mend: put keras.layers.Flatten() or GlobalAveragePooling before the last "
            "Dense layer, so that the outputs have the shape "
            f"{(None, classes)}."
        )
    if not isinstance(target, KerasTensor):
        check_label_range(target, classes, name, getattr(fn, "ignore_class", None))


def check_label_range(target: Any, classes: int | None, name: str, ignored: int | None) -> None:
    """Integer labels must number the classes from 0."""
    labels = np.asarray(target)
    if ignored is not None:
        labels = labels[labels != ignored]
    if not labels.size or classes is None:
        return
    low, high = labels.min(), labels.max()
    if labels.dtype.kind == "f" and (broken := labels != np.floor(labels)).any():
        value = labels[broken].flat[0]
        if np.isnan(value):
            row = int(np.flatnonzero(broken.reshape(len(labels), -1).any(1))[0])
            raise ValueError(f"y holds NaN (first in row {row}), and labels must number the classes. See np.isnan(y).")
        raise ValueError(
            f"y holds {value:.6g}, but loss {name!r} takes whole numbers: the numbers of the classes. For numbers as "
            "targets (regression) use loss='mse' with one unit in the last layer."
        )
    if low < 0 or high >= classes:
        hint = (
            "subtract 1 from y (labels start at 0)"
            if low >= 1 and high == classes
            else f"give the last layer {int(high) + 1} units, or check y"
        )
        if classes == 1:
            hint += "; for two classes one unit will do with activation='sigmoid' and loss='binary_crossentropy'"
        raise ValueError(
            f"y has labels from {int(low)} to {int(high)}, but the model gives {classes} "
            f"class{'' if classes == 1 else 'es'}, so loss {name!r} "
            f"needs labels from 0 to {classes - 1}. Mend: {hint}."
        )


def _check_alike(name: str, given: tuple, wanted: tuple, kind: str) -> None:
    """A loss that compares place by place; a last axis of size 1 may come or go, as in Keras."""
    classes = wanted[-1] if wanted else None
    if "categorical" in name and len(given) == len(wanted) - 1:
        raise ValueError(
            f"Loss {name!r} expects one-hot targets of shape {('batch', *wanted[1:])}, got y of shape "
            f"{given}. For integer classes use loss='sparse_categorical_crossentropy', "
            "or one-hot them with keras.utils.to_categorical(y)."
        )
    if len(given) == len(wanted) - 1 and classes == 1:
        given = (*given, 1)
    elif len(given) == len(wanted) + 1 and given[-1] == 1:
        given = given[:-1]
    same = len(given) == len(wanted)
    if same and all(m in (None, 1) or n in (None, 1) or m == n for m, n in zip(wanted[1:], given[1:], strict=True)):
        return
    if not same and abs(len(given) - len(wanted)) > 1:
        mend = f"the targets must have the shape of the outputs; y.reshape or a layer before the loss makes it {wanted}"
        if len(wanted) > MANY and len(given) <= MANY:
            mend = "put keras.layers.Flatten() or GlobalAveragePooling before the last Dense layer"
    elif len(given) == len(wanted) - 1 and kind in "iu":
        mend = "for integer classes use loss='sparse_categorical_crossentropy' (and activation='softmax')"
    elif same and given[:-1][1:] == wanted[:-1][1:]:
        mend = f"give the last layer {given[-1]} unit{'' if given[-1] == 1 else 's'}, or check y"
    else:
        mend = "the targets must have the shape of the model's output"
    raise ValueError(
        f"y of shape {given} does not fit the model's outputs of shape {wanted}, which loss {name!r} compares place by "
        f"place. Mend: {mend}."
    )
