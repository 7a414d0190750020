"""What the verbs of ``Dataset`` do to a run of elements: small generators, threads where they pay."""

from __future__ import annotations

import itertools
import operator
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from .. import tree

AUTOTUNE = -1


def in_batches(elements: Iterable[Any], size: int, drop_remainder: bool, stack: Callable[[list], Any]) -> Iterator[Any]:
    """Groups of ``size`` elements, each put together by ``stack``."""
    iterator = iter(elements)
    while group := list(itertools.islice(iterator, size)):
        if len(group) < size and drop_remainder:
            return
        yield stack(group)


def stacked(group: list[Any]) -> Any:
    """Elements of one structure as arrays with a new first axis.

    Raises:
        ValueError: the elements differ in shape.
    """

    def stack(*leaves: Any) -> np.ndarray:
        arrays = [np.asarray(leaf) for leaf in leaves]
        shapes = {a.shape for a in arrays}
        if len(shapes) > 1:
            raise ValueError(
                f"Dataset.batch: the elements of a batch have different shapes {sorted(shapes)}. Bring them to one "
                "shape with map(), or use padded_batch()."
            )
        return np.stack(arrays)

    return tree.map_structure(stack, *group)


def padded(group: list[Any], value: Any) -> Any:
    """As ``stacked``, with shorter arrays filled up behind with ``value``."""

    def stack(*leaves: Any) -> np.ndarray:
        arrays = [np.asarray(leaf) for leaf in leaves]
        shape = np.max([a.shape for a in arrays], axis=0)
        result = np.full((len(arrays), *shape), value, dtype=np.result_type(*arrays))
        for i, array in enumerate(arrays):
            result[(i, *(slice(n) for n in array.shape))] = array
        return result

    return tree.map_structure(stack, *group)


def rows_of(batch: Any) -> Iterator[Any]:
    """The elements of a batch, one by one."""
    counts = {len(leaf) for leaf in tree.flatten(batch)}
    if len(counts) != 1:
        raise ValueError(f"Dataset.unbatch: the parts of a batch have different numbers of rows: {sorted(counts)}.")
    for i in range(counts.pop()):
        yield tree.map_structure(operator.itemgetter(i), batch)


def shuffled(elements: Iterable[Any], buffer_size: int, rng: np.random.Generator) -> Iterator[Any]:
    """Elements drawn at random from a buffer that is filled up as it empties."""
    buffer: list[Any] = []
    for element in elements:
        if len(buffer) < buffer_size:
            buffer.append(element)
            continue
        i = int(rng.integers(buffer_size))
        yield buffer[i]
        buffer[i] = element
    rng.shuffle(buffer)
    yield from buffer


def threads_of(num_parallel_calls: int | None) -> int:
    """How many threads a number or AUTOTUNE stands for; 0 for none."""
    if num_parallel_calls is None:
        return 0
    return min(8, os.cpu_count() or 1) if num_parallel_calls == AUTOTUNE else int(num_parallel_calls)


def mapped(elements: Iterable[Any], function: Callable, threads: int) -> Iterator[Any]:
    """``function`` of each element, in order; several at a time in threads."""
    if threads <= 1:
        yield from map(function, elements)
        return
    pending: deque[Future] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="kerasnb-map") as pool:
        try:
            for element in elements:
                pending.append(pool.submit(function, element))
                if len(pending) >= 2 * threads:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


_END = object()


def prefetched(elements: Iterable[Any], depth: int) -> Iterator[Any]:
    """The same elements, made by a thread that works ahead; its exceptions are raised here, in their place."""
    ready: queue.Queue = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def put(item: Any) -> None:
        while not stop.is_set():
            try:
                return ready.put(item, timeout=0.1)
            except queue.Full:
                continue

    def produce() -> None:
        try:
            for element in elements:
                if stop.is_set():
                    return
                put((element, None))
            put((_END, None))
        except BaseException as error:
            put((_END, error))

    thread = threading.Thread(target=produce, daemon=True, name="kerasnb-prefetch")
    thread.start()
    try:
        while True:
            element, error = ready.get()
            if error is not None:
                raise error
            if element is _END:
                return
            yield element
    finally:
        stop.set()
        thread.join()
