"""Archives: every kind of model comes back the same, trains on the same, and a broken file says so."""

from __future__ import annotations

import json
import os
import zipfile

import numpy as np
import pytest
from core.saving.models import KINDS, Doubler, compiled, outputs, rows, targets

import kerasnb as keras
from kerasnb import layers as L

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)


def assert_same(a, b, tolerance=1e-6):
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


@every_kind
def test_archive_round_trip(kind, tmp_path):
    """Outputs equal, and one more epoch on both sides ends in equal weights: the optimizer came along."""
    model = compiled(kind)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert type(loaded) is type(model)
    assert [w.shape for w in loaded.get_weights()] == [w.shape for w in model.get_weights()]
    assert_same(outputs(model, kind.inputs), outputs(loaded, kind.inputs))
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations) == 2
    dropout = any(isinstance(layer, L.Dropout) for layer in model.layers)
    for each in (model, loaded):
        each.fit(kind.inputs, targets(kind), epochs=1, batch_size=3, verbose=0, shuffle=False)
    if not dropout:  # dropout draws from a state that Keras's archives hold by attribute, under another seed
        assert_same(model.get_weights(), loaded.get_weights(), 1e-5)


@every_kind
def test_folder_and_weights_round_trip(kind, tmp_path):
    model = compiled(kind)
    model.save(tmp_path / "folder", zipped=False)
    assert_same(outputs(model, kind.inputs), outputs(keras.saving.load_model(tmp_path / "folder"), kind.inputs))
    for name in ("w.weights.h5", "w.safetensors"):
        model.save_weights(tmp_path / name)
        other = kind.make()
        report = other.load_weights(tmp_path / name)
        assert report["loaded"] and not report["skipped"]
        assert_same(outputs(model, kind.inputs), outputs(other, kind.inputs))


@pytest.mark.parametrize("kind", [k for k in KINDS if k.h5], ids=lambda k: k.name)
def test_old_form_round_trip(kind, tmp_path):
    model = compiled(kind)
    model.save(tmp_path / "m.h5")
    loaded = keras.models.load_model(tmp_path / "m.h5")
    assert_same(outputs(model, kind.inputs), outputs(loaded, kind.inputs))
    assert int(loaded.optimizer.iterations) == 2
    fresh = kind.make()
    fresh.load_weights(tmp_path / "m.h5")
    assert_same(outputs(model, kind.inputs), outputs(fresh, kind.inputs))


def test_old_form_refuses_subclasses(tmp_path):
    model = next(k for k in KINDS if k.name == "subclassed").make()
    with pytest.raises(NotImplementedError, match=r"\.keras"):
        model.save(tmp_path / "m.h5")


def test_keras_2_configuration(tmp_path):
    """Names of classes alone, batch_input_shape, calls as lists: what old files hold."""
    import h5py

    model = keras.Sequential([keras.Input((3,)), L.Dense(2, name="d")])
    model.save(tmp_path / "m.h5")
    dense = {"name": "d", "units": 2, "activation": "linear", "use_bias": True, "dtype": "float32", "trainable": True}
    dense["kernel_initializer"] = {"class_name": "GlorotUniform", "config": {"seed": None}}
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3], "dtype": "float32", "name": "i"}}
    graph = {
        "name": "model",
        "layers": [
            {**first, "name": "i", "inbound_nodes": []},
            {"class_name": "Dense", "config": dense, "name": "d", "inbound_nodes": [[["i", 0, 0, {}]]]},
        ],
        "input_layers": [["i", 0, 0]],
        "output_layers": [["d", 0, 0]],
    }
    stacked = {"name": "s", "layers": [{"class_name": "Dense", "config": {**dense, "batch_input_shape": [None, 3]}}]}
    for config in ({"class_name": "Model", "config": graph}, {"class_name": "Sequential", "config": stacked}):
        with h5py.File(tmp_path / "m.h5", "a") as file:
            file.attrs["model_config"] = json.dumps(config)
        loaded = keras.models.load_model(tmp_path / "m.h5", compile=False)
        assert_same(outputs(model, rows(2, 3)), outputs(loaded, rows(2, 3)))


