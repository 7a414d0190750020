"""The monitor's JavaScript in a real browser, with a model of the test's own in the kernel's place."""

from __future__ import annotations

import json

import numpy as np
import pytest
from browser.axe import grave_faults
from browser.checks import faults

from kerasnb.core.training.progress import number
from kerasnb.widgets.monitor_view import MonitorView
from kerasnb.widgets.record import Run
from kerasnb.widgets.series import panels_of, ticks

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
  window.root = [...document.querySelectorAll(".knb-monitor")].pop();
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


def chart(page, name: str, what: str):
    """Something of a chart: an expression of ``c``."""
    return page.evaluate(f"(name) => {{ const c = root.charts.get(name); return {what}; }}", name)


def two_epochs(page) -> None:
    """Eight steps and their two epochs."""
    first = row(0, 4, loss=0.8, accuracy=0.5, val_loss=0.9, val_accuracy=0.4)
    second = row(1, 8, loss=0.4, accuracy=0.75, val_loss=0.5, val_accuracy=0.7)
    news(page, 0, [1.0, 0.9, 0.7, 0.6], [first], logs={"loss": 0.8, "accuracy": 0.5})
    news(page, 4, [0.5, 0.45, 0.35, 0.3], [second], epoch=1, step=4, logs={"loss": 0.4, "accuracy": 0.75})
    page.evaluate("() => model.set('status', 'running')")  # by now it has what it would ask for
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
    news(page, 0, [1.0, 0.9, 0.8, 0.7], [row(0, 4, loss=0.85, accuracy=0.5, val_loss=0.75, val_accuracy=0.625)])
    page.evaluate("() => model.set('status', 'running')")
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
    frame(page)  # the button is drawn anew with the rest
    assert page.locator(".knb-pause").inner_text() == "Resume"
    page.evaluate("() => model.set('status', 'paused')")
    page.locator(".knb-rate").fill("0,005")  # a comma is a decimal point to half the world
    page.locator(".knb-rate").press("Enter")
    page.locator(".knb-pause").click()
    page.locator(".knb-rate").fill("-3")
    page.locator(".knb-rate").press("Enter")
    page.locator(".knb-stop").click()
    assert page.evaluate("model.sent.filter((m) => m.kind !== 'snapshot')") == [
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


def point_at(page, name: str, epoch: float) -> None:
    """Put the pointer on a place of a chart's axis."""
    page.evaluate(
        """([name, x]) => { const c = root.charts.get(name), box = c.plot.getBoundingClientRect();
          const wide = c.plot.clientWidth - c.pad.left - c.pad.right;
          const at = box.left + c.pad.left + ((x - c.range[0]) / (c.range[1] - c.range[0])) * wide;
          c.plot.dispatchEvent(new PointerEvent("pointermove", { clientX: at, clientY: box.top + 40 })); }""",
        [name, epoch],
    )
    frame(page)


def tips(page) -> list[str]:
    return [t.inner_text() for t in page.locator(".knb-tip").all() if t.is_visible()]


def test_values_under_the_pointer_belong_to_one_step_of_all_charts(monitor):
    page = monitor()
    two_epochs(page)
    page.wait_for_timeout(500)  # the axes have arrived
    point_at(page, "accuracy", 1.52)
    assert tips(page) == [
        "epoch 2 · step 2/4\ntraining 0.4000\nvalidation 0.5000\nthis step 0.4500",
        "epoch 2 · step 2/4\ntraining 0.7500\nvalidation 0.7000",
    ]
    point_at(page, "loss", 0.27)
    assert [t.split("\n")[0] for t in tips(page)] == ["epoch 1 · step 1/4"] * 2
    point_at(page, "loss", 0.99)
    assert tips(page)[0] == "epoch 1\ntraining 0.8000\nvalidation 0.9000"


def test_arrows_walk_along_epochs_and_with_shift_along_steps(monitor):
    page = monitor()
    two_epochs(page)
    plot = page.locator(".knb-plot").first
    plot.focus()
    heads = []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight", "Shift+ArrowLeft", "Home", "End"):
        page.keyboard.press(key)
        frame(page)
        heads.append(tips(page)[0].split("\n")[0])
    assert heads == [
        "epoch 2", "epoch 1", "epoch 1", "epoch 2", "epoch 2", "epoch 2 · step 3/4", "epoch 1", "epoch 2",
    ]  # fmt: skip
    page.keyboard.press("Escape")
    frame(page)
    assert tips(page) == []


def test_smoothing_averages_the_steps_only(monitor):
    page = monitor()
    two_epochs(page)
    slider = page.locator(".knb-slider").first
    slider.focus()
    assert chart(page, "loss", "c.smooth.n") == 0 and slider.get_attribute("aria-valuetext") == "off"
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    frame(page)
    assert slider.get_attribute("aria-valuetext") == "10 steps"
    losses, keep = [1.0, 0.9, 0.7, 0.6, 0.5, 0.45, 0.35, 0.3], 0.9
    wanted = [np.average(losses[: i + 1], weights=keep ** np.arange(i, -1.0, -1)) for i in range(8)]
    assert chart(page, "loss", "[...c.smooth.y.slice(0, c.smooth.n)]") == pytest.approx(wanted, rel=1e-5)
    assert chart(page, "loss", "[...c.training.y.slice(0, 2)]") == pytest.approx([0.8, 0.4])


def test_a_logarithmic_axis_for_losses(monitor):
    page = monitor()
    two_epochs(page)
    page.get_by_role("button", name="Log axis").click()
    news(page, 8, [0.003, 0.0, -1.0], [], epoch=2, step=3, logs={"loss": 0.003, "accuracy": 0.8})
    page.wait_for_timeout(600)
    low, high = chart(page, "loss", "c.range.slice(2)")
    assert -3 < low < np.log10(0.3) and np.log10(0.9) < high < 0.5
    assert chart(page, "accuracy", "c.range[3]") < 1.1  # stays as it was
    assert page.get_by_role("button", name="Log axis").get_attribute("aria-pressed") == "true"
    shown = page.evaluate("[[-3, 0], [-0.7, 0.3], [-8, 3], [0.1, 0.2]].map(([a, b]) => module.decades(a, b, 5))")
    assert shown[0] == [0.001, 0.01, 0.1, 1] and shown[1] == [0.2, 0.5, 1]
    assert 3 <= len(shown[2]) <= 7 and 2 <= len(shown[3]) <= 8


def test_the_gap_of_overfitting_is_what_python_shades(monitor):
    page = monitor()
    rows = [(1.0, 1.1), (0.6, 0.7), (0.4, 0.6), (0.3, 0.7), (0.2, 0.9)]
    history = {"loss": [a for a, _ in rows], "val_loss": [b for _, b in rows]}
    for i, (a, b) in enumerate(rows):
        news(page, 4 * i, [a] * 4, [row(i, 4 * i + 4, loss=a, val_loss=b)], epoch=i, step=4)
    gap = chart(page, "loss", "c.gap()")
    assert [tuple(np.round(p, 4)) for p in gap] == panels_of(history)[0].gap
    assert len(gap) == 3 and gap[0][0] == 3
    page.wait_for_function(
        "() => root.querySelector('.knb-foot').innerText.endsWith('best validation loss 0.6000 in epoch 3')"
    )


PAST = {
    "epochs": [1, 2], "rows": [{"loss": 1.0, "val_loss": 1.2}, {"loss": 0.9, "val_loss": 1.1}],
    "fine": {"loss": [[0.5, 1.0, 1.5, 2.0], [1.1, 1.0, 0.95, 0.9]]}, "starts": [0, 2], "offset": 2,
    "branches": [{"start": 1, "curves": {"loss": [[1, 2, 3], [1.0, 1.1, 1.3]]}}],
}  # fmt: skip


def test_a_second_fit_goes_on_where_the_first_ended(monitor):
    page = monitor(past=PAST)
    two_epochs(page)
    assert chart(page, "loss", "[...c.training.x.slice(0, c.training.n)]") == [1, 2, 3, 4]
    assert chart(page, "loss", "[...c.fine.x.slice(0, c.fine.n)]") == [
        0.5, 1, 1.5, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 3.75, 4,
    ]  # fmt: skip
    assert chart(page, "loss", "[c.starts, c.branches[0].training.n, c.range[0]]") == [[2], 3, 0]
    page.wait_for_timeout(500)
    point_at(page, "loss", 2.5)
    assert tips(page)[0].startswith("epoch 3 · step 2/4")
    point_at(page, "loss", 1.4)
    assert tips(page)[0].startswith("epoch 1.50")
    assert page.locator(".knb-where").inner_text() == "epoch 2/10 · step 4/4"  # of this fit


def test_small_charts_of_what_was_measured(monitor):
    page = monitor()
    two_epochs(page)
    assert page.locator(".knb-trace").count() == 0
    content = {
        "kind": "news", "from": 8, "epochs": [], "rates": [[0, 0.1], [6, 0.01]],
        "now": {"epoch": 2, "step": 2, "steps": 4, "count": 10, "logs": {"loss": 0.3}, "seconds": 1, "worked": 1,
                "memory": 812_345_678, "hints": [{"evidence": "Plateau: <b>nothing</b>.", "advice": "Try more."}]},
    }  # fmt: skip
    page.evaluate("([m, ...f]) => model.news(m, ...f)", [content, [0.3, 0.2], [1, 9], [2.5, 1.5]])
    page.wait_for_timeout(300)
    assert page.locator(".knb-trace .knb-metric").all_inner_texts() == ["gradient norm", "learning rate"]
    assert chart(page, "gradient norm", "[[...c.fine.x.slice(0, 2)], [...c.fine.y.slice(0, 2)]]") == [
        [0.25, 2.25], [2.5, 1.5],
    ]  # fmt: skip
    assert chart(page, "learning rate", "[...c.fine.x.slice(0, 4)]") == [0, 1.5, 1.5, 2.5]
    assert "memory 812 MB" in page.locator(".knb-foot").inner_text()
    assert page.locator(".knb-hints li").all_inner_texts() == ["Plateau: <b>nothing</b>. Try more."]


def test_save_now_says_where(monitor):
    page = monitor()
    save = page.locator(".knb-save")
    frame(page)
    assert save.is_disabled()  # there is nothing yet
    two_epochs(page)
    save.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("model.sent") == [{"kind": "save"}] and save.is_disabled()
    page.evaluate("() => model.set('done', { saved: '/home/me/net-epoch2-step4.keras' })")
    frame(page)
    assert page.locator(".knb-said").inner_text() == "Saved: /home/me/net-epoch2-step4.keras" and save.is_enabled()
    save.click()
    page.evaluate("() => model.set('done', { problem: 'The model could not be saved: disk full' })")
    assert page.locator(".knb-said").inner_text().endswith("disk full")


class TestRewind:
    def looks(self, page) -> list:
        return page.evaluate("model.sent.filter((m) => m.kind === 'look').map((m) => m.value)")

    def answer(self, page, epoch) -> None:
        page.evaluate("(e) => model.set('done', { looking: e })", epoch)

    def test_by_keys_one_question_at_a_time(self, monitor):
        page = monitor(rewind=True)
        two_epochs(page)
        slider, go = page.locator(".knb-rewind input"), page.locator(".knb-back")
        assert slider.get_attribute("aria-valuetext") == "newest: epoch 2" and go.is_disabled()
        slider.focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        frame(page)
        assert self.looks(page) == [1] and slider.get_attribute("aria-valuetext") == "epoch 0 of 2"
        self.answer(page, 1)
        assert self.looks(page) == [1, 0]  # the newest wish only
        self.answer(page, 0)
        page.keyboard.press("End")
        frame(page)
        assert self.looks(page) == [1, 0, None] and go.is_disabled()
        self.answer(page, None)
        page.keyboard.press("ArrowLeft")
        frame(page)
        page.wait_for_function("() => !root.querySelector('.knb-back').disabled")
        go.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => model.sent.at(-1).kind === 'back'")
        assert page.evaluate("model.sent.pop()") == {"kind": "back", "value": 1}

    def test_dragging_along_a_chart(self, monitor):
        page = monitor(rewind=True, past=PAST)
        two_epochs(page)
        page.wait_for_timeout(500)
        box = page.locator(".knb-plot").first.bounding_box()
        place = chart(page, "loss", "[c.range[0], c.range[1], c.pad.left, c.pad.right]")
        wide = box["width"] - place[2] - place[3]
        at = lambda epoch: box["x"] + place[2] + (epoch - place[0]) / (place[1] - place[0]) * wide  # noqa: E731
        page.mouse.move(at(3.8), box["y"] + 60)
        assert self.looks(page) == []  # pointing is not dragging
        page.mouse.down()
        page.mouse.move(at(3.1), box["y"] + 60, steps=4)
        page.mouse.up()
        assert self.looks(page) == [3] and chart(page, "accuracy", "c.marks.looking") == 3
        self.answer(page, 1)
        page.get_by_role("button", name="Newest").click()
        assert self.looks(page) == [3, None]

    def test_nothing_to_rewind(self, monitor):
        page = monitor()
        assert page.locator(".knb-rewind").count() == 0

    def test_a_snapshot_after_going_back(self, monitor):
        page = monitor(rewind=True)
        two_epochs(page)
        whole = {
            "kind": "snapshot", "count": 4, "means": [[4, {"loss": 0.8}]], "rates": [[0, 0.01]],
            "epochs": [row(0, 4, loss=0.8, val_loss=0.9)],
            "branches": [{"start": 1, "curves": {"loss": [[1, 2], [0.8, 0.4]], "val_loss": [[1, 2], [0.9, 0.5]]}}],
            "now": {"epoch": 1, "step": 0, "steps": 4, "count": 4, "logs": {"loss": 0.8}, "seconds": 9, "worked": 8},
        }  # fmt: skip
        page.evaluate("([m, ...f]) => model.news(m, ...f)", [whole, [0, 1, 2, 3], [1.0, 0.9, 0.7, 0.6], [1], [2.0]])
        frame(page)
        assert len(fine(page, "x")) == 4 and chart(page, "loss", "c.branches[0].validation.n") == 2
        news(page, 4, [0.9, 0.8], [], epoch=1, step=2)
        assert len(fine(page, "x")) == 6


def test_steps_that_come_in_parts_lie_where_they_would_all_at_once(monitor):
    """Of many steps only the new ones are placed and averaged; a second view of the run works everything out anew."""
    page = monitor()
    page.evaluate("() => model.set('status', 'running')")
    draw = np.random.default_rng(0)
    page.get_by_label("Smoothing").fill("2")
    end = 0
    for epoch, length in enumerate([4, 4, 3, 4]):  # one epoch is shorter than was said
        for part in (length - 2, 2):
            end += part
            rows = [row(epoch, end, loss=0.5)] if part == 2 and epoch < 3 else []
            news(page, end - part, [float(v) for v in draw.uniform(size=part)], rows, epoch=epoch)
            if epoch == 1:
                page.evaluate("() => model.set('plan', { ...model.get('plan'), epochs: 12 })")
                frame(page)
    page.evaluate(
        "() => module.default.render({ model, el: document.body.appendChild(document.createElement('div')) })"
    )
    page.get_by_label("Smoothing").nth(1).fill("2")
    frame(page)
    drawn = page.evaluate(
        """() => [...document.querySelectorAll('.knb-monitor')].map((root) => {
             const { fine, smooth } = root.charts.get('loss');
             return [fine, smooth].map(({ x, y, n }) => [[...x.slice(0, n)], [...y.slice(0, n)]]); })"""
    )
    assert len(drawn) == 2 and len(drawn[0][0][0]) == len(drawn[0][1][0]) == 15
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_accessibility_fault(monitor, theme):
    page = monitor(rewind=True, past=PAST)
    colours = {"light": ("true", "#ffffff"), "dark": ("false", "#111111")}[theme]
    page.evaluate(
        """([light, ground]) => { document.body.dataset.jpThemeLight = light;
                                  document.documentElement.lang = "en"; document.body.style.background = ground; }""",
        colours,
    )
    two_epochs(page)
    page.wait_for_timeout(400)
    point_at(page, "loss", 2.5)
    for width in (1200, 480):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(150)
        assert grave_faults(page, ".knb-monitor") == []
        assert faults(page, ".knb-monitor") == []


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
