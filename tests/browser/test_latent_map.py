"""The latent map in a real JupyterLab: walked over by pointer, keys and sliders, and left behind as a picture."""

from __future__ import annotations

import os

import pytest
from browser.axe import grave_faults
from browser.checks import contrast, faults, run_cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A decoder whose picture is as bright as z1 above its middle row, and as z2 below it.
SHOW = """
import numpy as np
import kerasnb as keras
kernel = np.zeros((2, 28, 28), "float32")
kernel[0, :14], kernel[1, 14:] = 1, 1
decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(784, "sigmoid")], name="halves")
decoder.set_weights([kernel.reshape(2, 784), np.zeros(784, "float32")])
y = np.arange(3000) % 3
codes = np.random.default_rng(0).normal(size=(3000, 2)) + 2 * np.stack([y, -y], 1) - [2, -2]
view = keras.widgets.LatentMap(decoder, codes, y, ["one", "<b>two</b>", "three"], limits=(-5, 5))
view
"""
SAY = "print([round(float(v), 1) for v in view.at], flush=True)"
MAP = ".knb-latent canvas.knb-map"
PIXEL = """(row) => document.querySelector('.knb-latent canvas.knb-decoded').getContext('2d')
             .getImageData(14, row, 1, 1).data[0]"""

# How light the numbers at the map's left edge are, on average.
INK = """() => {
  const map = document.querySelector('.knb-latent canvas.knb-map'), g = map.getContext('2d');
  const { data } = g.getImageData(2, 10, 24, map.height - 40);
  const inked = [];
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 80) inked.push(data[i]);
  return inked.length ? inked.reduce((a, b) => a + b) / inked.length : NaN;
}"""


def brightness(page, row: int, low: int, high: int) -> None:
    """Wait until the decoded picture is as bright as that, in a row."""
    page.wait_for_function(f"([row, low, high]) => {{ const v = ({PIXEL})(row); return v >= low && v <= high; }}",
                           arg=[row, low, high])  # fmt: skip


def keep(page, name: str) -> None:
    """A picture for those who look at it."""
    if folder := os.environ.get("KERASNB_SHOTS"):
        page.locator(".knb-latent").first.screenshot(path=os.path.join(folder, f"latent-{name}.png"))


def test_walked_by_pointer_keys_and_sliders(page, notebook):
    opened = notebook("latent.ipynb", [SHOW, SAY])
    run_cell(page, 0)
    page.wait_for_selector(MAP)
    assert page.locator(".knb-latent b, .knb-latent i").count() == 0, "names are text"
    brightness(page, 5, 120, 135)  # at (0, 0): sigmoid(0)

    box = page.locator(MAP).bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 0.5 * box["height"], steps=20)
    page.mouse.up()
    brightness(page, 5, 250, 255)  # z1 at its end, z2 in the middle
    brightness(page, 20, 100, 155)
    page.locator(MAP).focus()
    for _ in range(30):
        page.keyboard.press("ArrowDown")
    brightness(page, 20, 0, 5)
    slider = page.get_by_label("z1", exact=True)
    slider.focus()
    page.keyboard.press("Home")
    brightness(page, 5, 0, 5)
    assert page.locator(".knb-latent output").all_inner_texts() == ["-5.00", "-5.00"]
    run_cell(page, 1)
    page.wait_for_function("() => document.querySelectorAll('.jp-CodeCell')[1].innerText.includes('[-5.0, -5.0]')")
    assert page.locator(".jp-CodeCell").count() == 2, "no key reached the notebook"

    for theme in ("dark", "light"):
        opened.theme(theme)
        page.wait_for_function(f"({INK})() {'>' if theme == 'dark' else '<'} 110")
        keep(page, theme)
        for selector in (".knb-title", ".knb-sliders span", ".knb-sliders output"):
            assert contrast(page, f".knb-latent {selector}") > 4.5, (theme, selector)
        assert grave_faults(page, ".knb-latent") == [], theme
    for width in (1300, 480, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(150)
        keep(page, str(width))
        assert faults(page, ".knb-latent") == [], width
