"""The table of runs in a real JupyterLab: sorted by keys, in both themes, without a kernel; two runs compared."""

from __future__ import annotations

import pytest
from browser.axe import grave_faults
from browser.checks import fitting, readable, run_cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRAIN = """%load_ext kerasnb
import os, numpy as np, kerasnb as keras
os.environ["KERASNB_RUNS"] = "runs-of-the-test.db"
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
for units, epochs in ((4, 9), (16, 5), (8, 3)):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    with keras.runs.named(f"<i>{units}</i> units"):
        model.fit(x, x.sum(1), epochs=epochs, validation_split=0.25, verbose=0)
"""
VIEW = ".knb-runlist"
ASK = "run = keras.runs.get(1); print(run.notebook, run.cell)"


def rows(page) -> list[str]:
    """The numbers of the runs from top to bottom, as they stand on screen."""
    found = page.locator(f"{VIEW} .knb-runrow").all()
    placed = sorted((row.bounding_box()["y"], row.locator("span").first.inner_text()) for row in found)
    return [number for _, number in placed]


def test_sorted_compared_and_kept(page, notebook, lab):
    opened = notebook("runs.ipynb", [TRAIN, "%kerasnb runs", "%kerasnb runs 1 3", ASK])
    run_cell(page, 0)
    run_cell(page, 1)
    page.wait_for_selector(f"{VIEW} .knb-runrow")
    assert rows(page) == ["3", "2", "1"]
    assert page.locator(f"{VIEW} svg.knb-spark path").count() == 6
    assert page.locator(f"{VIEW} .knb-runrow i").count() == 0  # the names are text
    # by keys alone: the heads are radio buttons
    page.get_by_label("epochs", exact=True).focus()
    page.keyboard.press("Space")
    assert rows(page) == ["3", "2", "1"]
    page.get_by_label("run", exact=True).focus()
    page.keyboard.press("Space")
    assert rows(page) == ["3", "2", "1"]
    page.keyboard.press("ArrowRight")  # to the names, as text
    assert page.get_by_label("name", exact=True).is_checked()
    assert rows(page) == ["2", "1", "3"]
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-CodeCell").count() == 4  # the notebook's own keys stay quiet
    readable(opened, VIEW, (".knb-title", ".knb-runrow span", ".knb-runhead span"))
    assert [*fitting(page, VIEW)] == [480, 1200]
    run_cell(page, 2)
    page.wait_for_selector(f"{VIEW} .knb-differences")
    assert "Dense.units" in page.locator(".knb-differences").inner_text()
    assert grave_faults(page, f"{VIEW} .knb-differences") == []
    run_cell(page, 3)
    page.wait_for_function("() => document.body.innerText.includes('runs.ipynb In [')")

    opened.save()
    stored = lab.read("runs.ipynb").cells[1].outputs[0]
    assert set(stored.data) == {"text/html", "text/plain"}
    assert "&lt;i&gt;" in stored.data["text/html"] and "val_loss" in stored.data["text/plain"]
