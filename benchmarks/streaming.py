"""Whether loading and training overlap: ``fit`` from a loader, beside the loader alone and the steps alone.

    python benchmarks/streaming.py [--runs 3]

Perfect overlap takes as long as the slower of the two. Loaders: a Python generator, a PyDataset with workers, and a
PyTorch DataLoader where torch is installed; each makes its batches with some work (decoding and turning pictures).
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from keras_models import mnist_mlp
from workloads import mnist_rows

import kerasnb as keras

BATCH, STEPS = 128, 300


def prepared(x: np.ndarray) -> np.ndarray:
    """What a loader does to a batch: mirror, shift, add noise, scale."""
    pictures = x.reshape(-1, 28, 28)[:, :, ::-1]
    pictures = np.roll(pictures, 1, axis=1) + RNG.standard_normal(pictures.shape, "float32") * 0.01
    return np.ascontiguousarray(np.clip(pictures, 0, 1)).reshape(-1, 784)


RNG = np.random.default_rng(0)


def batches(x: np.ndarray, y: np.ndarray) -> Iterator[tuple]:
    """One epoch."""
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        yield prepared(x[rows]), y[rows]


class Sequence(keras.utils.PyDataset):
    """The same, by number."""

    def __init__(self, x: np.ndarray, y: np.ndarray):
        super().__init__(workers=1, use_multiprocessing=False)
        self.x, self.y = x, y

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, step: int) -> tuple:
        rows = slice(step * BATCH, (step + 1) * BATCH)
        return prepared(self.x[rows]), self.y[rows]


def data_loader(x: np.ndarray, y: np.ndarray) -> Any:
    """The same from PyTorch."""
    from torch.utils.data import DataLoader, IterableDataset

    class Rows(IterableDataset):
        def __iter__(self):
            return iter(batches(x, y))

    return DataLoader(Rows(), batch_size=None)


def seconds(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def main() -> int:
    """Measure in turn, print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    x, y = mnist_rows(BATCH * STEPS)
    model = mnist_mlp(keras)
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    ready = list(batches(x, y))

    loaders: dict[str, Callable[[], Any]] = {
        "generator": lambda: batches(x, y),
        "PyDataset": lambda: Sequence(x, y),
    }
    if importlib.util.find_spec("torch"):
        loaders["DataLoader"] = lambda: data_loader(x, y)
    drains = {
        "generator": lambda: [None for _ in batches(x, y)],
        "PyDataset": lambda: [data[i] for data in [Sequence(x, y)] for i in range(STEPS)],
        "DataLoader": lambda: [None for _ in data_loader(x, y)],
    }
    steps = lambda: model.fit(iter(ready), steps_per_epoch=STEPS, verbose=0)  # noqa: E731
    steps()
    for name, make in loaders.items():
        fit = lambda make=make: model.fit(make(), steps_per_epoch=STEPS, verbose=0)  # noqa: E731
        fit()
        times = [(seconds(drains[name]), seconds(steps), seconds(fit)) for _ in range(runs)]
        alone, train, both = (statistics.median(t) for t in zip(*times, strict=True))
        print(
            f"{name:<11} loader alone {alone:.2f} s, steps alone {train:.2f} s, together {both:.2f} s: "
            f"{both / max(alone, train):.2f} times the larger, {both / (alone + train):.2f} times their sum"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
