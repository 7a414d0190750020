"""The live monitor in a real JupyterLab: what a person sees and presses while fit runs."""

from __future__ import annotations

import re

import nbformat
import pytest
from browser.lab import ROOT, Lab, Notebook, other_ipykernel

pytestmark = pytest.mark.browser

# A model that learns long enough to be watched, on data made here.
MAKE = """
import numpy as np
import kerasnb as keras
keras.utils.set_random_seed(1)
x = np.random.default_rng(0).normal(size=(20000, 40)).astype("float32")
y = (x[:, :4].sum(1) > 0).astype("float32")
model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(256, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
"""
FIT = 'history = model.fit(x, y, epochs=20000, batch_size=32, validation_split=0.2, verbose="auto")'
SAY = "print(history.status, len(history.epoch), float(model.optimizer.learning_rate))"


def state(page) -> str:
    return page.locator(".knb-what").inner_text()


def until(page, word: str) -> None:
    page.wait_for_function("(w) => document.querySelector('.knb-what')?.textContent === w", arg=word)


def epoch(page) -> int:
    return int(re.match(r"epoch (\d+)/", page.locator(".knb-where").inner_text())[1])


def until_epoch(page, number: int) -> None:
    page.wait_for_function(
        """(n) => { const m = /epoch (\\d+)\\//.exec(document.querySelector('.knb-where')?.textContent || '');
                    return m && Number(m[1]) >= n; }""",
        arg=number,
    )


def picture(page) -> str:
    """The canvas of the first chart, as the browser shows it."""
    return page.evaluate("document.querySelector('.knb-plot canvas').toDataURL()")


def faults(page) -> list:
    """What stands out of its place, and which focusable element Lab's shortcuts would reach."""
    return page.evaluate(
        """() => { const root = document.querySelector('.knb-monitor'), box = root.getBoundingClientRect();
        const found = [];
        for (const e of root.querySelectorAll('button, input, canvas, b, .knb-where, .knb-metric')) {
          const r = e.getBoundingClientRect();
          const out = r.left < box.left - 1 || r.right > box.right + 1;
          if (r.width && out) found.push(['outside', e.className, r.right]);
        }
        const shown = [...root.querySelectorAll('button, label, .knb-state, .knb-key:not([hidden])')];
        for (const a of shown) for (const b of shown) {
          const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
          const beside = p.right <= q.left + 1 || q.right <= p.left + 1;
          const apart = beside || p.bottom <= q.top + 1 || q.bottom <= p.top + 1;
          if (a !== b && !a.contains(b) && !b.contains(a) && !apart) found.push(['over', a.className, b.className]);
        }
        for (const e of root.querySelectorAll('button, input, [tabindex]')) {
          if (!e.dataset.lmSuppressShortcuts) found.push(['shortcuts', e.className]);
          if (!(e.textContent || e.ariaLabel || e.closest('label'))) found.push(['no name', e.className]);
        }
        return found; }"""
    )


def contrast(page, selector: str) -> float:
    """The ratio of an element's text to the page behind it (4.5 is readable)."""
    return page.evaluate(
        """(s) => { const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map((v) => {
            v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const e = document.querySelector(s), clear = /, 0\\)|transparent/; let ground = e;
          while (clear.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
          const [a, b] = [getComputedStyle(e).color, getComputedStyle(ground).backgroundColor].map(light);
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }""",
        selector,
    )


