"""The kernel's answers to the panel."""

from __future__ import annotations

import pytest

import kerasnb as keras
from kerasnb.lab import kernel


def test_models_among_variables():
    built = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    empty = keras.Sequential([keras.layers.Dense(3)])
    variables = {"a": built, "again": built, "_hidden": empty, "empty": empty, "number": 3, "keras": keras}
    found = kernel.models(variables)._repr_mimebundle_()["application/json"]
    assert [(m["variable"], m["layers"], m["parameters"]) for m in found] == [("a", 1, 9), ("empty", 1, None)]


def test_a_model_that_answers_badly_is_listed_all_the_same():
    class Strange(keras.Model):
        @property
        def layers(self):
            raise RuntimeError("no")

    found = kernel.models({"s": Strange()})._repr_mimebundle_()["application/json"]
    assert found == [{"variable": "s", "class": "Strange", "layers": None, "parameters": None}]


def test_card_of_a_variable():
    built = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    assert "knb-card" in kernel.card({"m": built}, "m")._repr_mimebundle_()["text/html"]
    with pytest.raises(ValueError, match="m is no model any more"):
        kernel.card({"m": 3}, "m")
