"""Demo pages in a real browser: the same numbers as the model, no network, a pad that answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from browser.axe import grave_faults
from core.saving.demo_models import MODELS, convolutional, dense, inputs_for, settled, tabular

import kerasnb as keras

pytestmark = pytest.mark.browser


def until(page, condition):
    """Wait for a condition from outside: the page's own rules forbid what ``wait_for_function`` does inside."""
    for _ in range(400):
        if page.evaluate(f"() => Boolean({condition})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"it never came to {condition}")


@pytest.fixture
def opened(page, tmp_path):
    """``opened(model, **options)``: the exported page, opened as a file; errors and requests fail the test."""
    raised, asked = [], []
    page.on("pageerror", lambda error: raised.append(error))
    page.on("console", lambda message: raised.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))

    def make(model, **options):
        path = tmp_path / "demo.html"
        model.export(path, **options)
        page.goto(path.as_uri())
        until(page, "document.documentElement.dataset.ready === 'yes'")
        return page

    yield make
    assert raised == []
    assert [u for u in asked if not u.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("make", MODELS, ids=lambda m: m.__name__)
def test_the_page_computes_what_the_model_computes(make, opened):
    model = settled(make())
    inputs = inputs_for(model, 4)
    expected = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    expected = expected if isinstance(expected, list) else [expected]
    page = opened(model)
    for row in range(4):
        given = [x[row].reshape(-1).tolist() for x in inputs]
        found = page.evaluate("(inputs) => model.predict(inputs).map((o) => [...o])", given)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(np.array(one), other[row].reshape(-1), rtol=1e-4, atol=1e-4)


def test_half_precision(opened):
    model = settled(dense())
    x = inputs_for(model, 1)[0]
    found = opened(model, dtype="float16").evaluate("(x) => [...model.predict([x])[0]]", x[0].tolist())
    np.testing.assert_allclose(found, model.predict(x, verbose=0)[0], atol=5e-3)


def test_the_pad_answers_pointer_and_keys(opened):
    model = settled(convolutional())
    page = opened(model, class_names=[f"<b>{i}</b>" for i in range(10)], title="<script>alert(1)</script>")
    assert page.locator("h1").inner_text() == "<script>alert(1)</script>"
    assert page.locator(".answer").inner_text() == "Draw something"
    box = page.locator("canvas.paper").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 110, box["y"] + 250, steps=8)
    page.mouse.up()
    until(page, "document.querySelector('.answer b')")
    assert page.locator(".answer b").inner_text().startswith("<b>") and page.locator(".bars b").count() == 0
    shares = [float(t.rstrip("%")) for t in page.locator(".bars > span:nth-child(3n)").all_inner_texts()]
    assert len(shares) == 10 and abs(sum(shares) - 100) < 0.6
    page.keyboard.press("Tab")
    page.locator("canvas.paper").focus()
    page.keyboard.press("Delete")
    until(page, "document.querySelector('.answer').textContent === 'Draw something'")
    page.keyboard.press("Space")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    until(page, "document.querySelector('.answer b')")


def test_fields(opened):
    model = settled(tabular())
    example = [50.0, 40.0, 60.0, 55.0]
    page = opened(
        model, feature_names=["area", "rooms", "age", "<i>x</i>"], example=example, class_names=["price", "rent"]
    )
    before = page.locator(".numbers").inner_text()
    page.get_by_label("rooms").fill("20")
    until(page, f"document.querySelector('.numbers').innerText !== {json.dumps(before)}")
    want = model.predict(np.array([[50, 20, 60, 55]], "float32"), verbose=0)[0]
    found = [float(t) for t in page.locator(".numbers span:nth-child(even)").all_inner_texts()]
    np.testing.assert_allclose(found, want, rtol=1e-3)
    page.get_by_label("rooms").fill("")
    assert "4 numbers" in page.locator(".said").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_both_themes(scheme, opened, page):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 380, "height": 800})
    opened(settled(dense()))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert grave_faults(page, "html") == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


def test_a_pad_draws_as_the_notebooks_does(opened, page):
    """Drawings are scaled and centred as in ``widgets.handwriting``."""
    from kerasnb.widgets.handwriting import normalised

    opened(settled(convolutional()))
    script = """() => {
      const ink = new Float32Array(SIDE * SIDE);
      for (let i = 40; i < 240; i++) for (let j = 60; j < 90; j++) ink[i * SIDE + j] = 1;
      for (let i = 200; i < 240; i++) for (let j = 60; j < 200; j++) ink[i * SIDE + j] = 1;
      return [...centred(ink, 28, 28)];
    }"""
    text = (Path(keras.__file__).parent / "core/saving/demo_page/paper.js").read_text(encoding="utf-8")
    parts = text[text.index("// A part of a plane") :]
    clip = "const SIDE = 336, LEAST = 0.06, clip = (x, a, b) => Math.min(Math.max(x, a), b);"
    found = page.evaluate(f"(() => {{ {clip}\n{parts}\nreturn ({script})(); }})()")
    ink = np.zeros((336, 336), np.float32)
    ink[40:240, 60:90] = 1
    ink[200:240, 60:200] = 1
    np.testing.assert_allclose(np.array(found).reshape(28, 28), normalised(ink, 28, 28), atol=0.02)
