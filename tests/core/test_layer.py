"""Layer: attributes that are tracked, weights and their order, being called, dtype, losses, masks, configuration."""

from __future__ import annotations

import copy
import inspect
import pickle

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops
from kerasnb.core.variable import Changes

X = np.arange(12, dtype="float32").reshape(3, 4)


class Affine(layers.Layer):
    """A layer as Keras users write it."""

    def __init__(self, units=2, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.scale = units, scale

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", name="w")
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def call(self, x):
        self.count.assign_add(1.0)
        return self.scale * (ops.matmul(x, self.w) + self.b)


# --- weights -------------------------------------------------------------------------------------------------


def test_weights_in_keras_order():
    layer = Affine()
    layer(X)
    assert [w.name for w in layer.weights] == ["w", "b", "count"]
    assert [w.path for w in layer.trainable_weights] == [f"{layer.name}/w", f"{layer.name}/b"]
    assert layer.count_params() == 4 * 2 + 2 + 1


def test_set_weights_tells_what_does_not_fit():
    layer = Affine()
    layer(X)
    with pytest.raises(ValueError, match="has 3 weights, the list given has 1"):
        layer.set_weights([np.zeros((4, 2))])
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r"b.*has shape \(2,\), the value given has shape \(9,\)"):
        layer.set_weights([np.ones((4, 2)), np.ones(9), 0.0])
    assert all((a == b).all() for a, b in zip(layer.get_weights(), before)), "nothing was half assigned"


@pytest.mark.parametrize("put", ["attribute", "list", "dict", "tuple", "append", "setitem", "update", "or", "set"])
def test_whatever_is_assigned_is_owned(put):
    layer, inner = layers.Layer(), layers.Dense(2)
    inner.build((None, 4))
    if put == "attribute":
        layer.part = inner
    elif put == "list":
        layer.parts = [inner]
    elif put == "dict":
        layer.parts = {"a": inner}
    elif put == "tuple":
        layer.parts = (inner, 3)
    elif put == "append":
        layer.parts = []
        layer.parts.append(inner)
    elif put == "setitem":
        layer.parts = {}
        layer.parts["x"] = inner
    elif put == "update":
        layer.parts = {}
        layer.parts.update(x=inner)
    elif put == "or":
        layer.parts = {}
        layer.parts |= {"x": inner}
    else:
        layer.parts = set()
        layer.parts |= {inner}
    assert [w.name for w in layer.weights] == ["kernel", "bias"]
    assert inner.path == f"{layer.name}/{inner.name}"


def test_what_is_taken_away_is_no_longer_owned():
    layer = layers.Layer()
    layer.part = layers.Dense(2)
    layer.parts = [layers.Dense(3), layers.Dense(4)]
    layer.parts.pop()
    layer.part = None
    del layer.parts[0]
    assert layer._flatten_layers(include_self=False) == []


def test_containers_copy_and_pickle_as_plain_ones():
    layer = layers.Layer()
    layer.sizes = [1, 2]
    assert type(copy.deepcopy(layer.sizes)) is list and pickle.loads(pickle.dumps(layer.sizes)) == [1, 2]


def test_trainable_reaches_sublayers_and_comes_back():
    outer = layers.Layer()
    outer.inner = Affine()
    outer.inner(X)
    outer.trainable = False
    assert outer.trainable_weights == [] and len(outer.non_trainable_weights) == 3
    outer.trainable = True
    assert [w.name for w in outer.non_trainable_weights] == ["count"]


def test_every_change_is_counted_and_a_call_is_none():
    layer = Affine()
    layer(X)

    def changed(action):
        before = Changes.count
        action()
        return Changes.count > before

    assert not changed(lambda: layer(X))
    assert not changed(lambda: layer.set_weights(layer.get_weights()))
    assert changed(lambda: setattr(layer, "scale", 2.0))
    assert changed(lambda: setattr(layer, "trainable", False))
    assert changed(lambda: setattr(layer.w, "trainable", True))
    assert changed(lambda: setattr(layer, "parts", []))
    assert changed(lambda: layer.parts.append(layers.Dense(1)))
    assert changed(lambda: layer.parts.pop())


# --- being called ----------------------------------------------------------------------------------------------


def test_state_assigned_in_call_survives_compiled_and_eager_and_symbolic():
    layer = Affine()
    layer(X)
    layer(keras.Input((4,)))  # shapes are inferred without leaving a trace
    assert float(layer.count) == 1
    trainable, rest = [v.value for v in layer.trainable_variables], [v.value for v in layer.non_trainable_variables]
    outputs, (count,) = jax.jit(layer.stateless_call)(trainable, rest, X)
    np.testing.assert_allclose(outputs, layer(X))
    assert float(count) == 2 and float(layer.count) == 2


def test_stateless_call_asks_for_all_variables():
    layer = Affine()
    with pytest.raises(ValueError, match="build layer"):
        layer.stateless_call([], [], X)
    layer(X)
    with pytest.raises(ValueError, match=r"has 2 trainable_variables, got 0"):
        layer.stateless_call([], [layer.count.value], X)


