"""Rows by number: sources that can fetch any selection of their elements at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import tree


class Rows:
    """Elements that are fetched by number, in an order that is asked for anew in each run.

    Shuffling, taking and skipping then change the order alone, and a batch is fetched with one indexing operation.

    Args:
        gather: row numbers (an integer array) -> those elements as one batch.
        count: how many elements the order has.
        order: gives the row numbers of one run (an array, or a range); all of them in order if None.
    """

    def __init__(self, gather: Callable[[np.ndarray], Any], count: int, order: Callable[[], Any] | None = None):
        self.gather, self.count = gather, count
        self.order = order or (lambda: range(count))

    def __iter__(self) -> Iterator[Any]:
        for i in self.order():
            yield self.one(i)

    def one(self, number: int) -> Any:
        """One element."""
        return tree.map_structure(lambda batch: batch[0], self.gather(np.array([number])))

    def batches(self, size: int, drop_remainder: bool) -> Iterator[Any]:
        """Batches of ``size`` rows."""
        order = self.order()
        stop = len(order) - len(order) % size if drop_remainder else len(order)
        for start in range(0, stop, size):
            yield self.gather(np.asarray(order[start : start + size]))

    def shuffled(self, generator: Callable[[], np.random.Generator]) -> Rows:
        """The same rows in a new order for each run."""

        def order() -> np.ndarray:
            rows = np.asarray(self.order())
            return rows[generator().permutation(len(rows))]

        return Rows(self.gather, self.count, order)

    def part(self, start: int, stop: int) -> Rows:
        """The rows at places start to stop of the order."""
        return Rows(self.gather, max(min(stop, self.count) - start, 0), lambda: self.order()[start:stop])


def rows_of_arrays(structure: Any) -> Rows:
    """The rows of arrays of equal length, in any nesting.

    Raises:
        ValueError: no arrays, a number without an axis, or different lengths.
    """
    arrays = tree.map_structure(np.asarray, structure)
    leaves = tree.flatten(arrays)
    if not leaves or any(a.ndim == 0 for a in leaves):
        raise ValueError(
            "Dataset.from_tensor_slices: expected arrays with at least one axis, whose rows are the elements."
        )
    counts = sorted({len(a) for a in leaves})
    if len(counts) > 1:
        raise ValueError(f"Dataset.from_tensor_slices: the arrays have different numbers of rows: {counts}.")
    return Rows(lambda numbers: tree.map_structure(lambda a: a[numbers], arrays), counts[0])
