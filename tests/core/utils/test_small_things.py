"""Progbar, Config, the serialized form of Keras 2, ExportArchive, and the examples in docstrings."""

from __future__ import annotations

import doctest
import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras

WITH_EXAMPLES = """
core.tree core.dtypes core.variable_scopes core.quantized_policies core.data.dataset core.data.py_dataset
core.datasets.digits core.datasets.source core.preprocessing.text core.preprocessing.sequence core.utils.numerical
core.utils.sequences core.utils.packing core.utils.images core.utils.timeseries core.utils.split_dataset
core.utils.config_dict core.utils.boxes.formats
""".split()


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(f"kerasnb.{name}"))
    assert result.attempted and not result.failed


# --- Progbar -----------------------------------------------------------------------------------------


def run(capsys, target, steps, **arguments):
    bar = keras.utils.Progbar(target, interval=0, **arguments)
    for current, values in steps:
        bar.update(current, values)
    return capsys.readouterr().out


def test_a_bar_tells_steps_and_means(capsys):
    out = run(capsys, 4, [(1, [("loss", 1.0)]), (2, [("loss", 3.0)]), (4, [("loss", 5.0)])], unit_name="batch")
    lines = out.strip().split("\n")
    assert lines[0].startswith("1/4") and "left" in lines[0] and "loss: 1.0000" in lines[0]
    assert "2/4" in lines[1] and "loss: 2.0000" in lines[1] and "/batch" in lines[1]
    assert "4/4 ━━━━━━━━━━━━━━━━━━━━ " in lines[-1] and "loss: 5.0000" in lines[-1] and "left" not in lines[-1]


def test_a_bar_moves_in_a_kernel_and_not_where_ipykernel_is_merely_imported(capsys, monkeypatch):
    from ipykernel.kernelapp import IPKernelApp

    steps = [(1, []), (2, [])]
    assert "\r" not in run(capsys, 2, steps)
    monkeypatch.setattr(IPKernelApp, "initialized", lambda: True)
    assert run(capsys, 2, steps).startswith("\r1/2")


def test_kinds_of_bars(capsys):
    assert run(capsys, 2, [(1, []), (2, [])], verbose=0) == ""
    assert run(capsys, 2, [(1, [("a", 1)]), (2, [("a", 3)])], verbose=2).count("\n") == 1
    assert run(capsys, None, [(1, [("a", 1)])]).startswith("1/Unknown")
    assert "a: 7.0000" in run(capsys, 3, [(1, [("a", 1)]), (2, [("a", 7)])], stateful_metrics=["a"])
    assert "a: 4.0000" in run(capsys, 3, [(1, [("a", 1)]), (2, [("a", 7)])], stateless_metrics=["a"])
    bar = keras.utils.Progbar(3, verbose=0)
    bar.add(2)
    bar.add(1)
    assert bar._seen_so_far == 3
    with pytest.raises(ValueError, match="target"):
        keras.utils.Progbar("10")


# --- Config ------------------------------------------------------------------------------------------


def test_config():
    config = keras.utils.Config(a=1, b="x")
    config.c, config["d"] = 2, 3
    assert config.as_dict() == {"a": 1, "b": "x", "c": 2, "d": 3} and len(config) == 4 and "a" in config
    assert config.get("zz", 5) == 5 and config.pop("d") == 3 and list(config.keys()) == ["a", "b", "c"]
    assert config.to_json() == '{"a": 1, "b": "x", "c": 2}' and repr(config) == "<Config {'a': 1, 'b': 'x', 'c': 2}>"
    assert config == keras.utils.Config(a=1, b="x", c=2) != keras.utils.Config(a=1)
    del config.c
    assert config.freeze().frozen
    for change in (lambda: setattr(config, "q", 1), lambda: config.update(q=1), lambda: config.pop("a")):
        with pytest.raises(ValueError, match="unfreeze"):
            change()
    config.unfreeze().update({"q": 1})
    with pytest.raises(AttributeError, match="Did you mean 'units'"):
        keras.utils.Config(units=3).unit
    with pytest.raises(KeyError):
        config["zz"]


# --- Keras 2's form ----------------------------------------------------------------------------------


def test_the_form_of_keras_2():
    legacy = keras.utils.legacy
    record = legacy.serialize_keras_object(keras.layers.Dense(3, name="d"))
    assert record["class_name"] == "Dense" and record["config"]["units"] == 3 and "module" not in record
    layer = legacy.deserialize_keras_object(record, {"Dense": keras.layers.Dense})
    assert layer.units == 3 and layer.name == "d"
    relu = keras.activations.relu
    assert legacy.serialize_keras_object(relu) == "relu" and legacy.serialize_keras_object(None) is None
    assert legacy.deserialize_keras_object("relu", {"relu": relu}) is relu is legacy.deserialize_keras_object(relu)
    assert legacy.deserialize_keras_object(None) is None
    with pytest.raises(ValueError, match=r"Unknown loss: 'rleu'\. Did you mean 'relu'"):
        legacy.deserialize_keras_object("rleu", {"relu": relu}, printable_module_name="loss")
    with pytest.raises(ValueError, match="lacks"):
        legacy.deserialize_keras_object({"class_name": "Dense"})
    with pytest.raises(ValueError, match="neither"):
        legacy.serialize_keras_object(5)
    assert keras.legacy.saving.serialize_keras_object is legacy.serialize_keras_object


# --- ExportArchive -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="d")])


def test_endpoints_run_without_kerasnb(model, tmp_path):
    archive = keras.export.ExportArchive()
    spec = keras.InputSpec(shape=(None, 3), dtype="float32")
    archive.track_and_add_endpoint("serve", model, [spec])
    archive.add_endpoint("both", lambda a, b: model(a) + model(b), [spec, spec])
    archive.add_variable_collection("weights", model.weights)
    archive.write_out(tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["both.stablehlo", "serve.stablehlo"]
    x = np.random.RandomState(0).rand(4, 3).astype("float32")
    serve = keras.export.load_endpoint(tmp_path / "out")
    np.testing.assert_allclose(serve(x), model(x), rtol=1e-5)
    data = bytearray((tmp_path / "out" / "both.stablehlo").read_bytes())
    np.testing.assert_allclose(
        jax.export.deserialize(data).call(x[:1], x[1:2]), model(x[:1]) + model(x[1:2]), rtol=1e-5
    )
    with pytest.raises(FileExistsError, match="exists already"):
        archive.write_out(tmp_path / "out")
    with pytest.raises(FileNotFoundError, match=r"no endpoint 'x'; it has \['both', 'serve'\]"):
        keras.export.load_endpoint(tmp_path / "out", "x")


def test_a_failed_export_leaves_nothing(tmp_path):
    archive = keras.export.ExportArchive()
    archive.add_endpoint("bad", lambda x: jnp.ones(3) @ x, keras.InputSpec(shape=(4,), dtype="float32"))
    with pytest.raises(TypeError):
        archive.write_out(tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda a: keras.export.ExportArchive("stable_hlo"), "Did you mean 'stablehlo'"),
        (lambda a: a.track(keras.layers.Dense(2)), "no weights yet"),
        (lambda a: a.add_endpoint("x", len), "input_signature"),
        (lambda a: a.add_endpoint("a/b", len, []), "without '/'"),
        (lambda a: a.write_out("nowhere"), "no endpoints"),
        (lambda a: a.add_variable_collection("v", [1]), "Variables"),
    ],
)
def test_wrong_archives(call, words):
    with pytest.raises(ValueError, match=words):
        call(keras.export.ExportArchive())
