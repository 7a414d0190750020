"""The inspector: table and words show the same numbers, panels by shape, small pictures, answers to the browser."""

from __future__ import annotations

import re

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.widgets.activation_panels import (
    CLEAR,
    bars_html,
    coloured,
    maps_html,
    palette,
    panel_html,
    scale_of,
    sheet,
)
from kerasnb.widgets.inspector import Inspector, cells_of


@pytest.fixture(scope="module")
def model():
    made = keras.Sequential(
        [keras.Input((12, 12, 1)), L.Conv2D(6, 3, activation="relu", name="conv<i>"), L.Flatten(),
         L.Dense(20, "tanh", name="hidden"), L.Dense(3, "softmax", name="out")], name="<b>digits"
    )  # fmt: skip
    kernel, bias = made.layers[0].get_weights()
    bias[2] = -50
    made.layers[0].set_weights([kernel, bias])
    return made


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).uniform(0, 1, (30, 12, 12, 1)).astype("float32")


def words_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.S)))


def test_table_and_words_show_the_same_numbers(model, x):
    view = Inspector(model, x, class_names=["a", "b&", "c"])
    words, text = words_of(view.html()), view.text()
    for s in view.statistics:
        for cell in cells_of(s):
            assert cell in words and cell in text
    assert "1 of 6" in text and "b&amp;" in words and repr(view) == text
    assert view.hints == [], "one dead unit of six is said in the table"
    assert set(view.still()) == {"text/html", "text/plain", "image/png"}


def test_nothing_of_a_name_is_markup_and_no_network_is_needed(model, x):
    html = Inspector(model, x).html()
    assert "<b>digits" not in html and "conv<i>" not in html
    assert not re.search(r"https?://|<script|<link|@import", html)


def test_panels_are_there_without_a_kernel_and_small(model, x):
    view = Inspector(model, x)
    html = view.html()
    assert html.count('<details class="knb-one"') == 4
    assert html.count(" open>") == 2 and "data-empty" not in html and len(html) < 60_000
    wide = keras.Sequential([keras.Input((96, 96, 3)), *(L.Conv2D(64, 1) for _ in range(6))])
    deep = Inspector(wide, np.random.default_rng(1).uniform(0, 1, (1, 96, 96, 3)).astype("float32"))
    assert len(deep.html()) < 700_000 and "Shown while the kernel runs" in deep.html()


def test_chosen_layers_and_samples(model, x):
    view = Inspector(model, x, layers=["hidden", "out"], sample=3)
    assert [s.key for s in view.statistics] == ["hidden", "out"]
    np.testing.assert_allclose(view.activations()["out"], model.predict(x[3:4], verbose=0)[0], atol=1e-6)
    np.testing.assert_allclose(view.activations(29)["out"], model.predict(x[29:], verbose=0)[0], atol=1e-6)


def test_many_samples(model, monkeypatch):
    monkeypatch.setattr("kerasnb.widgets.inspector.MOST_ROWS", 50)
    x = np.random.default_rng(2).uniform(0, 1, (70, 12, 12, 1)).astype("float32")
    view = Inspector(model, x)
    assert "statistics over the first 50" in view.text()
    assert view.statistics[-1].mean == pytest.approx(Inspector(model, x[:50]).statistics[-1].mean)
    np.testing.assert_allclose(view.activations(65)["out"], model.predict(x[65:66], verbose=0)[0], atol=1e-6)


def test_refresh_follows_the_model(x):
    model = keras.Sequential([keras.Input((12, 12, 1)), L.Flatten(), L.Dense(4, name="d")])
    view = Inspector(model, x)
    before = view.activations()["d"]
    model.set_weights([2 * w for w in model.get_weights()])
    view.refresh()
    np.testing.assert_allclose(view.activations()["d"], 2 * before, rtol=1e-5)


def test_messages(model, x, wire, monkeypatch):
    monkeypatch.setattr("kerasnb.widgets.in_place.kernel", lambda: object())
    view = Inspector(model, x)
    bundle = view._repr_mimebundle_()
    assert not any("widget" in kind for kind in bundle)
    assert {k: wire.custom("begin")[-1][k] for k in ("rows", "sample")} == {"rows": 30, "sample": 0}
    wire.press(kind="panels", index=5, keys=["hidden", "conv<i>"], request=1)
    answer = wire.custom("panels")[-1]
    assert answer["request"] == 1 and set(answer["panels"]) == {"hidden", "conv<i>"} and view.sample == 5
    assert "Sample 5" in answer["chosen"] and "knb-sheet" in answer["panels"]["conv<i>"]
    wire.press(kind="panels", index=99, keys=[], request=2)
    assert "no sample 99" in wire.custom("error")[-1]["message"]
    wire.press(kind="hello", request=3)
    assert wire.custom("everything")[-1]["html"].startswith('<div class="knb knb-inspector')


