"""Drawings of models: every layer a box, boxes apart, arrows from above to below, files of each kind."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.utils.graph_layout import lay_out
from kerasnb.utils import model_to_dot, plot_model


@pytest.fixture(scope="module")
def model():
    start = keras.Input((8, 8, 3), name="img")
    x = rest = L.Conv2D(4, 3, activation="relu", padding="same", name="first")(start)
    x = L.Add(name="sum")([L.Conv2D(4, 3, padding="same", name="second")(x), rest])
    inner = keras.Sequential(
        [keras.Input((8, 8, 4)), L.Conv2D(2, 3, name="deep"), L.Flatten(name="flat")], name="inner"
    )
    y = L.Concatenate(name="both")([inner(x), L.Dense(3, name="side")(L.Flatten(name="row")(start))])
    return keras.Model(start, [L.Dense(2, name="a<b>")(y), keras.ops.relu(y)])


def boxes_of(drawing):
    return {b.key: (b.heading, b.lines) for b in drawing.graph.boxes}


def test_boxes_and_arrows(model):
    drawing = model_to_dot(model)
    keys = {"img", "first", "second", "sum", "inner", "row", "side", "both", "a<b>"}
    assert keys < set(boxes_of(drawing)) and len(boxes_of(drawing)) == len(keys) + 1
    assert {("img", "first"), ("first", "second"), ("first", "sum"), ("second", "sum"), ("sum", "inner"),
            ("inner", "both"), ("img", "row"), ("row", "side"),
            ("side", "both")} < set(drawing.graph.edges)  # fmt: skip
    assert boxes_of(drawing)["first"] == ("first (Conv2D)", [])


def test_what_boxes_tell(model):
    drawing = model_to_dot(
        model,
        show_shapes=True,
        show_dtype=True,
        show_layer_names=False,
        show_layer_activations=True,
        show_trainable=True,
    )
    heading, lines = boxes_of(drawing)["first"]
    assert heading == "Conv2D"
    assert lines == ["Activation: relu", "Output dtype: float32", "Input shape: (None, 8, 8, 3)",
                     "Output shape: (None, 8, 8, 4)", "Trainable: True"]  # fmt: skip


def test_nested_models_are_opened(model):
    drawing = model_to_dot(model, expand_nested=True)
    assert {"inner/deep", "inner/flat"} < set(boxes_of(drawing)) and "inner" not in boxes_of(drawing)
    edges = set(drawing.graph.edges)
    assert ("inner/deep", "inner/flat") in edges and ("inner/flat", "both") in edges
    assert any(a == "sum" and b.startswith("inner/") for a, b in edges)
    assert 'subgraph "cluster_inner"' in drawing.to_string()


@pytest.mark.parametrize("direction", ["TB", "BT", "LR", "RL"])
def test_directions(model, direction):
    layout = model_to_dot(model, rankdir=direction).layout
    first, last = layout.boxes["img"], layout.boxes["both"]
    moved = {"TB": last.y - first.y, "BT": first.y - last.y, "LR": last.x - first.x, "RL": first.x - last.x}
    assert moved[direction] > 0


@pytest.mark.parametrize("suffix", ["png", "svg", "dot", "jpg", "pdf"])
def test_files(model, tmp_path, suffix):
    path = tmp_path / f"m.{suffix}"
    drawing = plot_model(model, path, expand_nested=True, show_layer_names=True, dpi=96)
    data = path.read_bytes()
    if suffix == "svg":
        root = ET.fromstring(data)
        texts = {t.text for t in root.iter("{http://www.w3.org/2000/svg}text")}
        assert {"a<b> (Dense)", "first (Conv2D)", "inner"} <= texts
        assert data.decode() == drawing._repr_svg_() == drawing.create(format="svg").decode()
    elif suffix == "dot":
        assert data.decode() == drawing.to_string() and '"img" -> "first";' in data.decode()
    elif suffix in ("png", "jpg"):
        with Image.open(path) as picture:
            assert picture.size[0] > 200 and len(picture.convert("RGB").getcolors(10**6)) > 3
    else:
        assert data.startswith(b"%PDF")


def test_models_without_a_graph(tmp_path):
    assert list(boxes_of(model_to_dot(keras.Sequential([L.Dense(2, name="x"), L.Dense(3, name="y")])))) == ["x", "y"]

    class Own(keras.Model):
        def call(self, x):
            return x

    assert len(boxes_of(plot_model(Own(name="own"), tmp_path / "o.png"))) == 1
    shared = L.Dense(2, name="twice")
    start = keras.Input((2,), name="in")
    drawing = model_to_dot(keras.Model(start, shared(shared(start))))
    assert drawing.graph.edges == [("in", "twice")], "a layer called twice stays one box, without a circle"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, f: plot_model(m, f / "m.xyz"), "format 'xyz'"),
        (lambda m, f: plot_model(m, f / "m.png", rankdir="UP"), "rankdir"),
        (lambda m, f: plot_model(m, f / "m.png", show_shape=True), "show_shape"),
        (lambda m, f: model_to_dot(m.layers[0]), "expected a model"),
    ],
)
def test_bad_input(model, tmp_path, call, words):
    with pytest.raises(ValueError, match=words):
        call(model, tmp_path)


@settings(max_examples=40)
@given(st.integers(1, 12), st.data())
def test_layouts_keep_boxes_apart(count, data):
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=16)) if pairs else []
    sizes = {i: (data.draw(st.floats(10, 200)), data.draw(st.floats(10, 60))) for i in range(count)}
    layout = lay_out(sizes, edges)
    for a, b in combinations(layout.boxes.values(), 2):
        apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2 - 1e-6
        apart_y = abs(a.y - b.y) >= (a.height + b.height) / 2 - 1e-6
        assert apart_x or apart_y
    for box in layout.boxes.values():
        assert box.x - box.width / 2 >= -1e-6 and box.x + box.width / 2 <= layout.width + 1e-6
    for (start, end), points in zip(edges, layout.arrows):
        assert layout.boxes[start].y < layout.boxes[end].y
        heights = [y for _, y in points]
        assert heights == sorted(heights), "arrows never turn back"
