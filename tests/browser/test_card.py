"""The card and the label gallery in a real JupyterLab: unfolded by keys, brought up to date, in both themes."""

from __future__ import annotations

import pytest
from browser.axe import grave_faults
from browser.checks import contrast, faults, run_cell
from browser.lab import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import kerasnb as keras
from kerasnb import layers as L
inner = keras.Sequential([keras.Input((16,)), L.Dense(8, name="deep")], name="inner")
model = keras.Sequential([keras.Input((6,)), L.Dense(16, name="first"), inner, L.Dense(3, "sigmoid", name="out")])
model.compile("adam", "binary_crossentropy")
x, y = np.random.rand(80, 6), np.random.randint(0, 2, (80, 3))
"""
TRAIN = "model.fit(x, y, verbose=0); print('trained')"
LABELS = "model.gallery(x, y, class_names=['cat', '<b>dog</b>', 'sun'])"


def test_card_and_labels(page, notebook, lab):
    opened = notebook("card.ipynb", [MAKE, "model", TRAIN, LABELS])
    for i in (0, 1):
        run_cell(page, i)
    page.wait_for_selector(".knb-card summary")
    first = page.locator(".knb-card summary").first
    first.focus()
    page.keyboard.press("Enter")
    note = page.locator(".knb-card .knb-panel .knb-note").first
    note.wait_for()
    assert "No step yet" in note.inner_text()
    assert "units" in page.locator(".knb-card .knb-panel").first.inner_text()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-CodeCell").count() == 4, "'d d' must not reach the notebook"

    # after training the same card tells the gradients, once the layer is unfolded again
    run_cell(page, 2)
    page.wait_for_function("() => document.querySelectorAll('.jp-CodeCell')[2].innerText.includes('trained')")
    first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.querySelector('.knb-card .knb-panel .knb-note')?.textContent.includes('32 rows')"
    )
    gradient = page.locator(".knb-card .knb-weights tbody tr").first.locator("td").last.inner_text()
    assert float(gradient) > 0

    run_cell(page, 3)
    page.wait_for_selector(".knb-labels .knb-sample")
    page.locator(".knb-labels .knb-sample summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".knb-labels .knb-probabilities").first.is_visible()
    assert "<b>dog</b>" in page.locator(".knb-labels .knb-table").inner_text()

    for theme in ("dark", "light"):
        opened.theme(theme)
        page.wait_for_timeout(150)
        for root in (".knb-card", ".knb-labels"):
            assert grave_faults(page, root) == [], (theme, root)
        assert contrast(page, ".knb-card .knb-weights thead th") > 4.5
    for width in (1300, 520, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(150)
        for root in (".knb-card", ".knb-labels"):
            assert faults(page, root) == [], (width, root)

    # without a kernel everything that unfolds is there
    opened.save()
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }")
    Notebook(page, lab, "card.ipynb").open(kernel=False)
    page.locator(".knb-card summary").first.click()
    assert page.locator(".knb-card .knb-histogram").first.is_visible()
    page.locator(".knb-labels .knb-sample summary").nth(1).click()
    assert page.locator(".knb-labels .knb-probabilities").nth(1).is_visible()
