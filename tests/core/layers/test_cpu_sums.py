"""Sums over rows in the CPU's fast form: the numbers, gradients and transformations of the plain form."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerasnb.core.layers.cpu_sums import FEW, channel_moments, channel_sums, per_channel

SHAPES = [(FEW, 3), (4, 5, 7, 6), (2, 97, 4), (1, 3), (8, 0, 3), (2, 3, 5, 7, 2)]


def numbers(shape: tuple) -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).standard_normal(shape), "float32")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sums_and_moments(shape):
    x = numbers(shape)
    axes = tuple(range(x.ndim - 1))
    np.testing.assert_allclose(channel_sums(x), np.sum(np.asarray(x, "float64"), axes), rtol=1e-5, atol=1e-4)
    if x.size:
        mean, variance = channel_moments(x)
        np.testing.assert_allclose(mean, np.mean(np.asarray(x, "float64"), axes), atol=1e-5)
        np.testing.assert_allclose(variance, np.var(np.asarray(x, "float64"), axes), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("last", [1, 2])
def test_gradient_is_that_of_the_plain_form(shape, last):
    x, values = numbers(shape), numbers(shape[-last:])

    def loss(spread):
        return lambda v: jnp.sum(jnp.tanh(x * spread(v) + spread(v)) ** 2)

    fast, plain = loss(lambda v: per_channel(v, x)), loss(lambda v: v)
    np.testing.assert_allclose(jax.grad(fast)(values), jax.grad(plain)(values), rtol=1e-4, atol=1e-4)
    tangent = jax.jvp(fast, (values,), (values,))[1]  # forwards too
    np.testing.assert_allclose(tangent, jax.jvp(plain, (values,), (values,))[1], rtol=1e-4, atol=1e-4)


def test_under_vmap():
    x, values = numbers((4, 32, 3)), numbers((5, 3))
    gradients = jax.vmap(jax.grad(lambda v: jnp.sum((x + per_channel(v, x)) ** 2)))(values)
    np.testing.assert_allclose(gradients, 2 * (x.sum((0, 1)) + 128 * values), rtol=1e-4)


def test_long_sums_stay_exact():
    """A million equal numbers: added up one after the other in float32 they would be 1 % off."""
    x = jnp.full((2**20, 2), 0.1, "float32")
    np.testing.assert_allclose(channel_sums(x), 0.1 * 2**20, rtol=5e-5)
    gradient = jax.grad(lambda v: jnp.sum(per_channel(v, x) * x))(jnp.zeros(2))
    np.testing.assert_allclose(gradient, 0.1 * 2**20, rtol=5e-5)


def test_other_dtypes_and_shapes_keep_the_plain_form():
    x = numbers((FEW, 3))
    for values in (jnp.ones(3, "bfloat16"), jnp.ones((1, 3)), jnp.ones(1)):
        assert per_channel(values, x) is values
