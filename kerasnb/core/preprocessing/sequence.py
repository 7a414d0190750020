"""Windows of series and pairs of words, the way of Keras 2."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..data.py_dataset import PyDataset


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a series, each with the target that follows it.

    New code uses ``timeseries_dataset_from_array``.

    Args:
        data: array whose first axis is time.
        targets: as long as ``data``; the window that ends before time ``i`` has ``targets[i]``.
        length: time steps that a window spans.
        sampling_rate: time steps between two entries of a window.
        stride: time steps between two windows.
        start_index, end_index: the part of the series that is used, the end included.
        shuffle: windows drawn at random.
        reverse: entries of a window from the latest to the earliest.
        batch_size: windows per batch.

    >>> generator = TimeseriesGenerator(np.arange(6), np.arange(6), length=2, batch_size=2)
    >>> x, y = generator[0]
    >>> x.tolist(), y.tolist()
    ([[0, 1], [1, 2]], [2, 3])
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if len(data) != len(targets):
            raise ValueError(
                f"TimeseriesGenerator: data and targets must be equally long, got {len(data)} and {len(targets)}."
            )
        for name, value in (("length", length), ("sampling_rate", sampling_rate), ("stride", stride)):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise ValueError(f"TimeseriesGenerator: {name} must be a positive integer, got {name}={value!r}.")
        self.data, self.targets = data, targets
        self.length, self.sampling_rate, self.stride = length, sampling_rate, stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse, self.batch_size = shuffle, reverse, batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"TimeseriesGenerator: the first window ends at time {self.start_index}, behind the end "
                f"{self.end_index}. Make length or start_index smaller."
            )

    def __len__(self) -> int:
        rows = self.batch_size * self.stride
        return (self.end_index - self.start_index + rows) // rows

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.shuffle:
            ends = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            ends = np.arange(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        windows = np.array([self.data[end - self.length : end : self.sampling_rate] for end in ends])
        targets = np.array([self.targets[end] for end in ends])
        return (windows[:, ::-1, ...] if self.reverse else windows), targets

    def get_config(self) -> dict[str, Any]:
        """The arguments; data and targets as JSON texts."""
        try:
            data, targets = (json.dumps(np.asarray(a).tolist()) for a in (self.data, self.targets))
        except TypeError:
            raise TypeError("TimeseriesGenerator: data and targets must be numbers to be written as JSON.") from None
        names = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        return {"data": data, "targets": targets, **{name: getattr(self, name) for name in names}}

    def to_json(self, **kwargs: Any) -> str:
        """The generator as a JSON text."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """With which probability the word of each rank is kept, so that frequent words do not drown the others.

    ``min(1, sqrt(t / f))`` of the word's frequency ``f`` by Zipf's law (Mikolov et al. 2013).

    Args:
        size: number of words, the padding number 0 included.
        sampling_factor: t.
    """
    rank = np.arange(size)
    rank[:1] = 1
    # 1 / f of the word of that rank, by the harmonic number's expansion.
    inverse = rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank)
    ratio = sampling_factor * inverse
    return np.minimum(1.0, ratio / np.sqrt(ratio))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of words that stand near one another, and random pairs that do not.

    Args:
        sequence: word numbers of a text; 0 is no word.
        vocabulary_size: word numbers are below it.
        window_size: how far apart two words of a pair are at most.
        negative_samples: random pairs for each real one.
        shuffle: pairs in random order.
        categorical: labels as [0, 1] and [1, 0] instead of 1 and 0.
        sampling_table: probabilities from ``make_sampling_table`` with which words are kept.
        seed: of order and draws.
    Returns:
        ``(pairs, labels)``: lists of [word, other word] and of labels, 1 for real pairs.
    """
    couples: list[list[int]] = []
    rng = random.Random(random.getrandbits(64) if seed is None else seed)
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < rng.random()):
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                couples.append([word, sequence[j]])
    real: Any = [0, 1] if categorical else 1
    labels: list[Any] = [real] * len(couples)
    if negative_samples > 0 and couples:
        words = [couple[0] for couple in couples]
        rng.shuffle(words)
        wanted = int(len(couples) * negative_samples)
        couples += [[words[i % len(words)], rng.randint(1, vocabulary_size - 1)] for i in range(wanted)]
        labels += [[1, 0] if categorical else 0] * wanted
    if shuffle:
        order = list(range(len(couples)))
        rng.shuffle(order)
        couples, labels = [couples[i] for i in order], [labels[i] for i in order]
    return couples, labels