def test_training_goes_down_to_the_innermost_layer():
    seen = []

    class Watch(layers.Layer):
        def call(self, x, training=None):
            seen.append(training)
            return x

    class Outer(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Watch()

        def call(self, x):
            return self.inner(x)

    outer = Outer()
    for given in ({}, {"training": True}, {"training": False}):
        outer(X, **given)
    assert seen == [None, True, False]


def test_build_gets_the_shapes_it_names():
    class Two(layers.Layer):
        def build(self, left_shape, right_shape):
            self.shapes = (left_shape, right_shape)

        def call(self, left, right):
            return left

    layer = Two()
    layer(X, right=X[:, :2])
    assert layer.shapes == ((3, 4), (3, 2))
    assert layer.get_build_config() == {"shapes_dict": {"left_shape": (3, 4), "right_shape": (3, 2)}}


def test_errors_name_the_innermost_layer_and_its_shapes():
    class Broken(layers.Layer):
        def call(self, x):
            return ops.matmul(x, x)

    outer = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    outer(X)
    outer.layers[0].call = Broken(name="culprit")
    with pytest.raises(Exception) as caught:
        outer.layers[0].call(X)
    assert "'culprit'" in "".join(caught.value.__notes__) and "(3, 4)" in "".join(caught.value.__notes__)


def test_input_specs_are_checked():
    with pytest.raises(ValueError, match=r"expected min_ndim=2, found ndim=1"):
        layers.Dense(2)(np.zeros(3))
    layer = layers.Dense(2)
    layer(X)
    with pytest.raises(ValueError, match=r"axis -1.*size 4, found 3"):
        layer(X[:, :3])


def test_unknown_arguments_are_told_with_the_nearest():
    with pytest.raises(ValueError, match=r"'unit'|activatoin"):
        layers.Dense(3, activatoin="relu")
    with pytest.raises(ValueError, match="without '/'"):
        layers.Dense(3, name="a/b")


def test_signatures_are_shown():
    assert list(inspect.signature(layers.Dense).parameters)[:2] == ["units", "activation"]


# --- dtype -----------------------------------------------------------------------------------------------------


def test_mixed_precision_casts_inputs_and_reads():
    layer = layers.Dense(2, dtype="mixed_bfloat16")
    assert layer(X).dtype == "bfloat16" and layer.kernel.dtype == "float32"
    assert (layer.compute_dtype, layer.variable_dtype) == ("bfloat16", "float32")
    assert layers.Dense(2, dtype="mixed_bfloat16", autocast=False)(X).dtype == "float32"


def test_integers_are_never_cast():
    assert layers.Embedding(5, 2, dtype="mixed_float16")(np.array([[1, 2]])).dtype == "float16"
    assert layers.Activation("linear")(np.array([1, 2])).dtype == "int32"


# --- losses, masks, metrics ---------------------------------------------------------------------------------------


def test_losses_are_those_of_the_last_call():
    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    layer = Penalty()
    layer(X), layer(2 * X)
    assert [float(v) for v in layer.losses] == [2 * X.sum()]
    with pytest.raises(ValueError, match="expects scalars"):
        layer.add_loss(np.zeros(3))


def test_regularizers_and_activity():
    layer = layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.5), kernel_initializer="ones")
    layer(X)
    assert [float(v) for v in layer.losses] == [0.5 * 8]
    layer.trainable = False
    assert layer.losses == [], "frozen weights are not penalized"
    active = layers.Activation("linear", activity_regularizer="l1")
    active(X)
    assert float(active.losses[0]) == pytest.approx(0.01 * X.sum() / 3)


def test_masks_travel_and_stop():
    words = np.array([[1, 2, 0], [3, 0, 0]])
    embedded = layers.Embedding(5, 2, mask_zero=True)(words)
    assert embedded._keras_mask.tolist() == [[True, True, False], [True, False, False]]
    assert layers.Dropout(0.1)(embedded)._keras_mask.tolist() == embedded._keras_mask.tolist()
    mean = layers.GlobalAveragePooling1D()(embedded)
    np.testing.assert_allclose(mean[1], np.asarray(embedded)[1, 0], rtol=1e-6)


# --- configuration ----------------------------------------------------------------------------------------------


def test_config_comes_from_the_signature():
    layer = Affine(3, scale=0.5, name="mine")
    config = layer.get_config()
    assert {k: config[k] for k in ("name", "trainable", "units", "scale")} == {
        "name": "mine", "trainable": True, "units": 3, "scale": 0.5,
    }  # fmt: skip
    twin = Affine.from_config(config)
    assert (twin.units, twin.scale, twin.name) == (3, 0.5, "mine")


def test_own_variables_are_stored_and_read_by_number():
    layer, twin, store = Affine(), Affine(), {}
    layer(X)
    layer.save_own_variables(store)
    assert sorted(store) == ["0", "1", "2"]
    with pytest.raises(ValueError, match="not been built"):
        twin.load_own_variables(store)
    twin.build((None, 4))
    twin.load_own_variables(store)
    assert float(twin.count) == 1


def test_names_start_anew_with_the_session():
    keras.utils.clear_session()
    assert [layers.Dense(1).name for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    keras.utils.clear_session()
    assert layers.Dense(1).name == "dense"
