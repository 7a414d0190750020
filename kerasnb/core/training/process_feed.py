"""Feeds of a run of several processes: each reads its own rows, and all take the same steps.

Arrays go batch by batch here (a program that ran many steps in one call would need all rows on every device, or ask
the other processes for them). The order of rows is that of a run of one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from .. import text
from ..distribution import processes
from ..distribution.placement import Rows
from ..distribution.strategies import distribution
from .feed import Part
from .streams import ahead


def for_processes(feed: Any, shuffle: Any = None, limit: int | None = None) -> Any:
    """The feed as it is in a run of one process; else one of which this process reads its share.

    Args:
        feed: a ``Part``, a ``StreamFeed``, or None.
        shuffle: whether rows are shuffled for each epoch; None where it is not for training.
        limit: steps of an epoch, where they are fewer than the data has.

    Raises:
        ValueError: the processes were given data that cannot go together.
    """
    if feed is None or not processes.together():
        return feed
    strategy = distribution()
    assert strategy is not None
    if strategy.auto_shard_dataset:
        hint = (
            "With auto_shard_dataset=True each process must be given all of the data, the same in each, and takes "
            "its share of every batch; pass auto_shard_dataset=False where each has data of its own."
        )
    else:
        hint = (
            "With auto_shard_dataset=False each process gives data of its own, in the same number of batches of the "
            "same size: leave out what is too much, or pass steps_per_epoch."
        )
    if isinstance(feed, Part):
        processes.check_same("the number of rows and the batch size", (feed.rows, feed.batch_size), hint)
        return SharedRows(feed, shuffle, limit)
    processes.check_same("the number of batches", feed.steps, hint)
    first = jax.tree.map(lambda a: (a.shape, str(a.dtype)), feed.sample)
    processes.check_same("the first batch (shapes and types)", first, hint)
    if not strategy.auto_shard_dataset:
        if feed.steps is None:
            raise ValueError(
                "With auto_shard_dataset=False the number of batches must be known, or the processes would wait for "
                "each other at the end: pass steps_per_epoch (validation_steps, steps)."
            )
        feed.equal_rows = True
    return feed


class SharedRows:
    """Arrays as batches of which each process reads the rows of its own devices; stands in for a ``StreamFeed``.

    Args:
        part: the rows.
        shuffle: whether they are shuffled for each epoch.
        limit: steps of an epoch, where they are fewer than the data has.
    """

    def __init__(self, part: Part, shuffle: Any = None, limit: int | None = None):
        self.batch_size, self.rows = part.batch_size, part.rows
        self.steps = part.steps if limit is None else min(limit, part.steps)
        self.host = jax.tree.map(_readable, part.feed.host)
        self.sample = part.feed.host
        self.inspect: Callable[[Any], None] | None = None  # all rows were looked at as the sample
        self._part, self._shuffle, self._limit = part, shuffle, limit
        # Training draws one seed here as a run of one process does, shuffled or not; other runs draw none.
        self._draws = np.random.default_rng(0 if shuffle is None else np.random.randint(0, 2**31 - 1))
        self._left = np.zeros((0, part.batch_size), np.int32)
        self._left_rows = 0

    def epoch(
        self, limit: int | None = None, stopped: Callable[[], bool] | None = None, done: int = 0
    ) -> Iterator[tuple]:
        """The batches of one epoch, at most ``limit``; ``done`` of them were before."""
        index, rows = self._next_index()

        def batches() -> Iterator[tuple]:
            for i, numbers in enumerate(index[:limit]):
                if i >= done:
                    real = numbers[: rows - i * self.batch_size]
                    yield jax.tree.map(lambda a, real=real: Rows(a, real), self.host)

        yield from ahead(batches(), stopped=stopped)

    def _next_index(self) -> tuple[np.ndarray, int]:
        """(steps, batch) row numbers of an epoch and how many are real; short epochs take up where one left off."""
        if self._limit is None:
            return self._whole_index(), self.rows
        if not len(self._left):
            self._left, self._left_rows = self._whole_index(), self.rows
        index, rows = self._left[: self._limit], min(self._left_rows, self._limit * self.batch_size)
        self._left, self._left_rows = self._left[self._limit :], self._left_rows - rows
        return index, rows

    def _whole_index(self) -> np.ndarray:
        if self._shuffle == "batch":
            index, full = self._part.index(), self.rows // self.batch_size
            return np.concatenate([self._draws.permutation(index[:full]), index[full:]])
        return self._part.index(self._draws.permutation(self.rows).astype(np.int32) if self._shuffle else None)

    def on_epoch_end(self) -> None:
        """Nothing to tell."""


def _readable(array: Any) -> Any:
    if isinstance(array, jax.Array):
        return np.asarray(array)
    return text.encode(array) if text.is_text(array) else array
