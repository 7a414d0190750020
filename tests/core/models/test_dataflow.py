"""Dataflow: models of every kind as steps and tensors; shared layers, opened models; nothing stays behind."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core import naming
from kerasnb.core.models.dataflow import dataflow_of


class Block(L.Layer):
    """A layer made of layers."""

    def __init__(self, **options):
        super().__init__(**options)
        self.first, self.second = L.Dense(8, name="first"), L.Dense(8, name="second")

    def call(self, x):
        return self.second(self.first(x)) + x


class Own(keras.Model):
    """A model that writes ``call``."""

    def __init__(self, **options):
        super().__init__(**options)
        self.block, self.head = Block(name="block"), L.Dense(2, name="head")

    def call(self, x):
        return self.head(self.block(x))


class Opaque(keras.Model):
    """Between its layers is arithmetic that takes no symbols."""

    def __init__(self, **options):
        super().__init__(**options)
        self.one, self.two = L.Dense(4, name="one"), L.Dense(2, name="two")

    def call(self, x):
        return self.two(jnp.sin(self.one(x)))


def encoder():
    return keras.Sequential([keras.Input((8,)), L.Dense(16, name="wide"), L.Dense(4, name="code")], name="encoder")


def siamese():
    both, left, right = encoder(), keras.Input((8,), name="left"), keras.Input((8,), name="right")
    return keras.Model([left, right], L.Subtract(name="minus")([both(left), both(right)]))


def pairs(flow):
    return [(f.start, f.end) for f in flow.flows]


def test_a_shared_model_is_called_twice():
    flow = dataflow_of(siamese())
    assert pairs(flow) == [("left", "encoder"), ("right", "encoder:2"), ("encoder", "minus"), ("encoder:2", "minus")]
    assert [(s.key, s.call, s.calls) for s in flow.steps if s.calls > 1] == [("encoder", 1, 2), ("encoder:2", 2, 2)]
    assert flow.outputs == ["minus"] and [f.shape for f in flow.flows] == [(None, 8), (None, 8), (None, 4), (None, 4)]


def test_one_call_is_opened_and_the_other_not():
    flow = dataflow_of(siamese(), {"encoder:2"})
    assert list(flow.opened) == ["encoder:2"]
    assert {"encoder", "encoder:2/wide", "encoder:2/code"} < {s.key for s in flow.steps}
    assert ("right", "encoder:2/wide") in pairs(flow) and ("encoder:2/code", "minus") in pairs(flow)
    assert next(s for s in flow.steps if s.key == "encoder:2/wide").inside == ("encoder:2",)


def test_branches_and_several_outputs():
    start = keras.Input((4,), name="x")
    hidden = L.Dense(3, name="hidden")(start)
    model = keras.Model(start, [L.Dense(2, name="a")(hidden), keras.ops.relu(hidden)])
    flow = dataflow_of(model)
    assert flow.outputs[0] == "a" and len(flow.outputs) == 2
    assert [s.kind for s in flow.steps] == ["InputLayer", "Dense", "Dense", "Relu"]


def test_subclassed_models_are_traced():
    model = Own(name="own")
    assert dataflow_of(model).notes and not dataflow_of(model).flows, "no shapes yet"
    model(np.ones((3, 8), "float32"))
    counters, recorded = naming.snapshot(), len(model.head._inbound_nodes)
    flow = dataflow_of(model, opened=True)
    assert pairs(flow) == [
        ("input", "block/first"), ("block/first", "block/second"), ("block/second", "block/add"),
        ("input", "block/add"), ("block/add", "head"),
    ]  # fmt: skip
    assert naming.snapshot() == counters and len(model.head._inbound_nodes) == recorded, "looking leaves no traces"
    assert [s.key for s in dataflow_of(model).steps if s.opens] == ["block"]


def test_what_cannot_be_traced_is_shown_in_its_order():
    model = Opaque(name="opaque")
    model(np.ones((3, 8), "float32"))
    flow = dataflow_of(model)
    assert [(f.start, f.end, f.sure) for f in flow.flows] == [("one", "two", False)]
    assert "Dashed" in flow.notes[0] and [s.outputs for s in flow.steps] == [[(None, 4)], [(None, 2)]]


def test_tokens_go_in_as_whole_numbers():
    class Words(keras.Model):
        def __init__(self):
            super().__init__(name="words")
            self.table, self.mean, self.out = L.Embedding(9, 4), L.GlobalAveragePooling1D(), L.Dense(1)

        def call(self, ids):
            return self.out(self.mean(self.table(ids)))

    model = Words()
    model(np.ones((2, 5), "int32"))
    assert len(dataflow_of(model).flows) == 3


@pytest.mark.parametrize(
    "make", [lambda: keras.Sequential([L.Dense(2), L.Dense(3)]), lambda: keras.Sequential(name="empty")]
)
def test_unbuilt_models_show_what_they_have(make):
    flow = dataflow_of(make())
    assert len(flow.flows) == max(0, len(flow.steps) - 1) and "not known yet" in flow.notes[0]
