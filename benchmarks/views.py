"""What the live views cost: a chart of 100 000 points, a gallery of 1000 digits, an update of the monitor.

    python benchmarks/views.py [--points 100000] [--frames 120]

The charts and the gallery are drawn by a headless Chromium (``pip install -e .[browser]``); JupyterLab is a real one.
Frames are asked for in four ways: as numbers come in, as the pointer moves, as the smoothing changes, as the width
changes. A frame counts when the browser has shown it.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the driver of JupyterLab is that of the tests

FRAMES = """async ([way, points, frames]) => {
  const steps = points / 50, now = { epoch: 0, step: 0, steps, logs: { loss: 0.5 }, seconds: 1, worked: 1,
    compiled: 0 };
  if (!model.filled) {
    const epochs = Array.from({ length: 50 }, (_, e) => (
      { epoch: e, end: steps * (e + 1), values: { loss: 1 / (e + 1), val_loss: 1 / (e + 2) } }));
    const losses = Float32Array.from({ length: points }, (_, i) => Math.random() + 1000 / (i + 1000));
    model.news({ kind: "news", from: 0, epochs, now: { ...now, epoch: 49, step: steps, count: points } }, losses);
    model.filled = points;
  }
  const frame = () => new Promise(requestAnimationFrame);
  const plot = root.querySelector(".knb-plot"), box = plot.getBoundingClientRect();
  const slider = root.querySelector("input[type=range]"), ways = {
    numbers: () => model.news({ kind: "news", from: model.filled, epochs: [],
      now: { ...now, epoch: 50, step: ++model.step, count: ++model.filled } }, [0.5]),
    pointer: (i) => plot.dispatchEvent(new PointerEvent("pointermove", {
      clientX: box.left + 60 + (i * 7) % (box.width - 80), clientY: box.top + 50 })),
    smoothing: (i) => { slider.value = i % 7; slider.dispatchEvent(new Event("input")); },
    width: (i) => { root.style.width = `${900 + (i % 40) * 5}px`; },
  };
  model.step ??= 0;
  for (let i = 0; i < 10; i++) { ways[way](i); await frame(); }
  const began = performance.now(), long = [];
  for (let i = 0, last = began; i < frames; i++) {
    ways[way](i);
    await frame();
    const time = performance.now();
    long.push(time - last);
    last = time;
  }
  return [1000 * frames / (performance.now() - began), long.sort((a, b) => a - b)[Math.floor(0.95 * frames)]];
}"""

GALLERY = """
import numpy as np, kerasnb as keras
_, (x, y) = keras.datasets.mnist.load_data()
x, y = x[:1000], y[:1000]
said = np.eye(10, dtype="float32")[np.where(np.arange(1000) % 9, y, 0)] * 0.9 + 0.01
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
"""
SHOW = "model.gallery(x, y, predictions=said, page=1000)"

SEEN = """() => { new MutationObserver(() => {
  const seen = window.seen, c = document.querySelector('.knb-sheet canvas');
  if (seen && !seen.still && document.querySelector('.knb-gallery')) seen.still = performance.now();
  if (!seen || seen.live || !c) return;
  const pixels = c.getContext('2d').getImageData(0, 0, c.width, 40).data;
  if (pixels.some((v, i) => i % 4 < 3 && v > 50)) seen.live = performance.now();
}).observe(document.body, { childList: true, subtree: true }); }"""

FILTER = """() => [...document.querySelectorAll('.knb-confusion td button')].map((b) => {
  const began = performance.now();
  b.click();
  return performance.now() - began;
})"""


UPDATE = """
import time, numpy as np, kerasnb as keras
from kerasnb.widgets.monitor import Monitor
spent, sending, worked, told, polls, looks = 0.0, [], [], 0, 0.0, 0
chunk, epoch, poll = Monitor.chunk, Monitor.epoch, Monitor.poll

def timed(method):
    def call(self, *args, **options):
        global spent, told
        if getattr(self.view, "counted", None) is None:
            self.view.counted, send = True, self.view.send
            def counting(*a, **o):
                global told
                told += 1
                return send(*a, **o)
            self.view.send = counting
        before, began, used = told, time.perf_counter(), time.thread_time()
        found = method(self, *args, **options)
        took = time.perf_counter() - began
        spent += took
        if told > before:  # what is only noted for the next message costs much less
            sending.append(took / (told - before))
            worked.append((time.thread_time() - used) / (told - before))
        return found
    return call

