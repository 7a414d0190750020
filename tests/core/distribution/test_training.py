"""The same losses on eight devices as on one, and parameters that are really spread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@cache
def trained(devices: int, how: str) -> dict:
    """What ``on_devices.py`` prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(HERE / "on_devices.py"), str(devices), how]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("how", ["data", "model"])
def test_same_numbers_as_one_device(how):
    one, eight = trained(1, "one"), trained(8, how)
    for name, values in one["history"].items():
        np.testing.assert_allclose(eight["history"][name], values, rtol=1e-4, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(eight["evaluated"], one["evaluated"], rtol=1e-4)
    np.testing.assert_allclose(eight["predicted"], one["predicted"], rtol=1e-3, atol=1e-4)
    assert eight["devices"] == 8


def test_data_parallel_keeps_whole_weights():
    assert trained(8, "data")["shard"] == [6, 16]


def test_model_parallel_spreads_weights_and_their_slots():
    found = trained(8, "model")
    assert found["shard"] == [6, 4]
    assert found["slot_shard"] == [6, 4]


@pytest.mark.parametrize("how", ["data", "model"])
def test_batches_of_a_stream_are_spread_too(how):
    one, eight = trained(1, "one"), trained(8, how)
    np.testing.assert_allclose(eight["generator"]["loss"], one["generator"]["loss"], rtol=1e-4)


@pytest.mark.parametrize(("devices", "how"), [(1, "one"), (8, "data"), (8, "model")])
def test_costs_are_what_devices_hold_after_training(devices, how):
    found = trained(devices, how)
    assert found["weights"] == found["really_weights"]
    assert found["optimizer"] == found["really_optimizer"]


def test_costs_are_what_the_compiled_step_exchanges():
    found = trained(8, "data")
    statistics = 4 * 16 * 4  # BatchNormalization: two means of 16 channels, and their gradients
    assert 0 <= found["exchanged"]["train"] - found["gradients"] < statistics + 32
    assert found["weights_sent"] == 2 * 7 * found["gradients"] // 8
    assert trained(1, "one")["exchanged"]["train"] == trained(1, "one")["weights_sent"] == 0
