"""The folder of a BackupAndRestore: what is written there, and what is there that nobody of ours wrote."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.callbacks import backup_files
from kerasnb.core.callbacks.backup_files import STATE, BackupFiles
from kerasnb.core.saving.weights import snapshot


@pytest.fixture
def model():
    found = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    found.compile("sgd", "mse")
    found.optimizer.build(found.trainable_variables)
    return found


def state(model, epoch=1):
    arrays = [np.arange(3.0), np.asarray(jnp.ones(2, "bfloat16"))]
    return SimpleNamespace(facts={"epoch": epoch}, arrays=arrays, weights=snapshot(model, copy=True))


@pytest.mark.parametrize("keep", [False, True])
def test_there_and_back(keep, model, tmp_path):
    files = BackupFiles(tmp_path / "backup", keep_previous=keep)
    for epoch in (1, 2, 3):
        files.write(state(model, epoch))
    assert [json.loads((p / STATE).read_text())["epoch"] for p in files.places()] == ([3, 2] if keep else [3])
    found = files.read(files.places()[0], model)
    assert found.facts["epoch"] == 3 and found.arrays[0].tolist() == [0, 1, 2]
    assert found.arrays[1].dtype.name == "bfloat16" and found.arrays[1].astype("float32").tolist() == [1, 1]
    files.delete()
    assert not files.folder.exists()


@pytest.mark.parametrize(
    "text, words",
    [
        ("[" * 100_000, "nested too deeply"),
        ("[1]", "not of the form"),
        ('{"form": 1}', "not of the form"),
        ("{", "Expecting"),
    ],
)
def test_facts_that_are_none(text, words, model, tmp_path):
    files = BackupFiles(tmp_path)
    files.write(state(model))
    (files.places()[0] / STATE).write_text(text)
    with pytest.raises(ValueError, match=words):
        files.read(files.places()[0], model)


def test_what_killed_runs_left_is_swept(model, tmp_path):
    for name in ("fresh-1", "gone-current-2", "mine"):
        (tmp_path / name).mkdir()
    BackupFiles(tmp_path).sweep()
    BackupFiles(tmp_path / "nothing yet").sweep()
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_file_systems_that_cannot_wait(tmp_path, monkeypatch):
    backup_files._to_disk(tmp_path / "gone")  # as a folder on Windows: it cannot be opened

    def refuse(handle):
        raise OSError("not supported")

    monkeypatch.setattr(os, "fsync", refuse)
    backup_files._to_disk(tmp_path)
