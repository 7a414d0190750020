"""Models, their parts and their histories through pickle, copy.copy and copy.deepcopy."""

import copy
import pickle
import sys
import types

import numpy as np
import optax
import pytest

import kerasnb as keras
from kerasnb import layers, ops

X = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(16, 3)).astype("float32")


def through_pickle(obj):
    return pickle.loads(pickle.dumps(obj))


WAYS = {"pickle": through_pickle, "copy": copy.copy, "deepcopy": copy.deepcopy}


class Scale(layers.Layer):
    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.factor = self.add_weight((input_shape[-1],), keras.initializers.Constant(self.start), name="factor")

    def call(self, x):
        return x * self.factor


class Subclassed(keras.Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = [layers.Dense(5, activation=bent), Scale(2.0)]
        self.out = layers.Dense(units)

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)


class Named(keras.Model):
    """A functional model with a class of its own."""


class Graph(keras.Model):
    def __init__(self, inputs, outputs, note="", **kwargs):
        super().__init__(inputs, outputs, **kwargs)
        self.note = note


class Distance(keras.losses.Loss):
    def __init__(self, power=2, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred) ** self.power, axis=-1)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


def bent(x):
    return ops.where(x > 0, x, 0.3 * x)


def gap(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


def sequential():
    return keras.Sequential([layers.Input((4,)), layers.Dense(5, activation=bent), Scale(0.5), layers.Dense(3)])


def functional():
    x = layers.Input((4,))
    return keras.Model(x, layers.Dense(3)(layers.BatchNormalization()(layers.Dense(5)(x))), name="graph")


def named():
    x = layers.Input((4,))
    return Named(x, Scale()(layers.Dense(3)(x)))


def graph():
    x = layers.Input((4,))
    return Graph(x, layers.Dense(3)(x), name="own")


def nested():
    x = layers.Input((4,))
    return keras.Model(x, layers.Add()([sequential()(x), functional()(x)]))


def shared():
    x, same = layers.Input((4,)), layers.Dense(4)
    return keras.Model(x, layers.Dense(3)(ops.sin(same(same(x)))))


def local():
    class Scale(layers.Layer):  # of the same name as the other
        def call(self, x):
            return -x

    registered = keras.saving.register_keras_serializable("copying")(Scale)
    return keras.Sequential([layers.Input((4,)), registered(), globals()["Scale"](3.0), layers.Dense(3)])


def with_lambda(shift=2.0):
    return keras.Sequential(
        [layers.Input((4,)), layers.Lambda(lambda x: x + shift), layers.Dense(3), layers.Dropout(0.2)]
    )


MODELS = [sequential, functional, named, graph, nested, shared, Subclassed, local, with_lambda]


@pytest.fixture(scope="module", params=MODELS, ids=lambda make: make.__name__)
def trained(request):
    model = request.param()
    model.compile(keras.optimizers.Adam(0.02), Distance(1.5), metrics=[gap, "mae"], weighted_metrics=["mse"])
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("way", WAYS)
def test_a_trained_model_is_copied_whole(trained, way):
    twin = WAYS[way](trained)
    assert type(twin) is type(trained) and twin is not trained and twin.name == trained.name
    np.testing.assert_array_equal(twin.predict(X, verbose=0), trained.predict(X, verbose=0))
    assert not {id(v) for v in twin.variables} & {id(v) for v in trained.variables}
    assert [v.name for v in twin.variables] == [v.name for v in trained.variables]
    assert twin.compiled and int(twin.optimizer.iterations) == 4
    for mine, theirs in zip(twin.optimizer.variables, trained.optimizer.variables, strict=True):
        assert mine is not theirs
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    assert type(twin.loss) is Distance and twin.loss.power == 1.5
    before = trained.get_weights()
    scores = trained.evaluate(X, Y, verbose=0, return_dict=True)
    assert twin.evaluate(X, Y, verbose=0, return_dict=True) == pytest.approx(scores)
    twin.fit(X, Y, verbose=0)
    for old, new in zip(before, trained.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("way", WAYS)
def test_models_before_training(way):
    model = sequential()
    assert not WAYS[way](model).compiled
    model.compile("adam", "mse")
    twin = WAYS[way](model)  # warnings are errors: the missing state of its optimizer is none
    assert twin.compiled and not WAYS[way](Subclassed()).built
    twin.fit(X, Y, verbose=0)


@pytest.mark.parametrize("way", WAYS)
def test_layers_and_what_they_hold(way):
    dense, table = layers.Dense(3), layers.StringLookup(vocabulary=["a", "b"])
    dense(X)
    twin = WAYS[way](dense)
    np.testing.assert_array_equal(twin(X), dense(X))
    assert twin.kernel is not dense.kernel and not WAYS[way](layers.Dense(2)).built
    assert WAYS[way](table)(["b", "?"]).tolist() == table(["b", "?"]).tolist()
    scale = Scale(4.0)
    scale(X)
    assert WAYS[way]({"here": [scale]})["here"][0].start == 4.0


@pytest.mark.parametrize("way", WAYS)
def test_optimizers_losses_and_metrics(way):
    optimizer = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10), momentum=0.5)
    twin = WAYS[way](optimizer)
    assert twin.get_config() == optimizer.get_config() and twin.iterations is not optimizer.iterations
    used = keras.optimizers.Adam(0.5)
    weight = keras.Variable(np.ones(3))
    used.apply([np.ones(3)], [weight])
    used.learning_rate = 0.25
    twin = WAYS[way](used)
    assert float(twin.learning_rate.value) == 0.25 and not twin.built
    twin.apply([np.ones(3)], [keras.Variable(np.ones(3))])  # of another model
    assert WAYS[way](Distance(3)).power == 3
    metric = keras.metrics.Mean()
    metric.update_state([1.0, 3.0])
    twin = WAYS[way](metric)
    assert twin.name == metric.name
    twin.update_state([8.0])
    assert float(twin.result()) == 4.0 and float(metric.result()) == 2.0


