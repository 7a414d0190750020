"""One process of two that are given what does not go together; prints the errors as JSON, by what was tried.

``python disagreeing.py PORT PROCESS``; nothing of it is a test by itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys

os.environ["JAX_PLATFORMS"] = "cpu"

import numpy as np

import kerasnb as keras
from kerasnb import distribution as d

number = int(sys.argv[2])
d.initialize(f"127.0.0.1:{sys.argv[1]}", 2, number, initialization_timeout=60, shutdown_timeout_seconds=20)
x = np.ones((64, 4), "float32")
y = x[:, :1]
found = {}


def network(units=1):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])
    model.compile("sgd", "mse")
    return model


def batches(*sizes):
    for rows in sizes:
        yield x[:rows], y[:rows]


class Interrupts(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if number == 1 and epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)


TRIES = {
    "rows": (True, lambda: network().fit(x[: 64 - 8 * number], y[: 64 - 8 * number], verbose=0)),
    "rows to predict": (True, lambda: network().predict(x[: 64 - 8 * number], verbose=0)),
    "first batch": (True, lambda: network().fit(batches(8 + number, 8), verbose=0)),
    "models": (True, lambda: network(1 + number).predict(x, verbose=0)),
    "backup": (True, lambda: network().fit(x, y, callbacks=[keras.callbacks.BackupAndRestore("nowhere")])),
    "rewind": (True, lambda: network().fit(x, y, rewind=True)),
    "no number of steps": (False, lambda: network().fit(batches(8, 8), verbose=0)),
    "a short batch": (False, lambda: network().fit(batches(8, 8, 4), steps_per_epoch=3, verbose=0)),
    "too few batches": (False, lambda: network().fit(batches(8, 8), steps_per_epoch=3, verbose=0)),
    "own rows": (False, lambda: network().fit(x[: 64 - 8 * number], y[: 64 - 8 * number], verbose=0)),
    "initialized twice": (True, lambda: d.initialize("127.0.0.1:1", 2, number)),
}
for name, (shared, attempt) in TRIES.items():
    d.set_distribution(d.DataParallel(auto_shard_dataset=shared))
    try:
        attempt()
    except (ValueError, RuntimeError) as error:
        found[name] = str(error)
d.set_distribution(d.DataParallel())
history = network().fit(x, y, batch_size=8, epochs=9, verbose=0, callbacks=[Interrupts()])
found["stopped"] = [len(history.epoch), history.stopped]
print(json.dumps(found))
