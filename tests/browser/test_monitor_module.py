"""The monitor's JavaScript in a real browser, with a model of the test's own in the kernel's place."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kerasnb.core.training.progress import number
from kerasnb.widgets.monitor_view import MonitorView
from kerasnb.widgets.record import Run
from kerasnb.widgets.series import ticks

pytestmark = pytest.mark.browser

PLAN = {
    "name": "net", "epochs": 10, "initial": 0, "steps": 4, "samples": 32, "validation": True,
    "rising": {"loss": False, "accuracy": True},
    "panels": ["loss", "accuracy"], "learning_rate": 0.01, "settable": True, "steerable": True,
}  # fmt: skip
SET_UP = """
async ([source, css, plan]) => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const handlers = {};
  const model = {
    state: { plan, status: "compiling" }, sent: [],
    get: (name) => model.state[name],
    on: (event, f) => (handlers[event] = handlers[event] || []).push(f),
    off: (event, f) => (handlers[event] = (handlers[event] || []).filter((g) => g !== f)),
    send: (message) => model.sent.push(message),
    emit: (event, ...rest) => (handlers[event] || []).forEach((f) => f(...rest)),
    set: (name, value) => { model.state[name] = value; model.emit(`change:${name}`); },
    news: (message, ...floats) =>
      model.emit("msg:custom", message, floats.map((f) => new DataView(new Float32Array(f).buffer))),
    listening: () => Object.values(handlers).reduce((n, list) => n + list.length, 0),
  };
  Object.assign(window, { module, model });
  module.default.initialize({ model });
  window.leave = module.default.render({ model, el: document.body.appendChild(document.createElement("div")) });
}
"""


@pytest.fixture
def monitor(page):
    """A page with one monitor in it; JavaScript that raises fails the test."""
    raised = []
    page.on("pageerror", lambda error: raised.append(error))
    page.set_content("<!doctype html><body></body>")

    def make(**plan):
        page.evaluate(SET_UP, [MonitorView._esm, MonitorView._css, {**PLAN, **plan}])
        return page

    yield make
    assert raised == []


def news(page, begin: int, losses: list[float], rows=(), **now) -> None:
    count = begin + len(losses)
    content = {
        "kind": "news",
        "from": begin,
        "epochs": list(rows),
        "now": {"epoch": 0, "step": count, "steps": 4, "count": count, "logs": {"loss": 0.5}, "seconds": 1.0,
                "worked": 0.5, "compiled": 0.5, "rate": 1000.0, "learning_rate": 0.01, **now},
    }  # fmt: skip
    page.evaluate("([m, f]) => model.news(m, f)", [content, losses])
    frame(page)


def frame(page) -> None:
    """Wait until what was scheduled is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def fine(page, axis: str) -> list[float]:
    """Where the steps' losses are drawn."""
    return page.evaluate(
        """(axis) => { const { fine } = document.querySelector('.knb-monitor').charts.get('loss');
                      return [...fine[axis].slice(0, fine.n)]; }""",
        axis,
    )


def row(epoch: int, end: int, **values) -> dict:
    return {"epoch": epoch, "end": end, "values": values}


def test_numbers_are_written_as_in_python(monitor):
    page = monitor()
    values = [0, 1, -0.5, 0.001, 0.00099, 12345.678, 99999.9, 123456.0, 1e-9, 3e30]
    assert page.evaluate("(v) => v.map(module.short)", values) == [number(v) for v in values]
    ranges = [(0, 1), (0.1, 0.9), (-3, 7), (1e-7, 3e-7), (1e6, 5e7), (0, 0), (2.5, 2.5), (-1, -0.99)]
    shown = page.evaluate("(r) => r.map(([a, b]) => module.ticks(a, b, 5))", ranges)
    assert shown == [pytest.approx(ticks(a, b, 5)) for a, b in ranges]
    assert page.evaluate("[0.5, 1, 2, 4, 8, 9, 12, 75.1, 100, 101, 4000].map(module.nice)") == [
        1, 1, 2, 5, 10, 10, 20, 100, 100, 200, 5000,
    ]  # fmt: skip
    assert page.evaluate("[0.04, 9.96, 59, 61, 3600, NaN].map(module.clock)") == [
        "0.0 s", "10.0 s", "59 s", "1:01 min", "1:00 h", "–",
    ]  # fmt: skip


