"""Streams: batches that come one by one, prepared by a thread while the device works."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from .feed import apply_class_weight, as_arrays
from .trainer import unpack

DEPTH = 4  # batches prepared ahead


class StreamFeed:
    """Batches of a generator, PyDataset, data loader, ``Dataset``, ...

    Args:
        data: anything that ``open_source`` recognises.
        class_weight: class number -> weight of its rows.
        batch_size: rows per batch, for sources that leave it open.
        steps: batches of an epoch, where the source does not end by itself.
    """

    def __init__(self, data: Any, class_weight: Any = None, batch_size: int | None = None, steps: int | None = None):
        from ..feed_sources import open_source

        self.source = open_source(data, batch_size=batch_size, steps=steps)
        self.steps: int | None = steps or self.source.steps
        self.class_weight = class_weight
        self.batch_size: int | None = batch_size
        self._first: Any = None
        self._running: Iterator[Any] | None = None
        self._count = 0

    @property
    def sample(self) -> tuple:
        """The first batch, looked at before training; it is not lost."""
        if self._first is None:
            self._running = iter(self.source)
            try:
                self._first = self.ready(next(self._running))
            except StopIteration:
                raise ValueError(
                    "The data gave no batches at all. Check the generator or data set that was passed as x."
                ) from None
            self.batch_size = jax.tree.leaves(self._first[0])[0].shape[0]
        return self._first

    def ready(self, batch: Any) -> tuple:
        """One batch as (x, y, sample_weight) of arrays the device takes."""
        self._count += 1
        x, y, weight = unpack(batch)
        try:
            x, y, weight = as_arrays(x, "x"), as_arrays(y, "y"), as_arrays(weight, "sample_weight")
        except ValueError as error:
            error.add_note(f"In batch {self._count} of the data.")
            raise
        counts = {a.shape[0] for a in jax.tree.leaves((x, y, weight)) if getattr(a, "ndim", 0)}
        if len(counts) > 1:
            raise ValueError(
                f"Batch {self._count} of the data: x, y and sample_weight have different numbers of rows: {sorted(counts)}."
            )
        if self.class_weight is not None:
            weight = apply_class_weight(self.class_weight, y, weight)
        return x, y, weight

    def epoch(self, limit: int | None = None) -> Iterator[tuple]:
        """The batches of one epoch, at most ``limit``."""
        limit = limit or self.steps if limit is not None or _endless(self.source) else limit
        iterator = self._running if self._running is not None else iter(self.source)
        first, self._running = (self._first if self._running is not None else None), None
        keep = limit is not None and _endless(self.source)

        def batches() -> Iterator[tuple]:
            count = 0
            if first is not None:
                yield first
                count = 1
            while limit is None or count < limit:
                try:
                    batch = next(iterator)
                except StopIteration:
                    if limit is not None and count < limit and not keep:
                        return
                    return
                yield self.ready(batch)
                count += 1

        yield from ahead(batches())
        if keep:  # an endless generator goes on where it stopped
            self._running, self._first = iterator, None

    def on_epoch_end(self) -> None:
        """Tell the source that an epoch is over."""
        self.source.on_epoch_end()


def _endless(source: Any) -> bool:
    """Whether the source is one iterator for all epochs (a generator)."""
    return bool(getattr(source, "continues", False))


_END = object()


def ahead(batches: Iterator[Any], depth: int = DEPTH) -> Iterator[Any]:
    """The same batches, prepared by a thread and moved to the device ahead of use.

    An exception in the source is raised here, at its place in the order. When the consumer stops
    early, the thread ends after the batch under way.
    """
    ready: queue.Queue = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def put(item: Any) -> bool:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def produce() -> None:
        try:
            for batch in batches:
                if not put(jax.tree.map(_to_device, batch)):
                    return
            put(_END)
        except BaseException as error:
            put(_Failure(error))

    thread = threading.Thread(target=produce, daemon=True, name="kerasnb-feed")
    thread.start()
    try:
        while True:
            item = ready.get()
            if item is _END:
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item
    finally:
        stop.set()
        thread.join()


class _Failure:
    def __init__(self, error: BaseException):
        self.error = error


def _to_device(array: Any) -> Any:
    if isinstance(array, np.ndarray) and array.dtype.kind in "US":
        return array
    return jax.numpy.asarray(array)
