"""PyDataset: batches by number, fetched ahead by workers."""

from __future__ import annotations

import sys
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any


class PyDataset:
    """Base class for data of one's own: write ``__len__`` and ``__getitem__``.

    Args:
        workers: how many batches are made at the same time, in threads.
        use_multiprocessing: processes instead of threads; the object must be picklable and its class importable.
        max_queue_size: how many finished batches may wait.

    ``__getitem__(i)`` returns batch number ``i`` as ``(inputs, targets)`` or ``(inputs, targets, sample_weight)``.

    >>> import numpy as np
    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, i):
    ...         x = np.arange(4.0) + 4 * i
    ...         return x[:, None], (x * x)[:, None]
    >>> Squares().num_batches
    3
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        for name, value in (("workers", workers), ("max_queue_size", max_queue_size)):
            if isinstance(value, bool) or not isinstance(value, int) or value < (1 if name != "workers" else 0):
                raise ValueError(f"{type(self).__name__}: {name} must be a positive integer, got {name}={value!r}.")
        self._workers, self._use_multiprocessing, self._max_queue_size = workers, use_multiprocessing, max_queue_size

    # Subclasses that never call super().__init__() get the defaults, as in Keras.
    _workers, _use_multiprocessing, _max_queue_size = 1, False, 10

    @property
    def workers(self) -> int:
        """How many batches are made at the same time; assignable."""
        return self._workers

    @workers.setter
    def workers(self, value: int) -> None:
        self._workers = value

    @property
    def use_multiprocessing(self) -> bool:
        """Whether the workers are processes; assignable."""
        return self._use_multiprocessing

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        self._use_multiprocessing = value

    @property
    def max_queue_size(self) -> int:
        """How many finished batches may wait; assignable."""
        return self._max_queue_size

    @max_queue_size.setter
    def max_queue_size(self, value: int) -> None:
        self._max_queue_size = value

    def __getitem__(self, index: int) -> Any:
        """Batch number ``index``."""
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__(index): write one that returns a batch.")

    @property
    def num_batches(self) -> int | None:
        """Batches of an epoch: ``len(self)``; a subclass may return None for endless data."""
        if hasattr(type(self), "__len__"):
            return len(self)  # type: ignore[arg-type]
        raise NotImplementedError(
            f"{type(self).__name__} has no __len__(): write one that returns the number of batches of an epoch."
        )

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch, for example to shuffle."""


def fetched(data: Any, numbers: Iterable[int]) -> Iterator[Any]:
    """``data[i]`` for each number, in order, made ahead by the workers that ``data`` asks for."""
    workers = int(getattr(data, "workers", 1) or 1)
    if workers <= 1:
        for i in numbers:
            yield data[int(i)]
        return
    depth = max(int(getattr(data, "max_queue_size", 10)), workers)
    pending: deque[Future] = deque()
    with _pool(data, workers) as pool:
        try:
            for i in numbers:
                pending.append(pool.submit(_item, data, int(i)))
                if len(pending) >= depth:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def _item(data: Any, i: int) -> Any:
    return data[i]


def _pool(data: Any, workers: int) -> Executor:
    if getattr(data, "use_multiprocessing", False):
        main = sys.modules.get("__main__")
        if type(data).__module__ != "__main__" or getattr(main, "__file__", None):
            import multiprocessing

            # A process forked while JAX's threads run may hang, so each worker starts fresh.
            return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
        warnings.warn(
            f"{type(data).__name__} is defined in the notebook, where worker processes cannot import it: threads are "
            "used. Put the class into a module for use_multiprocessing=True."
        )
    return ThreadPoolExecutor(workers, thread_name_prefix="kerasnb-worker")
