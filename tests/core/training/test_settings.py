"""What keras.config says of training: bounds for trial runs, and whether bars are shown."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.training.progress import reporter_for

X, Y = np.ones((40, 2), "float32"), np.ones((40, 1), "float32")


class Batches(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)

    def on_test_batch_end(self, batch, logs=None):
        self.seen.append(f"t{batch}")


@pytest.fixture
def model():
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


def test_bounds(model):
    keras.config.set_max_epochs(2)
    keras.config.set_max_steps_per_epoch(3)
    try:
        batches = Batches()
        history = model.fit(X, Y, epochs=5, batch_size=4, verbose=0, callbacks=[batches], validation_data=(X, Y))
        assert history.epoch == [0, 1] and batches.seen == [0, 1, 2, "t0", "t1", "t2"] * 2
        batches = Batches()
        model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=[batches])
        assert batches.seen == ["t0", "t1", "t2"]
        assert model.predict(X, batch_size=4, verbose=0).shape == (12, 1)
        assert model.fit(X, Y, epochs=5, steps_per_epoch=2, initial_epoch=1, verbose=0, batch_size=4).epoch == [1]
    finally:
        keras.config.set_max_epochs(None)
        keras.config.set_max_steps_per_epoch(None)
    assert model.predict(X, batch_size=4, verbose=0).shape == (40, 1)


def test_without_interactive_logging_there_is_a_line_an_epoch(model, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert reporter_for(model, "auto").moving
    keras.config.disable_interactive_logging()
    try:
        assert not reporter_for(model, "auto").moving
        assert reporter_for(model, 1).moving, "who asks for a bar gets one"
    finally:
        keras.config.enable_interactive_logging()


def test_flash_attention_can_be_switched_off(monkeypatch):
    import jax

    used = []
    real = jax.nn.dot_product_attention
    monkeypatch.setattr(
        jax.nn, "dot_product_attention", lambda *a, implementation, **k: used.append(implementation) or real(*a, **k)
    )
    x = np.ones((1, 2, 1, 4), "float32")
    from kerasnb.core import config

    try:
        for switch in (keras.config.enable_flash_attention, keras.config.disable_flash_attention):
            switch()
            keras.ops.dot_product_attention(x, x, x)
    finally:
        config.put("flash_attention", None)
    assert used == [None, "xla"]
