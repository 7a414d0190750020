"""KerasFileEditor: what it shows, every edit loaded again by a model, and files from strangers."""

import zipfile

import h5py
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.saving import KerasFileEditor


def network(units: int = 1):
    return keras.Sequential(
        [layers.Input((3,)), layers.Dense(2, name="hidden"), layers.BatchNormalization(), layers.Dense(units)]
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    model = network()
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    model.save(folder / "m.keras")
    model.save_weights(folder / "m.weights.h5")
    return model, folder


@pytest.fixture
def editor(trained):
    return KerasFileEditor(trained[1] / "m.weights.h5")


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5"])
def test_what_it_shows(name, trained, capsys):
    model, folder = trained
    editor = KerasFileEditor(str(folder / name))
    np.testing.assert_array_equal(editor.weights_dict["layers"]["dense"]["0"], model.get_weights()[0])
    assert editor.object_metadata["/layers/dense"] == {"name": "hidden"}
    assert (editor.config is not None) == (editor.metadata is not None) == (name == "m.keras")
    editor.summary()
    shown = capsys.readouterr().out
    assert "dense ('hidden')" in shown and "0: shape=(3, 2), dtype=float32" in shown


def test_compare(trained, editor, capsys):
    model, folder = trained
    assert editor.compare(model) == {"status": "success", "error_count": 0, "match_count": 10}  # the optimizer's two
    whole = KerasFileEditor(folder / "m.keras")
    assert whole.compare(model)["status"] == "success" and whole.compare(model)["match_count"] > 8
    report = whole.compare(network(units=4))
    shown = capsys.readouterr().out
    # Two shapes of the last layer, and the optimizer that an uncompiled model lacks.
    assert report == {"status": "error", "error_count": 3, "match_count": 6}
    assert "/layers/dense_1/0: the file has shape (2, 1), the model shape (2, 4)." in shown
    assert "/optimizer is in the file and not in the model." in shown


def test_rename_and_back_loads(trained, editor, tmp_path):
    model, path = trained[0], tmp_path / "r.weights.h5"
    editor.rename_object("dense", "renamed")
    assert editor.object_metadata["/layers/renamed"] == {"name": "hidden"}
    editor.save(path)
    with pytest.raises(ValueError, match="layers/dense"):
        network().load_weights(path)
    again = KerasFileEditor(path)
    again.rename_object("layers/renamed", "dense")
    again.save(path)
    fresh = network()
    fresh.load_weights(path)
    for a, b in zip(model.get_weights(), fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_new_weights_arrive_in_the_model(editor, tmp_path):
    path = tmp_path / "edited.weights.h5"
    editor.delete_object("optimizer")
    editor.add_weights("layers/dense", {"0": np.full((3, 2), 7, "float32")})
    editor.delete_object("/layers/dense_1")
    editor.add_object("layers/dense_1", {"0": np.ones((2, 4), "float32"), "1": np.zeros(4, "float32")})
    editor.resave_weights(path)
    model = network(units=4)
    assert KerasFileEditor(path).compare(model)["error_count"] == 0
    model.load_weights(path)
    assert np.all(model.layers[0].kernel == 7) and np.all(model.layers[-1].kernel == 1)


def test_a_file_it_wrote_equals_the_file_it_read(trained, editor, tmp_path):
    def content(path):
        found = {}
        with h5py.File(path) as file:
            file.visititems(
                lambda n, o: found.update({n: (o[()].tolist() if hasattr(o, "shape") else 0, dict(o.attrs))})
            )
        return found

    editor.save(tmp_path / "copy.weights.h5")
    assert content(tmp_path / "copy.weights.h5") == content(trained[1] / "m.weights.h5")


def test_bfloat16_survives(tmp_path):
    model = keras.Sequential([layers.Input((3,)), layers.Dense(2, dtype="bfloat16")])
    model.save_weights(tmp_path / "a.weights.h5")
    editor = KerasFileEditor(tmp_path / "a.weights.h5")
    assert editor.weights_dict["layers"]["dense"]["0"].dtype.name == "bfloat16"
    editor.save(tmp_path / "b.weights.h5")
    twin = keras.Sequential([layers.Input((3,)), layers.Dense(2, dtype="bfloat16")])
    twin.load_weights(tmp_path / "b.weights.h5")
    np.testing.assert_array_equal(
        np.asarray(twin.layers[0].kernel, "float32"), np.asarray(model.layers[0].kernel, "float32")
    )


FAULTS = [
    (lambda e: e.rename_object("layers/dens", "x"), "did you mean|Did you mean"),
    (lambda e: e.rename_object("dense", "dense_1"), "beside"),
    (lambda e: e.rename_object("dense", "a/b"), "without '/'"),
    (lambda e: e.delete_object("nope"), "no object 'nope'"),
    (lambda e: e.add_object("layers/dense", {"0": 1.0}), "already"),
    (lambda e: e.add_object("layers/a/b", {"0": 1.0}), "no object '/layers/a'"),
    (lambda e: e.add_object("layers/z", [1]), "dict"),
    (lambda e: e.add_object("layers/z", {"0": "text"}), "numbers"),
    (lambda e: e.delete_weight("dense", "7"), r"\['0', '1'\]"),
    (lambda e: e.add_weights("dense", {"a/b": 1.0}), "without '/'"),
    (lambda e: e.compare(3), "keras.Model"),
    (lambda e: e.save("b.keras"), "weights.h5"),
    (
        lambda e: (e.add_object("layers/twin", {}), e.add_object("layers/twin/dense", {}), e.delete_object("dense")),
        "whole",
    ),
]


@pytest.mark.parametrize(("fault", "message"), FAULTS)
def test_edits_that_cannot_be(fault, message, editor):
    with pytest.raises(ValueError, match=message):
        fault(editor)


def test_delete_weight(editor):
    editor.delete_weight("dense", "1")
    assert list(editor.weights_dict["layers"]["dense"]) == ["0"]


def huge(file):
    file.create_dataset("layers/dense/vars/0", (10**12,), "float32", chunks=(10**6,), compression="gzip")


def many(file):
    for i in range(40):  # each alone would pass
        file.create_dataset(f"vars/{i}", (2**23,), "float32", chunks=(2**20,), compression="gzip")


def outside(file):
    file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "/x")


def circle(file):
    group = file.create_group("layers")
    group["again"] = group


def soft(file):
    file["layers/vars"] = h5py.SoftLink("/")


def text(file):
    file.create_dataset("vars/0", data="text")


def deep(file):
    file.create_group("/".join("a" * 500))


def stray(file):
    file.create_dataset("layers/0", data=[1.0])


@pytest.mark.parametrize("fill", [huge, many, outside, circle, soft, text, deep, stray], ids=lambda f: f.__name__)
def test_strangers(fill, tmp_path):
    path = tmp_path / "s.weights.h5"
    with h5py.File(path, "w") as file:
        fill(file)
    with pytest.raises(ValueError, match="weights file"):
        KerasFileEditor(path)


@pytest.mark.parametrize("data", [b"", b"nothing", b"\x89HDF\r\n\x1a\n junk"])
@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5"])
def test_damaged_files(name, data, tmp_path):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match="damaged"):
        KerasFileEditor(tmp_path / name)


def test_archive_without_weights(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", '{"class_name": "Sequential"}')
    with pytest.raises(ValueError, match=r"model\.weights\.h5"):
        KerasFileEditor(tmp_path / "m.keras")


def test_paths():
    with pytest.raises(ValueError, match="keras"):
        KerasFileEditor("a.txt")
    with pytest.raises(FileNotFoundError, match="no file"):
        KerasFileEditor("nowhere.keras")
