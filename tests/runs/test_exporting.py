"""Runs elsewhere: TensorBoard's files by their layout, MLflow through what it offers."""

from __future__ import annotations

import json
import struct
import sys
import types
from types import SimpleNamespace

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import cli


class Client:
    """MLflow's client, with its limits and its errors."""

    made: dict = {}
    experiments: dict = {}

    def __init__(self, tracking_uri=None):
        self.uri = tracking_uri

    def get_experiment_by_name(self, name):
        return self.experiments.get(name)

    def create_experiment(self, name):
        assert name not in self.experiments
        self.experiments[name] = SimpleNamespace(experiment_id=str(len(self.experiments)))
        return self.experiments[name].experiment_id

    def create_run(self, experiment_id, start_time=None, tags=None, run_name=None):
        assert experiment_id in {e.experiment_id for e in self.experiments.values()} and isinstance(start_time, int)
        assert all(isinstance(v, str) for v in tags.values())
        number = f"id{len(self.made)}"
        self.made[number] = {"tags": tags, "name": run_name, "metrics": [], "params": {}, "texts": {}, "uri": self.uri}
        return SimpleNamespace(info=SimpleNamespace(run_id=number))

    def log_batch(self, run_id, metrics=(), params=(), tags=()):
        assert len(metrics) <= 1000 and len(params) <= 100
        for param in params:
            assert param.key not in self.made[run_id]["params"] and len(param.value) <= 500
            self.made[run_id]["params"][param.key] = param.value
        self.made[run_id]["metrics"] += [(m.key, m.value, m.step) for m in metrics]

    def log_text(self, run_id, text, artifact_file):
        self.made[run_id]["texts"][artifact_file] = text

    def set_terminated(self, run_id, status=None, end_time=None):
        self.made[run_id].update(status=status, ended=end_time)


@pytest.fixture
def mlflow(monkeypatch):
    """A module in MLflow's place."""
    package, tracking, entities = (types.ModuleType(n) for n in ("mlflow", "mlflow.tracking", "mlflow.entities"))
    package.__path__ = []
    Client.made, Client.experiments = {}, {}
    tracking.MlflowClient = Client
    entities.Metric = lambda key, value, timestamp, step: SimpleNamespace(
        key=key, value=float(value), timestamp=int(timestamp), step=int(step)
    )
    entities.Param = lambda key, value: SimpleNamespace(key=str(key), value=str(value))
    for module in (package, tracking, entities):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return Client


def test_a_run_in_mlflow(file, fit, mlflow):
    with keras.runs.named("wide"):
        model = fit(epochs=3, validation_split=0.25)
    run = keras.runs.get(1).tag("paper").note("good")
    number = run.to_mlflow("digits", "sqlite:///x.db")
    found = mlflow.made[number]
    assert (found["name"], found["status"], found["uri"]) == ("wide", "FINISHED", "sqlite:///x.db")
    assert found["tags"]["kerasnb.tags"] == "paper" and found["tags"]["mlflow.note.content"] == "good"
    expected = model.history.history["val_loss"]
    assert [v for k, v, _ in found["metrics"] if k == "val_loss"] == pytest.approx(expected)
    assert [s for k, _, s in found["metrics"] if k == "loss"] == [0, 1, 2]
    assert found["params"]["fit.epochs"] == "3" and found["params"]["model.name"] == "small"
    assert json.loads(found["texts"]["model.json"])["config"]["layers"]
    again = run.to_mlflow("digits")
    assert again != number and len(mlflow.experiments) == 1


def test_a_long_run_goes_in_batches(file, fit, mlflow):
    fit(epochs=700)
    number = keras.runs.get(1).to_mlflow()
    assert len(mlflow.made[number]["metrics"]) == 1400


def test_without_mlflow_it_is_said_what_to_install(file, fit, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    fit(epochs=1)
    with pytest.raises(ImportError, match="pip install mlflow"):
        keras.runs.get(1).to_mlflow()
    assert cli.main(["runs", "1", "--mlflow"]) == 1
    assert "pip install mlflow" in capsys.readouterr().err


def test_mlflow_from_the_command_line(file, fit, mlflow, capsys):
    fit(epochs=1)
    keras.runs.flush()
    assert cli.main(["runs", "1", "--mlflow", "sqlite:///y.db"]) == 0
    assert capsys.readouterr().out == "id0\n" and mlflow.made["id0"]["uri"] == "sqlite:///y.db"
    assert cli.main(["runs", "--mlflow"]) == 2
    assert "needs the numbers of runs" in capsys.readouterr().err


def scalars(path):
    """(step, value) of each record of an event file, read by its layout: TFRecord around protobuf."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        record = data[at + 12 : at + 12 + length]
        at += 12 + length + 4
        if b"epoch_loss" in record:
            place = record.index(b"epoch_loss") + len("epoch_loss")
            found.append(record[place:])
    return found


def test_tensorboard_reads_what_is_written(file, fit, tmp_path):
    model = fit(epochs=3, validation_split=0.25)
    folder = keras.runs.get(1).to_tensorboard(tmp_path)
    (events,) = (folder / "train").glob("events.*")
    values = scalars(events)
    assert len(values) == 3
    for value, loss in zip(values, model.history.history["loss"], strict=True):
        assert struct.pack("<f", np.float32(loss)) in value
