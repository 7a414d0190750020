"""XLA's options for a model's programs: by what its layers do, and only those that this jaxlib knows."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.training import compiler_options as module
from kerasnb.core.training.compiler_options import BARRIERS, FUSED, KEPT, OPTION, VECTORS, WIDEST, compiler_options


def model_of(*layers, shape=(4,)) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *layers])


MODELS = {
    "small": (lambda: model_of(L.Dense(8)), FUSED),
    "large products": (lambda: model_of(L.Dense(300), L.Dense(300)), ""),
    "recurrent": (lambda: model_of(L.LSTM(100), shape=(5, 4)), FUSED),
    "recurrent inside": (lambda: model_of(L.Bidirectional(L.GRU(100)), shape=(5, 4)), FUSED),
    "attention in a nested model": (
        lambda: model_of(model_of(L.Reshape((2, 2)), L.Dense(200)), SelfAttention(), shape=(4,)), FUSED
    ),
}  # fmt: skip


class SelfAttention(L.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.attention = L.MultiHeadAttention(4, 64)

    def call(self, x):
        return self.attention(x, x)


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="options of the CPU backend")
@pytest.mark.parametrize("name", MODELS)
def test_by_layers(name):
    make, wanted = MODELS[name]
    assert compiler_options(make()) == {OPTION: wanted, VECTORS: WIDEST, BARRIERS: KEPT}


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="options of the CPU backend")
@pytest.mark.parametrize(
    "unknown", [["OPTION"], ["VECTORS"], ["BARRIERS"], ["OPTION", "VECTORS", "BARRIERS"]], ids=", ".join
)
def test_an_option_that_is_not_known_is_left_out(monkeypatch, unknown):
    for name in unknown:
        monkeypatch.setattr(module, name, f"xla_no_such_option_{name.lower()}")
    module._known.cache_clear()
    try:
        model = model_of(L.Dense(1))
        known = {"OPTION": (OPTION, FUSED), "VECTORS": (VECTORS, WIDEST), "BARRIERS": (BARRIERS, KEPT)}
        known = dict(pair for name, pair in known.items() if name not in unknown)
        assert compiler_options(model) == (known or None)
        model.compile("sgd", "mse")
        model.fit(np.ones((4, 4)), np.ones((4, 1)), verbose=0)
    finally:
        module._known.cache_clear()
