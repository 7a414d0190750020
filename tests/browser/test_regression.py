"""Regression views and compared runs in a real JupyterLab: by keys, in both themes, in a narrow cell, kept."""

from __future__ import annotations

import pytest
from browser.checks import fitting, readable

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import kerasnb as keras
draw = np.random.default_rng(0)
x = draw.normal(size=(120, 3))
y = x @ [[1.0], [-2.0], [0.5]] + 0.1 * draw.normal(size=(120, 1))
y[7] += 9
def trained(rate):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)], name="<i>line")
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model, model.fit(x, y, epochs=6, validation_split=0.2, verbose=0)
model, first = trained(0.01)
_, second = trained(0.1)
"""
CELLS = [
    MAKE,
    "view = model.gallery(x, y, feature_names=['age', '<b>height</b>', 'weight']); view",
    "keras.callbacks.History.compare(slow=first, **{'<b>fast</b>': second})",
]
VIEW = ".knb-residuals"


def test_residuals_and_compared_runs(page, notebook, lab):
    opened = notebook("regression.ipynb", CELLS)
    opened.run_all(180)
    page.wait_for_selector(VIEW)
    view = page.locator(VIEW)
    text = view.inner_text()
    assert "120 samples" in text and "<b>height</b>" in text and view.locator("b:has-text('height')").count() == 0
    rows = view.locator("tbody tr")
    assert rows.first.inner_text().split()[0] == "7"  # the worst case first
    # by keys: what scrolls can be reached, and the notebook's own keys stay quiet
    for stop in view.locator("[tabindex='0'], summary").all():
        stop.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("d")
        page.keyboard.press("d")
    assert page.locator(".jp-CodeCell").count() == 3
    compared = opened.output(2)
    assert "slow" in compared.inner_text() and "<b>fast</b>" in compared.inner_text()
    readable(opened, VIEW, ("tbody td", ".knb-note", ".knb-title"))
    assert [*fitting(page, VIEW)] == [480, 1200]

    opened.save()
    kept, figure = (lab.read("regression.ipynb").cells[i].outputs[0].data for i in (1, 2))
    assert {"text/html", "text/plain", "image/png"} <= set(kept) and "&lt;b&gt;height" in kept["text/html"]
    assert "text/html" in figure and "&lt;b&gt;fast" in figure["text/html"]
