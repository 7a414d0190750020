"""The inspector in a real JupyterLab: samples and layers chosen by keys, both themes, and without a kernel."""

from __future__ import annotations

import pytest
from browser.axe import grave_faults
from browser.checks import faults, run_cell
from browser.lab import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import kerasnb as keras
from kerasnb import layers as L
(x, y), _ = keras.datasets.digits.load_data()
x = x.reshape(-1, 8, 8, 1)[:60] / 16.0
model = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(8, 3, activation="relu", name="look"), L.Flatten(),
                          L.Dense(24, "tanh", name="hidden"), L.Dense(10, "softmax", name="say")], name="small")
kernel, bias = model.layers[0].get_weights()
bias[:2] = -9
model.layers[0].set_weights([kernel, bias])
"""
SHOW = "view = model.inspect(x); view"
SAY = "print(view.sample, float(np.round(view.activations()['say'].sum(), 3)))"


def panel(page, key):
    return page.locator(f".knb-inspector .knb-one[data-key='{key}']")


def test_samples_and_layers_are_chosen(page, notebook, lab):
    opened = notebook("inspect.ipynb", [MAKE, SHOW, SAY])
    for i in (0, 1):
        run_cell(page, i)
    page.wait_for_selector(".knb-inspector .knb-strip button")
    assert page.locator(".knb-inspector .knb-one[open]").count() == 2
    assert "2 of 8" in panel(page, "look").inner_text() and "Never fires: 0, 1" in panel(page, "look").inner_text()
    before = panel(page, "look").locator("img").get_attribute("src")

    # another sample by keys: the open panels follow
    page.locator(".knb-strip button[aria-pressed=true]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.knb-chosen').textContent.includes('Sample 1')")
    assert panel(page, "look").locator("img").get_attribute("src") != before
    # a layer opens by key, with that sample's values
    panel(page, "hidden").locator("summary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".knb-one[data-key='hidden'] svg")
    assert "24 units from" in panel(page, "hidden").inner_text()
    page.get_by_label("Number of the sample").fill("44")
    page.get_by_label("Number of the sample").press("Enter")
    page.wait_for_function("() => document.querySelector('.knb-chosen').textContent.includes('Sample 44')")
    run_cell(page, 2)
    page.wait_for_function("() => document.querySelectorAll('.jp-CodeCell')[2].innerText.includes('44 1.0')")
    page.get_by_role("button", name="Open all").click()
    page.wait_for_function("() => document.querySelectorAll('.knb-one[open]').length === 4")
    page.wait_for_timeout(300)

    for theme in ("dark", "light"):
        opened.theme(theme)
        page.wait_for_timeout(150)
        assert grave_faults(page, ".knb-inspector") == [], theme
    for width in (1300, 520, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(200)
        assert faults(page, ".knb-inspector") == [], width

    # without a kernel: told where the person looks; reopened, the first sample is there as it was saved
    opened.save()
    assert set(lab.read("inspect.ipynb").cells[1].outputs[0].data) == {"text/html", "text/plain", "image/png"}
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }")
    Notebook(page, lab, "inspect.ipynb").open(kernel=False)
    page.wait_for_selector(".knb-inspector .knb-one[open] img")
    panel(page, "hidden").locator("summary").click()
    assert "24 units from" in panel(page, "hidden").inner_text()
