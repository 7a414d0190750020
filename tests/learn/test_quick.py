"""The fast switch: short data, few epochs, and nothing at all without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from kerasnb.learn import quick

PROGRAM = """
import json, numpy as np, kerasnb as keras
from kerasnb import learn
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = np.ones((8, 3), "float32")
fits = [len(model.fit(x, x[:, :1], epochs=5, verbose=0).epoch)]
fits.append(model.fit(x, x[:, :1], epochs=9, initial_epoch=4, verbose=0).epoch)
batches = [(x, x[:, :1])] * 40
fits.append(len(model.fit(iter(batches), epochs=1, steps_per_epoch=3, verbose=0).epoch))
def build(rate):
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model
found = keras.sweep(lambda units: build(0.1), x, x[:, :1], epochs=7, units=[1, 2], verbose=0)
print(json.dumps([*fits, found.trials[0].epochs]))
"""


@pytest.mark.parametrize("fast", [False, True])
def test_fit_and_sweep(fast):
    environment = {k: v for k, v in os.environ.items() if k != "KERASNB_FAST"} | ({"KERASNB_FAST": "1"} if fast else {})
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ([2, [4, 5], 1, 2] if fast else [5, [4, 5, 6, 7, 8], 1, 7])


def test_loaders_are_cut():
    def load_data(rows):
        return (np.zeros((rows, 2)), list(range(rows))), (np.zeros(rows), np.zeros(rows))

    (x, y), (x_test, y_test) = quick.first_rows(load_data)(5000)
    assert len(x) == len(y) == quick.TRAIN_ROWS
    assert len(x_test) == len(y_test) == quick.TEST_ROWS


@pytest.mark.parametrize("name", quick.CUT)
def test_what_is_cut_exists(name):
    import importlib

    assert callable(importlib.import_module(f"kerasnb.datasets.{name}").load_data)
