"""Each test of the record has a file of its own."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The file of runs, not there yet."""
    path = tmp_path / "home" / "runs.db"
    monkeypatch.setenv("KERASNB_RUNS", str(path))
    yield path
    from kerasnb.runs.writer import writers

    for writer in writers():
        if writer.path == path:
            writer.close()


@pytest.fixture
def fit():
    """Trains a small model: ``fit(units=8, epochs=3)`` gives the model."""
    import kerasnb as keras

    def call(units=8, epochs=3, rate=0.01, model=None, **options):
        if model is None:
            model = keras.Sequential(
                [keras.Input((4,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(1)], name="small"
            )
            model.compile(keras.optimizers.Adam(rate), "mse", metrics=["mae"])
        x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
        model.fit(x, x.sum(1), epochs=epochs, verbose=0, **options)
        return model

    return call
