"""What is timed: the data and the arguments of ``fit``. The models stand in the framework files.

Data are plain NumPy arrays, real where ``KERASNB_DATA`` or Keras's cache has them, else random
numbers of the same shapes and types, on which a step of the MNIST network takes up to a tenth longer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    Attributes:
        name: also the name of its model in keras_models.py, handwritten.py and torch_models.py.
        title: what the table says.
        data: makes (x, y).
        batch, epochs, validation, optimizer, loss: the arguments of the timed ``fit``; epochs are
            enough that what a fit does once does not drown the steps.
        unit: "epoch" divides the time of the fit by its epochs; "fit" leaves it; "predict" times
            predict, "cold" and "warm" whole processes.
        rows: for "predict", how many rows one call gets.
        variant: which form of the model, for those that have several.
    """

    name: str
    title: str
    data: Callable[[], Arrays]
    batch: int
    epochs: int
    optimizer: str = "rmsprop"
    loss: str = "sparse_categorical_crossentropy"
    validation: float = 0.0
    unit: str = "epoch"
    rows: int = 0
    variant: str = ""

    @property
    def model(self) -> str:
        """The name of the model, which variants of a workload share."""
        return self.name.split(".")[0]

    @property
    def metric(self) -> str:
        """What is counted beside the loss."""
        return "mae" if self.loss == "mse" else "accuracy"


def stored(name: str, *keys: str) -> list[np.ndarray] | None:
    """Arrays of a downloaded data set, None where it is not on this machine."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    for folder in filter(None, (os.environ.get("KERASNB_DATA"), home / "datasets")):
        path = Path(folder) / name
        if path.is_file():
            with np.load(path, allow_pickle=False) as arrays:
                return [arrays[key] for key in keys]
    return None


def mnist_rows(count: int = 60_000) -> Arrays:
    """(count, 784) float32 from 0 to 1, (count,) digits."""
    found = stored("mnist.npz", "x_train", "y_train")
    if found is None:
        rng = np.random.default_rng(0)
        found = [rng.integers(0, 256, (60_000, 28, 28), np.uint8), rng.integers(0, 10, 60_000)]
    x, y = found
    return x[:count].reshape(-1, 784).astype("float32") / 255.0, y[:count].astype("int32")


def mnist_pictures(count: int = 12_000) -> Arrays:
    """So many pictures (28, 28, 1)."""
    x, y = mnist_rows(count)
    return x.reshape(-1, 28, 28, 1), y


def boston() -> Arrays:
    """404 rows of 13 standardized numbers, the price in thousands."""
    found = stored("boston_housing.npz", "x", "y")
    if found is None:
        rng = np.random.default_rng(0)
        found = [rng.standard_normal((506, 13)), rng.uniform(5, 50, 506)]
    x, y = (a[:404].astype("float32") for a in found)
    return (x - x.mean(0)) / x.std(0), y


def tokens(rows: int, length: int, vocabulary: int) -> Arrays:
    """Sequences of word numbers (rows, length), labels 0 and 1."""
    rng = np.random.default_rng(0)
    x = rng.integers(1, vocabulary, (rows, length)).astype("int32")
    return x, rng.integers(0, 2, rows).astype("float32")


BINARY = {"optimizer": "adam", "loss": "binary_crossentropy"}

CNN_VARIANTS = {
    "strides": "strides 2 in place of pooling",
    "same": "padding same",
    "batchnorm": "batch normalization after each convolution",
    "depthwise": "depthwise second convolution",
    "separable": "separable second convolution",
    "5x5": "5x5 kernels",
}
RECURRENT_VARIANTS = {
    "": "",
    "sequences": ", all time steps out",
    "bidirectional": ", both directions",
}

WORKLOADS = [
    Workload("mnist_mlp", "MNIST MLP, front page: 48 000 rows + validation",
             mnist_rows, 128, 5, validation=0.2),
    Workload("mnist_mlp.plain", "MNIST MLP, 60 000 rows", mnist_rows, 128, 5),
    Workload("boston", "Boston, one fit of 500 epochs", boston, 32, 500, loss="mse",
             validation=0.2, unit="fit"),
    Workload("imdb", "IMDB embedding + pooling, 15 000 x 256, batch 512",
             lambda: tokens(15_000, 256, 10_000), 512, 5, **BINARY),
    Workload("cnn", "CNN 32-64, 12 000 rows of 28x28", mnist_pictures, 128, 1, optimizer="adam"),
    *(
        Workload(f"cnn.{variant}", f"the same CNN, {title}, 1280 rows",
                 lambda: mnist_pictures(1280), 128, 1, optimizer="adam", variant=variant)
        for variant, title in CNN_VARIANTS.items()
    ),
    *(
        Workload(f"{cell}.{variant}" if variant else cell, f"{cell.upper()} 128, 5000 x 80, batch 32{title}",
                 lambda: tokens(5000, 80, 20_000), 32, 1, **BINARY, variant=variant)
        for cell in ("lstm", "gru")
        for variant, title in RECURRENT_VARIANTS.items()
    ),
    Workload("transformer", "transformer, 2 blocks 64 wide, 2000 x 128, batch 32",
             lambda: tokens(2000, 128, 10_000), 32, 1, **BINARY),
    Workload("mnist_mlp.predict", "predict 10 000 rows", lambda: mnist_rows(10_000), 128, 0,
             unit="predict", rows=10_000),
    Workload("mnist_mlp.predict1", "predict one row", lambda: mnist_rows(1), 128, 0,
             unit="predict", rows=1),
    Workload("mnist_mlp.cold", "fresh process to the end of the first MLP epoch, no compile cache",
             mnist_rows, 128, 1, unit="cold"),
    Workload("mnist_mlp.warm", "fresh process to the end of the first MLP epoch, compile cache filled",
             mnist_rows, 128, 1, unit="warm"),
]  # fmt: skip

BY_NAME = {workload.name: workload for workload in WORKLOADS}
