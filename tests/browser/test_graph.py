"""The graph in a real JupyterLab: walked through by keys and pointer, models inside opened, in both themes."""

from __future__ import annotations

import pytest
from browser.axe import grave_faults
from browser.checks import contrast, faults, run_cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import kerasnb as keras
from kerasnb import layers as L
both = keras.Sequential([keras.Input((8,)), L.Dense(16, "relu", name="wide"), L.Dense(4, name="code")], name="encoder")
left, right = keras.Input((8,), name="left"), keras.Input((8,), name="right")
x = L.Concatenate(name="joined")([both(left), both(right)])
model = keras.Model([left, right], [L.Dense(3, name="<i>class")(x), L.Dense(1, name="size")(x)], name="twins")
"""
LONG = """
keras.Sequential([keras.Input((8,)), *(L.Dense(8, name=f"layer{i}") for i in range(200))], name="long").graph()
"""
BOX = ".knb-graph .knb-view"


def key_of_focus(page):
    return page.evaluate("() => document.activeElement.dataset?.key ?? null")


def scale(page, which=0):
    return page.evaluate(
        """(i) => { const s = document.querySelectorAll('.knb-graph .knb-view > svg.knb-drawing')[i];
                    return s.clientWidth / s.viewBox.baseVal.width; }""",
        which,
    )


def test_walked_through_and_opened(page, notebook):
    opened = notebook("graph.ipynb", [MAKE, "model.graph()", LONG])
    for i in range(3):
        run_cell(page, i)
    page.wait_for_selector(".knb-graph.knb-live .knb-step[role=button]")
    page.wait_for_function("() => document.querySelectorAll('.knb-graph.knb-live').length === 2")
    steps = page.locator(".knb-graph").first.locator(".knb-step")
    assert steps.count() == 7  # two inputs, two calls of one encoder, joined, two outputs

    # by keys: down along the tensors, Enter shows the layer, Escape goes back
    steps.first.focus()
    page.keyboard.press("ArrowDown")
    assert key_of_focus(page) == "encoder"
    page.keyboard.press("ArrowRight")
    assert key_of_focus(page) == "encoder:2"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert key_of_focus(page) in ("<i>class", "size")
    page.keyboard.press("Enter")
    detail = page.locator(".knb-graph .knb-detail").first
    assert "(None, 8)" in detail.inner_text() and "multiply-adds" in detail.inner_text()
    page.keyboard.press("Escape")
    assert not detail.is_visible() and key_of_focus(page) in ("<i>class", "size")
    before = scale(page)
    page.keyboard.press("+")
    assert scale(page) > 1.2 * before
    page.keyboard.press("0")
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-CodeCell").count() == 3, "'d d' must not reach the notebook"

    # a model inside opens through the kernel, and shuts again
    page.get_by_role("button", name="Open all").first.click()
    page.wait_for_function(
        "() => document.querySelectorAll('.knb-graph')[0].querySelectorAll('.knb-frame').length === 2"
    )
    assert {"encoder/wide", "encoder:2/code"} <= {s.get_attribute("data-key") for s in steps.all()}
    assert "wide" in page.locator(".knb-words pre").first.text_content()
    page.locator(".knb-frame[data-key='encoder'] .knb-handle").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.querySelectorAll('.knb-graph')[0].querySelectorAll('.knb-frame').length === 1"
    )
    assert key_of_focus(page) == "encoder"
    # the wheel zooms with Ctrl only; without, the page scrolls
    before = scale(page)
    page.locator(BOX).first.hover()
    page.mouse.wheel(0, -200)
    assert scale(page) == before
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function("(s) => { const e = document.querySelector('.knb-graph svg.knb-drawing');"
                           "return e.clientWidth / e.viewBox.baseVal.width > 1.1 * s; }", arg=before)  # fmt: skip

    # two hundred layers: readable from the top on, found by name
    second = page.locator(".knb-graph").nth(1)
    assert 0.8 < scale(page, 1) < 1.6
    second.get_by_label("Find a layer").fill("layer150")
    second.get_by_label("Find a layer").press("Enter")
    assert key_of_focus(page) == "layer150"
    place = second.locator(".knb-step[data-key='layer150']").bounding_box()
    window = second.locator(".knb-view").bounding_box()
    assert window["y"] <= place["y"] <= window["y"] + window["height"]

    for theme in ("dark", "light"):
        opened.theme(theme)
        page.wait_for_timeout(150)
        assert grave_faults(page, ".knb-graph") == [], theme
        assert contrast(page, ".knb-graph .knb-note") > 4.5
    for width in (1300, 520, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(200)
        assert faults(page, ".knb-graph") == [], width


def test_the_drawing_stays_without_a_kernel(page, notebook, lab):
    from browser.lab import Notebook

    opened = notebook("graph_still.ipynb", [MAKE, "model.graph(expand_nested=True)"])
    opened.run_all()
    page.wait_for_selector(".knb-graph.knb-live")
    opened.save()
    saved = lab.read("graph_still.ipynb").cells[1].outputs[0].data
    assert set(saved) == {"text/html", "text/plain", "image/png"} and len(saved["text/html"]) < 60_000
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }")
    again = Notebook(page, lab, "graph_still.ipynb").open(kernel=False)
    page.wait_for_selector(".knb-graph .knb-step")
    assert again.output(1).locator(".knb-step").count() == 9
