"""Corners of archives, checkpoints, the file editor and exports that everyday use does not reach."""

from __future__ import annotations

import io
import json
import os
import zipfile

import h5py
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb import saving
from kerasnb.core.saving import checkpoints, keras_archive, lambdas, regions, weights
from kerasnb.core.saving.export_archive import ExportArchive, load_endpoint
from kerasnb.core.saving.file_editor import KerasFileEditor


@pytest.fixture(scope="module")
def model():
    return keras.Sequential([keras.Input((3,)), L.Dense(2, name="a"), L.Dense(1, name="b")])


# --- archives ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zipped", [True, False])
def test_vocabularies_travel(zipped, tmp_path):
    lookup = L.StringLookup()
    lookup.adapt(["one", "two", "one"])
    words = keras.Sequential([keras.Input((), dtype="string"), lookup])
    name = "m.keras" if zipped else "folder"
    words.save(tmp_path / name, zipped=zipped)
    assert keras.saving.load_model(tmp_path / name).layers[0].get_vocabulary() == ["[UNK]", "one", "two"]
    if zipped:  # written into memory, as pickle does
        out = io.BytesIO()
        keras_archive.write_archive(words, out)
        with zipfile.ZipFile(out) as archive:
            assert any(n.startswith("assets/") for n in archive.namelist())
            found = keras_archive.read_archive(archive, "in memory")
        assert found.layers[0].get_vocabulary() == ["[UNK]", "one", "two"]


def test_an_archive_without_weights(model, tmp_path):
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as old, zipfile.ZipFile(tmp_path / "n.keras", "w") as new:
        new.writestr("config.json", old.read("config.json"))
        new.writestr("assets/", b"")
    assert keras.saving.load_model(tmp_path / "n.keras").count_params() == model.count_params()


def test_names_that_are_no_text_and_weights_that_are_gone(model, tmp_path):
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file.create_group(b"\xff\xfe")
    with pytest.raises(ValueError, match="names that are no text"):
        KerasFileEditor(tmp_path / "w.weights.h5")
    with zipfile.ZipFile(tmp_path / "n.keras", "w") as new:
        new.writestr("other.json", "{}")
    with pytest.raises(ValueError, match=r"holds no config\.json"):
        keras.saving.load_model(tmp_path / "n.keras")
    with zipfile.ZipFile(tmp_path / "n.keras", "w") as new:
        new.writestr("config.json", '{"class_name": "Sequential"}')
    with pytest.raises(ValueError, match=r"holds no model\.weights\.h5"):
        model.load_weights(tmp_path / "n.keras")


def test_a_folder_without_weights(model, tmp_path):
    model.save(tmp_path / "folder", zipped=False)
    (tmp_path / "folder" / "model.weights.h5").unlink()
    with pytest.raises(ValueError, match="no HDF5 file"):
        keras.saving.load_model(tmp_path / "folder")