def test_the_quickstart_stopped_and_reopened(page, lab):
    """Curves grow, Stop ends, the model is usable, the history says so, the picture outlives the kernel."""
    source = nbformat.read(ROOT / "notebooks" / "quickstart.ipynb", 4)
    cells = [c.source.replace("else 30", "else 3000") for c in source.cells if c.cell_type == "code"]
    fit = next(i for i, c in enumerate(cells) if ".fit(" in c)
    cells.append("print('status:', history.status, history.stopped, len(history.epoch), len(history.history['loss']))")
    lab.write("quickstart.ipynb", cells)
    notebook = Notebook(page, lab, "quickstart.ipynb").open()
    notebook.start_all()
    until(page, "Training")
    until_epoch(page, 2)
    first, before = picture(page), epoch(page)
    until_epoch(page, before + 1)
    assert picture(page) != first
    assert page.locator(".knb-key-validation").first.is_visible()
    assert faults(page) == []

    page.locator(".knb-stop").click()
    notebook.wait_done()
    assert page.locator(".knb-monitor").count() == 0
    said = re.fullmatch(r"status: stopped True (\d+) (\d+)\s*", notebook.text_of(len(cells) - 1))
    assert said, notebook.text_of(len(cells) - 1)
    assert said[1] == said[2] and int(said[1]) >= before
    assert "accuracy" in notebook.text_of(next(i for i, c in enumerate(cells) if ".evaluate(" in c))
    still = notebook.output(fit)
    assert still.locator(".knb-panels > svg").count() == 3  # loss, accuracy, gradient norm
    assert "stopped by hand" in still.inner_text() and f"{said[1]} epochs" in still.inner_text()
    height = still.bounding_box()["height"]
    assert 250 < height < 620

    notebook.save()
    outputs = lab.read("quickstart.ipynb").cells[fit].outputs
    assert [set(o.data) for o in outputs] == [{"text/html", "image/png", "text/plain"}]
    page.route("**/api/sessions*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    notebook.open(kernel=False)
    still = notebook.output(fit)
    still.locator(".knb-panels > svg").first.wait_for(state="attached")
    assert still.locator(".knb-panels > svg").count() == 3 and "stopped by hand" in still.inner_text()
    assert "not found" not in page.locator(".jp-Notebook").inner_text()


def test_pause_learning_rate_keyboard_themes_and_widths(page, notebook):
    opened = notebook("steer.ipynb", [MAKE, FIT, SAY, FIT, SAY])
    opened.start_all()
    until(page, "Training")
    until_epoch(page, 2)

    page.locator(".knb-pause").click()
    until(page, "Paused")
    page.wait_for_timeout(300)
    where = page.locator(".knb-where").inner_text()
    page.wait_for_timeout(500)
    assert page.locator(".knb-where").inner_text() == where

    rate = page.locator(".knb-rate")
    rate.fill("a lot")
    rate.press("Enter")
    assert rate.get_attribute("aria-invalid") == "true"
    rate.fill("0.0004")
    rate.press("Enter")
    page.keyboard.press("Tab")  # on to the button; Enter presses it
    assert page.locator(".knb-pause").evaluate("(e) => e === document.activeElement")
    assert rate.input_value() == "0.0004"

    page.keyboard.press("d")
    page.keyboard.press("d")  # with the notebook's shortcuts this would delete the cell
    assert page.locator(".jp-CodeCell").count() == 5
    page.keyboard.press("Enter")
    until(page, "Training")
    until_epoch(page, int(re.match(r"epoch (\d+)", where)[1]) + 1)
    assert rate.input_value() == "0.0004"

    page.locator(".knb-plot").first.focus()
    page.keyboard.press("ArrowLeft")
    tip = page.locator(".knb-tip").first
    tip.wait_for()
    assert re.fullmatch(r"epoch \d+\ntraining [\d.e-]+\nvalidation [\d.e-]+", tip.inner_text())
    page.keyboard.press("Escape")
    tip.wait_for(state="hidden")

    for theme in ("dark", "light"):
        opened.theme(theme)
        for selector in (".knb-where", ".knb-what", ".knb-stop", ".knb-fact", ".knb-key"):
            assert contrast(page, selector) > 4.5, (theme, selector)
    for width in (1600, 700, 480, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(150)
        assert faults(page) == [], width

    page.locator(".knb-stop").focus()
    page.keyboard.press("Space")
    opened.output(3).locator(".knb-monitor").wait_for()  # the next cell's
    status, _, last = opened.text_of(2).split()
    assert status == "stopped" and float(last) == pytest.approx(0.0004, rel=1e-5)

    until_epoch(page, 2)
    opened.command("notebook:interrupt-kernel")  # the notebook's own stop button does the same
    opened.wait_done()
    assert opened.text_of(4).split()[0] == "stopped"
    assert "stopped by hand" in opened.output(3).inner_text()


@pytest.mark.slow  # the server takes its time to join a page to a kernel that works
def test_a_page_loaded_anew_goes_on_watching(page, notebook, lab):
    """The browser goes away in the middle: training goes on, and the page that comes back steers it."""
    opened = notebook("reload.ipynb", [MAKE, FIT, SAY])
    opened.start_all()
    until_epoch(page, 2)
    opened.save()
    before = epoch(page)
    page.goto("about:blank")
    page.wait_for_timeout(500)
    opened.open(kernel=False)
    until_epoch(page, before + 1)
    until(page, "Training")
    page.locator(".knb-key-validation").first.wait_for()
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    opened.command("notebook:create-output-view")  # a second view of the same run, beside the notebook
    page.wait_for_function("() => document.querySelectorAll('.knb-monitor').length === 2")
    page.locator(".knb-key-validation").nth(2).wait_for()
    page.locator(".knb-stop").first.click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.knb-what')].every((e) => e.textContent === 'Stopped')"
    )


@pytest.mark.slow
@pytest.mark.parametrize("version", ["6.17.1", "6.29.5", "7.0.1", "7.3.0"])
def test_buttons_on_other_ipykernels(page, tmp_path, version):
    server = Lab(tmp_path / "lab", kernel_path=other_ipykernel(version, tmp_path / "packages"))
    try:
        server.write(
            "other.ipynb", [MAKE, FIT, f"import ipykernel\nassert ipykernel.__version__ == '{version}'\n{SAY}"]
        )
        opened = Notebook(page, server, "other.ipynb").open()
        opened.start_all()
        until_epoch(page, 2)
        page.locator(".knb-rate").fill("0.0004")
        page.locator(".knb-rate").press("Enter")
        page.locator(".knb-pause").click()
        until(page, "Paused")
        page.locator(".knb-pause").click()
        until(page, "Training")
        page.locator(".knb-stop").click()
        opened.wait_done()
        status, _, rate = opened.text_of(2).split()
        assert status == "stopped" and float(rate) == pytest.approx(0.0004, rel=1e-5)
    finally:
        server.stop()
