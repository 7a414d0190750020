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
from kerasnb.core.training.feed import ArrayFeed

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


class Thing:
    """May be held weakly, as a model may."""


@pytest.mark.parametrize(
    ("feed", "rows"),
    [
        (ArrayFeed(X, Y, batch_size=16).part(0, 50), (34, 50)), (ArrayFeed(X, Y, batch_size=16).part(0, 10), (0, 10)),
        (ArrayFeed(X, Y, batch_size=16).part(20, 30), (20, 30)), (ArrayFeed(X, batch_size=300).part(0, 50), (0, 50)),
        (ArrayFeed(np.repeat(X, 8, axis=0), batch_size=300).part(0, 400), (144, 400)), (None, None), (object(), None),
    ],
)  # fmt: skip
def test_which_rows_are_kept(feed, rows):
    model = Thing()
    seen.keep_rows(model, feed)
    kept = seen.seen_rows(model)
    if rows is None:
        assert kept is None
    else:
        np.testing.assert_array_equal(kept[0], feed.feed.host[0][slice(*rows)])
        assert not np.shares_memory(kept[0], feed.feed.host[0])


def test_rows_on_the_device_are_kept_too():
    model = Thing()
    seen.keep_rows(model, ArrayFeed(jnp.asarray(X), batch_size=8).part(0, 50))
    np.testing.assert_array_equal(seen.seen_rows(model)[0], X[42:])


def test_dropout_is_on_and_metrics_stay():
    model = trained()
    layer = model.layers[1]
    asked = []
    layer.call = lambda x, training=None, call=layer.call: (asked.append(training), call(x, training=training))[1]
    before = [np.asarray(v) for m in model.metrics for v in m.variables]
    assert all(size > 0 for size in seen.gradient_sizes(model).values()) and asked == [True]
    for a, b in zip(before, [v for m in model.metrics for v in m.variables], strict=True):
        np.testing.assert_array_equal(a, b)
    frozen = trained()
    frozen.trainable = False
    assert seen.gradient_sizes(frozen) == {}


def test_norms_are_put_together():
    one, two, three = Thing(), Thing(), Thing()
    sizes = {id(one): 3.0, id(two): 4.0}
    assert seen.together(sizes, [one, two, three]) == 5.0 and seen.together(sizes, [one]) == 3.0
    assert seen.together(sizes, [three]) is None and seen.together(None, [one]) is None
