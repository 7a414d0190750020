"""What layers do differently on a GPU, on a CPU that is taken for one: the same numbers."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.layers import recurrence
from kerasnb.core.training import programs

X = np.random.default_rng(0).normal(size=(40, 21, 3)).astype("float32")
Y = X[:, 5, :1]


RECURRENT = [
    layers.LSTM, layers.GRU, layers.SimpleRNN, lambda n: layers.LSTM(n, go_backwards=True, recurrent_dropout=0.2),
    lambda n: layers.Bidirectional(layers.GRU(n)),
]  # fmt: skip


@pytest.mark.parametrize("layer", RECURRENT, ids=["lstm", "gru", "simple", "dropped out", "bidirectional"])
def test_rounds_of_eight_steps_give_the_same(layer, monkeypatch):
    def losses():
        keras.utils.set_random_seed(2)
        model = keras.Sequential([keras.Input((21, 3)), layer(6), layers.Dense(1)])
        model.compile("adam", "mse")
        return model.fit(X, Y, batch_size=16, epochs=2, validation_split=0.2, verbose=0).history

    wanted = losses()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    # An equal model would be lent the program of the first.
    monkeypatch.setattr(programs, "_cache", type(programs._cache)())
    rounds = []
    scan = jax.lax.scan

    def counted(*args, unroll=1, **kwargs):
        rounds.append(unroll)
        return scan(*args, unroll=unroll, **kwargs)

    monkeypatch.setattr(recurrence.lax, "scan", counted)
    found = losses()
    assert rounds and set(rounds) >= {recurrence.TOGETHER_ON_GPU}
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4)
