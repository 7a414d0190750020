"""What ``adapt`` reads: arrays, lists, frames, and data sets of batches, as NumPy arrays one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from ...text import as_text
from ...variable import Variable


def batches_of(data: Any, steps: int | None = None, where: str = "adapt") -> Iterator[np.ndarray]:
    """The batches of a data set (the inputs, where a batch is a tuple of inputs and targets), or an array as one batch.

    Args:
        steps: how many batches to read; all by default.
    """
    if isinstance(data, Variable):
        data = data.numpy()
    if isinstance(data, (np.ndarray, jax.Array, list, tuple, str, bytes, int, float, np.generic)):
        yield _array(data)
        return
    if hasattr(data, "to_numpy"):
        yield _array(data.to_numpy())
        return
    if hasattr(data, "numpy") and hasattr(data, "shape"):
        yield _array(data.numpy())
        return
    if hasattr(data, "__getitem__") and hasattr(data, "__len__") and not hasattr(data, "__iter__"):
        data = (data[i] for i in range(len(data)))
    if not hasattr(data, "__iter__"):
        raise TypeError(
            f"{where}: expected an array, a list, a frame, or a data set of batches, got {type(data).__name__}."
        )
    for i, batch in enumerate(data):
        if steps is not None and i >= steps:
            return
        inputs = batch[0] if isinstance(batch, tuple) else batch
        yield _array(inputs.numpy() if hasattr(inputs, "numpy") and not isinstance(inputs, np.ndarray) else inputs)


def _array(values: Any) -> np.ndarray:
    array = np.asarray(values)
    return as_text(values) if array.dtype.kind in "USO" else array
