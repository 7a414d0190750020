"""Memory stays where it was: streams of any length, models that are built and dropped, programs of dropped models."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import weakref
from pathlib import Path

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.training import programs

HERE = Path(__file__).parent
LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")


def script(name: str, argument: int):
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[2])}
    command = [sys.executable, str(HERE / name), str(argument)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@LINUX
@pytest.mark.slow
def test_two_gigabytes_of_batches_in_constant_memory():
    found = script("streaming.py", 2048)
    assert np.isfinite(found["loss"])
    assert found["peak"] - found["base"] < 1000, found


@LINUX
@pytest.mark.slow
def test_five_hundred_models_leave_memory_where_it_was():
    found = script("cycles.py", 500)
    before, last = np.mean(found[-200:-100]), np.mean(found[-100:])
    assert abs(last - before) < 0.03 * before, (before, last)


def test_programs_of_dropped_models_are_released(monkeypatch):
    """The cache keeps the programs of the last kinds of models; what falls out of it is gone, executables too."""
    monkeypatch.setattr(programs, "KEPT", 1)
    x = np.ones((8, 4), "float32")
    kinds, counts = [], []
    for units in (3, 5, 7, 9):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(units)])
        model.compile("sgd", "mse")
        model.fit(x, x[:, :1], verbose=0)
        kinds.append((weakref.ref(model), weakref.ref(programs.programs_for(model))))
        del model
        gc.collect()
        counts.append(len(jax.devices()[0].client.live_executables()))
    assert [ref() is None for ref, _ in kinds] == [True] * 4
    assert [ref() is None for _, ref in kinds] == [True, True, True, False]
    assert counts[1] == counts[2] == counts[3]