def test_from_compiling_to_done(monitor):
    page = monitor()
    frame(page)
    assert page.locator(".knb-what").inner_text() == "Compiling"
    assert page.locator(".knb-metric").all_inner_texts() == ["loss", "accuracy"]
    page.evaluate("() => model.set('status', 'running')")
    news(page, 0, [1.0, 0.9, 0.8, 0.7], [row(0, 4, loss=0.85, accuracy=0.5, val_loss=0.75, val_accuracy=0.625)])
    news(page, 4, [0.6, 0.5], epoch=1, step=2, logs={"loss": 0.55, "accuracy": 0.75})
    assert page.locator(".knb-where").inner_text() == "epoch 2/10 · step 2/4"
    assert page.locator(".knb-key").all_text_contents() == [
        "training 0.5500", "validation 0.7500", "training 0.7500", "validation 0.6250",
    ]  # fmt: skip
    assert page.locator(".knb-plot").first.get_attribute("aria-label") == "loss: training 0.5500, validation 0.7500"
    assert page.locator("[role=progressbar]").get_attribute("aria-valuenow") == "15"
    page.evaluate("() => model.set('status', 'done')")
    frame(page)
    assert page.locator(".knb-what").inner_text() == "Done" and page.locator(".knb-stop").is_disabled()
    assert page.evaluate("model.sent") == []  # it never asked for what it had


@pytest.mark.parametrize("plan", [{}, {"steps": None}, {"initial": 5}])
def test_steps_lie_where_python_puts_them(monitor, plan):
    """The live chart and the still picture place the steps alike."""
    page = monitor(**plan)
    run, first = Run(4 if "steps" not in plan else None, plan.get("initial", 0)), plan.get("initial", 0)
    begin = 0
    for epoch, length in enumerate((4, 4, 3)):
        values = [1.0 / (begin + i + 1) for i in range(length)]
        ended = epoch < 2
        run.add_chunk(np.float32(values), {"loss": 1.0})
        if ended:
            run.add_epoch(first + epoch, {"loss": 1.0})
        rows = [row(first + epoch, begin + length, loss=1.0)] if ended else []
        known = None if "steps" in plan else 4
        news(page, begin, values, rows, epoch=first + epoch, steps=known, step=length)
        begin += length
    assert fine(page, "x") == pytest.approx(run.step_x(np.arange(1, 12)).tolist())


def test_a_late_view_asks_once_and_goes_on(monitor):
    page = monitor()
    page.evaluate("() => model.set('status', 'running')")
    news(page, 100, [0.5, 0.4], epoch=25, step=2)  # the first hundred went by
    page.wait_for_function("() => model.sent.some((m) => m.kind === 'snapshot')")
    whole = {
        "kind": "snapshot", "count": 103, "means": [[50, {"accuracy": 0.5}], [103, {"accuracy": 0.75}]],
        "epochs": [row(i, 4 * (i + 1), loss=1.0) for i in range(25)],
        "now": {"epoch": 25, "step": 3, "steps": 4, "count": 103, "logs": {"loss": 0.5}, "seconds": 9, "worked": 8},
    }  # fmt: skip
    page.evaluate("([m, a, b]) => model.news(m, a, b)", [whole, list(range(103)), [0.5] * 103])
    news(page, 102, [0.4, 0.3], epoch=25, step=4)  # one of these came with the snapshot already
    losses = fine(page, "y")
    assert len(losses) == 104 and losses[-2:] == pytest.approx([0.5, 0.3])
    page.evaluate("model.sent.length = 0")
    page.wait_for_timeout(700)
    assert page.evaluate("model.sent") == []


