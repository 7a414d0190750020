"""The sketchpad in a real JupyterLab: drawn on by pointer and by keys, also while fit runs."""

from __future__ import annotations

import pytest
from browser.axe import grave_faults
from browser.checks import contrast, faults, run_cell

pytestmark = pytest.mark.browser

# A model that tells upright strokes from level ones, and counts how often it is asked.
MAKE = """
import numpy as np, time
import kerasnb as keras
kernel = np.zeros((784, 2), "float32")
kernel.reshape(28, 28, 2)[:, 12:16, 0] = 0.2
kernel.reshape(28, 28, 2)[12:16, :, 1] = 0.2
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(2, "softmax")], name="strokes")
model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
model.set_weights([kernel, np.zeros(2, "float32")])
asked = []
predict = model.predict
object.__setattr__(model, "predict", lambda *a, **k: (asked.append(time.sleep(0.05)), predict(*a, **k))[1])
x, y = np.random.default_rng(0).normal(size=(20000, 784)).astype("float32"), np.zeros(20000, int)
"""
SHOW = "pad = keras.widgets.Sketchpad(model, ['upright', '<i>level</i>']); asked.clear(); pad"
SAY = "print(len(asked), [s.label for s in pad.samples], pad.arrays()[0].shape, flush=True)"
PAPER = ".knb-sketchpad canvas.knb-paper"


def draw(page, *points) -> None:
    box = page.locator(PAPER).bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=25)
    page.mouse.up()


def answer(page, word: str) -> None:
    page.wait_for_function("(w) => document.querySelector('.knb-answer')?.textContent.includes(w)", arg=word)


def test_drawn_on_kept_and_asked_while_fit_runs(page, notebook):
    opened = notebook("pad.ipynb", [MAKE, SHOW, SAY, "model.fit(x, y, epochs=100000, verbose='auto')"])
    for i in (0, 1):
        run_cell(page, i)
    page.wait_for_selector(PAPER)
    assert page.locator(".knb-answer").inner_text() == "Draw something"
    draw(page, (0.5, 0.15), (0.5, 0.85))
    answer(page, "upright")
    assert float(page.locator(".knb-answer .knb-note").inner_text().rstrip("%")) > 90
    page.wait_for_timeout(400)  # the last of the drawing has been answered
    page.get_by_role("button", name="Clear").click()
    answer(page, "Draw something")

    # by keys: pen down, to the right, up
    page.locator(PAPER).focus()
    for key in ("ArrowLeft",) * 8 + ("Space",) + ("ArrowRight",) * 16 + ("Space",):
        page.keyboard.press(key)
    answer(page, "<i>level</i>")  # as text
    page.get_by_label("Label of the drawing").select_option("1")
    page.get_by_role("button", name="Keep").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.knb-sketchpad .knb-head').textContent.includes('1 kept')")
    answer(page, "Draw something")  # the paper is clean again
    draw(page, (0.5, 0.2), (0.5, 0.8))
    answer(page, "upright")
    page.get_by_role("button", name="Eraser").click()
    draw(page, (0.5, 0.1), (0.5, 0.9))
    answer(page, "Draw something")
    page.get_by_role("button", name="Undo").click()
    answer(page, "upright")
    run_cell(page, 2)
    page.wait_for_function("() => document.querySelectorAll('.jp-CodeCell')[2].innerText.includes('(1, 784)')")
    count = int(opened.text_of(2).split()[0])
    assert "[1] (1, 784)" in opened.text_of(2)
    assert 5 <= count <= 75, f"{count} requests: only the newest drawing of each answer goes out"  # 140 moves were made

    for theme in ("dark", "light"):
        opened.theme(theme)
        for selector in (".knb-answer b", ".knb-bars > span", ".knb-look figcaption", "button[aria-pressed=true]"):
            assert contrast(page, f".knb-sketchpad {selector}") > 4.5, (theme, selector)
        assert grave_faults(page, ".knb-sketchpad") == [], theme
    for width in (1300, 480, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(150)
        assert faults(page, ".knb-sketchpad") == [], width

    # while fit runs, the training loop reads the message between two chunks
    run_cell(page, 3)
    page.wait_for_function("() => document.querySelector('.knb-what')?.textContent.includes('Training')")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Brush").click()
    draw(page, (0.15, 0.5), (0.85, 0.5))
    answer(page, "<i>level</i>")
    assert "Training" in page.locator(".knb-what").inner_text()
    page.locator(".knb-stop").click()
    page.wait_for_function("() => !document.querySelector('.knb-monitor')")
