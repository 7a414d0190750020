"""JAX functions and Flax modules as layers."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen, nnx

import kerasnb as keras
from kerasnb import layers

x = np.random.RandomState(0).standard_normal((8, 3)).astype("float32")


def scaled(params, state, inputs, training):
    return inputs * params["factor"], {"calls": state["calls"] + training}


class Linen(linen.Module):
    @linen.compact
    def __call__(self, x, training=False):
        x = linen.BatchNorm(use_running_average=not training)(linen.Dense(4)(x))
        return linen.Dropout(0.5, deterministic=not training)(x)


class Nnx(nnx.Module):
    def __init__(self, rngs):
        self.dense = nnx.Linear(3, 4, rngs=rngs)
        self.norm = nnx.BatchNorm(4, rngs=rngs)
        self.drop = nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x):
        return self.drop(self.norm(self.dense(x)))

    def twice(self, x):
        return 2 * x


def test_function_with_parameters_and_state():
    layer = layers.JaxLayer(scaled, params={"factor": np.ones(3, "float32")}, state={"calls": np.zeros((), "int32")})
    layer(x, training=True)
    layer(x)
    assert int(layer.state["calls"]) == 1
    assert [v.path for v in layer.trainable_weights] == [f"{layer.name}/factor"]
    assert layer(keras.Input((3,))).shape == (None, 3)


@pytest.mark.parametrize("make", [lambda: Linen(), lambda: Nnx(nnx.Rngs(0))], ids=["linen", "nnx"])
def test_modules_train(make):
    """Weights move, statistics move, dropout draws anew, and inference stands still."""
    layer = layers.FlaxLayer(make())
    model = keras.Sequential([keras.Input((3,)), layer, layers.Dense(1)])
    model.compile("sgd", "mse")
    before = [w.copy() for w in model.get_weights()]
    model.fit(x, x[:, :1], batch_size=4, epochs=1, verbose=0)
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before[:5], model.get_weights()[:5], strict=True))
    assert len(layer.trainable_weights) == 4
    np.testing.assert_array_equal(layer(x), layer(x))
    assert np.abs(layer(x, training=True) - layer(x, training=True)).max() > 0


def test_other_methods():
    np.testing.assert_array_equal(layers.FlaxLayer(Nnx(nnx.Rngs(0)), "twice")(x), 2 * x)
    np.testing.assert_array_equal(layers.FlaxLayer(Nnx(nnx.Rngs(0)), lambda m, x: 3 * x)(x), 3 * x)


def test_given_variables():
    import jax

    variables = linen.Dense(2).init(jax.random.key(0), x)
    layer = layers.FlaxLayer(linen.Dense(2), variables=variables)
    np.testing.assert_allclose(layer(x), linen.Dense(2).apply(variables, x), rtol=1e-6)


def test_configuration_of_linen():
    layer = layers.FlaxLayer(linen.Dense(2), name="guest")
    layer(x)
    with keras.saving.custom_object_scope({"Dense": linen.Dense}):
        twin = layers.FlaxLayer.from_config(layer.get_config())
    assert twin.module == linen.Dense(2)
    assert twin.name == "guest"
    with pytest.raises(ValueError, match="nnx module"):
        layers.FlaxLayer(Nnx(nnx.Rngs(0))).get_config()


MISTAKES = {
    "must name the argument 'inputs'": lambda: layers.JaxLayer(lambda params: params),
    "names the argument 'input'.*Did you mean 'inputs'": lambda: layers.JaxLayer(lambda input: input),
    "give params": lambda: layers.JaxLayer(lambda params, inputs: inputs),
    r"must return \(outputs, state\)": lambda: layers.JaxLayer(lambda state, inputs: inputs, state=jnp.ones(1))(x),
    "same structure": lambda: layers.JaxLayer(lambda state, inputs: (inputs, {}), state=jnp.ones(1))(x),
    "module must be": lambda: layers.FlaxLayer(3),
    "is a layer already": lambda: layers.FlaxLayer(layers.Dense(2)),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes(message):
    with pytest.raises(ValueError, match=message):
        MISTAKES[message]()
