"""Dataset: a run of elements that can be started again and again, with the verbs of ``tf.data``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .. import tree
from . import pipeline
from .pipeline import AUTOTUNE
from .rows import Rows, rows_of_arrays
from .specs import TensorSpec, map_specs, open_first_axis, spec_of

INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2
PREFETCH_DEPTH = 4


def _positive(verb: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"Dataset.{verb}: {name} must be a positive integer, got {name}={value!r}.")
    return int(value)


class Dataset:
    """Elements (arrays, or tuples and dicts of arrays) made while they are asked for.

    Each verb gives a new data set and leaves this one as it is. ``fit``, ``evaluate`` and ``predict`` take one whose
    elements are batches. Made by ``Dataset.from_tensor_slices``, ``from_generator``, ``range``, and by the functions
    ``keras.utils.*_dataset_from_*``.

    >>> data = Dataset.range(5).map(lambda n: n * n).batch(2)
    >>> [batch.tolist() for batch in data]
    [[0, 1], [4, 9], [16]]
    """

    def __init__(
        self,
        start: Callable[[], Iterable[Any]],
        count: int = UNKNOWN_CARDINALITY,
        peek: Callable[[], Any] | None = None,
        spec: Callable[[], Any] | None = None,
        rows: Rows | None = None,
    ):
        self._start, self._count, self._rows = start, count, rows
        self._peek = peek or (lambda: next(iter(start())))
        self._spec = spec or (lambda: spec_of(self._peek()))
        self.class_names: list[str] | None = None

    # --- where data sets come from ------------------------------------------------------------------

    @classmethod
    def from_rows(cls, rows: Rows) -> Dataset:
        """The elements of rows that are fetched by number."""
        return cls(lambda: rows, rows.count, lambda: rows.one(int(rows.order()[0])), rows=rows)

    @classmethod
    def from_tensor_slices(cls, tensors: Any) -> Dataset:
        """The rows of arrays.

        Args:
            tensors: an array, or a tuple, list or dict of arrays of equal length; the elements have the same structure.
        """
        return cls.from_rows(rows_of_arrays(tensors))

    @classmethod
    def from_tensors(cls, tensors: Any) -> Dataset:
        """One element: the arrays as they are."""
        element = tree.map_structure(np.asarray, tensors)
        return cls(lambda: [element], 1)

    @classmethod
    def from_generator(cls, generator: Callable[[], Iterable[Any]]) -> Dataset:
        """What a function without arguments yields, called anew for each run."""
        if not callable(generator):
            raise TypeError(
                f"Dataset.from_generator: expected a function that gives a fresh iterable, got {generator!r}. "
                "For a list use Dataset.from_generator(lambda: my_list)."
            )
        return cls(generator)

    @classmethod
    def range(cls, *args: int) -> Dataset:
        """The integers of Python's ``range``."""
        numbers = range(*args)
        return cls.from_rows(Rows(lambda i: i * numbers.step + numbers.start, len(numbers)))

    @staticmethod
    def zip(*datasets: Any) -> Dataset:
        """Tuples of elements that belong together, as long as all data sets have some."""
        parts = datasets[0] if len(datasets) == 1 and isinstance(datasets[0], (tuple, list)) else datasets
        counts = [p._count for p in parts]
        finite = [c for c in counts if c >= 0]
        count = (
            UNKNOWN_CARDINALITY if UNKNOWN_CARDINALITY in counts else min(finite) if finite else INFINITE_CARDINALITY
        )
        return Dataset(
            lambda: zip(*parts), count, lambda: tuple(p._peek() for p in parts), lambda: tuple(p._spec() for p in parts)
        )

    # --- reading ------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Any]:
        return iter(self._start())

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements with NumPy arrays in them."""
        for element in self:
            yield tree.map_structure(np.asarray, element)

    def cardinality(self) -> int:
        """How many elements; -1 for endless, -2 where only counting would tell."""
        return self._count

    def __len__(self) -> int:
        if self._count < 0:
            what = "endless" if self._count == INFINITE_CARDINALITY else "not known before it was run through"
            raise TypeError(f"The length of this Dataset is {what}.")
        return self._count

    def __bool__(self) -> bool:
        return True

    @property
    def element_spec(self) -> Any:
        """Shapes and dtypes of the elements; sizes that vary are None."""
        return self._spec()

    def __repr__(self) -> str:
        count = {INFINITE_CARDINALITY: "endless", UNKNOWN_CARDINALITY: "unknown"}.get(self._count, self._count)
        return f"<Dataset elements={count}>"

    def _then(
        self, start: Callable[[], Iterable[Any]], count: int | None = None, peek: Any = None, spec: Any = None,
        rows: Rows | None = None,
    ) -> Dataset:  # fmt: skip
        """A data set made of this one; what is not given is as here."""
        new = Dataset(start, self._count if count is None else count, peek or self._peek, spec or self._spec, rows)
        new.class_names = self.class_names
        return new

    # --- element by element -------------------------------------------------------------------------

    def map(
        self, map_func: Callable, num_parallel_calls: int | None = None, deterministic: bool | None = None
    ) -> Dataset:
        """``map_func`` of each element; a tuple is passed as several arguments.

        Args:
            map_func: called with NumPy arrays; may use ``keras.ops``, layers, Pillow, anything.
            num_parallel_calls: how many threads call it; AUTOTUNE (-1) for as many as there are cores.
            deterministic: accepted as in ``tf.data``; the order is always kept.
        """

        def call(element: Any) -> Any:
            result = map_func(*element) if isinstance(element, tuple) else map_func(element)
            return tuple(result) if isinstance(result, list) else result

        def spec() -> Any:
            found, before = spec_of(call(self._peek())), tree.flatten(map_specs(lambda s: s.shape[:1], self._spec()))
            return open_first_axis(found) if before and None in before else found

        threads = pipeline.threads_of(num_parallel_calls)
        return self._then(lambda: pipeline.mapped(self, call, threads), peek=lambda: call(self._peek()), spec=spec)

    def filter(self, predicate: Callable) -> Dataset:
        """The elements for which ``predicate`` is true; a tuple is passed as several arguments."""

        def keep(element: Any) -> bool:
            return bool(predicate(*element) if isinstance(element, tuple) else predicate(element))

        count = 0 if self._count == 0 else UNKNOWN_CARDINALITY
        return self._then(lambda: filter(keep, self), count)

    def enumerate(self, start: int = 0) -> Dataset:
        """Pairs of a running number and the element."""
        return self._then(
            lambda: enumerate(self, start),
            peek=lambda: (start, self._peek()),
            spec=lambda: (TensorSpec((), "int64"), self._spec()),
        )

    def flat_map(self, map_func: Callable) -> Dataset:
        """The elements of the data sets that ``map_func`` gives, one after the other."""

        def run() -> Iterator[Any]:
            for element in self:
                yield from (map_func(*element) if isinstance(element, tuple) else map_func(element))

        return Dataset(run)

    # --- batches ------------------------------------------------------------------------------------

    def batch(self, batch_size: int, drop_remainder: bool = False, **kwargs: Any) -> Dataset:
        """Groups of ``batch_size`` elements, stacked; the last may be smaller.

        Args:
            batch_size: rows per batch.
            drop_remainder: leave a smaller last batch out.
            kwargs: ``num_parallel_calls`` and ``deterministic``, accepted as in ``tf.data``.
        """
        size = _positive("batch", "batch_size", batch_size)
        unknown = set(kwargs) - {"num_parallel_calls", "deterministic", "name"}
        if unknown:
            raise TypeError(f"Dataset.batch does not know the argument(s) {sorted(unknown)}.")
        if self._rows is not None:
            rows = self._rows
            start: Callable = lambda: rows.batches(size, drop_remainder)  # noqa: E731
        else:
            start = lambda: pipeline.in_batches(self, size, drop_remainder, pipeline.stacked)  # noqa: E731
        return self._batched(start, size, drop_remainder, pipeline.stacked)

    def padded_batch(self, batch_size: int, drop_remainder: bool = False, padding_value: Any = 0) -> Dataset:
        """As ``batch`` for elements of different lengths, filled up behind with ``padding_value``."""
        size = _positive("padded_batch", "batch_size", batch_size)

        def stack(group: list[Any]) -> Any:
            return pipeline.padded(group, padding_value)

        return self._batched(
            lambda: pipeline.in_batches(self, size, drop_remainder, stack), size, drop_remainder, stack
        )

    def _batched(self, start: Callable, size: int, drop_remainder: bool, stack: Callable) -> Dataset:
        count = self._count if self._count < 0 else self._count // size if drop_remainder else -(-self._count // size)
        first = size if drop_remainder else None

        def sizes(shape: tuple) -> tuple:
            return shape if stack is pipeline.stacked else (None,) * len(shape)

        return self._then(
            start, count, lambda: stack([self._peek()] * (first or 1)),
            lambda: map_specs(lambda s: TensorSpec((first, *sizes(s.shape)), s.dtype), self._spec()),
        )  # fmt: skip

    def unbatch(self) -> Dataset:
        """The rows of the batches, one by one."""
        return self._then(
            lambda: itertools.chain.from_iterable(map(pipeline.rows_of, self)),
            UNKNOWN_CARDINALITY if self._count else 0,
            lambda: next(pipeline.rows_of(self._peek())),
            lambda: map_specs(lambda s: TensorSpec(s.shape[1:], s.dtype), self._spec()),
        )

    def rebatch(self, batch_size: int, drop_remainder: bool = False) -> Dataset:
        """Batches of another size."""
        return self.unbatch().batch(batch_size, drop_remainder)

    # --- order and number ---------------------------------------------------------------------------

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """The elements in random order, drawn from a buffer of ``buffer_size`` of them.

        Args:
            buffer_size: how far an element can move; at least the number of elements for a full shuffle.
            seed: of the order; without it the order follows ``keras.utils.set_random_seed``.
            reshuffle_each_iteration: a new order for each run.
        """
        size = _positive("shuffle", "buffer_size", buffer_size)
        runs = itertools.count()
        fixed = int(np.random.randint(2**31)) if seed is None and not reshuffle_each_iteration else None

        def generator() -> np.random.Generator:
            if fixed is not None:
                return np.random.default_rng(fixed)
            if seed is None:
                return np.random.default_rng(np.random.randint(2**31))
            return np.random.default_rng([seed, next(runs) if reshuffle_each_iteration else 0])

        if self._rows is not None and size >= self._rows.count:
            rows = self._rows.shuffled(generator)
            return self._then(lambda: rows, rows=rows)
        return self._then(lambda: pipeline.shuffled(self, size, generator()))

    def take(self, count: int) -> Dataset:
        """The first ``count`` elements; -1 for all."""
        if count < 0:
            return self
        left = count if self._count == INFINITE_CARDINALITY else min(count, self._count) if self._count >= 0 else -2
        if self._rows is not None:
            rows = self._rows.part(0, count)
            return self._then(lambda: rows, left, rows=rows)
        return self._then(lambda: itertools.islice(self, count), left)

    def skip(self, count: int) -> Dataset:
        """All but the first ``count`` elements; none of them for -1."""
        if count < 0:
            return self.take(0)
        left = self._count if self._count < 0 else max(self._count - count, 0)
        if self._rows is not None:
            rows = self._rows.part(count, self._rows.count)
            return self._then(lambda: rows, left, rows=rows)
        return self._then(lambda: itertools.islice(self, count, None), left)

    def shard(self, num_shards: int, index: int) -> Dataset:
        """Every ``num_shards``-th element, from the ``index``-th on."""
        _positive("shard", "num_shards", num_shards)
        if not 0 <= index < num_shards:
            raise ValueError(
                f"Dataset.shard: index must be from 0 to num_shards - 1 = {num_shards - 1}, got {index!r}."
            )
        left = self._count if self._count < 0 else len(range(index, self._count, num_shards))
        return self._then(lambda: itertools.islice(self, index, None, num_shards), left)

    def repeat(self, count: int | None = None) -> Dataset:
        """The elements ``count`` times over; without end for None or -1."""
        if count is None or count < 0:
            return self._then(self._endless, INFINITE_CARDINALITY if self._count else 0)
        left = 0 if count == 0 else self._count if self._count < 0 else self._count * count
        return self._then(lambda: itertools.chain.from_iterable(self for _ in range(count)), left)

    def _endless(self) -> Iterator[Any]:
        while True:
            empty = True
            for element in self:
                empty = False
                yield element
            if empty:
                return

    def concatenate(self, dataset: Dataset) -> Dataset:
        """The elements of this data set, then those of another."""
        counts = (self._count, dataset._count)
        count = (
            INFINITE_CARDINALITY if INFINITE_CARDINALITY in counts
            else UNKNOWN_CARDINALITY if UNKNOWN_CARDINALITY in counts else sum(counts)
        )  # fmt: skip
        return self._then(lambda: itertools.chain(self, dataset), count)

    # --- speed --------------------------------------------------------------------------------------

    def cache(self) -> Dataset:
        """The elements of the first complete run kept in memory for the later ones."""
        kept: list[Any] = []
        complete = False

        def run() -> Iterator[Any]:
            nonlocal complete
            if complete:
                yield from kept
                return
            mine = []
            for element in self:
                mine.append(element)
                yield element
            kept[:], complete = mine, True

        return self._then(run)

    def prefetch(self, buffer_size: int = AUTOTUNE) -> Dataset:
        """The elements made ahead by a thread, up to ``buffer_size`` of them (AUTOTUNE, -1: a few)."""
        depth = PREFETCH_DEPTH if buffer_size == AUTOTUNE else _positive("prefetch", "buffer_size", buffer_size)
        return self._then(lambda: pipeline.prefetched(self, depth))

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """What a function from data sets to data sets makes of this one."""
        return transformation_func(self)

    def reduce(self, initial_state: Any, reduce_func: Callable[[Any, Any], Any]) -> Any:
        """``reduce_func(state, element)`` over all elements."""
        state = initial_state
        for element in self:
            state = reduce_func(state, element)
        return state
