"""The archive's form of values: there and back, and what a stranger's record may name."""

from __future__ import annotations

import json

import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core import class_lookup, registry
from kerasnb.core.symbolic import KerasTensor


class Adder:
    """A callable with a name and no configuration."""

    __name__ = "adder"

    def __call__(self, x):
        return x + 1


def shift(x):
    return x + 2


# value, what comes back once it went through JSON
VALUES = {
    "plain": ({"a": [1, 2.5, "x", None, True]}, {"a": [1, 2.5, "x", None, True]}),
    "tuple": ((1, (2, 3)), [1, [2, 3]]),
    "set": (frozenset({7}), [7]),
    "numpy number": (np.float32(0.5), 0.5),
    "bytes": (b"abc", b"abc"),
    "slice": (slice(1, None, 2), slice(1, None, 2)),
    "ellipsis": (..., ...),
    "dtype": (np.dtype("int8"), "int8"),
    "class": (Adder, "Adder"),
    "function of ours": (keras.activations.relu, "relu"),
}


@pytest.mark.parametrize("name", VALUES)
def test_there_and_back(name):
    value, expected = VALUES[name]
    assert registry.deserialize_keras_object(json.loads(json.dumps(registry.serialize_keras_object(value)))) == expected


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), jnp.arange(3)], ids=["numpy", "jax"])
def test_arrays(array):
    record = registry.serialize_keras_object(array)
    assert record["class_name"] == ("__numpy__" if isinstance(array, np.ndarray) else "__tensor__")
    found = registry.deserialize_keras_object(json.loads(json.dumps(record)))
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype


def test_symbolic_tensors():
    x = keras.Input((3,), name="x")
    y = keras.layers.Dense(2, name="d")(x)
    record = json.loads(json.dumps(registry.serialize_keras_object(y)))
    assert record["config"]["keras_history"] == ["d", 0, 0]
    found = registry.deserialize_keras_object(record)
    assert isinstance(found, KerasTensor) and found.shape == (None, 2) and found._pending_history == ["d", 0, 0]


def test_functions_of_the_user():
    record = registry.serialize_keras_object(shift)
    assert record["class_name"] == "function" and record["config"] == "shift"
    assert registry.deserialize_keras_object(record, {"shift": shift}) is shift
    assert registry.deserialize_keras_object("shift", {"shift": shift}) is shift
    assert registry.deserialize_keras_object("shift", module_objects={"shift": shift}) is shift
    assert registry.deserialize_keras_object("shift") == "shift"
    assert registry.serialize_keras_object(Adder())["config"] == "adder"
    assert registry.serialize_keras_object(lambda x: x)["class_name"] == "__lambda__"
    with pytest.raises(ValueError, match=r"no get_config\(\) method"):
        registry.serialize_keras_object(object())


def test_values_that_are_ready_pass():
    layer = keras.layers.Dense(2)
    assert registry.deserialize_keras_object(layer) is layer
    assert registry.deserialize_keras_object({"class_name": "no record"}) == {"class_name": "no record"}
    assert registry.deserialize_keras_object({"class_name": "__tuple__", "config": {"value": [1, [2]]}}) == (1, [2])


def record(class_name, module="keras.layers", config=None, **more):
    return {"module": module, "class_name": class_name, "config": {} if config is None else config, **more}


# A record, and the words of its refusal.
REFUSED = [
    (record("Dense", config=[1]), "must be a dict"),
    (record("Dnese", config={"units": 2}), "Did you mean 'Dense'"),
    (record("system", "os", "true"), "Could not find 'system'"),
    (record("function", "builtins", "eval"), "Could not find 'eval'"),
    (record("load_model", "keras.saving"), "Could not find 'load_model'"),
    (record("function", "keras.utils", "get_file"), "Could not find 'get_file'"),
    (record(5, "keras.layers"), "Could not find 5"),
    (record("Dense", 7, {"units": 2}, registered_name=7), None),  # no module's name: looked for as Keras 2 wrote it
    (record("Dense", "keras..layers"), "Could not find 'Dense'"),
    (record("x", "keras.layers.\0"), "Could not find 'x'"),
    (record("x", "keras." + "a." * 2000), "Could not find 'x'"),
    (record("__typespec__"), "TensorFlow type"),
    (record("__lambda__", config={"value": "gAM="}), "never loads or runs"),
    (record("__lambda__", config={"source": "lambda x: x + 1"}), r"Its source was: lambda x: x \+ 1"),
    (record("__lambda__", config=[3]), "never loads or runs"),
]


@pytest.mark.parametrize("stranger, words", REFUSED, ids=range(len(REFUSED)))
def test_strangers(stranger, words):
    if words is None:
        found = registry.deserialize_keras_object({**stranger, "config": {"units": 2}})
        assert isinstance(found, keras.layers.Dense)
        return
    with pytest.raises((ValueError, TypeError), match=words):
        registry.deserialize_keras_object(stranger)


@pytest.mark.parametrize(
    "module, name, expected",
    [
        ("keras.src.models.functional", "Functional", "Functional"),
        ("keras.src.backend.torch.optimizers.torch_sgd", "SGD", "SGD"),
        ("keras.src.layers.core.dense", "Dense", "Dense"),
        ("tf_keras.layers", "Dense", "Dense"),
        ("keras.src.ops.numpy", "Add", "Add"),
        ("keras", "Model", "Model"),
        (None, "Dense", "Dense"),
        ("", "Adam", "Adam"),
    ],
)
def test_names_of_keras(module, name, expected):
    assert class_lookup.builtin_object(module, name).__name__ == expected


def test_module_names():
    assert class_lookup.module_of(keras.layers.Dense) == "keras.layers"
    assert class_lookup.module_of(Adder) == Adder.__module__
    assert class_lookup.module_of(registry.lookup) == "kerasnb.core.registry"  # no door of Keras's
    assert class_lookup.module_of(5) == "builtins"
