"""Every fit is in the file, with all that belongs to it; and nothing that happens to the file stops training."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.runs import recorder, surroundings
from kerasnb.runs.writer import Recording, Writer, writer_of


def test_a_fit_is_recorded_with_all_that_belongs_to_it(file, fit, tmp_path):
    keras.utils.set_random_seed(5)
    with keras.runs.named("first"):
        model = fit(epochs=4, validation_split=0.25, callbacks=[keras.callbacks.EarlyStopping(patience=9)])
    model.save(tmp_path / "a.keras")
    run = keras.runs.get(1)
    assert run.history == {k: pytest.approx(v) for k, v in model.history.history.items()}
    assert run.epoch == [0, 1, 2, 3] and len(run.seconds) == 4
    assert (run.name, run.status, run.model, run.parameters, run.seed) == ("first", "finished", "small", 49, 5)
    assert run.data["x"] == "float32 (64, 4)" and run.data["rows"] == 48
    assert run.fit["callbacks"] == ["EarlyStopping"] and run.fit["batch_size"] == 32
    assert run.compile["optimizer"]["config"]["learning_rate"] == pytest.approx(0.01)
    assert run.config["config"]["layers"] and run.versions["python"]
    assert run.final["val_loss"] == pytest.approx(model.history.history["val_loss"][-1])
    assert run.saved == [str(tmp_path / "a.keras")]


def test_equal_models_have_one_hash_whatever_they_are_called(file, fit):
    fit(), fit(), fit(units=9)
    first, second, third = (keras.runs.get(i).hash for i in (1, 2, 3))
    assert first == second != third


@pytest.mark.parametrize("way, status", [("raises", "failed"), ("stops", "stopped")])
def test_how_a_run_ends(file, fit, way, status):
    def act(epoch, logs):
        if epoch == 1:
            if way == "raises":
                raise RuntimeError("on purpose")
            os.kill(os.getpid(), 2)

    try:
        fit(epochs=50, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=act)])
    except RuntimeError as error:
        assert way == "raises" and "on purpose" in str(error)
    run = keras.runs.get(-1)
    assert run.status == status and 1 <= len(run.epoch) < 50
    if way == "raises":
        assert run.message == "RuntimeError: on purpose"


def test_a_subclassed_model_without_configuration_is_recorded(file):
    class Own(keras.Model):
        def __init__(self, scale):
            super().__init__()
            self.scale, self.out = scale, keras.layers.Dense(1)

        def call(self, x):
            return self.out(x) * self.scale

    model = Own(object() and 2.0)
    model.compile("sgd", lambda y, p: keras.ops.mean((y - p) ** 2))
    model.fit(np.ones((8, 3), "float32"), np.ones((8, 1), "float32"), verbose=0)
    run = keras.runs.get(-1)
    assert run.parameters == 4 and len(run.epoch) == 1 and "Dense" in str(run.config)


def test_switches(file, fit, monkeypatch):
    keras.runs.off()
    try:
        fit(epochs=1)
        assert not keras.runs.is_on() and not file.exists()
    finally:
        keras.runs.on()
    fit(epochs=1)
    assert len(keras.runs.table()) == 1
    monkeypatch.setenv("KERASNB_RUNS", "off")
    fit(epochs=1)
    with pytest.raises(ValueError, match="KERASNB_RUNS is off"):
        keras.runs.table()
    monkeypatch.setenv("KERASNB_RUNS", str(file))
    assert len(keras.runs.table()) == 1


@pytest.mark.parametrize(
    "wish, ends", [("", "kerasnb/runs.db"), ("on", "kerasnb/runs.db"), ("{tmp}", "runs.db"), ("{tmp}/x.db", "x.db")]
)
def test_where_the_file_is(tmp_path, monkeypatch, wish, ends):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("KERASNB_RUNS", wish.format(tmp=tmp_path))
    assert keras.runs.runs_file() == tmp_path / ends


def test_a_damaged_file_is_told_and_moved_aside(file, fit, capsys):
    file.parent.mkdir()
    file.write_bytes(b"this is no database, " * 500)
    fit(epochs=3)
    recorder.flush()
    said = capsys.readouterr().err
    assert said.count("was damaged") == 1 and "Traceback" not in said
    (aside,) = file.parent.glob("runs.db.damaged-*")
    assert aside.read_bytes().startswith(b"this is no database")
    assert len(keras.runs.get(1).epoch) == 3


def test_a_place_that_cannot_be_written_is_told_once(tmp_path, monkeypatch, fit, capsys):
    blocked = tmp_path / "a file, no folder"
    blocked.write_text("")
    monkeypatch.setenv("KERASNB_RUNS", str(blocked / "runs.db"))
    for _ in range(2):
        model = fit(epochs=2)
        recorder.flush()
    assert len(model.history.epoch) == 2
    assert capsys.readouterr().err.count("runs are not recorded") == 1


def test_what_a_full_disk_refused_is_written_when_there_is_room(file, fit, monkeypatch, capsys):
    writer = writer_of(file)
    real, full = Writer._write, threading.Event()
    full.set()

    def write(self, batch):
        if full.is_set():
            raise sqlite3.OperationalError("database or disk is full")
        real(self, batch)

    monkeypatch.setattr(Writer, "_write", write)

    def make_room(epoch, logs):
        if epoch == 4:
            writer.flush(5)
            full.clear()

    model = fit(epochs=6, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=make_room)])
    assert keras.runs.get(1).history["loss"] == pytest.approx(model.history.history["loss"])
    assert "disk is full" in capsys.readouterr().err


def test_a_locked_file_stops_nothing_and_loses_nothing(file, fit):
    fit(epochs=1)
    recorder.flush()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.perf_counter()
    model = fit(epochs=5)
    took = time.perf_counter() - began
    waits = writer_of(file).waiting or writer_of(file).busy
    other.execute("ROLLBACK")
    other.close()
    assert waits and took < 60
    assert keras.runs.get(2).history["loss"] == pytest.approx(model.history.history["loss"])


def test_a_file_removed_while_training_is_begun_anew(file, fit):
    def remove(epoch, logs):
        if epoch == 2:
            recorder.flush()
            for path in file.parent.iterdir():
                path.unlink()

    fit(epochs=5, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=remove)])
    assert keras.runs.get(1).epoch == [0, 1, 2, 3, 4]


def test_epochs_that_do_not_fit_into_the_queue_are_written_at_the_end(file, monkeypatch):
    monkeypatch.setattr("kerasnb.runs.writer.LIMIT", 10)
    writer = Writer(file)
    monkeypatch.setattr(writer, "thread", threading.current_thread())  # nobody empties the queue
    recording = Recording("k", {"started": 0.0, "hash": "h"}, "{}")
    for i in range(100):
        writer.put(recording, "epoch", (i, {"loss": float(i)}, 0.1))
    assert len(writer.waiting) == 10 and recording.behind
    done = {"status": "finished", "message": "", "ended": 1.0, "parameters": 1, "epoch": list(range(100)),
            "history": {"loss": [float(i) for i in range(100)]}, "seconds": [0.1] * 100}  # fmt: skip
    writer.put(recording, "finish", done)
    writer._write(list(writer.waiting))
    stored = writer.connection.execute("SELECT count(*), max(epoch) FROM epochs").fetchone()
    assert tuple(stored) == (100, 99)
    writer._disconnect()


def test_an_observer_that_fails_is_left_out(fit):
    from kerasnb.core.training.observers import Observer, register_observer

    seen = []

    class Bad(Observer):
        def epoch(self, epoch, logs, seconds):
            seen.append(epoch)
            raise RuntimeError("mine alone")

    undo = register_observer(lambda fit, arguments: Bad())
    try:
        assert len(fit(epochs=3).history.epoch) == 3
    finally:
        undo()
    assert seen == [0]


def test_an_epoch_costs_the_training_thread_less_than_a_millisecond(file):
    writer = Writer(Path(file))
    recording = Recording("k", {"started": 0.0, "hash": "h"}, "{}")
    times = []
    for i in range(2000):
        began = time.perf_counter()
        writer.put(recording, "epoch", (i, {"loss": 0.5, "val_loss": 0.25}, 0.1))
        times.append(time.perf_counter() - began)
    writer.close()
    assert np.median(times) < 1e-3


def test_a_process_is_told_from_another():
    assert not surroundings.is_gone(surroundings.host(), surroundings.process())
    assert surroundings.is_gone(surroundings.host(), "999999999 1")
    assert not surroundings.is_gone("another machine", "999999999 1")
