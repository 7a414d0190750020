"""Rewind in a real JupyterLab: former epochs by drag and by keys, while fit runs and after it."""

from __future__ import annotations

import re

import pytest
from browser.axe import grave_faults
from browser.checks import contrast, faults, run_cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import kerasnb as keras
keras.utils.set_random_seed(1)
draw = np.random.default_rng(0)
y = draw.integers(0, 3, 6000)
x = draw.uniform(0, 0.6, (6000, 8, 8)).astype("float32")
for i in range(3):
    x[y == i, 2 * i : 2 * i + 2] += 0.25
model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(64, "relu"),
                          keras.layers.Dense(3, "softmax")], name="stripes")
model.compile(keras.optimizers.SGD(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
bad = model.gallery(x[:300], y[:300], page=28)
"""
SHOW = "bad"
FIT = """history = model.fit(x, y, epochs=20000, batch_size=32, validation_split=0.2, rewind=True, verbose=1,
                    callbacks=[bad.callback()])"""
SAY = """rewind = history.rewind
print(history.epoch == list(range(len(history.epoch))), rewind.branches[0]["epoch"], rewind.epochs[0])"""
EXPLORE = "view = history.rewind.explore(x[:300], y[:300]); view"
AGAIN = "more = model.fit(x, y, epochs=2, batch_size=32, verbose=1)"


def head(page, gallery: int) -> str:
    return page.locator(".knb-gallery .knb-head").nth(gallery).inner_text()


def until_head(page, gallery: int, words: str) -> None:
    page.wait_for_function(
        "([i, w]) => document.querySelectorAll('.knb-gallery .knb-head')[i]?.innerText.includes(w)",
        arg=[gallery, words],
    )


def test_former_epochs_while_it_learns_and_afterwards(page, notebook):
    opened = notebook("rewind.ipynb", [MAKE, SHOW, FIT, SAY, EXPLORE, AGAIN])
    for i in (0, 1):
        run_cell(page, i)
    page.wait_for_selector("button.knb-tile")
    run_cell(page, 2)
    slider = page.locator(".knb-monitor .knb-rewind input")
    page.wait_for_function("() => Number(document.querySelector('.knb-rewind input')?.max) >= 6")

    # by keys: to the beginning; the gallery follows
    slider.focus()
    page.keyboard.press("Home")
    until_head(page, 0, "as after epoch 0")
    shown = [int(n) for n in re.findall(r"(\d+) of 300 right", head(page, 0))]
    assert shown and shown[0] < 200
    page.keyboard.press("d")
    page.keyboard.press("d")  # deletes no cell
    assert page.locator(".jp-CodeCell").count() == 6
    assert page.locator(".knb-rewind .knb-over").inner_text().startswith("epoch 0 of")

    # by the pointer, along the chart, which stands still while training does
    page.locator(".knb-pause").click()
    page.wait_for_function("() => document.querySelector('.knb-pause').innerText === 'Resume'")
    page.wait_for_timeout(500)  # the epochs of the chunk under way
    plot = page.locator(".knb-monitor .knb-plot").first
    plot.scroll_into_view_if_needed()
    half, quarter, height, expected, pixel = page.evaluate(
        """() => { const c = document.querySelector('.knb-monitor').charts.get('loss');
                   const box = c.plot.getBoundingClientRect(), [x0, x1] = c.range;
                   const width = box.width - c.pad.left - c.pad.right;
                   const at = (share) => box.left + c.pad.left + share * width;
                   return [at(0.5), at(0.25), box.top + 60, x0 + 0.25 * (x1 - x0), (x1 - x0) / width]; }"""
    )
    page.mouse.move(half, height)
    page.mouse.down()
    page.mouse.move(quarter, height, steps=5)
    page.mouse.up()
    near = [n for n in range(round(expected) + 2 * round(pixel + 1)) if abs(n - expected) <= 0.5 + pixel]
    page.wait_for_function(
        "(near) => near.some((n) => "
        "document.querySelector('.knb-rewind .knb-over').textContent.startsWith(`epoch ${n} of`))",
        arg=near,
    )
    chosen = int(page.locator(".knb-rewind .knb-over").inner_text().split()[1])
    until_head(page, 0, f"as after epoch {chosen}")
    for theme in ("dark", "light"):
        opened.theme(theme)
        for selector in (".knb-rewind .knb-over", ".knb-said", ".knb-tools .knb-label", ".knb-trace .knb-metric"):
            assert contrast(page, f".knb-monitor {selector}") > 4.5, (theme, selector)
    for width in (480, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(200)
        assert faults(page, ".knb-monitor") == [], width
    assert grave_faults(page, ".knb-monitor") == []

    # go on from there
    page.get_by_role("button", name="Continue from here").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.knb-said').textContent === 'Going on from there.'")
    page.wait_for_function("() => document.querySelector('.knb-monitor').charts.get('loss').branches.length === 1")
    page.locator(".knb-save").click()
    page.wait_for_function("() => /^Saved: .*\\.keras$/.test(document.querySelector('.knb-said').textContent)")
    page.locator(".knb-stop").click()
    page.wait_for_function("() => !document.querySelector('.knb-monitor')")
    until_head(page, 0, "right")
    page.wait_for_function("() => !document.querySelector('.knb-gallery .knb-head').innerText.includes('as after')")

    # afterwards
    run_cell(page, 3)
    page.wait_for_function("() => document.querySelectorAll('.jp-CodeCell')[3].innerText.includes('True')")
    assert f"True {chosen} 0" in opened.text_of(3)
    run_cell(page, 4)
    slider = page.locator(".knb-monitor .knb-rewind input")
    slider.wait_for()
    slider.focus()
    page.keyboard.press("Home")
    until_head(page, 1, "as after epoch 0")
    page.get_by_role("button", name="Put the model back to here").click()
    page.wait_for_function("() => document.body.innerText.includes('The model is as it was after epoch 0')")
    assert faults(page, ".knb-monitor") == [] and grave_faults(page, ".knb-monitor") == []

    # another fit goes on from there: what was learned before is a branch of its chart
    run_cell(page, 5)
    opened.output(5).locator(".knb-still").wait_for()
    assert opened.output(5).locator("path.p").count() >= 2
    run_cell(page, 5)  # and one more at its end
    opened.output(5).locator("path.e").first.wait_for(state="attached")
    assert "2 epochs, from epoch 3 on" in opened.output(5).inner_text()