def test_what_is_pressed_is_sent(monitor):
    page = monitor()
    page.evaluate("() => model.set('status', 'running')")
    page.locator(".knb-pause").click()
    assert page.locator(".knb-pause").inner_text() == "Resume"
    page.evaluate("() => model.set('status', 'paused')")
    page.locator(".knb-rate").fill("0,005")  # a comma is a decimal point to half the world
    page.locator(".knb-rate").press("Enter")
    page.locator(".knb-pause").click()
    page.locator(".knb-rate").fill("-3")
    page.locator(".knb-rate").press("Enter")
    page.locator(".knb-stop").click()
    assert page.evaluate("model.sent") == [
        {"kind": "pause", "value": True},
        {"kind": "learning_rate", "value": 0.005},
        {"kind": "pause", "value": False},
        {"kind": "stop"},
    ]
    assert page.locator(".knb-stop").is_disabled()


def test_a_schedule_and_a_deaf_kernel(monitor):
    page = monitor(settable=False)
    frame(page)
    assert page.locator(".knb-rate").is_disabled()
    page = monitor(steerable=False)
    assert "interrupt the kernel" in page.locator(".knb-controls").last.inner_text()
    assert page.locator(".knb-monitor").last.locator(".knb-pause, .knb-stop, .knb-save").count() == 0


def test_nothing_finite(monitor):
    page = monitor()
    page.evaluate("() => model.set('status', 'running')")
    bad = row(0, 4, loss="nan", accuracy="inf", val_loss="-inf")
    page.evaluate("([m]) => model.news(m, [NaN, Infinity, -Infinity, NaN])", [{
        "kind": "news", "from": 0, "epochs": [bad],
        "now": {"epoch": 0, "step": 4, "steps": 4, "count": 4, "logs": {"loss": "nan"}, "seconds": 1, "worked": 1},
    }])  # fmt: skip
    frame(page)
    assert page.locator(".knb-key-training").first.text_content() == "training nan"


def test_names_are_text(monitor):
    page = monitor(name="<img src=x onerror=alert(1)>", panels=["loss", "<b>metric</b>"])
    news(page, 0, [1.0], [row(0, 1, loss=1.0, **{"<script>": 1.0})])
    assert page.locator(".knb-monitor img, .knb-monitor script, .knb-metric b").count() == 0
    assert page.locator(".knb-metric").all_inner_texts() == ["loss", "<b>metric</b>", "<script>"]


def test_leaving_takes_everything_along(monitor):
    page = monitor()
    before = page.evaluate("model.listening()")
    page.evaluate("leave()")
    assert page.evaluate("model.listening()") == 1 < before  # what listens for the next view


def test_a_hundred_thousand_steps(monitor):
    page = monitor(epochs=100, steps=2000)
    page.evaluate("() => model.set('status', 'running')")
    seconds = page.evaluate(
        """async () => {
          const now = { epoch: 0, step: 0, steps: 2000, logs: { loss: 0.5 }, seconds: 1, worked: 1, compiled: 0 };
          const epochs = Array.from({ length: 50 }, (_, e) => (
            { epoch: e, end: 2000 * (e + 1), values: { loss: 1 / (e + 1), val_loss: 1 / (e + 2) } }));
          const losses = Float32Array.from({ length: 100000 }, (_, i) => Math.random() + 1000 / (i + 1000));
          model.news({ kind: "news", from: 0, epochs, now: { ...now, epoch: 49, step: 2000, count: 100000 } }, losses);
          const began = performance.now();
          for (let i = 0; i < 50; i++) {
            model.news({ kind: "news", from: 100000 + i, epochs: [],
              now: { ...now, epoch: 50, step: i + 1, count: 100001 + i } }, [0.5]);
            await new Promise(requestAnimationFrame);
          }
          return (performance.now() - began) / 1000;
        }"""
    )
    print(json.dumps({"frames per second": 50 / seconds}))
    assert page.evaluate("document.querySelector('.knb-monitor').charts.get('loss').fine.n") == 100_050
