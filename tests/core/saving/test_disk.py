"""A full disk, an unwritable place: an error that says so, and the file that was there is there still."""

from __future__ import annotations

import os

import pytest
from contracts.disks import full_disk
from core.saving.models import rows

import kerasnb as keras
from kerasnb import callbacks as C
from kerasnb import layers as L

NAMES = ["m.keras", "m.h5", "m.weights.h5", "m.safetensors", "m.stablehlo", "demo.html", "m.weights.json"]


def write(model, path):
    if path.name.endswith(".weights.json"):
        model.save_weights(path, max_shard_size=1.0)
    elif path.suffix in (".stablehlo", ".html"):
        model.export(path)
    elif path.name in ("m.weights.h5", "m.safetensors"):
        model.save_weights(path)
    else:
        model.save(path)


@pytest.mark.parametrize("name, size", [(n, s) for n in NAMES for s in (0, 5_000, 40_000) if s == 5_000 or "h5" in n])
def test_a_full_disk_costs_nothing(name, size, tmp_path):
    model = keras.Sequential([keras.Input((100,)), L.Dense(200), L.Dense(1)])  # 81 kB
    write(model, tmp_path / name)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with full_disk(size), pytest.raises(OSError):
        write(model, tmp_path / name)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_backups_go_on_without_a_disk(tmp_path):
    model = keras.Sequential([keras.Input((100,)), L.Dense(200), L.Dense(1)])
    model.compile("adam", "mse")
    data = {"x": rows(8, 100), "y": rows(8, 1), "verbose": 0}
    backup = C.BackupAndRestore(tmp_path, delete_checkpoint=False)
    model.fit(**data, callbacks=[backup])
    before = (tmp_path / "current" / "latest.weights.h5").read_bytes()
    with full_disk(20_000), pytest.warns(UserWarning, match="could not be written"):
        history = model.fit(**data, epochs=3, callbacks=[backup])
    assert history.epoch == [0, 1, 2]
    assert (tmp_path / "current" / "latest.weights.h5").read_bytes() == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the super-user may write everywhere")
def test_an_unwritable_folder(tmp_path):
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    model.save(tmp_path / "m.keras")
    before = (tmp_path / "m.keras").read_bytes()
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(PermissionError):
            model.save(tmp_path / "m.keras")
    finally:
        tmp_path.chmod(0o755)
    assert (tmp_path / "m.keras").read_bytes() == before


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "m.safetensors"])
def test_a_folder_in_the_files_place(name, tmp_path):
    """What cannot be replaced is told, and nothing is left behind."""
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    (tmp_path / name).mkdir()
    (tmp_path / name / "precious").write_text("kept")
    with pytest.raises(OSError):
        write(model, tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "precious").read_text() == "kept"
