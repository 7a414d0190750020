"""Models: how they are put together, taken apart, called, shared, nested, frozen, cloned and described."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops
from kerasnb.core.models.summary import summary_rows

X = np.random.RandomState(0).normal(size=(4, 6)).astype("float32")


def sequential():
    return keras.Sequential([keras.Input((6,)), layers.Dense(5, "relu", name="first"), layers.Dense(2, name="last")])


def functional():
    inputs = keras.Input((6,), name="numbers")
    x = layers.Dense(5, "relu", name="first")(inputs)
    return keras.Model(inputs, layers.Dense(2, name="last")(x) + 1.0)


def shared():
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    tower = layers.Dense(3, "tanh", name="tower")
    return keras.Model([a, b], layers.Subtract()([tower(a), tower(b)]))


def nested():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.BatchNormalization()], name="inner")
    inputs = keras.Input((6,))
    return keras.Model(inputs, layers.Dense(2)(inner(inputs)))


def dictionary():
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    h = layers.Concatenate()([a, b])
    return keras.Model({"a": a, "b": b}, {"sum": layers.Dense(1, name="s")(h), "all": h})


def piped():
    return keras.Sequential() | keras.Input((6,)) | layers.Dense(5, "relu") | layers.Dense(2)


MAKERS = [sequential, functional, shared, nested, dictionary, piped]
every_model = pytest.mark.parametrize("make", MAKERS, ids=lambda f: f.__name__)


def inputs_of(model):
    """Inputs in the structure the model takes."""
    given = [X * (i + 1) for i in range(len(model.inputs))]
    if isinstance(model.input, dict):
        return dict(zip(model.input_names, given))
    return given[0] if len(given) == 1 else given


def assert_same(a, b):
    for x, y in zip(keras.tree.flatten(a), keras.tree.flatten(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6)


@every_model
def test_config_json_clone_and_archive_give_the_same_model(make, tmp_path):
    model = make()
    x = inputs_of(model)
    expected = model(x)
    config = json.loads(json.dumps(model.get_config()))
    model.save(tmp_path / "model.keras")
    twins = [
        type(model).from_config(config), keras.models.model_from_json(model.to_json()), keras.models.clone_model(model),
        keras.saving.load_model(tmp_path / "model.keras"),
    ]  # fmt: skip
    for twin in twins:
        assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
        assert [w.shape for w in twin.weights] == [w.shape for w in model.weights]
        twin.set_weights(model.get_weights())
        assert_same(twin(x), expected)
    assert_same(twins[-1](x), expected)


@every_model
def test_static_shapes_are_the_real_ones(make):
    model = make()
    outputs = model(inputs_of(model))
    for symbol, array in zip(keras.tree.flatten(model.output), keras.tree.flatten(outputs), strict=True):
        assert symbol.shape == (None, *array.shape[1:]) and symbol.dtype == array.dtype.name


@every_model
def test_summary_counts_what_is_there(make):
    model, lines = make(), []
    model.summary(print_fn=lines.append, expand_nested=True)
    text = "\n".join(lines)
    assert f"Total params: {sum(w.size for w in model.get_weights()):,}" in text
    assert all(layer.name[:12] in text for layer in model.layers)
    assert len({len(line) for line in text.splitlines() if line[:1] in "┏┃┡│├└"}) == 1, "columns line up"


def test_summary_of_layers_that_other_models_use_too():
    shared = [layers.Dense(4, name="sees"), layers.Dense(3, name="judges")]
    keras.Sequential([keras.Input((2,), name="left"), *shared])
    model, lines = keras.Sequential([keras.Input((2,), name="right"), *shared, layers.Dense(2)]), []
    model.summary(print_fn=lines.append)
    rows = summary_rows(model)
    assert [len(row["connected_to"]) for row in rows if row["name"] in ("sees", "judges")] == [1, 1]
    assert "left" not in "\n".join(str(row["connected_to"]) for row in rows)


@every_model
def test_freezing_reaches_every_weight(make):
    model = make()
    model.trainable = False
    assert not model.trainable_weights and len(model.non_trainable_weights) == len(model.weights)
    model.trainable = True
    fixed = sum(type(layer).__name__ == "BatchNormalization" for layer in model._flatten_layers()) * 2
    assert len(model.non_trainable_weights) == fixed


@every_model
def test_nnx_sees_the_model(make):
    """Split, merge and transforms of flax work on it."""
    from flax import nnx

    model = make()
    expected = model(inputs_of(model))
    graph, state = nnx.split(model)
    assert_same(nnx.merge(graph, state)(inputs_of(model)), expected)


# --- Sequential ------------------------------------------------------------------------------------------------


def test_add_and_pop():
    model = keras.Sequential([keras.Input((6,))])
    model.add(layers.Dense(4))
    model.add(layers.Dense(3))
    assert model.output_shape == (None, 3) and model.count_params() == 28 + 15
    assert model.pop().units == 3
    assert model.output_shape == (None, 4) and model(X).shape == (4, 4)
    model.add(layers.Dense(2))
    model.compile("sgd", "mse")
    model.fit(X, X[:, :2], verbose=0)
    assert len(model.weights) == 4


def test_weights_come_with_the_first_data():
    model = keras.Sequential([layers.Dense(4), layers.Dense(3)])
    assert not model.built and model.weights == []
    with pytest.raises(ValueError, match="input shape"):
        model.count_params()
    model.compile("sgd", "mse")
    model.fit(X, X[:, :3], verbose=0)
    assert model.count_params() == 28 + 15 and model.input_shape == (None, 6)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: keras.Sequential([3]), "expected a keras layer"),
        (lambda: keras.Sequential([np.tanh]), "Lambda"),
        (lambda: keras.Sequential().pop(), "no layers"),
        (lambda: keras.Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="a")]), "'a' is taken"),
        (lambda: keras.Sequential([layers.Dense(1), keras.Input((3,))]), "Input must come first"),
        (lambda: sequential().get_layer("fist"), "Did you mean 'first'"),
        (lambda: sequential().get_layer(index=7), "out of range"),
        (lambda: keras.Model(keras.Input((2,)), np.zeros(3)), "symbolic"),
        (lambda: keras.Model(keras.Input((2,)), layers.Dense(1)(keras.Input((3,)))), "not connected"),
        (lambda: shared()([X]), "2"),
        (lambda: dictionary()({"a": X}), "missing ['b']"),
    ],
)
def test_mistakes(make, words):
    with pytest.raises(ValueError) as caught:
        make()
    assert words in str(caught.value)


def test_pipes_of_symbols_and_models():
    inputs = keras.Input((6,))
    output = inputs | layers.Dense(5, "relu") | layers.Dropout(0.4) | layers.Dense(10, "softmax")
    assert output.shape == (None, 10)
    assert [type(layer).__name__ for layer in keras.Model(inputs, output).layers[1:]] == ["Dense", "Dropout", "Dense"]


def test_dropout_is_on_in_training_alone():
    """A recorded call learns each time whether this is training."""
    inputs = keras.Input((1000,))
    for model in (
        keras.Model(inputs, layers.Dropout(0.5)(inputs)), keras.Sequential([keras.Input((1000,)), layers.Dropout(0.5)]),
    ):  # fmt: skip
        ones = np.ones((2, 1000), "float32")
        assert (model(ones) == 1).all() and (model.predict(ones, verbose=0) == 1).all()
        assert 0.4 < (np.asarray(model(ones, training=True)) == 0).mean() < 0.6


# --- functional ------------------------------------------------------------------------------------------------


def test_shared_layers_have_one_set_of_weights():
    model = shared()
    assert len(model.weights) == 2
    np.testing.assert_allclose(model([X, X]), np.zeros((4, 3)))
    model.compile("sgd", "mse")
    model.fit([X, 2 * X], np.ones((4, 3)), verbose=0)


def test_inputs_by_position_by_name_and_by_dict():
    model = dictionary()
    a, b = X, X * 2
    by_dict = model({"a": a, "b": b})
    assert sorted(by_dict) == ["all", "sum"]
    assert_same(model({"b": b, "a": a, "unused": a}), by_dict)
    assert_same(model([a, b]), by_dict)
    assert_same(model.predict({"a": a, "b": b}, verbose=0), by_dict)


def test_a_model_out_of_the_middle_of_another():
    model = nested()
    inner = model.get_layer("inner")
    cut = keras.Model(inner.inputs, inner.layers[0].output)
    np.testing.assert_allclose(cut(X), inner.layers[0](X), rtol=1e-6)


def test_operations_of_symbols_belong_to_the_model():
    inputs = keras.Input((6,))
    outputs = ops.concatenate([ops.mean(inputs, axis=-1, keepdims=True), -(inputs[:, :2] ** 2)], axis=-1)
    model = keras.Model(inputs, outputs)
    np.testing.assert_allclose(model(X), np.c_[X.mean(1), -(X[:, :2] ** 2)], rtol=1e-5, atol=1e-6)


def test_two_hundred_layers_deep():
    """Neither recursion limits nor quadratic time."""
    inputs = x = keras.Input((4,))
    for _ in range(200):
        x = layers.Dense(4, kernel_initializer="identity")(x)
    model = keras.Model(inputs, x)
    assert len(model.layers) == 201
    np.testing.assert_allclose(model(X[:, :4]), X[:, :4], rtol=1e-5)
    assert keras.models.clone_model(model).count_params() == model.count_params() == 200 * 20


# --- subclasses --------------------------------------------------------------------------------------------------


class Block(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.parts = [layers.Dense(units, "tanh"), layers.Dense(units)]
        self.table = {"norm": layers.LayerNormalization()}

    def call(self, x):
        y = x
        for part in self.parts:
            y = part(y)
        return self.table["norm"](x + y)


class Net(keras.Model):
    def __init__(self, units=6, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.blocks = [Block(units) for _ in range(2)]
        self.head = layers.Dense(1)

    def call(self, x, training=None):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def test_layers_in_lists_and_dicts_belong_to_the_model():
    model = Net()
    model(X)
    assert len(model.weights) == 2 * (4 + 2) + 2 and len(model.layers) == 3
    model.compile("adam", "mse")
    history = model.fit(X, X[:, :1], epochs=30, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]


def test_subclasses_are_saved_and_loaded(tmp_path):
    model = Net(6)
    expected = model(X)
    model.save(tmp_path / "net.keras")
    with keras.saving.custom_object_scope({"Net": Net, "Block": Block}):
        twin = keras.saving.load_model(tmp_path / "net.keras")
    assert_same(twin(X), expected)


def test_a_subclass_without_call_says_so():
    class Empty(keras.Model):
        pass

    with pytest.raises(NotImplementedError, match="def call"):
        Empty()(X)


def test_forgetting_super_says_so():
    class Careless(layers.Layer):
        def __init__(self):
            pass

        def call(self, x):
            return x

    with pytest.raises(RuntimeError, match=r"super\(\).__init__\(\)"):
        Careless()(X)
