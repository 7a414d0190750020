"""Streams: batches that come one by one, prepared by a thread while the device works."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from ..distribution.placement import place_batch
from ..distribution.strategies import distribution
from .feed import apply_class_weight, as_arrays, to_device
from .packing import unpack
from .sources import open_source

DEPTH = 4  # batches prepared ahead
LOOK = 0.1  # seconds between looks at the stop button while the next batch is not there yet


class StreamFeed:
    """Batches of a generator, PyDataset, data loader, ``Dataset``, ...

    Args:
        data: anything that ``open_source`` recognises.
        class_weight: class number -> weight of its rows.
        batch_size: refused where it is given: the source decides.
        steps: batches of an epoch, where the source does not end by itself.
        shuffle: whether a source with numbered batches is read in a new order each epoch.
    """

    def __init__(
        self, data: Any, class_weight: Any = None, batch_size: int | None = None, steps: int | None = None,
        shuffle: bool = False,
    ):  # fmt: skip
        self.source = open_source(data, shuffle)
        self.steps: int | None = steps or self.source.steps
        # Epochs shorter than the source take up where the one before left off, as in Keras.
        self.continues = self.source.continues or (steps is not None and steps != self.source.steps)
        self.class_weight = class_weight
        self.batch_size: int | None = batch_size
        self.inspect: Callable[[Any], None] | None = None
        self.equal_rows = False  # whether every batch must have as many rows as the first
        self._first: Any = None
        self._running: Iterator[Any] | None = None
        self._count = 0
        self._taken = self._ended = 0  # batches of the pass in use that were given out; epochs that are over

    @property
    def sample(self) -> tuple:
        """The first batch, looked at before training; it is not lost."""
        if self._first is None:
            self._running = iter(self.source)
            try:
                self._first = self.ready(self._next(self._running))
            except StopIteration:
                raise ValueError(
                    "The data gave no batches at all. Check the generator or data set that was passed as x."
                ) from None
            self.batch_size = jax.tree.leaves(self._first[0])[0].shape[0]
        return self._first

    def _next(self, iterator: Iterator[Any]) -> Any:
        """The next batch; an error of the source names it."""
        self._count += 1
        try:
            return next(iterator)
        except StopIteration:
            raise
        except Exception as error:
            error.add_note(f"Raised by the data while it made batch {self._count}.")
            raise

    def ready(self, batch: Any) -> tuple:
        """One batch as (x, y, sample_weight) of arrays the device takes."""
        x, y, weight = unpack(batch)
        try:
            x, y, weight = as_arrays(x, "x"), as_arrays(y, "y"), as_arrays(weight, "sample_weight")
            if self.class_weight is not None:
                weight = apply_class_weight(self.class_weight, y, weight)
            if self.inspect is not None and y is not None:
                self.inspect(y)
        except ValueError as error:
            error.add_note(f"In batch {self._count} of the data.")
            raise
        counts = {a.shape[0] for a in jax.tree.leaves((x, y, weight)) if getattr(a, "ndim", 0)}
        if len(counts) != 1 or counts == {0}:
            got = f"different numbers of rows: {sorted(counts)}" if len(counts) > 1 else "no rows"
            raise ValueError(f"Batch {self._count} of the data: x, y and sample_weight have {got}.")
        self._check_structure((x, y, weight))
        if self.equal_rows and self._first is not None:
            wanted = jax.tree.leaves(self._first[0])[0].shape[0]
            if counts != {wanted}:
                raise ValueError(
                    f"Batch {self._count} of the data has {counts.pop()} rows, the first had {wanted}: where each "
                    "process gives data of its own (auto_shard_dataset=False) all batches must be equally long. Leave "
                    "out the short one (batch(..., drop_remainder=True), steps_per_epoch)."
                )
        return x, y, weight

    def _check_structure(self, batch: tuple) -> None:
        """Every batch must look like the first, but for its number of rows."""
        if self._first is None:
            return
        if jax.tree.structure(batch) != jax.tree.structure(self._first):
            raise ValueError(
                f"Batch {self._count} of the data has another structure than the first one: "
                f"expected {jax.tree.structure(self._first)}, got {jax.tree.structure(batch)}."
            )
        for one, other in zip(jax.tree.leaves(batch), jax.tree.leaves(self._first), strict=True):
            if one.ndim != other.ndim:
                raise ValueError(
                    f"Batch {self._count} of the data has an array of shape {one.shape} where the first batch had "
                    f"{other.shape}: all batches must have the same number of axes."
                )

    def epoch(
        self, limit: int | None = None, stopped: Callable[[], bool] | None = None, done: int = 0
    ) -> Iterator[tuple]:
        """The batches of one epoch, at most ``limit``; ends early once ``stopped()``; ``done`` of them were before."""
        if limit is None and self.source.continues:
            limit = self.steps
        limit = limit if limit is None else max(limit - done, 0)
        first, iterator = None, self._running
        if iterator is not None and self._first is not None and not self._first_given:
            first = self._first
        elif iterator is None:
            iterator = iter(self.source)
        self._running, self._first_given = None, True
        ended = False

        def batches() -> Iterator[tuple]:
            nonlocal ended
            count = 0
            if first is not None:
                yield first
                count = 1
            while limit is None or count < limit:
                try:
                    batch = self._next(iterator)
                except StopIteration:
                    ended = True
                    return
                yield self.ready(batch)
                count += 1

        for batch in ahead(batches(), stopped=stopped):
            self._taken += 1
            yield batch
        whole = self.source.steps is not None and self._taken >= self.source.steps  # the next epoch starts anew
        if (self.continues and not ended and not whole) or self.source.continues:
            self._running = iterator
        else:
            self._taken = 0

    _first_given = False

    def on_epoch_end(self) -> None:
        """Tell the source that an epoch is over."""
        self._ended += 1
        self.source.on_epoch_end()

    def position(self) -> dict[str, Any]:
        """The place in the data, which ``go_to`` finds again where the source gives the same batches again."""
        return {"taken": self._taken, "epochs": self._ended, "order": self.source.position(self._taken > 0)}

    def begin_anew(self, position: dict[str, Any]) -> None:
        """Give the next pass in the order of that place, in the same process; what cannot start anew goes on."""
        if not self.source.continues:
            self._running, self._taken = None, 0
            self.source.replay(0, position["order"])

    def go_to(self, position: dict[str, Any]) -> None:
        """Pass over the batches that were used up to a place."""
        self._taken, self._ended = int(position["taken"]), int(position["epochs"])
        before = 1 if self.source.continues and self._first is not None else 0  # the sample, taken for good
        if before and not self._taken:
            return
        self._first_given = True
        if not self.source.continues:
            self.source.replay(self._ended, position["order"])
            self._running = iter(self.source) if self._taken else None
        elif self._running is None:
            self._running = iter(self.source)
        if self._running is None:
            return
        if not self.source.skip(self._taken):
            for _ in range(self._taken - before):
                next(self._running, None)
        elif self.source.steps is not None and self._taken >= self.source.steps:
            next(self._running, None)  # nothing is left of the pass, but its order must have been drawn


_END = object()


def ahead(batches: Iterator[Any], depth: int = DEPTH, stopped: Callable[[], bool] | None = None) -> Iterator[Any]:
    """The same batches, prepared by a thread and moved to the device ahead of use.

    An exception in the source is raised here, at its place in the order. When the consumer stops
    early, the thread ends after the batch under way.

    Args:
        batches: what to read.
        depth: how many may be ready before they are used.
        stopped: asked while the next batch is waited for; True ends the iteration.
    """
    ready: queue.Queue = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def put(item: Any) -> bool:
        while not stop.is_set():
            try:
                ready.put(item, timeout=LOOK)
                return True
            except queue.Full:
                continue
        return False

    def produce() -> None:
        try:
            for batch in batches:
                if not put(on_devices(batch)):
                    return
            put(_END)
        except BaseException as error:
            put(_Failure(error))

    thread = threading.Thread(target=produce, daemon=True, name="kerasnb-feed")
    thread.start()
    try:
        while True:
            try:
                item = ready.get(timeout=LOOK)
            except queue.Empty:
                if stopped is not None and stopped():
                    return
                continue
            if item is _END:
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item
    finally:
        stop.set()
        thread.join(timeout=0.5)  # a source that hangs must not hold the person who pressed stop


class _Failure:
    def __init__(self, error: BaseException):
        self.error = error


def on_devices(batch: Any) -> Any:
    """A batch on the device, or spread over those of the distribution in force."""
    return jax.tree.map(_to_device, batch) if distribution() is None else place_batch(batch)


def row_numbers(rows: int) -> np.ndarray:
    """(1, rows) numbers of a batch's rows for a program; none where it lies spread over devices."""
    if distribution() is not None:
        return np.zeros((1, 0), np.int32)
    return np.arange(rows, dtype=np.int32)[None]


def _to_device(array: Any) -> Any:
    # A copy: generators like to fill one buffer again and again.
    return to_device(np.array(array) if isinstance(array, np.ndarray) else array)
