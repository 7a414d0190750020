"""The norm of the gradients: measured in the compiled step, only where somebody watches, changing nothing."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.training.progress import Silent, register_reporter
from kerasnb.core.training.watched import OFTEN, SELDOM

ROWS = 72
X = np.random.RandomState(0).normal(size=(ROWS, 6)).astype("float32")
Y = (np.arange(ROWS) % 3).astype("int32")
IMAGES = np.random.RandomState(1).normal(size=(ROWS, 6, 6, 1)).astype("float32")


class Watcher(Silent):
    watches_gradients = True

    def __init__(self):
        self.norms, self.losses = [], []

    def gradients(self, norms):
        self.norms.append(np.asarray(norms))

    def chunk(self, epoch, step, steps, losses, logs, samples, seconds):
        self.losses.append(np.asarray(losses))


@pytest.fixture
def watcher():
    reporter = Watcher()
    undo = register_reporter(lambda model, verbose, task: reporter if task == "fit" else None)
    yield reporter
    undo()


def dense():
    return keras.Sequential([keras.Input((6,)), layers.Dense(8, "tanh"), layers.Dense(3, "softmax")])


def images():
    return keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3, "softmax")])


def batches(x):
    def give():
        for i in range(0, ROWS, 8):
            yield x[i : i + 8], Y[i : i + 8]

    return give()


# name -> (model, data of fit, optimizer)
RUNS = {
    "blocks of epochs": (dense, {"x": X, "y": Y, "batch_size": 8}, "adam"),
    "chunks, short last batch": (images, {"x": IMAGES, "y": Y, "batch_size": 10}, "sgd"),
    "batches that come one by one": (dense, lambda: {"x": batches(X)}, "sgd"),
    "a loss scale": (
        dense,
        {"x": X, "y": Y, "batch_size": 8},
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)),
    ),
}


@pytest.mark.parametrize("make, data, optimizer", RUNS.values(), ids=RUNS.keys())
def test_the_norm_of_the_first_gradient_and_the_same_weights(watcher, make, data, optimizer):
    data = data if callable(data) else lambda data=data: data
    optimizer = optimizer if callable(optimizer) else lambda optimizer=optimizer: optimizer
    keras.utils.set_random_seed(3)
    model = make()
    model.compile(optimizer(), "sparse_categorical_crossentropy")
    start = model.get_weights()
    model.fit(**data(), verbose=1, shuffle=False)
    norms, losses = np.concatenate(watcher.norms), np.concatenate(watcher.losses)
    assert norms.shape == losses.shape == (len(losses),) and losses.ndim == 1 and np.isfinite(losses).all()

    keras.utils.set_random_seed(3)
    plain = make()
    plain.compile(optimizer(), "sparse_categorical_crossentropy")
    plain.set_weights(start)
    size = data().get("batch_size", 8)
    x = IMAGES if make is images else X

    def loss(weights):
        value, _ = plain.compute_loss_and_updates(weights, [], plain.metrics_variables, x[:size], Y[:size], None)
        return value

    gradients = jax.grad(loss)([v.value for v in plain.trainable_variables])
    expected = np.sqrt(sum(float(jnp.sum(g**2)) for g in gradients))
    assert norms[0] == pytest.approx(expected, rel=1e-4)
    assert np.isfinite(norms[::OFTEN]).all()

    seen = len(watcher.norms)
    plain.fit(**data(), verbose=0, shuffle=False)
    assert len(watcher.norms) == seen
    for a, b in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def test_nobody_watches(watcher):
    """Steps of the user's own and uncompiled ones are left alone."""

    class Own(keras.Sequential):
        def train_step(self, state, data):
            return super().train_step(state, data)

    for model, options in ((Own([keras.Input((6,)), layers.Dense(3)]), {}), (dense(), {"run_eagerly": True})):
        model.compile("sgd", "mse", **options)
        model.fit(X, np.zeros((ROWS, 3)), batch_size=36, verbose=1)
    assert watcher.norms == [] and len(watcher.losses) >= 2


def test_in_a_long_epoch_few_steps_are_measured(watcher):
    model = dense()
    model.compile("sgd", "sparse_categorical_crossentropy")
    steps = 8 * SELDOM
    rows = np.resize(X, (steps, *X.shape[1:]))
    model.fit(rows, np.resize(Y, steps), batch_size=1, verbose=1, shuffle=False)
    norms = np.concatenate(watcher.norms)
    assert norms.shape == (steps,) and np.flatnonzero(np.isfinite(norms)).tolist() == list(range(0, steps, SELDOM))
