"""The graph of a model: drawing and words say the same, models inside open and shut, nothing of a name is markup."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET

import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.widgets.graph import Graph
from kerasnb.widgets.graph_svg import FAMILIES, family_of, text_width


def nested():
    inner = keras.Sequential([keras.Input((8,)), L.Dense(6, name="deep"), L.Dense(5)], name="inner")
    inner.trainable = False
    x = keras.Input((8,), name="x")
    return keras.Model(x, L.Dense(2, name="head")(L.Concatenate()([inner(x), inner(x)])), name="outer")


def unbuilt():
    return keras.Sequential([L.Dense(3, name="later")])


def markup():
    return keras.Sequential([keras.Input((2,), name="in<b>"), L.Dense(1, name="a&'\"<i>")], name="<i>x<i>")


def long():
    return keras.Sequential([keras.Input((8,)), *(L.Dense(8, "relu") for _ in range(200))])


def svg_of(graph):
    return ET.fromstring(graph.svg())


def steps_of(graph):
    return [g for g in svg_of(graph).iter("{http://www.w3.org/2000/svg}g") if "knb-step" in g.get("class", "")]


@pytest.mark.parametrize("make", [nested, unbuilt, markup])
@pytest.mark.parametrize("opened", [False, True])
def test_drawing_and_words_show_the_same_steps(make, opened):
    graph = Graph(make(), opened)
    keys = [step.key for step in graph.dataflow.steps]
    assert [g.get("data-key") for g in steps_of(graph)] == keys
    lines = graph.text().splitlines()[1:]
    assert [line.strip().split(" (")[0] for line in lines if not line.endswith(":")] == [
        step.name for step in graph.dataflow.steps
    ]
    words = {text for g in steps_of(graph) for text in g.itertext()}
    for step in graph.dataflow.steps:
        assert any(step.kind in w for w in words)
    assert set(graph.still()) == {"text/html", "text/plain", "image/png"} and repr(graph) == graph.text()


def test_open_models_stand_in_frames():
    shut, opened = Graph(nested()), Graph(nested(), True)
    assert "inner" in shut.text() and "deep" not in shut.text()
    assert opened.text().count("deep (Dense) · 6 · 54 parameters") == 2 and "inner (Sequential):" in opened.text()
    assert "call 2 of 2" in shut.text()
    frames = [g for g in svg_of(opened).iter() if g.get("class") == "knb-frame"]
    assert [f.get("data-key") for f in frames] == ["inner", "inner:2"]
    one = Graph(nested(), ["inner:2"])
    assert one.opened == ["inner:2"]
    one.open()
    assert one.opened == ["inner", "inner:2"]
    one.shut("inner")
    assert one.opened == ["inner:2"]


def test_nothing_of_a_name_is_markup_and_no_network_is_needed():
    html = Graph(markup()).html()
    assert "<i>" not in html.replace("<i></i>", "") and "<b>" not in html
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|<link|@import", html)


def test_two_hundred_layers_take_no_second():
    model = long()
    began = time.process_time()
    graph = Graph(model)
    html = graph.html()
    assert time.process_time() - began < 3  # 0.15 s where nothing else runs
    assert len(steps_of(graph)) == 201 and len(html) < 300_000
    assert "image/png" not in graph.still(), "a picture 17 000 pixels high helps nobody"


def test_families_tell_layers_apart():
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), L.Conv2D(2, 3), L.BatchNormalization(), L.MaxPooling2D(), L.Flatten(), L.Dropout(0.1),
         L.Dense(2)]
    )  # fmt: skip
    found = [family_of(step) for step in Graph(model).dataflow.steps]
    assert found == ["input", "convolution", "normalization", "pooling", "other", "regularization", "dense"]
    assert set(found) - {"other"} <= set(FAMILIES)


def test_names_fit_into_their_boxes():
    graph = Graph(nested(), True)
    for step in graph.dataflow.steps:
        assert text_width(step.name, 13) < graph.drawing.widths[step.key] - 20


def test_messages(wire, monkeypatch):
    monkeypatch.setattr("kerasnb.widgets.in_place.kernel", lambda: object())
    graph = Graph(nested())
    bundle = graph._repr_mimebundle_()
    assert "text/html" in bundle and not any("widget" in kind for kind in bundle)
    sent = wire.custom("drawing")[-1]
    assert sent["opened"] == [] and sent["can_open"] and ("x", "inner") in [tuple(f) for f in sent["flows"]]
    head = next(s for s in sent["steps"] if s["key"] == "head")
    assert ["units", "2"] in [list(f) for f in head["facts"]] and ["parameters", "22 (trainable)"] in map(
        list, head["facts"]
    )
    wire.press(kind="open", keys=["inner"], request=7)
    answer = wire.custom("drawing")[-1]
    assert answer["request"] == 7 and answer["opened"] == ["inner"] and graph.opened == ["inner"]
    wire.press(kind="open", keys="all", request=8)
    assert wire.custom("drawing")[-1]["opened"] == ["inner", "inner:2"]
    count = len(wire.custom())
    wire.press(kind="nonsense", request=9)
    assert len(wire.custom()) == count


def test_a_model_gives_its_graph():
    assert isinstance(nested().graph(), Graph) and nested().graph(True).opened == ["inner", "inner:2"]
    assert keras.widgets.Graph is Graph


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Graph("model"), "expected a model or layer, got str"),
        (lambda: Graph(nested(), ["iner"]), "'iner', which is no model inside 'outer'; there are 'inner'"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
