"""Labels as one-hot rows, and vectors brought to length one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import config


def _is_jax(x: Any) -> bool:
    """Whether a value is a jax array or a Variable (NumPy in gives NumPy out)."""
    return type(x).__module__.startswith(("jax", "kerasnb"))


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """One-hot rows of class numbers: shape (..., num_classes) with 1 at the class and 0 elsewhere.

    Args:
        x: integers from 0 to ``num_classes - 1``, of shape (...), or (..., 1), whose last axis then goes.
        num_classes: how many classes; the largest number plus 1 if None.
    Returns:
        float64 for NumPy arrays and lists, a float32 jax array for jax arrays.
    Raises:
        ValueError: a number is negative or not below ``num_classes``, or there is nothing to count classes by.

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    if type(x).__name__ == "KerasTensor" or _is_jax(x):
        return _one_hot_on_device(x, num_classes)
    labels = np.asarray(x)
    if labels.dtype.kind not in "iufb":
        if labels.size:
            raise ValueError(
                f"to_categorical: x must hold class numbers, got {labels.flat[0]!r} of dtype {labels.dtype}. Turn "
                "names into numbers first, e.g. with np.unique(x, return_inverse=True)[1]."
            )
    labels = labels.astype("int64")
    shape = labels.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    labels = labels.reshape(-1)
    if num_classes is None:
        if not labels.size:
            raise ValueError("to_categorical: x is empty, so num_classes must be given.")
        num_classes = int(labels.max()) + 1
    if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
        bad = int(labels[(labels < 0) | (labels >= num_classes)][0])
        raise _OutOfRange(
            f"to_categorical: x must hold integers from 0 to num_classes - 1 = {num_classes - 1}, got {bad}. "
            "Give a larger num_classes, or shift the labels so that they start at 0."
        )
    rows = np.zeros((labels.size, num_classes))
    rows[np.arange(labels.size), labels] = 1.0
    return rows.reshape(*shape, num_classes)


class _OutOfRange(ValueError, IndexError):
    """Keras raises NumPy's IndexError here; a wrong value is a ValueError everywhere else."""


def _one_hot_on_device(x: Any, num_classes: int | None) -> Any:
    """The same for jax arrays; under jit numbers out of range give rows of zeros, as there is nobody to tell."""
    from .. import ops

    shape = tuple(x.shape)
    if num_classes is None:
        if type(x).__name__ == "KerasTensor":
            raise ValueError("to_categorical: num_classes must be given for a symbolic tensor.")
        num_classes = int(np.asarray(x).max()) + 1
    if len(shape) > 1 and shape[-1] == 1:
        x = ops.squeeze(x, -1)
    return ops.one_hot(x, num_classes)


def normalize(x: Any, axis: int = -1, order: int | float = 2) -> Any:
    """``x / ||x||`` along an axis; vectors of length 0 stay as they are.

    Args:
        x: array of any shape.
        axis: along which the norm is taken.
        order: of the norm: 2 for the Euclidean length, 1 for the sum of absolute values, ``np.inf`` for the largest.
    Returns:
        NumPy for NumPy arrays and lists, a jax array for jax arrays.

    >>> normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    if isinstance(order, bool) or not isinstance(order, (int, float)):
        raise ValueError(f"normalize: order must be a number such as 1, 2 or np.inf, got order={order!r}.")
    if type(x).__name__ == "KerasTensor" or _is_jax(x):
        from .. import ops

        return ops.normalize(x, axis=axis, order=order)
    values = np.asarray(x)
    if values.dtype.kind not in "fiub":
        raise ValueError(f"normalize: x must hold numbers, got dtype {values.dtype}.")
    if values.dtype.kind != "f":
        values = values.astype("float64" if isinstance(x, np.ndarray) else config.floatx())
    norm = np.atleast_1d(np.linalg.norm(values, order, axis))
    norm[norm == 0] = 1
    return values / (np.expand_dims(norm, axis) if values.ndim > 1 else norm)
