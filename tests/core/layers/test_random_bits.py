"""Threefry written out: the words of jax's own, and bits without a pattern."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.random import threefry_2x32

from kerasnb.core.layers.random_bits import random_words, threefry

SHAPES = [(1,), (7,), (3, 5), (4, 1), (2, 3, 4), (0, 3), (3, 0)]


@pytest.mark.parametrize("key", [(0, 0), (1, 2), (2**32 - 1, 12345)], ids=str)
def test_the_words_are_those_of_jax(key):
    key, counter = jnp.array(key, jnp.uint32), jnp.arange(100, dtype=jnp.uint32)
    wanted = threefry_2x32(key, jnp.concatenate([counter, jnp.zeros_like(counter)]))
    np.testing.assert_array_equal(jnp.concatenate(threefry(key, counter)), wanted)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_any_shape(shape):
    found = random_words(jax.random.key(0), shape)
    assert found.shape == shape and found.dtype == jnp.uint32
    np.testing.assert_array_equal(found, jax.jit(random_words, static_argnums=1)(jax.random.key(0), shape))


def test_typed_keys_and_plain_ones_are_the_same():
    key = jax.random.key(5)
    np.testing.assert_array_equal(random_words(key, (9,)), random_words(jax.random.key_data(key), (9,)))


def test_keys_of_other_generators_work():
    assert random_words(jax.random.key(0, impl="rbg"), (3, 4)).shape == (3, 4)


def test_every_bit_is_fair_and_no_word_comes_twice():
    words = np.asarray(random_words(jax.random.key(1), (64, 1001)))
    shares = [float(((words >> bit) & 1).mean()) for bit in range(32)]
    assert max(abs(share - 0.5) for share in shares) < 5 * 0.5 / np.sqrt(words.size)
    assert np.unique(words).size > words.size - 10  # 64 064 of 2**32: one pair or none is equal by chance
    other = np.asarray(random_words(jax.random.key(2), (64, 1001)))
    assert (words == other).sum() < 5
