"""Several processes write to one file at once, one of them is killed: nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time

import kerasnb as keras

# Records runs as fit does, without the weight of a fit.
CHILD = """
import sys, time
from pathlib import Path
from kerasnb.runs.writer import Recording, writer_of
path, name, runs, epochs, pause = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
from kerasnb.runs import surroundings
writer = writer_of(path)
for run in range(runs):
    row = {"started": time.time(), "name": f"{name}-{run}", "hash": name, "host": surroundings.host(),
           "process": surroundings.process()}
    recording = Recording(f"{name}-{run}", row, "{}")
    writer.put(recording, "start")
    for epoch in range(epochs):
        writer.put(recording, "epoch", (epoch, {"loss": epoch + run / 1000}, 0.001))
        time.sleep(pause)
    writer.put(recording, "finish", {"status": "finished", "message": "", "ended": time.time(), "parameters": 1,
               "epoch": list(range(epochs)), "history": {}, "seconds": []})
print("done", flush=True)
"""


def begin(file, name, runs, epochs, pause):
    command = [sys.executable, "-c", CHILD, str(file), name, str(runs), str(epochs), str(pause)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_four_processes_and_a_kill_lose_nothing(file):
    writing = [begin(file, f"p{i}", runs=3, epochs=200, pause=0.001) for i in range(3)]
    victim = begin(file, "victim", runs=1, epochs=100_000, pause=0.002)
    began = time.monotonic()
    while time.monotonic() - began < 60:  # until it has something to lose
        if [r for r in keras.runs.table() if r["name"] == "victim-0" and r["epochs"] > 20]:
            break
        time.sleep(0.05)
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    victim.stdout.close()
    for child in writing:
        out, _ = child.communicate(timeout=60)
        assert child.returncode == 0 and out == "done\n"
    rows = {r["name"]: r for r in keras.runs.table()}
    assert len(rows) == 10
    for i in range(3):
        for n in range(3):
            run = keras.runs.get(f"p{i}-{n}")
            assert run.status == "finished" and run.history["loss"] == [e + n / 1000 for e in range(200)]
    lost = keras.runs.get("victim-0")
    assert lost.status == "failed" and "process ended" in lost.message
    assert lost.epoch == list(range(len(lost.epoch))) and len(lost.epoch) > 20
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_process_that_ends_at_once_has_written_everything(file):
    child = begin(file, "short", runs=1, epochs=50, pause=0)
    assert child.communicate(timeout=60)[0] == "done\n"
    assert len(keras.runs.get("short-0").epoch) == 50
