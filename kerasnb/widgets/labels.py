"""Labels: class numbers and class names, read from the forms in which people give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.core.registered import did_you_mean

UNKNOWN = -1  # a label that nobody gave


def names_of(class_names: Any, classes: int, task: str = "classes") -> list[str]:
    """One text per class; numbers where no names were given."""
    if class_names is None:
        return ["no", "yes"] if task == "binary" else [str(i) for i in range(classes)]
    if isinstance(class_names, dict):
        return [str(class_names.get(i, i)) for i in range(classes)]
    names = [str(name) for name in class_names]
    if len(names) != classes:
        two = " (a binary model has two: the name of 0, then of 1)" if task == "binary" else ""
        raise ValueError(
            f"gallery: class_names has {len(names)} names, but the model tells {classes} classes apart{two}. "
            "Give one name for each class, in the order of the class numbers."
        )
    return names


def labels_of(y: Any, rows: int, classes: int, names: Sequence[str]) -> np.ndarray:
    """Class numbers (n,) of labels in any of the usual forms; ``UNKNOWN`` for y=None."""
    if y is None:
        return np.full(rows, UNKNOWN, np.int32)
    labels = np.asarray(y)
    if labels.shape[:1] != (rows,):
        raise ValueError(
            f"gallery: x has {rows} samples and y has the shape {labels.shape}: give one label for each sample, "
            "or y=None to see predictions only."
        )
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind in "USO" and labels.ndim == 1:
        return _named(labels, names)
    if labels.ndim == 2:
        if labels.shape[1] != classes:
            raise ValueError(
                f"gallery: y has {labels.shape[1]} columns and the model {classes} outputs: one-hot labels need a "
                "column "
                "for each class. Class numbers, one per sample, are taken too."
            )
        if not np.allclose(labels.sum(1), 1, atol=1e-3):
            raise ValueError(
                "gallery: the rows of y do not add up to 1, so a sample may belong to several classes. "
                "model.gallery(x, y, task='labels') shows those."
            )
        return labels.argmax(1).astype(np.int32)
    if labels.ndim != 1:
        raise ValueError(
            f"gallery: y has the shape {labels.shape}: expected class numbers ({rows},) or one-hot rows ({rows}, "
            f"{classes})."
        )
    return _numbered(labels, classes)


def _numbered(labels: np.ndarray, classes: int) -> np.ndarray:
    values = labels.astype(np.float64)
    if not np.isfinite(values).all() or (values != np.round(values)).any():
        at = int(np.flatnonzero(~np.isfinite(values) | (values != np.round(values)))[0])
        raise ValueError(
            f"gallery: y[{at}] is {labels[at]!r}; class labels are whole numbers from 0 to {classes - 1}. "
            "If the targets are quantities, pass task='regression'."
        )
    outside = (values < 0) | (values >= classes)
    if outside.any():
        at = int(np.flatnonzero(outside)[0])
        most = int(values.max())
        mend = f"give the last layer {most + 1} units, or" if values.min() >= 0 else "labels must not be negative:"
        raise ValueError(
            f"gallery: y has the label {int(values[at])} (sample {at}), but the model has {classes} classes, 0 to "
            f"{classes - 1}: {mend} check the labels."
        )
    return values.astype(np.int32)


def _named(labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
    number = {name: i for i, name in enumerate(names)}
    texts = [str(v) for v in labels]
    unknown = sorted({t for t in texts if t not in number})
    if unknown:
        raise ValueError(
            f"gallery: y has the label {unknown[0]!r}, and class_names has no such name: {', '.join(map(repr, names))}."
            f"{did_you_mean(unknown[0], list(names))}"
        )
    return np.array([number[t] for t in texts], np.int32)


def relabel(y: Any, changes: dict[int, int], names: list[str]) -> Any:
    """A copy of labels with some changed, in the form in which they were given."""
    if y is None or not changes:
        return y
    frame = type(y).__module__.partition(".")[0] in ("pandas", "polars")
    labels = np.array(y)
    for index, label in changes.items():
        if labels.ndim == 2 and labels.shape[1] > 1:
            labels[index] = np.eye(labels.shape[1], dtype=labels.dtype)[label]
        elif labels.dtype.kind in "USO" and not isinstance(np.ravel(labels)[0], (int, float, np.number)):
            labels = labels.astype(object)
            labels[index] = names[label]
        else:
            labels[index] = label
    if isinstance(y, (list, tuple)):
        return type(y)(labels.tolist())
    return type(y)(labels, index=y.index) if frame and hasattr(y, "index") else labels