def looked(self):
    global polls, looks
    began = time.perf_counter()
    found = poll(self)
    polls, looks = polls + time.perf_counter() - began, looks + 1
    return found

Monitor.chunk, Monitor.epoch, Monitor.poll = timed(chunk), timed(epoch), looked
for rows, epochs in (600_000, 12), (20_000, 400):
    spent, sending, worked, told, polls, looks = 0.0, [], [], 0, 0.0, 0
    x = np.random.default_rng(0).normal(size=(rows, 40)).astype("float32")
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    began = time.perf_counter()
    model.fit(x, (x[:, :4].sum(1) > 0).astype("float32"), epochs=epochs, validation_split=0.2, verbose="auto")
    seconds = time.perf_counter() - began
    print(f"update of the monitor, epochs of {seconds / epochs:.2f} s  {1e3 * np.median(sending):.2f} ms, of which "
          f"{1e3 * np.median(worked):.2f} ms computing ({told} in {seconds:.1f} s); all that it notes and sends "
          f"{spent / seconds:.1%} of the fit, a look for what was pressed {1e3 * polls / looks:.2f} ms")
"""


def chart(page, points: int, frames: int) -> None:
    """Frames per second of the monitor's charts."""
    from browser.test_monitor_module import PLAN, SET_UP

    from kerasnb.widgets.monitor_view import MonitorView

    page.set_content("<!doctype html><body></body>")
    plan = {**PLAN, "epochs": 100, "steps": points // 50}
    page.evaluate(SET_UP, [MonitorView._esm, MonitorView._css, plan])
    page.evaluate("() => model.set('status', 'running')")
    for way in ("numbers", "pointer", "smoothing", "width"):
        rate, slow = page.evaluate(FRAMES, [way, points, frames])
        print(f"chart of {points:,} points, {way:10} {rate:6.1f} frames/s, 95 % of the frames within {slow:.1f} ms")


def gallery(page, folder: Path, runs: int = 5) -> None:
    """From the cell's picture to 1000 digits alive, and the time of a filter."""
    from browser.checks import run_cell
    from browser.lab import Lab, Notebook

    lab = Lab(folder)
    try:
        lab.write("gallery.ipynb", [GALLERY, SHOW])
        Notebook(page, lab, "gallery.ipynb").open()
        page.evaluate(SEEN)
        run_cell(page, 0)
        page.wait_for_function("() => document.querySelector('.jp-InputPrompt').textContent.includes('[1]')")
        waits, filters = [], []
        for _ in range(runs):
            page.evaluate("() => { window.seen = {}; }")
            run_cell(page, 1)
            page.wait_for_function("() => window.seen.live")
            waits.append(page.evaluate("() => window.seen.live - window.seen.still"))
            filters += page.evaluate(FILTER)
            page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-cell-output')")
            page.wait_for_function("() => !document.querySelector('.knb-gallery')")
        waits.sort()
        filters.sort()
        middle, least, most = statistics.median(waits), waits[0], waits[-1]
        print(f"gallery of 1000 digits     alive {middle:.0f} ms after its picture ({least:.0f} to {most:.0f})")
        slow = filters[int(0.95 * len(filters))]
        print(f"filter of 1000 digits      {statistics.median(filters):.1f} ms, 95 % within {slow:.1f} ms")
    finally:
        lab.stop()


def update(page, folder: Path) -> None:
    """What the kernel pays for the monitor while a real page looks on: an update, and a look for what was pressed."""
    from browser.lab import Lab, Notebook

    lab = Lab(folder)
    try:
        lab.write("update.ipynb", [UPDATE])
        opened = Notebook(page, lab, "update.ipynb").open()
        opened.run_all(120)
        print("\n".join(re.findall(r"update of .*", opened.text_of(0))))
    finally:
        lab.stop()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=120)
    given = parser.parse_args()
    from browser.lab import CHROMIUM_ARGUMENTS
    from conftest import find_chromium
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        chart(browser.new_page(viewport={"width": 1200, "height": 1000}), given.points, given.frames)
        gallery(browser.new_page(viewport={"width": 1200, "height": 1000}), Path(folder) / "gallery")
        update(browser.new_page(viewport={"width": 1200, "height": 1000}), Path(folder) / "update")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
