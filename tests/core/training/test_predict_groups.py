"""Prediction of many rows: steps of any size make whole groups."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.training import predicting


@pytest.mark.parametrize("at_once", [32, 96, 448, 1024])
def test_groups_hold_whole_steps(monkeypatch, at_once):
    monkeypatch.setattr(predicting, "rows_at_once", lambda model: at_once)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    x = np.random.default_rng(0).normal(size=(1500, 3)).astype("float32")
    kernel, bias = model.get_weights()
    for rows in (100, 1500):
        np.testing.assert_allclose(model.predict(x[:rows], verbose=0), x[:rows] @ kernel + bias, atol=1e-5)