@pytest.mark.parametrize("way", WAYS)
def test_a_history_keeps_its_numbers(way):
    model = sequential()
    model.compile("sgd", "mse")
    history = model.fit(X, Y, epochs=2, verbose=0)
    twin = WAYS[way](history)
    assert twin.history == history.history and twin.epoch == [0, 1] and twin.status == "done"
    assert twin.params == history.params and repr(twin) == repr(history)
    assert twin.model is (model if way == "copy" else None)
    assert (twin.history is history.history) == (way == "copy")


def test_an_optax_optimizer_is_copied_but_not_pickled():
    model = functional()
    model.compile(optax.adam(1e-2), "mse")
    model.fit(X, Y, verbose=0)
    twin = copy.deepcopy(model)
    for mine, theirs in zip(twin.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    twin.fit(X, Y, verbose=0, shuffle=False), model.fit(X, Y, verbose=0, shuffle=False)
    np.testing.assert_allclose(twin.get_weights()[0], model.get_weights()[0], rtol=1e-6)
    with pytest.warns(UserWarning, match="optax"):
        twin = through_pickle(model)
    assert not twin.compiled
    np.testing.assert_array_equal(twin.get_weights()[0], model.get_weights()[0])


def test_copies_keep_identity_within_a_structure():
    model = functional()
    first, second = copy.deepcopy([model, model])
    assert first is second and first is not model
    first, second = through_pickle([model, model])
    assert first is second


def test_classes_of_a_module_are_found_by_reference(monkeypatch):
    module = types.ModuleType("their_module")
    Theirs = type("Scale", (layers.Layer,), {"__module__": "their_module", "call": lambda self, x: x + 100.0})
    module.Scale = Theirs
    monkeypatch.setitem(sys.modules, "their_module", module)
    model = keras.Sequential([layers.Input((4,)), Theirs(), Scale(2.0)])
    data = pickle.dumps(model)
    np.testing.assert_allclose(pickle.loads(data)(X), 2 * (X + 100))
    monkeypatch.delitem(sys.modules, "their_module")
    with pytest.raises(ModuleNotFoundError, match="their_module"):
        pickle.loads(data)


def test_a_local_class_needs_a_name():
    class Hidden(layers.Layer):
        def call(self, x):
            return x

    model = keras.Sequential([layers.Input((4,)), Hidden()])
    assert type(copy.deepcopy(model).layers[0]) is Hidden
    with pytest.raises((AttributeError, pickle.PicklingError), match="Hidden"):
        pickle.dumps(model)


def test_what_was_registered_must_be_registered_again(monkeypatch):
    data = pickle.dumps(local())
    monkeypatch.delitem(keras.saving.get_custom_objects(), "copying>Scale")
    with pytest.raises(TypeError, match="register"):
        pickle.loads(data)


def test_methods_are_refused():
    class Own(keras.Model):
        def mine(self, y_true, y_pred):
            return ops.mean(y_true - y_pred)

        def call(self, x):
            return x

    model = Own()
    model.compile("sgd", model.mine)
    with pytest.raises(pickle.PicklingError, match="mine"):
        pickle.dumps(model)


def test_code_of_another_python_is_refused(monkeypatch):
    data = pickle.dumps(with_lambda())
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    with pytest.raises(ValueError, match="versions"):
        pickle.loads(data)


def test_archives_are_no_weaker_for_it(tmp_path):
    model = with_lambda()
    copy.deepcopy(model)
    through_pickle(model)
    model.save(tmp_path / "m.keras")
    for safe_mode in (True, False):
        with pytest.raises(ValueError, match="lambda"):
            keras.saving.load_model(tmp_path / "m.keras", safe_mode=safe_mode)
    custom = sequential()
    custom.save(tmp_path / "c.keras")
    with pytest.raises(TypeError, match=r"bent|Scale"):
        keras.saving.load_model(tmp_path / "c.keras")
    assert "carried>" not in custom.to_json()
    assert b"carried>" not in (tmp_path / "c.keras").read_bytes()
