"""Scopes: trial values, name prefixes, devices, and layers that compute twice instead of remembering."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers


def test_stateless_scope_forgets():
    v, w = keras.Variable(1.0), keras.Variable(2.0)
    with keras.StatelessScope([(v, 5.0)]) as scope:
        assert float(v.value) == 5.0 and float(w.value) == 2.0
        v.assign(7.0)
        w.assign_add(1.0)
        scope.add_update((w, 4.0))
    assert float(scope.get_current_value(v)) == 7.0 and float(scope.get_current_value(w)) == 4.0
    assert float(v.value) == 1.0 and float(w.value) == 2.0
    assert scope.get_current_value(keras.Variable(3.0)) is None


def test_stateless_scope_under_jit():
    layer = layers.Dense(2)
    layer.build((None, 3))

    @jax.jit
    def output(kernel, x):
        with keras.StatelessScope([(layer.kernel, kernel)]):
            return layer(x)

    x = jnp.ones((1, 3))
    assert np.allclose(output(jnp.full((3, 2), 2.0), x), 6.0)
    assert not isinstance(layer.kernel.value, jax.core.Tracer)


def test_scopes_nest():
    v = keras.Variable(1.0)
    with keras.StatelessScope([(v, 2.0)]):
        with keras.StatelessScope([(v, 3.0)]):
            assert float(v.value) == 3.0
        assert float(v.value) == 2.0
    assert float(v.value) == 1.0


def test_losses_are_collected():
    layer = layers.Dense(1, activity_regularizer="l2", kernel_initializer="ones")
    with keras.StatelessScope(collect_losses=True) as scope:
        layer(np.ones((2, 3), "float32"))
    assert len(scope.losses) == 1 and np.allclose(scope.losses[0], 0.01 * 9)
    with keras.StatelessScope() as scope:
        layer(np.ones((2, 3), "float32"))
    assert scope.losses == []


@pytest.mark.parametrize("mapping", [[(1, 2)], [(keras.Variable(1.0), np.ones((2, 2)))]])
def test_stateless_scope_checks(mapping):
    with pytest.raises(ValueError, match="StatelessScope"):
        keras.StatelessScope(mapping)


def test_names():
    with keras.name_scope("a"):
        with keras.name_scope("b"):
            assert keras.Variable(1.0, name="q").path == "a/b/q"
        layer = layers.Dense(1, name="d")
    layer.build((None, 2))
    assert layer.kernel.path == "a/d/kernel"
    assert keras.Variable(1.0, name="q").path == "q"
    for name in (1, "a/b", None):
        with pytest.raises(ValueError, match="name_scope"):
            keras.name_scope(name)


def test_devices():
    with keras.device("cpu:0"):
        assert jnp.ones(2).devices() == {jax.devices("cpu")[0]}
    with keras.device(jax.devices()[0]):
        assert float(jnp.ones(())) == 1
    with pytest.raises(RuntimeError, match=r"this machine has no 'tpu:7'; it has .*cpu:0"):
        keras.device("tpu:7")
    for wrong in (1, None, "cpu:x"):
        with pytest.raises(ValueError, match="device_name"):
            keras.device(wrong)


def network():
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(8, "relu", activity_regularizer="l2"),
            layers.Dropout(0.5, seed=1),
            layers.BatchNormalization(),
            layers.Activation("tanh"),
            layers.Dense(1, name="last"),
        ]
    )


def test_remat_changes_no_number():
    x = np.random.RandomState(0).rand(8, 4).astype("float32")
    weights = []
    for scope in (keras.SymbolicScope(), keras.RematScope()):
        keras.utils.set_random_seed(3)
        with scope:
            model = network()
        model.compile("sgd", "mse")
        model.fit(x, x.sum(1, keepdims=True), epochs=2, verbose=0, batch_size=8)
        weights.append(model.get_weights())
    for a, b in zip(*weights):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "dense", "activation"),
    [
        (None, False, False),
        ({}, True, True),
        ({"mode": None}, False, False),
        ({"mode": "activations"}, False, True),
        ({"mode": "larger_than", "output_size_threshold": 5}, True, False),
        ({"mode": "list_of_layers", "layer_names": ["d"]}, True, False),
    ],
)
def test_which_layers_compute_again(arguments, dense, activation):
    with keras.RematScope(**arguments) if arguments is not None else keras.SymbolicScope():
        made = layers.Dense(6, name="d"), layers.Activation("tanh")
    for layer, expected in zip(made, (dense, activation)):
        layer.build((None, 4))
        assert ("remat" in str(jax.make_jaxpr(lambda v, f=layer: f(v))(jnp.ones((1, 4))))) == expected


def test_remat_of_a_function_assigns_once():
    count = keras.Variable(0.0)

    def f(x):
        count.assign_add(1.0)
        return jnp.sin(x) ** 2

    wrapped = keras.remat(f)
    assert np.allclose(jax.grad(wrapped)(2.0), 2 * np.sin(2) * np.cos(2))
    count.assign(0.0)
    wrapped(1.0)
    assert float(count.value) == 1.0
    with pytest.raises(ValueError, match="mode"):
        keras.RematScope("some")
