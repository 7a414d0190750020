"""A data set cut in two."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import tree
from ..data.dataset import Dataset
from ..data.rows import Rows, rows_of_arrays
from .sequences import check_choice


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Dataset, Dataset]:
    """The first elements of a data set, and the last ones.

    Args:
        dataset: an array, a tuple, list or dict of arrays of equal length, a ``Dataset``, a ``PyDataset`` or anything
            else with an end that can be iterated over (its elements are then kept in memory).
        left_size: number of elements (an integer), or share of them (a float from 0 to 1), of the first part.
        right_size: of the second; what is left over if None. One of the two must be given.
        shuffle: draw the elements of both parts at random.
        seed: of that draw.
        preferred_backend: accepted as in Keras; the parts are kerasnb ``Dataset`` objects in any case.

    >>> left, right = split_dataset(np.arange(5), left_size=0.6)
    >>> [int(n) for n in left], [int(n) for n in right]
    ([0, 1, 2], [3, 4])
    """
    check_choice("split_dataset", "preferred_backend", preferred_backend, (None, "tensorflow", "torch", "grain", "jax"))
    source = _elements(dataset)
    count = source.count if isinstance(source, Rows) else len(source)
    left, right = split_sizes(left_size, right_size, count)
    order = np.arange(count)
    if shuffle:
        order = np.random.default_rng(np.random.randint(2**31) if seed is None else seed).permutation(count)
    return _part(source, order[:left]), _part(source, order[count - right :])


def _part(source: Rows | list[Any], numbers: np.ndarray) -> Dataset:
    if isinstance(source, Rows):
        return Dataset.from_rows(Rows(source.gather, len(numbers), lambda: numbers))
    return Dataset(lambda: (source[i] for i in numbers), len(numbers))


def _elements(dataset: Any) -> Rows | list[Any]:
    """The rows of arrays, or the elements of anything else in a list."""
    if isinstance(dataset, np.ndarray) or type(dataset).__module__.startswith("jax"):
        return rows_of_arrays(dataset)
    if isinstance(dataset, (list, tuple, dict)):
        if not len(dataset):
            raise ValueError("split_dataset: the data set is empty.")
        leaves = tree.flatten(dataset)
        if isinstance(dataset, list) and all(np.ndim(leaf) == 0 for leaf in leaves):
            return rows_of_arrays(np.asarray(dataset))
        return rows_of_arrays(dataset)
    if hasattr(dataset, "num_batches"):
        elements = [dataset[i] for i in range(dataset.num_batches)]
    elif hasattr(dataset, "__iter__") and not isinstance(dataset, (str, bytes)):
        if isinstance(dataset, Dataset) and dataset.cardinality() == -1:
            raise ValueError("split_dataset: the data set is endless; take(n) elements of it first.")
        elements = list(dataset)
    else:
        raise TypeError(
            "split_dataset: dataset must be arrays, a Dataset or another iterable of elements, "
            f"got {type(dataset).__name__}."
        )
    if not elements:
        raise ValueError("split_dataset: the data set is empty.")
    return elements


def split_sizes(left: Any, right: Any, count: int) -> tuple[int, int]:
    """How many elements the two parts have.

    >>> split_sizes(0.7, None, 10), split_sizes(None, 3, 10), split_sizes(6, 2, 10)
    ((7, 3), (7, 3), (6, 2))
    """
    if left is None and right is None:
        raise ValueError("split_dataset: give left_size or right_size, as a number of elements or a share of them.")
    sizes = []
    for name, value in (("left_size", left), ("right_size", right)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float, np.number))):
            raise TypeError(f"split_dataset: {name} must be an integer, a float or None, got {name}={value!r}.")
        whole = value is None or isinstance(value, (int, np.integer))
        if value is not None and not (0 < value < count if whole else 0 < value <= 1):
            raise ValueError(
                f"split_dataset: {name} must be a number of elements from 1 to {count - 1}, or a share above 0 and "
                f"up to 1; got {name}={value!r}."
            )
        sizes.append(value if value is None or whole else value * count)
    first, second = sizes
    if first is None:
        second = int(second)  # type: ignore[arg-type]
        first = count - second
    elif second is None:
        first = int(first)
        second = count - first
    if first + second > count + 1e-9:
        raise ValueError(
            f"split_dataset: left_size={left!r} and right_size={right!r} ask for more than the {count} elements."
        )
    if int(first) < 1 or int(second) < 1:
        raise ValueError(
            f"split_dataset: with {count} elements, left_size={left!r} and right_size={right!r} leave one part empty."
        )
    return int(first), int(second)