def test_weights_files_have_the_optimizers_state(tmp_path):
    """As in Keras: taken up by an optimizer that has begun, left alone by others."""
    kind = next(k for k in KINDS if k.name == "shared")
    model, begun, fresh = compiled(kind), compiled(kind), kind.make()
    model.fit(kind.inputs, targets(kind), epochs=2, batch_size=3, verbose=0)
    model.save_weights(tmp_path / "w.weights.h5")
    fresh.compile("adam", "mse")
    assert "optimizer" in begun.load_weights(tmp_path / "w.weights.h5")["loaded"]
    assert "optimizer" not in fresh.load_weights(tmp_path / "w.weights.h5")["loaded"]
    assert int(begun.optimizer.iterations) == int(model.optimizer.iterations) and int(fresh.optimizer.iterations) == 0
    for a, b in zip(model.optimizer.variables, begun.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_skip_mismatch_reports(tmp_path):
    keras.Sequential([keras.Input((3,)), L.Dense(4), L.Dense(2)]).save_weights(tmp_path / "a.weights.h5")
    other = keras.Sequential([keras.Input((3,)), L.Dense(4), L.Dense(5)])
    with pytest.raises(ValueError, match="dense_1"):
        other.load_weights(tmp_path / "a.weights.h5")
    with pytest.warns(UserWarning, match="dense_1"):
        report = other.load_weights(tmp_path / "a.weights.h5", skip_mismatch=True)
    assert report["skipped"] == ["layers/dense_1"]
    assert "layers/dense" in report["loaded"]


@every_kind
def test_several_files(kind, tmp_path):
    model = compiled(kind)
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=1e-8)  # 10 bytes
    shards = len(list(tmp_path.glob("m_*.weights.h5")))
    assert shards > 1 or kind.name == "operators"  # which has weights in one layer alone
    other = kind.make()
    other.load_weights(tmp_path / "m.weights.json")
    assert_same(outputs(model, kind.inputs), outputs(other, kind.inputs))


def test_several_files_refused(tmp_path):
    model = keras.Sequential([keras.Input((3,)), L.Dense(2)])
    with pytest.raises(ValueError, match=r"weights\.json"):
        model.save_weights(tmp_path / "m.weights.h5", max_shard_size=1.0)
    with pytest.raises(ValueError, match="max_shard_size"):
        model.save_weights(tmp_path / "m.weights.json", max_shard_size=0)
    for text, words in (("{", "damaged"), ('{"weight_map": {"/a": "../x.weights.h5"}}', "another folder")):
        (tmp_path / "m.weights.json").write_text(text)
        with pytest.raises(ValueError, match=words):
            model.load_weights(tmp_path / "m.weights.json")
    (tmp_path / "m.weights.json").write_text('{"weight_map": {"/layers/dense/vars": ["gone.weights.h5"]}}')
    with pytest.raises(ValueError, match="missing"):
        model.load_weights(tmp_path / "m.weights.json")


def test_json_round_trip():
    model = keras.Sequential([keras.Input((5,)), Doubler(4), L.Dense(1)])
    again = keras.models.model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    assert_same(outputs(model, rows(2, 5)), outputs(again, rows(2, 5)))
    with pytest.raises(ValueError, match="JSON"):
        keras.models.model_from_json("{no json")


def test_optimizers_of_other_backends():
    """As Keras on PyTorch writes them."""
    record = {"module": "keras.src.backend.torch.optimizers.torch_sgd", "class_name": "SGD", "registered_name": "SGD"}
    found = keras.saving.deserialize_keras_object({**record, "config": {"learning_rate": 0.5}})
    assert type(found) is keras.optimizers.SGD and float(found.learning_rate) == 0.5


def test_lambda_is_refused_unread(tmp_path):
    model = keras.Sequential([keras.Input((3,)), L.Lambda(lambda x: x * 2)])
    model.save(tmp_path / "m.keras")
    for safe in (True, False):
        with pytest.raises(ValueError, match="lambda"):
            keras.saving.load_model(tmp_path / "m.keras", safe_mode=safe)


def test_unknown_class_is_named(tmp_path):
    class Private(keras.layers.Layer):
        def call(self, x):
            return x

    model = keras.Sequential([keras.Input((3,)), Private(), L.Dense(1)])
    model.save(tmp_path / "m.keras")
    with pytest.raises(TypeError, match="Private"):
        keras.saving.load_model(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras", custom_objects={"Private": Private})
    assert_same(outputs(model, rows(2, 3)), outputs(loaded, rows(2, 3)))


@pytest.mark.parametrize(
    "path, error, words",
    [
        ("nowhere/m.keras", FileNotFoundError, "does not exist"),
        ("m.kers", ValueError, r"\.keras"),
        ("plain", ValueError, "zipped=False"),
    ],
)
def test_save_to_a_wrong_path(tmp_path, path, error, words):
    with pytest.raises(error, match=words):
        keras.Sequential([keras.Input((3,)), L.Dense(1)]).save(tmp_path / path)


def test_nothing_is_lost_when_writing_fails(tmp_path, monkeypatch):
    """A disk that fills up in the middle leaves the file that was there."""
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    target = tmp_path / "m.keras"
    model.save(target)
    before = target.read_bytes()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with pytest.raises(OSError, match="No space"):
        model.save(target)
    assert target.read_bytes() == before
    assert os.listdir(tmp_path) == ["m.keras"]


def test_overwrite_false_keeps_the_file(tmp_path):
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    model.save(tmp_path / "m.keras")
    with pytest.raises(FileExistsError, match="overwrite"):
        model.save(tmp_path / "m.keras", overwrite=False)
