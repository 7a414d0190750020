"""Trains on a generator of so many MB of batches; prints peak and base of the resident memory (MB) as JSON."""

from __future__ import annotations

import json
import resource
import sys

import numpy as np

import kerasnb as keras
from kerasnb import layers

ROWS, WIDTH = 128, 16384  # a batch is 8 MiB


def batches(count):
    for i in range(count):
        x = np.full((ROWS, WIDTH), i / count, np.float32)
        yield x, x[:, :1]


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


model = keras.Sequential([keras.Input((WIDTH,)), layers.Dense(1)])
model.compile(keras.optimizers.SGD(1e-6), "mse")
model.fit(batches(2), verbose=0)
base = peak()
history = model.fit(batches(int(sys.argv[1]) // 8), verbose=0)
model.predict((x for x, _ in batches(16)), verbose=0)
print(json.dumps({"base": base, "peak": peak(), "loss": history.history["loss"][-1]}))