@pytest.mark.parametrize(
    "error, words",
    [(RecursionError("deep"), "nested too deeply"), (ZeroDivisionError("oh"), r"no model .*ZeroDivisionError: oh")],
)
def test_what_a_constructor_makes_of_nonsense(error, words, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(keras_archive.registry, "deserialize_keras_object", fail)
    with pytest.raises(ValueError, match=words):
        keras_archive.revive({"class_name": "x"}, None, False, True)


def test_a_region_of_a_file(tmp_path):
    (tmp_path / "a").write_bytes(b"0123456789")
    with open(tmp_path / "a", "rb") as file:
        region = regions.Region(file, 2, 5)
        assert region.readable() and region.seekable() and region.read() == b"23456"
        assert region.seek(-2, os.SEEK_END) == 3 == region.tell() and region.read(9) == b"56" and region.read() == b""
        assert region.seek(1) == 1 and region.seek(1, os.SEEK_CUR) == 2 and region.read(1) == b"4"
        assert region.seek(-9) == 0


def test_a_member_without_its_header(model, tmp_path):
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        with regions.opened_member(archive, "model.weights.h5", "m.keras") as member:
            assert member.read(4) == b"\x89HDF"
        info = archive.getinfo("model.weights.h5")
        archive.open = lambda name: io.BytesIO()  # the checksum was right, and then the file was cut
        info.header_offset = os.path.getsize(tmp_path / "m.keras") - 10
        with pytest.raises(ValueError, match="has no header"):
            with regions.opened_member(archive, "model.weights.h5", "m.keras"):
                pass


def test_lambdas_without_a_source():
    nameless = eval("lambda x: x")  # noqa: S307
    assert lambdas.describe_lambda(nameless) == {"class_name": "__lambda__", "config": {"source": ""}}


# --- weights -------------------------------------------------------------------------------------------


def test_each_object_once(model):
    class Ring:
        """Something that holds itself, as parents do."""

        def __init__(self):
            self.parts, self.again = [self], {"x": self, "n": 5}

        def save_own_variables(self, store):
            store["0"] = np.ones(2)

    assert [path for path, _ in weights.walk(Ring())] == [""]
    taken = weights.snapshot(model, copy=True)
    assert {s.path for s in taken} >= {"layers/dense", "layers/dense_1"}
    assert all(a.flags.owndata for s in taken for a in s.arrays.values())


def test_a_full_disk_in_hdf5s_words(tmp_path):
    with pytest.raises(OSError, match="Cannot write"):
        with weights.new_h5(tmp_path / "x.h5"):
            raise RuntimeError("unable to flush")


# --- checkpoints ---------------------------------------------------------------------------------------


def test_folders_of_all_sorts(model, tmp_path):
    assert checkpoints.checkpoints(tmp_path)._repr_html_() == "<p>There are no checkpoints here.</p>"
    (tmp_path / "no checkpoint").mkdir()
    (tmp_path / ".hidden.keras").write_bytes(b"")
    for name, text in (("one", "[1]"), ("two", "["), ("three", '{"epoch": "x", "logs": {"a": 1, "b": "c"}}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "training_metadata.json").write_text(text)
    for name, text in (("7", '{"custom_metadata": 3}'), ("8", '{"custom_metadata": {"logs": [1]}}'), ("word", "{}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "_CHECKPOINT_METADATA").write_text(text)
    found = {c.path.name: c for c in checkpoints.checkpoints(tmp_path)}
    assert set(found) == {"one", "two", "three", "7", "8"}
    assert found["three"].epoch is None and found["three"].numbers == {"a": 1.0}
    assert found["7"].step == 7 and found["8"].numbers == {}
    assert "number 7" in repr(checkpoints.checkpoints(tmp_path))
    with pytest.raises(FileNotFoundError, match="no folder"):
        checkpoints.checkpoints(tmp_path / "gone")
    with pytest.raises(ValueError, match="is no checkpoint"):
        checkpoints.weights_of(tmp_path / "no checkpoint")


def test_what_is_compared(model, tmp_path):
    model.save_weights(tmp_path / "a.safetensors")
    model.save_weights(tmp_path / "b.weights.h5")
    assert set(checkpoints.weights_of(tmp_path / "a.safetensors")) >= {"layers/dense/0", "layers/dense_1/1"}
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'a\.safetensors'"):
        checkpoints.weights_of(tmp_path / "a.safetensor")
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        checkpoints.weights_of(tmp_path / "gone" / "a")
    with pytest.raises(ValueError, match="Name two checkpoints"):
        checkpoints.command(str(tmp_path), "a.safetensors")
    assert "a.safetensors" in checkpoints.command(str(tmp_path))
    assert checkpoints.size_text(3 * 2**30) == "3.0 GB" and checkpoints.size_text(12) == "12 bytes"


# --- the file editor -----------------------------------------------------------------------------------


def test_edits_that_change_nothing_or_begin_at_the_top(model, tmp_path):
    model.save_weights(tmp_path / "w.weights.h5")
    editor = KerasFileEditor(tmp_path / "w.weights.h5")
    editor.rename_object("layers/dense", "dense")
    editor.add_object("extra", {"0": np.ones(2)})
    editor.add_weights("extra", {"0": np.zeros(3)})
    editor.resave_weights(tmp_path / "v.weights.h5")
    again = KerasFileEditor(tmp_path / "v.weights.h5")
    assert again.weights_dict["extra"]["0"].tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="is an object, not a weight"):
        editor.add_weights("layers", {"dense": np.ones(1)})


def test_who_wrote_it_may_be_damaged(model, tmp_path, capsys):
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as old, zipfile.ZipFile(tmp_path / "n.keras", "w") as new:
        for name in old.namelist():
            new.writestr(name, b"[" * 50_000 if name == "metadata.json" else old.read(name))
    KerasFileEditor(tmp_path / "n.keras").summary()
    assert "Saved with" not in capsys.readouterr().out
    with h5py.File(tmp_path / "x.weights.h5", "w") as file:
        file.create_group("vars").attrs["name"] = b"bytes"
    assert KerasFileEditor(tmp_path / "x.weights.h5").object_metadata == {"/": {"name": "bytes"}}


# --- exports -------------------------------------------------------------------------------------------


def test_endpoints(model, tmp_path):
    archive = ExportArchive()
    archive.track(model)
    archive.track(model)  # once is enough
    signature = [keras.InputSpec(shape=(None, 3), dtype="float32")]
    archive.add_endpoint("serve", model.call, signature)
    with pytest.raises(ValueError, match="there is an endpoint 'serve' already"):
        archive.add_endpoint("serve", model.call, signature)
    archive.write_out(tmp_path / "out")
    x = np.ones((2, 3), "float32")
    np.testing.assert_allclose(load_endpoint(tmp_path / "out")(x), model(x), rtol=1e-6)
    with pytest.raises(FileNotFoundError, match=r"no endpoint 'sevre'; it has \['serve'\]"):
        load_endpoint(tmp_path / "out", "sevre")
    (tmp_path / "out" / "serve.stablehlo").write_bytes(b"\xff" * 100)
    with pytest.raises(ValueError, match="is no exported program"):
        load_endpoint(tmp_path / "out")
    (tmp_path / "out" / "folder.stablehlo").mkdir()
    with pytest.raises(OSError):
        load_endpoint(tmp_path / "out", "folder")


# --- text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"config": 5}', '{"config": {}}', "[" * 100_000, json.dumps({"config": {"word_counts": "x"}})]
)
def test_tokenizers_that_are_none(text):
    from kerasnb.preprocessing.text import tokenizer_from_json

    with pytest.raises(ValueError, match="describes no tokenizer"):
        tokenizer_from_json(text)


def test_the_public_names():
    assert saving.checkpoints is checkpoints.checkpoints