def test_a_model_is_looked_into(model, x):
    assert isinstance(model.inspect(x), Inspector) and keras.widgets.Inspector is Inspector


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda m, x: m.inspect(x[:0]), ValueError, "x holds no samples"),
        (lambda m, x: m.inspect(x[:, :5]), ValueError, "does not fit model"),
        (lambda m, x: m.inspect(x, layer=["out"]), TypeError, "Did you mean 'layers'"),
        (lambda m, x: m.inspect(x, layers=["ot"]), ValueError, "no layer 'ot'.*Did you mean 'out'"),
        (lambda m, x: m.inspect(x, sample=30), IndexError, "no sample 30: x has 30"),
    ],
)
def test_bad_input(model, x, call, error, words):
    with pytest.raises(error, match=words):
        call(model, x)


def test_nan_in_the_samples_is_said(model, x):
    broken = x.copy()
    broken[4, 0, 0] = np.nan
    view = Inspector(model, broken, sample=4)
    assert "1 of the 30 samples" in view.hints[0] and "conv<i> is the first layer" in view.hints[1]
    assert "NaN or infinite" in view.text() and "knb-panel" in view.html()


# --- pictures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "what"),
    [((7, 9, 5), "knb-maps"), ((6, 12), "knb-maps"), ((30,), "knb-bars-figure"), ((1000,), "knb-maps"),
     ((3, 4, 5, 2), "outer axes"), ((), "knb-note"), ((1, 1, 8), "knb-bars-figure"), ((0,), "a dimension is 0"),
     ((1,), "1 unit from")],
)  # fmt: skip
def test_a_panel_for_every_shape(shape, what):
    values = np.random.default_rng(0).normal(size=shape).astype("float32")
    assert what in panel_html(np.asarray(values))


def test_channels_may_come_first():
    html = panel_html(np.zeros((5, 7, 9), "float32"), axis=0)
    assert "5 maps, 7 by 9" in html


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 2], (0, 2)),
        ([-1, 3], (-3, 3)),
        ([-3, 1], (-3, 3)),
        ([-2, -1], (-2, 0)),
        ([np.nan], (0, 1)),
        ([0, 0], (0, 1)),
    ],
)
def test_scales(values, expected):
    assert scale_of(np.array(values, float)) == pytest.approx(expected, rel=0.01)


def test_colours_run_from_dark_to_light_and_what_is_no_number_is_clear():
    assert coloured(np.array([0.0, 1.0, np.nan, np.inf]), 0.0, 1.0).tolist() == [0, CLEAR - 1, CLEAR, CLEAR]
    colours = np.frombuffer(palette(False), np.uint8).reshape(-1, 3)[:CLEAR].astype(float)
    light = colours @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) >= -0.5).all(), "told apart without hue"


def test_a_sheet_has_each_map_in_its_place():
    import io

    from PIL import Image

    maps = np.stack([np.full((4, 4), v, float) for v in (0.0, 1.0, 0.5)])
    picture = np.asarray(Image.open(io.BytesIO(sheet(maps, 0.0, 1.0, columns=2))))
    assert picture.shape == (9, 9) and picture[0, 0] == 0 and picture[0, 5] == CLEAR - 1 and picture[5, 0] == 127
    assert (picture[4] == CLEAR).all() and (picture[5:, 5:] == CLEAR).all()


def test_many_maps_are_cut_and_said():
    assert "36 more not shown" in maps_html(np.zeros((100, 5, 5), "float32"), "map")


def test_bars_mark_what_is_dead_and_broken():
    values = np.array([1.0, -2.0, 0.0, np.nan])
    html = bars_html(values, dead=[2])
    assert html.count("knb-up") == 1 and "units that never fire" in html
    assert re.search(r'knb-broken" d="M\d+ 6v', html) and re.search(r'knb-dead" d="M\d+', html)
