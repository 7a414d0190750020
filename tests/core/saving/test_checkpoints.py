"""Checkpoints of a folder: listed, whatever wrote them, and compared."""

from __future__ import annotations

import numpy as np
import pytest
from core.saving.models import rows

import kerasnb as keras
from kerasnb import callbacks as C
from kerasnb import layers as L
from kerasnb import saving


@pytest.fixture
def folder(tmp_path):
    """One of each kind."""
    model = keras.Sequential([keras.Input((5,)), L.Dense(3), L.Dense(1)])
    model.compile("adam", "mse")
    model.save_weights(tmp_path / "before.safetensors")
    model.fit(
        rows(6, 5), rows(6, 1), epochs=2, batch_size=3, verbose=0,
        callbacks=[
            C.ModelCheckpoint(tmp_path / "m-{epoch}.keras"), C.BackupAndRestore(tmp_path, delete_checkpoint=False),
            C.OrbaxCheckpoint(tmp_path, max_to_keep=2),
        ],
    )  # fmt: skip
    model.save_weights(tmp_path / "w.weights.h5")
    model.save(tmp_path / "folder", zipped=False)
    (tmp_path / "notes.txt").write_text("no checkpoint")
    return tmp_path


def test_listed(folder):
    found = {c.path.name: c for c in saving.checkpoints(folder)}
    assert {n: c.kind for n, c in found.items()} == {
        "before.safetensors": "weights", "m-1.keras": "model", "m-2.keras": "model", "current": "backup", "0": "orbax",
        "1": "orbax", "w.weights.h5": "weights", "folder": "model",
    }  # fmt: skip
    assert found["current"].epoch == 2 and found["1"].step == 1
    assert found["current"].numbers["loss"] == found["1"].numbers["loss"] > 0
    assert all(c.size > 100 for c in found.values())
    assert [c.modified for c in saving.checkpoints(folder)] == sorted(c.modified for c in found.values())
    text = repr(saving.checkpoints(folder))
    assert "epoch 2" in text and "loss" in text and "notes" not in text
    (folder / "<b>.keras").write_bytes(b"")
    assert "<b>" not in saving.checkpoints(folder)._repr_html_()
    with pytest.raises(FileNotFoundError, match="nowhere"):
        saving.checkpoints(folder / "nowhere")
    (folder / "empty").mkdir()
    assert "no checkpoints" in repr(saving.checkpoints(folder / "empty"))


def test_compared(folder):
    for one, other in (("m-2.keras", "w.weights.h5"), ("current", "folder"), ("m-2.keras", "current")):
        same = saving.compare_checkpoints(folder / one, folder / other)
        assert same.equal and "All 4 weights are equal" in repr(same)
    orbax = saving.compare_checkpoints(folder / "0", folder / "1")
    assert not orbax.equal and len(orbax.changed) == 4
    moved = saving.compare_checkpoints(folder / "m-1.keras", folder / "m-2.keras")
    a, b = (keras.saving.load_model(folder / f"m-{i}.keras").get_weights()[0] for i in (1, 2))
    shape, largest, relative = moved.changed["layers/dense/0"]
    assert shape == (5, 3) and largest == pytest.approx(np.abs(a - b).max())
    assert relative == pytest.approx(np.linalg.norm(a - b) / np.linalg.norm(a), rel=1e-6)
    assert "5x3" in repr(moved) and "<table>" in moved._repr_html_()
    other = keras.Sequential([keras.Input((5,)), L.Dense(2)])
    other.save(folder / "o.keras")
    assert saving.compare_checkpoints(folder / "m-1.keras", folder / "o.keras").only == {
        "layers/dense/0": "(5, 3) and (5, 2)", "layers/dense/1": "(3,) and (2,)",
        "layers/dense_1/0": "only in the first", "layers/dense_1/1": "only in the first",
    }  # fmt: skip
    with pytest.raises(FileNotFoundError, match=r"m-1\.keras"):
        saving.compare_checkpoints(folder / "m-11.keras", folder / "m-2.keras")
    (folder / "m-1.keras").write_bytes(b"junk")
    with pytest.raises(ValueError, match="damaged"):
        saving.compare_checkpoints(folder / "m-1.keras", folder / "m-2.keras")


def test_from_the_notebook(folder):
    from kerasnb import magic

    assert "m-2.keras" in magic.answer(f"checkpoints {folder}")
    assert "largest difference" in magic.answer(f"checkpoints {folder} m-1.keras m-2.keras")
    for line, words in ((f"{folder}/nowhere", "no folder"), (f"{folder} m-1.keras", "two checkpoints")):
        with pytest.raises(magic.UsageError, match=words):
            magic.answer(f"checkpoints {line}")
