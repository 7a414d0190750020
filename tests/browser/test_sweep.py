"""A sweep in a real JupyterLab: charts while it runs, Stop, the table to sort, what stays."""

from __future__ import annotations

import pytest
from browser.axe import grave_faults
from browser.checks import contrast, faults, run_cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np, kerasnb as keras
from kerasnb import layers
draw = np.random.default_rng(0)
x = draw.normal(size=(400, 13)).astype("float32")
y = (np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3]).astype("float32")
def build(units, learning_rate):
    if units == 7:
        raise ValueError("seven <i>units</i>")
    model = keras.Sequential([keras.Input((13,)), layers.Dense(units, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse", metrics=["mae"])
    return model
lists = dict(units=[4, 7, 16], learning_rate=[0.001, 0.01, 0.1, 0.5, 20.0])
"""
SWEEP = "result = keras.sweep(build, x, y, **lists, epochs={epochs}, validation_split=0.2, seed=0)"
VIEW = ".knb-sweep"


def status(page, word: str) -> None:
    page.wait_for_function("(w) => document.querySelector('.knb-sweep .knb-head')?.textContent.includes(w)", arg=word)


def test_watched_stopped_sorted_and_kept(page, notebook, lab):
    opened = notebook(
        "sweep.ipynb",
        [
            MAKE,
            SWEEP.format(epochs=1_000_000),
            "print(result.best_model.name, result.stopped, len(result.table()))",
            "result",
        ],
    )
    run_cell(page, 0)
    run_cell(page, 1)
    status(page, "in training")
    page.wait_for_function("() => document.querySelectorAll('.knb-sweep .knb-best b').length === 2")
    assert page.locator(f"{VIEW} canvas").count() == 15
    assert page.locator(f"{VIEW} .knb-cell[data-status=failed]").count() == 5
    assert faults(page, VIEW) == [] and grave_faults(page, VIEW) == []
    # by keys: one stop, arrows inside
    page.locator(f"{VIEW} .knb-cell").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    said = page.locator(f"{VIEW} .knb-said")
    assert "units=7, learning_rate=0.01" in said.inner_text()  # the last axis makes the rows
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-CodeCell").count() == 4
    page.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    status(page, "Stopped")
    page.wait_for_selector(f"{VIEW} table")
    for theme in ("dark", "light"):
        opened.theme(theme)
        page.wait_for_timeout(100)
        assert grave_faults(page, VIEW) == [], theme
        for selector in (".knb-title", ".knb-best b", ".knb-cell figcaption span", "td"):
            assert contrast(page, f"{VIEW} {selector}") > 4.5, (theme, selector)
    first = page.locator(f"{VIEW} tbody tr td").first
    page.get_by_role("button", name="variant").click()
    assert first.inner_text() == "0"
    page.keyboard.press("Enter")
    assert first.inner_text() == "14"
    assert page.locator(f"{VIEW} th[aria-sort=descending]").count() == 1
    for width in (480, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(150)
        for part in (".knb-bar", ".knb-cells"):  # the table scrolls in itself
            assert faults(page, f"{VIEW} {part}") == [], (width, part)
    for i in (2, 3):
        run_cell(page, i)
    page.wait_for_function("() => document.querySelectorAll('.knb-sweep').length === 2")
    assert "True 15" in opened.text_of(2)

    # saved and opened without a kernel, the pictures and numbers are there
    opened.save()
    stored = next(o for o in lab.read("sweep.ipynb").cells[1].outputs if "text/html" in o.data)
    assert set(stored.data) == {"text/html", "image/png", "text/plain"}
    assert "seven &lt;i&gt;units&lt;/i&gt;" in stored.data["text/html"] and "<svg" in stored.data["text/html"]
