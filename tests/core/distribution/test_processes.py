"""Two processes over the loopback address: the run of one process, to the same numbers, and files that one can read."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import kerasnb as keras

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SECONDS = 300  # far more than a run takes, so that a hanging one ends


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def run_all(commands: list[list[str]]) -> list[tuple[int, str, str]]:
    """(exit status, output, errors) of scripts that run at the same time."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("XLA_FLAGS", None)
    running = [
        subprocess.Popen(
            [sys.executable, *command], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for command in commands
    ]
    try:
        texts = [process.communicate(timeout=SECONDS) for process in running]
    finally:
        for process in running:
            process.kill()
    return [(process.returncode, *text) for process, text in zip(running, texts)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("processes")


@cache
def trained(folder: Path, processes: int, how: str) -> list[dict]:
    """What ``on_processes.py`` prints in each process, with its whole output as "printed"."""
    place, port = folder / f"{how}-{processes}", str(free_port())
    place.mkdir()
    script = str(HERE / "on_processes.py")
    found = []
    for status, out, err in run_all(
        [[script, port, str(processes), str(i), how, str(place)] for i in range(processes)]
    ):
        assert status == 0, err[-3000:]
        found.append({**json.loads(out.strip().splitlines()[-1]), "printed": out})
    return found


def check_same_numbers(two: list[dict], one: dict, own: bool) -> None:
    for number, found in enumerate(two):
        for name, wanted in one.items():
            if name in ("printed", "shard", "devices"):
                continue
            if own and name.startswith("predicted"):  # a process gets what belongs to its own rows
                rows = [wanted[i : i + 32] for i in range(0, len(wanted), 32)]
                wanted = np.concatenate([np.split(np.array(r), len(two))[number] for r in rows])
            if isinstance(wanted, dict):
                assert set(found[name]) == set(wanted)
                for key, values in wanted.items():
                    np.testing.assert_allclose(found[name][key], values, rtol=1e-4, atol=1e-5, err_msg=f"{name} {key}")
            elif name == "weights":
                for a, b in zip(found[name], wanted, strict=True):
                    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
            else:
                np.testing.assert_allclose(found[name], wanted, rtol=1e-4, atol=1e-5, err_msg=name)


def check_files(place: Path, found: dict) -> None:
    """What two processes wrote, one reads, and goes on as they would have."""
    model = keras.saving.load_model(place / "saved.keras")
    checked = keras.saving.load_model(place / "checked.keras")
    assert checked.count_params() == model.count_params()
    draw = np.random.RandomState(0)
    x = draw.normal(size=(168, 6)).astype("float32")
    y = (x.sum(1) > 0).astype("int32")
    np.testing.assert_allclose(model.predict_on_batch(x[:32]), found["predicted_on_batch"], rtol=1e-4, atol=1e-5)
    assert keras.callbacks.OrbaxCheckpoint(place / "orbax").restore(model) == 0
    for ours, theirs in zip(model.get_weights(), found["weights"], strict=True):
        np.testing.assert_array_equal(ours, np.array(theirs, ours.dtype))
    history = model.fit(x, y, epochs=1, batch_size=32, shuffle=False, verbose=0).history
    for name, values in found["after"].items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5, err_msg=name)


def test_data_parallel(folder):
    (one,), two = trained(folder, 1, "data"), trained(folder, 2, "data")
    check_same_numbers(two, one, own=False)
    assert two[0]["devices"] == 2 and two[0]["shard"] == [6, 16]
    check_files(folder / "data-2", two[0])


def test_only_the_first_process_speaks(folder):
    first, second = (found["printed"] for found in trained(folder, 2, "data"))
    assert "Epoch 1/2" in first and "saving model to" in first
    assert "Epoch" not in second


@pytest.mark.slow
@pytest.mark.parametrize(("how", "shard"), [("model", [6, 8]), ("model-across", [6, 4])])
def test_model_parallel(folder, how, shard):
    (one,), two = trained(folder, 1, "data"), trained(folder, 2, how)
    check_same_numbers(two, one, own=False)
    assert [found["shard"] for found in two] == [shard, shard]
    check_files(folder / f"{how}-2", two[0])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["data-own", "model-own"])
def test_each_with_data_of_its_own(folder, how):
    check_same_numbers(trained(folder, 2, how), trained(folder, 1, "data-own")[0], own=True)


@pytest.mark.slow
def test_different_seeds_make_one_model(folder):
    check_same_numbers(trained(folder, 2, "unseeded"), trained(folder, 1, "data")[0], own=False)


def test_the_other_process_ends():
    port = str(free_port())
    first, second = run_all([[str(HERE / "dying.py"), port, str(i)] for i in range(2)])
    assert second[0] == 3 and "process 1 ends" in second[1]
    assert first[0] != 0 and "never" not in first[1]
    assert "Another process of this run has ended or cannot be reached (this is process 0 of 2)" in first[2]
