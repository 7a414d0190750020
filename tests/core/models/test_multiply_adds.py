"""Multiply-adds: formulas, counted programs, and the figures that papers give."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.models.multiply_adds import multiply_adds, readable_count


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (lambda: L.Dense(10), (784,), 7840),
        (lambda: L.Dense(10), (5, 784), 39200),
        (lambda: L.Conv2D(8, 3), (10, 10, 3), 8 * 8 * 8 * 27),
        (lambda: L.Conv2D(8, 3, strides=2, padding="same", groups=2), (10, 10, 4), 5 * 5 * 8 * 18),
        (lambda: L.Conv1D(4, 5, dilation_rate=2), (20, 3), 12 * 4 * 15),
        (lambda: L.DepthwiseConv2D(3), (10, 10, 4), 8 * 8 * 4 * 9),
        (lambda: L.SeparableConv2D(6, 3), (10, 10, 4), 8 * 8 * 4 * (9 + 6)),
        (lambda: L.Conv2DTranspose(6, 3, strides=2), (5, 5, 4), 25 * 9 * 4 * 6),
        (lambda: L.EinsumDense("abc,cd->abd", (None, 7)), (5, 3), 105),
        (lambda: L.LSTM(16), (7, 4), 7 * (4 + 16) * 64),
        (lambda: L.Bidirectional(L.SimpleRNN(3)), (7, 4), 2 * 7 * (4 + 3) * 3),
        (lambda: L.TimeDistributed(L.Dense(2)), (6, 3), 36),
        (lambda: L.BatchNormalization(), (8,), 0),
        (lambda: L.Flatten(), (8, 2), 0),
    ],
)
def test_layers(layer, shape, expected):
    built = layer()
    built(keras.Input(shape))
    assert multiply_adds(built) == expected


def test_attention_counts_projections_and_products():
    layer, x = L.MultiHeadAttention(2, 8), keras.Input((6, 16))
    layer(x, x)
    assert multiply_adds(layer) == 6 * 16 * 16 * 4 + 2 * 6 * 6 * 16


def test_a_layer_of_layers_is_counted_through():
    class Block(L.Layer):
        def __init__(self):
            super().__init__()
            self.inner = L.Dense(5)

        def call(self, x):
            return self.inner(x) + self.inner(x)

    block = Block()
    block(np.ones((2, 3), "float32"))
    assert multiply_adds(block) == 30


def test_unknown_where_it_cannot_be_told():
    assert multiply_adds(L.Dense(3)) is None
    assert readable_count(None) == "?"


def test_what_the_paper_says():
    """Howard et al. 2017, table 4: 569 million for MobileNet 1.0 at 224 pixels."""
    model = keras.applications.MobileNet(weights=None)
    assert sum(multiply_adds(layer) or 0 for layer in model.layers) == pytest.approx(569e6, rel=0.002)
