"""The card of a model shows the numbers of the text form, for models of every kind."""

from __future__ import annotations

import re

import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.models.summary import summary_rows, totals
from kerasnb.widgets.summary_card import card_bundle, card_html, show_card


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


def test_nested_models_unfold_by_keyboard():
    html = card_html(nested())
    assert html.count("<details>") == 1
    assert '<summary data-lm-suppress-shortcuts="true">' in html
    assert html.index("<b>inner") < html.index("<b>deep") < html.index("<b>head")
    assert "(frozen)" in html


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
