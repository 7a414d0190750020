"""keras.random: seeds are states, and draws have the moments they promise."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import random

N = 20_000
# Name, arguments, mean, standard deviation of what is drawn.
DRAWS = [
    ("normal", ((N,), 1.0, 2.0), 1.0, 2.0),
    ("uniform", ((N,), -1.0, 3.0), 1.0, 4 / 12**0.5),
    ("truncated_normal", ((N,), 1.0, 2.0), 1.0, 2 * 0.8796),
    ("randint", ((N,), 0, 10), 4.5, (99 / 12) ** 0.5),
    ("gamma", ((N,), 3.0), 3.0, 3**0.5),
    ("beta", ((N,), 2.0, 2.0), 0.5, 0.05**0.5),
    ("binomial", ((N,), 10.0, 0.3), 3.0, 2.1**0.5),
]
every_draw = pytest.mark.parametrize(("name", "args", "mean", "std"), DRAWS, ids=[d[0] for d in DRAWS])


@every_draw
def test_moments_and_seeds(name, args, mean, std):
    draw = getattr(random, name)
    first = np.asarray(draw(*args, seed=1))
    assert abs(first.mean() - mean) < 5 * std / N**0.5
    assert abs(first.std() - std) < 0.05 * std
    np.testing.assert_array_equal(first, draw(*args, seed=1))
    assert (first != np.asarray(draw(*args, seed=2))).mean() > 0.5
    assert first.dtype.name == ("int32" if name == "randint" else "float32")


@pytest.mark.parametrize("name", ["normal", "uniform", "truncated_normal"])
def test_dtype(name):
    assert getattr(random, name)((3,), dtype="bfloat16", seed=1).dtype == "bfloat16"
    with pytest.raises(ValueError, match="float"):
        getattr(random, name)((3,), dtype="int32", seed=1)


def test_truncated_normal_is_cut_at_two_deviations():
    draw = np.asarray(random.truncated_normal((N,), 1.0, 2.0, seed=3))
    assert draw.min() >= -3 and draw.max() <= 5 and draw.max() > 4.9


def test_bounds_of_uniform_and_randint():
    draw = np.asarray(random.uniform((N,), -1.0, 3.0, seed=1))
    assert draw.min() >= -1 and draw.max() < 3
    assert set(np.asarray(random.randint((N,), 2, 5, seed=1)).tolist()) == {2, 3, 4}
    with pytest.raises(ValueError, match="integer"):
        random.randint((3,), 0, 5, dtype="float32")


def test_generator_moves_on_and_starts_again():
    first, second = random.SeedGenerator(7), random.SeedGenerator(7)
    a = [np.asarray(random.normal((3,), seed=first)) for _ in range(2)]
    b = [np.asarray(random.normal((3,), seed=second)) for _ in range(2)]
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a[0], a[1])
    assert first.get_config()["seed"] == 7
    assert random.SeedGenerator.from_config(first.get_config()).seed == 7
    np.testing.assert_array_equal(first.state.numpy(), [7, 2])


def test_generators_without_seed_differ():
    assert random.SeedGenerator().seed != random.SeedGenerator().seed
    for wrong in ("7", 1.5, True):
        with pytest.raises(ValueError, match="seed"):
            random.SeedGenerator(wrong)


def test_global_seed_repeats_everything():
    def draws():
        keras.utils.set_random_seed(11)
        return np.asarray(random.normal((3,))), np.asarray(random.uniform((3,))), random.SeedGenerator().seed

    first, second = draws(), draws()
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], random.normal((3,)))


def test_shuffle_keeps_entries_and_rows():
    x = np.arange(24).reshape(8, 3)
    rows = np.asarray(random.shuffle(x, seed=1))
    assert sorted(rows.tolist()) == x.tolist() and not np.array_equal(rows, x)
    columns = np.asarray(random.shuffle(np.arange(64).reshape(4, 16), axis=1, seed=1))
    assert all(sorted(r) == list(range(16 * i, 16 * i + 16)) for i, r in enumerate(columns.tolist()))


def test_dropout_zeroes_a_share_and_keeps_the_mean():
    x = np.ones((100, 200), "float32")
    y = np.asarray(random.dropout(x, 0.25, seed=1))
    assert abs((y == 0).mean() - 0.25) < 0.02
    np.testing.assert_allclose(y[y != 0], 1 / 0.75, rtol=1e-6)
    shared = np.asarray(random.dropout(x, 0.5, noise_shape=(None, 1), seed=1))
    assert (shared == shared[:, :1]).all() and 0 < (shared[:, 0] == 0).mean() < 1


def test_categorical_follows_the_logits():
    logits = np.log(np.array([[0.1, 0.9], [0.5, 0.5]], "float32"))
    draw = np.asarray(random.categorical(logits, 4000, seed=1))
    assert draw.shape == (2, 4000) and draw.dtype == "int32"
    np.testing.assert_allclose(draw.mean(axis=1), [0.9, 0.5], atol=0.04)


def test_same_numbers_inside_compiled_code():
    np.testing.assert_array_equal(
        jax.jit(lambda: random.normal((5,), seed=3))(), np.asarray(random.normal((5,), seed=3))
    )


@pytest.mark.parametrize("seed", ["1", 1.5, [1, 2]])
def test_wrong_seeds_are_named(seed):
    with pytest.raises(ValueError, match="seed"):
        random.normal((2,), seed=seed)
