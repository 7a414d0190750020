"""Seen rows: kept beside the model, never in it; gradients by weight are those of the loss."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.training import seen_rows as seen

X = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")


def trained(**options):
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(6, "tanh"), layers.Dropout(0.5), layers.Dense(2, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, batch_size=16, verbose=0, **options)
    return model


@pytest.mark.parametrize(
    ("options", "rows"), [({}, 16), ({"validation_split": 0.2}, 16), ({"shuffle": False}, 16)], ids=str
)
def test_the_last_rows_of_the_training_data_are_kept(options, rows):
    x, y, weight = seen.seen_rows(trained(**options))
    last = 40 if "validation_split" in options else 50
    np.testing.assert_array_equal(x, X[last - rows : last])
    assert weight is None and len(y) == rows


def test_a_stream_keeps_a_batch():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(((X[i : i + 5], X[i : i + 5, :2]) for i in range(0, 50, 5)), verbose=0)
    assert seen.seen_rows(model)[0].shape == (5, 4)
    assert len(seen.gradient_sizes(model)) == 2


def test_large_rows_are_few(monkeypatch):
    monkeypatch.setattr(seen, "MOST_BYTES", 100)
    assert len(seen.seen_rows(trained())[0]) == 5


def test_no_archive_pickle_or_copy_carries_them():
    model = trained()
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert seen.seen_rows(other) is None
    gone = weakref.ref(model)
    seen.gradient_sizes(model)
    del model, other
    gc.collect()
    assert gone() is None


def test_sizes_are_the_gradients_and_follow_the_weights():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, kernel_regularizer="l2"), layers.BatchNormalization()])
    model.compile("sgd", "mse")
    target = np.ones((50, 3), "float32")
    model.fit(X, target, batch_size=50, verbose=0)
    before = model.get_weights()

    def loss(kernel):
        z = X @ kernel + before[1]
        gamma, beta = before[2:4]
        normal = (z - z.mean(0)) / jnp.sqrt(((z - z.mean(0)) ** 2).mean(0) + 1e-3)
        return ((normal * gamma + beta - target) ** 2).mean() + 0.01 * (kernel**2).sum()

    expected = float(jnp.linalg.norm(jax.grad(loss)(jnp.asarray(before[0]))))
    sizes = seen.gradient_sizes(model)
    kernel = model.layers[0].kernel
    assert sizes[id(kernel)] == pytest.approx(expected, rel=1e-3)
    assert seen.gradient_sizes(model) is sizes, "nothing is computed twice"
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.set_weights([w * 1.5 for w in before])
    assert seen.gradient_sizes(model)[id(kernel)] != sizes[id(kernel)]


def test_unknown_without_training_or_with_a_loss_of_its_own():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    assert seen.gradient_sizes(model) is None
    model.compile("sgd")
    assert seen.gradient_sizes(model) is None
