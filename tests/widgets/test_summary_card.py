"""The card of a model shows the numbers of the text form, for models of every kind."""

from __future__ import annotations

import gc
import re
import weakref

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.models.summary import summary_rows, totals
from kerasnb.widgets.summary_card import Card, card_bundle, card_html, show_card


def dense():
    return keras.Sequential(
        [keras.Input((784,)), layers.Dense(256, "relu"), layers.Dropout(0.4), layers.Dense(10)], name="digits"
    )


def branched():
    first, second = keras.Input((8,), name="first"), keras.Input((4,), name="second")
    joined = layers.Concatenate(name="joined")([layers.Dense(3, name="a")(first), layers.Dense(3, name="b")(second)])
    return keras.Model([first, second], layers.Dense(1, name="out")(joined))


def nested():
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(6, name="deep"), layers.Dense(5)], name="inner")
    outer = keras.Sequential([keras.Input((8,)), inner, layers.Dense(2, name="head")], name="outer")
    inner.trainable = False
    return outer


def unbuilt():
    return keras.Sequential([layers.Dense(3, name="later")])


def compiled():
    model = dense()
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def empty():
    return keras.Sequential(name="empty")


def markup():
    return keras.Sequential([keras.Input((2,)), layers.Dense(1)], name="<i>x<i>")


@pytest.mark.parametrize("make", [dense, branched, nested, unbuilt, compiled, empty, markup])
def test_card_and_text_show_the_same_numbers(make):
    model = make()
    parts = card_bundle(model)
    assert set(parts) == {"text/html", "text/plain"}
    html = re.sub(r"<style>.*?</style>", "", parts["text/html"], flags=re.S)
    words = re.sub(r"<[^>]+>", " ", html)
    for row in summary_rows(model, expand_nested=True):
        if row["name"] != "<i>x<i>":
            assert row["name"] in words and row["name"] in parts["text/plain"]
        assert f"{row['params']:,}" in words and f"{row['params']:,}" in parts["text/plain"]
    found = totals(model)
    for count, _ in (found["trainable"], found["non_trainable"]):
        assert f"{count:,}" in words and f"{count:,}" in parts["text/plain"]
    together = f"{found['total'][0] + found['optimizer'][0]:,}"
    assert together in words and f"Total params: {together}" in parts["text/plain"]


def test_front_page_numbers():
    words = re.sub(r"<[^>]+>", " ", card_html(dense()))
    assert re.search(r"Total\s+203,530\s+\(795.04 KB\)", words)


def test_nested_models_and_layers_unfold_by_keyboard():
    html = card_html(nested())
    assert html.count('<details class="knb-inner">') == 1 and html.count('<details class="knb-own">') == 3
    assert html.count('<summary data-lm-suppress-shortcuts="true">') == 4
    assert html.index("<b>inner") < html.index("<b>deep") < html.index("<b>head")
    assert "(frozen)" in html


def test_an_unfolded_layer_shows_settings_weights_and_their_values():
    model = dense()
    kernel, bias = model.layers[0].get_weights()
    kernel[:] = np.linspace(-1, 1, kernel.size).reshape(kernel.shape)
    model.layers[0].set_weights([kernel, bias])
    html = card_html(model)
    panel = html[html.index('data-place="0:') : html.index('data-place="1:')]
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", panel))
    assert "units 256 activation relu" in words and "kernel (784, 256)" in words and "all 0" in words
    assert "200,704 values from -1 to 1, from 50,176 of them" in panel and panel.count("knb-histogram") == 1
    bars = re.search(r'knb-bar" d="([^"]+)"', panel).group(1)
    assert bars.count("M") == 24, "equal bins of values that are spread evenly"


def test_multiply_adds_are_told_for_layers_and_the_whole():
    words = re.sub(r"<[^>]+>", " ", card_html(dense()))
    assert "203 K multiply-adds per sample" in words and "201 K" in words


def test_frozen_and_broken_weights_are_told():
    model = nested()
    kernel, bias = model.layers[-1].get_weights()
    kernel[0, 0] = np.nan
    model.layers[-1].set_weights([kernel, bias])
    html = card_html(model)
    assert "1 of 10 are NaN or infinite" in html and "not trained" in html


def test_a_card_of_hundreds_of_layers_stays_small():
    model = keras.Sequential([keras.Input((64,)), *(layers.Dense(64) for _ in range(200))])
    html = card_html(model)
    assert len(html) < 420_000 and "Shown while the kernel runs" in html


def test_the_browser_gets_gradients_of_the_last_step(wire, monkeypatch):
    monkeypatch.setattr("kerasnb.widgets.in_place.kernel", lambda: object())
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="d")], name="small")
    model.compile("sgd", "mse")
    card = Card(model)
    bundle = card._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    wire.press(kind="layer", place="0:d", request=1)
    first = wire.custom("layer")[-1]
    assert first["request"] == 1 and "No step yet" in first["note"] and "<td>–</td>" in first["html"]
    x, y = np.ones((8, 3), "float32"), np.zeros((8, 2), "float32")
    model.fit(x, y, verbose=0)
    w, b = model.get_weights()
    error = 2 * (x @ w + b - y) / y.size
    expected = np.linalg.norm(x.T @ error), np.linalg.norm(error.sum(0))
    wire.press(kind="layer", place="0:d", request=2)
    answer = wire.custom("layer")[-1]
    assert "8 rows" in answer["note"]
    for size in expected:
        assert f"<td>{size:.3g}</td>" in answer["html"]
    wire.press(kind="layer", place="7:gone", request=3)
    assert "has changed" in wire.custom("error")[-1]["message"]


def test_a_card_does_not_keep_its_model(wire, monkeypatch):
    monkeypatch.setattr("kerasnb.widgets.in_place.kernel", lambda: object())
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model._repr_mimebundle_()
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_connections_are_named():
    assert "from a, b" in re.sub(r"<[^>]+>", "", card_html(branched()))


def test_nothing_of_a_name_is_markup():
    assert "<i>x<i>" not in card_html(markup())


def test_needs_no_network():
    assert not re.search(r"https?://|<script|<link|@import", card_html(dense()))


def test_a_model_shows_its_card():
    assert dense()._repr_mimebundle_()["text/html"].count('class="knb-layer') == 3


def test_summary_is_text_where_no_notebook_looks(capsys):
    model = dense()
    assert not show_card(model)
    model.summary()
    assert "Total params: 203,530" in capsys.readouterr().out
