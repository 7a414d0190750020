"""Arrays that are made once: kept by training programs, in loops of any size, in every direction of derivatives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.layers.once import LEAST, gradient_once, once
from kerasnb.core.training.compiler_options import compiler_options

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="a matter of the CPU backend")
LARGE = jnp.ones((LEAST // 4,), jnp.float32)


def compiled(function, *args) -> str:
    options = compiler_options(keras.Sequential([keras.Input((1,)), L.Dense(1)]))
    return jax.jit(function, compiler_options=options).lower(*args).compile().as_text()


def test_a_training_program_keeps_it_and_another_throws_it_out():
    def twice(x):
        y = once(x * 2)
        return jnp.sin(y), y[::-1]

    assert "opt-barrier" in compiled(twice, LARGE)
    assert "opt-barrier" not in jax.jit(twice).lower(LARGE).compile().as_text()


def test_small_arrays_and_open_sizes_are_left_alone():
    assert "optimization_barrier" not in str(jax.make_jaxpr(once)(LARGE[1:]))
    assert "optimization_barrier" in str(jax.make_jaxpr(once)(LARGE))
    size = jax.export.symbolic_shape("n, 4")
    jax.export.export(jax.jit(once))(jax.ShapeDtypeStruct(size, jnp.float32))


def test_derivatives_in_every_direction():
    def loss(x):
        return (once(x * x) ** 2).sum()

    (value, slope) = jax.jvp(loss, (LARGE,), (LARGE,))
    assert value == LARGE.size and slope == 4 * LARGE.size
    np.testing.assert_array_equal(jax.grad(loss)(LARGE), 4 * LARGE)
    np.testing.assert_array_equal(jax.grad(lambda x: (gradient_once(x) * 3).sum())(LARGE), 3 * LARGE)
    forwards = jax.jvp(lambda x: gradient_once(x) * 3, (LARGE,), (LARGE,))[1]
    np.testing.assert_array_equal(forwards, 3 * LARGE)
    backwards = jax.make_jaxpr(jax.grad(lambda x: (gradient_once(x) * 3).sum()))(LARGE)
    assert "optimization_barrier" in str(backwards)
    np.testing.assert_array_equal(jax.vmap(once)(LARGE[None]), LARGE[None])


class Barrier(L.Layer):
    """As ``jax.checkpoint`` and users' own code make them."""

    def call(self, x):
        return jax.lax.optimization_barrier(x) * 2


@pytest.mark.parametrize("rows", [1, 2])
def test_a_loop_over_almost_nothing_is_compiled_too(rows):
    model = keras.Sequential([keras.Input((2,)), Barrier(), L.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(np.ones((rows, 2)), np.ones((rows, 1)), batch_size=1, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_a_depthwise_convolution_has_derivatives_forwards():
    layer = L.DepthwiseConv2D(3, activation="relu")
    pictures = jnp.ones((2, 40, 40, 3))
    _, slope = jax.jvp(layer, (pictures,), (pictures,))
    assert slope.shape == (2, 38, 38, 3)
