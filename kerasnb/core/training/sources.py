"""Sources: whatever gives batches one by one, recognised by what it can do, never imported.

A Python generator runs on through all epochs; a ``PyDataset`` (or Keras ``Sequence``) is asked for its batches
by number; a PyTorch ``DataLoader``, a ``tf.data.Dataset``, a Grain loader or any other iterable is started
anew for each epoch.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..data.py_dataset import fetched


class Source:
    """Batches of one data set.

    Args:
        data: the object that the user passed.

    Attributes:
        steps: batches of an epoch, None where only its end tells.
        continues: whether one iterator serves all epochs.
    """

    steps: int | None = None
    continues = False

    def __init__(self, data: Any):
        self.data = data

    def __iter__(self) -> Iterator[Any]:
        """The batches of one epoch."""
        return iter(self.data)

    def on_epoch_end(self) -> None:
        """Told when an epoch is over."""

    def position(self, within: bool) -> Any:
        """What decides the order of the next pass, or with ``within`` of the present one."""
        return None

    def replay(self, epochs: int, position: Any) -> None:
        """Come into the state after so many epochs, with the order of the next pass decided by ``position``."""

    def skip(self, count: int) -> bool:
        """Begin the next pass after ``count`` batches without making them; False where that cannot be."""
        return False


class GeneratorSource(Source):
    """A generator or other iterator: read once, it goes on where it stopped."""

    continues = True


class LoaderSource(Source):
    """An iterable that starts anew each time, such as a DataLoader."""

    def __init__(self, data: Any):
        super().__init__(data)
        self.steps = _length(data)


class NumberedSource(Source):
    """Batches by number: ``data[i]`` for i below ``len(data)`` (or its ``num_batches``).

    Args:
        shuffle: whether the batches come in a new order each epoch.
    """

    def __init__(self, data: Any, shuffle: bool = False):
        super().__init__(data)
        self.steps = getattr(data, "num_batches", None)
        if self.steps is None and not hasattr(type(data), "num_batches"):
            self.steps = len(data)
        self.shuffle = shuffle and self.steps is not None
        self.order = np.random.default_rng(np.random.randint(0, 2**31 - 1)) if self.shuffle else None
        self._pass: Any = None  # the generator's state before the order in use was drawn
        self._skip = 0

    def __iter__(self) -> Iterator[Any]:
        if hasattr(self.data, "on_epoch_begin"):
            self.data.on_epoch_begin()
        if self.steps is None:
            count, self._skip = self._skip, 0
            while True:
                yield self.data[count]
                count += 1
        numbers: Any = range(self.steps)
        if self.order is not None:
            self._pass = self.order.bit_generator.state
            numbers = self.order.permutation(self.steps)
        numbers, self._skip = numbers[self._skip :], 0
        yield from fetched(self.data, numbers)

    def on_epoch_end(self) -> None:
        if hasattr(self.data, "on_epoch_end"):
            self.data.on_epoch_end()

    def position(self, within: bool) -> Any:
        if self.order is None:
            return None
        return self._pass if within else self.order.bit_generator.state

    def replay(self, epochs: int, position: Any) -> None:
        # Data that shuffles itself between epochs does so again.
        for _ in range(epochs):
            if hasattr(self.data, "on_epoch_begin"):
                self.data.on_epoch_begin()
            self.on_epoch_end()
        if self.order is not None and position is not None:
            self.order.bit_generator.state = position

    def skip(self, count: int) -> bool:
        self._skip = count
        return True


def open_source(data: Any, shuffle: bool = False) -> Source:
    """The source for what a user passed as ``x``.

    Raises:
        ValueError: it gives no batches; the message says what to pass instead.
    """
    if isinstance(data, Source):
        return data
    if inspect.isfunction(data) or inspect.ismethod(data):
        if inspect.isgeneratorfunction(data):
            raise ValueError(f"x is the generator function {data.__name__!r}: call it, x={data.__name__}().")
        raise ValueError(f"x is the function {data.__name__!r}: pass arrays or something that gives batches.")
    if isinstance(data, type):
        raise ValueError(f"x is the class {data.__name__}: make an object of it first.")
    if hasattr(data, "__next__"):
        return GeneratorSource(data)
    if hasattr(data, "__getitem__") and (hasattr(data, "num_batches") or hasattr(data, "on_epoch_end")):
        return NumberedSource(data, shuffle)
    if hasattr(data, "__iter__") and not isinstance(data, (str, bytes)):
        return LoaderSource(data)
    if hasattr(data, "__getitem__") and hasattr(data, "__len__") and not isinstance(data, (str, bytes)):
        return NumberedSource(data, shuffle)
    raise ValueError(
        f"x must be arrays, or something that gives batches (a generator, a keras.utils.PyDataset, a data loader); "
        f"got {_shown(data)} of type {type(data).__name__}."
    )


def _shown(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 60 else text[:57] + "..."


def _length(data: Any) -> int | None:
    """The number of batches, where the object knows it."""
    if hasattr(data, "cardinality"):  # tf.data: negative means unknown or infinite
        count = int(data.cardinality())
        return count if count >= 0 else None
    try:
        return len(data)
    except TypeError:  # an iterable without a length, or one whose length is not known
        return None
