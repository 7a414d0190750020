"""Facts of layers: settings that differ from the defaults, statistics of weights as NumPy has them."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.models.layer_facts import BINS, LOOKED_AT, settings, weight_facts


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (lambda: L.Dense(3), {"units": "3"}),
        (lambda: L.Dense(3, "relu", kernel_regularizer="l2"),
         {"units": "3", "activation": "relu", "kernel_regularizer": "L2(l2=0.01)"}),
        (lambda: L.Conv2D(4, 3, strides=2, padding="same"),
         {"filters": "4", "kernel_size": "(3, 3)", "strides": "(2, 2)", "padding": "same"}),
        (lambda: L.BatchNormalization(), {}),
        (lambda: L.Dropout(0.25), {"rate": "0.25"}),
        (lambda: L.Lambda(lambda x: x), {"function": "a function"}),
        (lambda: L.Dense(2, dtype="mixed_bfloat16"), {"units": "2", "dtype": "mixed_bfloat16"}),
        (lambda: keras.Sequential([L.Dense(2)]), {}),
        (lambda: "no layer", {}),
    ],
)  # fmt: skip
def test_settings(layer, expected):
    assert dict(settings(layer())) == expected


def test_layers_of_layers_name_them():
    assert "LSTM(units=3)" in dict(settings(L.Bidirectional(L.LSTM(3))))["layer"]


def test_a_layer_without_a_written_form_shows_its_arguments():
    class Own(L.Layer):
        def __init__(self, size, thing=None):
            super().__init__()
            self.size, self.thing = size, thing

        def get_config(self):
            raise NotImplementedError

    assert dict(settings(Own(7)))["size"] == "7"


def test_weights_as_numpy_has_them():
    layer = L.Dense(5)
    layer.build((None, 40))
    kernel = np.random.default_rng(0).normal(size=(40, 5)).astype("float32")
    kernel[:4] = 0
    layer.set_weights([kernel, np.full(5, 2.0, "float32")])
    first, second = weight_facts(layer.weights)
    found = [first.mean, first.spread, first.low, first.high, first.zeros]
    np.testing.assert_allclose(
        found, [kernel.mean(), kernel.std(), kernel.min(), kernel.max(), 0.1], rtol=1e-5, atol=1e-7
    )
    assert first.shape == (40, 5) and first.count == first.looked_at == 200 and len(first.counts) == BINS
    assert first.counts == np.histogram(kernel, BINS, (kernel.min(), kernel.max()))[0].tolist()
    assert second.counts == [] and second.low == second.high == 2.0, "no spread, no histogram"


def test_large_weights_are_sampled_and_broken_ones_told():
    layer = L.Dense(400)
    layer.build((None, 400))
    kernel = np.ones((400, 400), "float32")
    kernel[::2] = np.nan
    layer.set_weights([kernel, np.zeros(400, "float32")])
    found = weight_facts(layer.weights)[0]
    assert (
        found.count == 160_000
        and found.looked_at <= LOOKED_AT
        and found.broken == pytest.approx(found.looked_at / 2, rel=0.01)
    )
