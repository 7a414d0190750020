"""Two processes over the loopback address: the run of one process, to the same numbers, and files that one can read."""

from __future__ import annotations

import json
import os
import re
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
SECONDS = 900  # far more than a run takes on a busy machine, so that a hanging one ends


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
    log = (folder / "data-2" / "log.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in log] == ["epoch", "0", "1"]


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


@pytest.mark.parametrize("dies", [1, pytest.param(0, marks=pytest.mark.slow)])
def test_the_other_process_ends(dies):
    port = str(free_port())
    found = run_all([[str(HERE / "dying.py"), port, str(i), str(dies)] for i in range(2)])
    assert found[dies][0] == 3 and f"process {dies} ends" in found[dies][1]
    status, out, err = found[1 - dies]
    assert status != 0 and "never" not in out
    if dies == 1:  # without process 0, which holds the run together, jax may end the other before Python can speak
        assert "Another process of this run has ended or cannot be reached (this is process 0 of 2)" in err
    else:
        assert "Another process of this run" in err or "JAX distributed service" in err


@cache
def disagreeing() -> list[dict]:
    """What ``disagreeing.py`` prints in each of its two processes."""
    port = str(free_port())
    found = run_all([[str(HERE / "disagreeing.py"), port, str(i)] for i in range(2)])
    assert [status for status, _, _ in found] == [0, 0], found[0][2][-3000:]
    return [json.loads(out.strip().splitlines()[-1]) for _, out, _ in found]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        ("rows", "number of rows and the batch size; here (process {}).*auto_shard_dataset=True each process must"),
        ("rows to predict", "do not agree on the number of rows to predict"),
        ("first batch", "do not agree on the first batch"),
        ("models", "do not agree on the weights of the model"),
        ("backup", "BackupAndRestore takes up runs of one process"),
        ("rewind", "rewind=True keeps the states of a run of one process"),
        ("no number of steps", "pass steps_per_epoch"),
        ("a short batch", "Batch 3 of the data has 4 rows, the first had 8"),
        ("too few batches", "this epoch had 2 of 3 steps"),
        ("own rows", "With auto_shard_dataset=False each process gives data of its own"),
        ("initialized twice", "once is enough"),
    ],
)
def test_what_does_not_go_together_is_told_in_every_process(attempt, words):
    for number, found in enumerate(disagreeing()):
        pattern = re.escape(words.format(number)).replace(r"\.\*", ".*")
        assert re.search(pattern, found[attempt]), found[attempt]


@pytest.mark.slow
def test_an_interrupt_of_one_process_stops_all():
    assert [found["stopped"] for found in disagreeing()] == [[3, True], [3, True]]
