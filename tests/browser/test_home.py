"""What ``%kerasnb`` shows in a real JupyterLab: the flame, a theme chosen by hand, a tutorial opened by its link."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from browser.axe import grave_faults
from browser.checks import contrast, fitting, readable

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """%load_ext kerasnb
import os, numpy as np, kerasnb as keras
os.environ["KERASNB_RUNS"] = "runs-of-home.db"
x = np.random.default_rng(0).normal(size=(600, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
"""
PROFILE = """%%kerasnb profile
model.fit(x, x.sum(1), epochs=3, validation_split=0.25, verbose=0)
model.evaluate(x, x.sum(1), verbose=0);"""
FLAME = ".knb-profile"


def boxes(page) -> list[dict]:
    """The boxes of the flame as they lie on the screen."""
    return page.evaluate(
        """(root) => [...document.querySelector(root).querySelectorAll('.knb-flame span')].map((e) => {
        const r = e.getBoundingClientRect();
        return { text: e.textContent, left: r.left, right: r.right, top: r.top, bottom: r.bottom }; })""",
        FLAME,
    )


def test_the_flame_in_both_themes_and_in_a_narrow_cell(page, notebook, lab):
    opened = notebook("profile.ipynb", [MAKE, PROFILE])
    opened.run_all(240)
    page.wait_for_selector(f"{FLAME} .knb-flame span")
    found = boxes(page)
    assert found[0]["text"].startswith("cell · ") and any(b["text"].startswith("fit · ") for b in found)
    for a in found:  # none lies over another
        for b in found:
            beside = a["right"] <= b["left"] + 1 or b["right"] <= a["left"] + 1
            assert a is b or beside or a["bottom"] <= b["top"] + 1 or b["bottom"] <= a["top"] + 1, (a, b)
    page.locator(f"{FLAME} summary").focus()
    page.keyboard.press("Space")
    page.wait_for_selector(f"{FLAME} .knb-parts td", state="visible")
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-CodeCell").count() == 2  # the notebook's own keys stay quiet
    readable(opened, FLAME, (".knb-title", ".knb-kinds th", ".knb-note", ".knb-flame span", ".knb-parts td"))
    for _ in fitting(page, FLAME):
        # no number stands in another's place
        row = page.locator(f"{FLAME} .knb-kinds tr").first.locator("th, td:visible").all()
        ends = [cell.bounding_box() for cell in row]
        for one, two in pairwise(ends):
            assert one["x"] + one["width"] <= two["x"] + 1
    opened.save()
    outputs = lab.read("profile.ipynb").cells[1].outputs
    assert [set(o.data) for o in outputs] == [{"text/html", "text/plain"}]


@pytest.mark.parametrize("chosen, other", [("dark", "light"), ("light", "dark")])
def test_a_theme_chosen_by_hand_holds_against_labs(page, notebook, chosen, other):
    """Cards, stills, the live view that became one, and plotly figures."""
    cells = [MAKE, f"%kerasnb theme {chosen}", "model", "history = model.fit(x, x.sum(1), epochs=2)", "history.plot()"]
    opened = notebook(f"theme-{chosen}.ipynb", [*cells, "%kerasnb runs"])
    opened.theme(other)
    opened.run_all(240)
    for selector in (".knb-card", ".knb-still", ".knb-runlist"):
        page.wait_for_selector(selector)
        ground = page.locator(selector).first.evaluate("e => getComputedStyle(e).backgroundColor")
        assert ground == ("rgb(17, 17, 17)" if chosen == "dark" else "rgb(255, 255, 255)"), selector
        assert contrast(page, f"{selector} .knb-title") > 7, selector
        assert grave_faults(page, selector) == [], selector
    page.wait_for_selector(".js-plotly-plot .main-svg")
    fill = page.locator(".js-plotly-plot .main-svg").first.evaluate("e => e.style.background")
    assert fill in (("rgb(17, 17, 17)", "#111111") if chosen == "dark" else ("rgb(255, 255, 255)", "#ffffff", "white"))


def test_a_tutorial_opens_by_its_link_without_a_question(page, notebook, lab):
    notebook("start.ipynb", ["%load_ext kerasnb", "%kerasnb tutorials", "%kerasnb tutorials 1"]).run_all(240)
    assert page.locator(".knb-series tbody tr").count() >= 10
    assert grave_faults(page, ".knb-series") == []
    link = page.locator(".knb-answer a")
    link.wait_for()
    assert contrast(page, ".knb-answer a") > 4.5
    link.click()
    page.wait_for_function(
        "(path) => window.jupyterapp.shell.currentWidget?.context?.path === path",
        arg="kerasnb-tutorials/01_basic_classification.ipynb",
    )
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget.content.widgets?.length > 5")
    page.wait_for_timeout(500)
    assert page.locator(".jp-Dialog").count() == 0  # no kernel is asked for
    copy = lab.notebooks / "kerasnb-tutorials" / "01_basic_classification.ipynb"
    assert json.loads(copy.read_text())["metadata"]["kernelspec"]["name"] == "python3"
