"""Models for views that need nothing but predict()."""

from __future__ import annotations

from typing import Any

import numpy as np


class Stub:
    """Predicts by a function of the inputs.

    Args:
        predict: inputs -> outputs.
        loss: as ``compile`` keeps it.
        input_shape: with the batch axis.
    """

    def __init__(self, predict: Any, loss: Any = None, name: str = "stub", input_shape: Any = None):
        self._predict, self.loss, self.name, self.input_shape = predict, loss, name, input_shape
        self.layers: list = []
        self.calls = 0

    def predict(self, x: Any, batch_size: Any = None, verbose: Any = 0) -> Any:
        self.calls += 1
        return self._predict(x)


def fixed(outputs: Any, **options: Any) -> Stub:
    """A model that says the same whatever comes (rows beyond those given are repeated)."""
    outputs = np.asarray(outputs, np.float32)
    return Stub(lambda x: outputs[np.arange(len(x)) % len(outputs)], **options)


def digits(count: int = 30, classes: int = 3, side: int = 8, seed: int = 0) -> tuple[Stub, np.ndarray, np.ndarray]:
    """Images whose brightest stripe is their class, with a model that reads it and errs now and then."""
    draw = np.random.default_rng(seed)
    y = draw.integers(0, classes, count)
    x = draw.uniform(0, 0.2, (count, side, side)).astype(np.float32)
    for image, label in zip(x, y, strict=True):
        image[2 * label : 2 * label + 2] += 0.7
    y[::7] = (y[::7] + 1) % classes

    def read(images: Any) -> np.ndarray:
        stripes = np.asarray(images, np.float32).reshape(-1, side // 2, 2 * side).mean(2)[:, :classes]
        p = np.exp(6 * stripes)
        return p / p.sum(1, keepdims=True)

    return Stub(read, input_shape=(None, side, side)), x, y
