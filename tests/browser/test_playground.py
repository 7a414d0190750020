"""The playground in a real JupyterLab: played, paused and changed by pointer and by keys, while other cells run."""

from __future__ import annotations

import pytest
from browser.axe import grave_faults
from browser.checks import contrast, faults, run_cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOW = "import kerasnb as keras\nplay = keras.widgets.Playground('circles', layers=[3, 2], samples=100)\nplay"
BUSY = "import time; at = play.epoch; time.sleep(2); print('moved', play.epoch > at, flush=True)"
SAY = "print(play.settings.layers, play.playing, play.epoch, flush=True)"
END = """
import threading
play.close()
print([t.name for t in threading.enumerate() if 'playground' in t.name], flush=True)
"""
VIEW = ".knb-playground"
EPOCH = """() => { const said = document.querySelector('.knb-playground .knb-fact').textContent;
  return Number(said.match(/epoch ([\\d,]+)/)[1].replace(',', '')); }"""
FRAMES = """async () => { const link = document.querySelector('.knb-playground').knbLink;
  let n = 0; link.model.on('msg:custom', (c) => { if (c.kind === 'frame') n++; });
  await new Promise((done) => setTimeout(done, 3000)); return n / 3; }"""
BLUE = """() => { const c = document.querySelector('.knb-plane canvas');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i + 2] > d[i] + 30) n++; return n / (d.length / 4); }"""


def test_played_by_pointer_and_keys_while_other_cells_run(page, notebook, lab):
    opened = notebook("playground.ipynb", [SHOW, BUSY, SAY, END])
    run_cell(page, 0)
    page.wait_for_selector(f"{VIEW} .knb-plane canvas")
    page.wait_for_function("() => document.querySelector('.knb-playground').knbLink.play?.frame")
    assert page.locator(".knb-code").inner_text().count("layers.Dense") == 3
    assert faults(page, VIEW) == [] and grave_faults(page, VIEW) == []
    go = page.locator(f"{VIEW} .knb-go")
    go.click()
    page.wait_for_function(f"() => ({EPOCH})() > 5")
    assert go.inner_text() == "Pause" and page.get_by_role("button", name="Step").is_disabled()
    assert page.evaluate(FRAMES) >= 10  # pictures a second
    run_cell(page, 1)  # another cell, while it trains
    page.wait_for_function(
        "() => document.querySelectorAll('.jp-CodeCell')[1].querySelector('.jp-OutputArea').innerText.includes('moved')"
    )
    assert "moved True" in opened.text_of(1)

    # a layer more by keys; the buttons keep the focus, the program follows, it plays on
    page.locator(f"{VIEW} button[data-key=more]").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.knb-code').textContent.split('layers.Dense').length === 5")
    page.locator(f"{VIEW} button[data-key='one more2']").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.knb-columns > div')[3].textContent.includes('3 units')")
    assert page.evaluate("() => document.activeElement.dataset.key") == "one more2"
    slider = page.locator(f"{VIEW} input[data-key=noise]")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('.knb-code').textContent.includes('noise=0.5')")
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-CodeCell").count() == 4
    page.wait_for_function(f"() => ({EPOCH})() > 5")
    go.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.knb-playground .knb-go').textContent === 'Play'")
    page.wait_for_function("() => document.activeElement.dataset.key === 'go'")  # although the picture was renewed
    run_cell(page, 2)
    page.wait_for_function("() => document.querySelectorAll('.jp-CodeCell')[2].innerText.includes('False')")
    assert "(3, 2, 3) False" in opened.text_of(2)
    at = page.evaluate(EPOCH)
    page.get_by_role("button", name="Step").click()
    page.wait_for_function(f"() => ({EPOCH})() === {at + 1}")
    assert 0.02 < page.evaluate(BLUE) < 0.98

    for theme in ("dark", "light"):
        opened.theme(theme)
        page.wait_for_timeout(100)
        assert grave_faults(page, VIEW) == [], theme
        for selector in (".knb-title", ".knb-fact", ".knb-go", ".knb-settings label", ".knb-code", ".knb-keys b"):
            assert contrast(page, f"{VIEW} {selector}") > 4.5, (theme, selector)
    for width in (480, 800, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(150)
        assert faults(page, VIEW) == [], width

    run_cell(page, 3)
    page.wait_for_function("() => document.querySelectorAll('.jp-CodeCell')[3].innerText.includes('[]')")
    page.wait_for_function("() => document.querySelector('.knb-playground .knb-go').disabled")
    opened.save()
    stored = lab.read("playground.ipynb").cells[0].outputs[0].data
    assert set(stored) == {"text/html", "image/png", "text/plain"}
    assert "keras.Sequential([" in stored["text/html"] and f"epoch {at}" in stored["text/html"]
    assert sum(map(len, stored.values())) < 120_000
