"""Lookups in a table, and means of what was looked up: on a CPU with a gradient of their own, of the same numbers."""

from __future__ import annotations

from collections import OrderedDict

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.context import call_scope
from kerasnb.core.layers import lookup as module
from kerasnb.core.training import programs

ROWS = 50


@pytest.fixture
def found(monkeypatch):
    """Every lookup counts as large, and comes in many parts; how many means were found to be of a lookup."""
    calls: list[tuple] = []
    plain = module._mean
    monkeypatch.setattr(module, "on_cpu", lambda: True)
    monkeypatch.setattr(module, "LARGE", 0)
    monkeypatch.setattr(module, "PART", 300)
    monkeypatch.setattr(module, "_mean", lambda *args: calls.append(args) or plain(*args))
    monkeypatch.setattr(programs, "_cache", OrderedDict())  # an equal model would use a program of another test
    return calls


def table_of(units, dtype="float32"):
    return jnp.asarray(np.random.default_rng(0).normal(size=(ROWS, units)), dtype)


def indices_of(*shape):
    return jnp.asarray(np.random.default_rng(1).integers(-ROWS, ROWS, shape))


def mean(table, indices):
    def value(table, indices):
        with call_scope(None, True):
            return module.mean_of_places(module.lookup(table, indices))

    return jax.jit(value)(table, indices)


def plain_mean(table, indices):
    return jnp.take(table, indices, axis=0).mean(1)


@pytest.mark.parametrize("shape", [(9, 13), (1, 40), (40, 1), (6, 32), (3, 49), (2, 700)], ids=str)
def test_values_and_gradients(found, shape):
    table, indices = table_of(5), indices_of(*shape)
    np.testing.assert_allclose(mean(table, indices), plain_mean(table, indices), rtol=1e-5, atol=1e-6)
    slope = jax.jit(jax.grad(lambda t: jnp.sum(jnp.sin(mean(t, indices)))))(table)
    expected = jax.grad(lambda t: jnp.sum(jnp.sin(plain_mean(t, indices))))(table)
    np.testing.assert_allclose(slope, expected, rtol=1e-5, atol=1e-6)
    assert len(found) == 2


@settings(deadline=None)
@given(st.lists(st.integers(-2 * ROWS, 2 * ROWS), min_size=1, max_size=12))
def test_an_index_outside_gives_nan_and_no_gradient(indices):
    table, inside = table_of(3), np.isin(indices, np.arange(-ROWS, ROWS))
    indices = jnp.asarray([indices])
    value, back = jax.vjp(lambda t: module._mean(t, indices), table)
    assert np.isfinite(value).all() == inside.all()
    assert float(back(jnp.ones_like(value))[0].sum()) == pytest.approx(3 * inside.mean(), abs=1e-5)


@pytest.mark.parametrize("kind", ["uint8", "int8", "int16", "uint32"])
def test_integers_of_any_kind(found, kind):
    table, indices = jnp.arange(700.0).reshape(350, 2), np.arange(30).reshape(5, 6).astype(kind)
    slope = jax.grad(lambda t: mean(t, jnp.asarray(indices)).sum())(table)
    assert slope[:30].tolist() == pytest.approx(np.full((30, 2), 1 / 6)) and not slope[30:].any()


def test_half_precision_many_tables_and_second_gradients(found):
    indices = indices_of(4, 11)
    halves = table_of(3, "bfloat16")
    assert jax.grad(lambda t: mean(t, indices).sum())(halves).dtype == jnp.bfloat16

    def slopes(function):
        return jax.vmap(jax.grad(lambda t: jnp.sum(function(t, indices) ** 3)))(jnp.stack([table_of(3), table_of(3)]))

    np.testing.assert_allclose(slopes(mean), slopes(plain_mean), rtol=1e-5)

    def curvature(function):
        inner = jax.grad(lambda t: jnp.sum(function(t, indices) ** 3))
        return jax.jvp(inner, (table_of(3),), (table_of(3),))[1]

    np.testing.assert_allclose(curvature(mean), curvature(plain_mean), rtol=1e-5)


def test_vectors_that_others_use_too(found):
    indices = indices_of(4, 11)

    def both(mean_of):
        def value(table):
            with call_scope(None, True):
                vectors = module.lookup(table, indices)
                return jnp.sum(mean_of(vectors) ** 2) + jnp.sum(vectors.max(1) ** 2)

        return jax.grad(value)(table_of(3))

    np.testing.assert_allclose(both(module.mean_of_places), both(lambda v: v.mean(1)), rtol=1e-5, atol=1e-6)


# name -> (what lies between lookup and mean, arguments of Embedding, arguments of the mean, whether it is found)
MODELS = {
    "nothing between": ([], {}, {}, True),
    "kept axis": ([], {}, {"keepdims": True}, True),
    "a layer between": ([L.Activation("tanh")], {}, {}, False),
    "masked places": ([], {"mask_zero": True}, {}, False),
    "channels first": ([], {}, {"data_format": "channels_first"}, False),
    "vectors cast to fewer bits": ([], {"dtype": "mixed_bfloat16"}, {}, False),
}


@pytest.mark.parametrize("between, options, pooling, is_found", MODELS.values(), ids=MODELS.keys())
def test_the_same_training(found, monkeypatch, between, options, pooling, is_found):
    def trained():
        keras.utils.set_random_seed(4)
        head = [L.GlobalAveragePooling1D(**pooling), L.Flatten(), L.Dense(1)]
        model = keras.Sequential([keras.Input((20,), dtype="int32"), L.Embedding(ROWS, 4, **options), *between, *head])
        model.compile("adam", "mse")
        x = np.random.default_rng(5).integers(0, ROWS, (64, 20))
        history = model.fit(x, x.mean(1) / ROWS, batch_size=16, epochs=3, verbose=0)
        return history.history["loss"], model.get_weights()

    losses, weights = trained()
    assert bool(found) == is_found
    monkeypatch.setattr(module, "LARGE", 2**40)
    monkeypatch.setattr(programs, "_cache", OrderedDict())
    again, others = trained()
    np.testing.assert_allclose(losses, again, rtol=1e-5)
    for a, b in zip(weights, others, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_outside_of_programs_nothing_is_noted(found):
    with call_scope(None, True) as context:
        vectors = module.lookup(table_of(3), indices_of(4, 6))
        module.mean_of_places(vectors)
    assert not context.lookups and not found


def test_on_an_accelerator_nothing_is_noted(found, monkeypatch):
    monkeypatch.setattr(module, "on_cpu", lambda: False)
    np.testing.assert_array_equal(mean(table_of(3), indices_of(4, 6)), plain_mean(table_of(3), indices_of(4, 6)))
    assert not found
