"""The monitor: what goes to the browser, what comes back, and what stays at the end."""

from __future__ import annotations

import gc
import json
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.callbacks.history import History
from kerasnb.core.training.progress import NOW
from kerasnb.widgets.monitor import Monitor
from kerasnb.widgets.numbers import json_numbers

PLAN = {"epochs": 3, "initial_epoch": 0, "steps": 4, "batch_size": 8, "samples": 32, "metrics": ["loss", "accuracy"]}
QUIET = SimpleNamespace(works=True, reachable=True, poll=lambda: 0, say_busy=lambda: None, kernel=None)


class Stage:
    """Where the view stands, and what is put in its place."""

    def __init__(self):
        self.views, self.stills = [], []

    def __call__(self, view):
        self.views.append(view)
        return self.stills.append


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def monitor(wire, time, stage):
    optimizer = keras.optimizers.SGD(0.25)
    model = SimpleNamespace(name="net", optimizer=optimizer)
    made = Monitor(model, clock=time, show=stage, inbox=QUIET)
    made.start({**PLAN, "has_validation": True})
    return made


def run_epoch(monitor, epoch, losses=(0.5, 0.25, 0.25, 0.125)):
    """One epoch in two chunks."""
    logs = {"loss": 0.5, "accuracy": 0.75}
    monitor.chunk(epoch, 2, 4, np.float32(losses[:2]), logs, 16, 0.2)
    monitor.chunk(epoch, 4, 4, np.float32(losses[2:]), logs, 32, 0.2)
    monitor.epoch(epoch, {**logs, "val_loss": 0.375, "val_accuracy": 0.5})


def steps_sent(wire) -> list[float]:
    return [v for m in wire.custom("news") for v in np.frombuffer(m["buffers"][0], np.float32).tolist()]


def test_the_view_says_what_is_planned(monitor, wire, stage):
    assert stage.views == [monitor.view]
    plan = wire.state("plan")[-1]
    assert plan["panels"] == ["loss", "accuracy"] and plan["rising"] == {"loss": False, "accuracy": True}
    assert (plan["epochs"], plan["steps"], plan["samples"], plan["validation"]) == (3, 4, 32, True)
    assert plan["learning_rate"] == 0.25 and plan["settable"] and plan["steerable"]
    assert wire.state("status") == ["compiling"]


def test_messages_hold_the_losses_of_all_steps_once(monitor, wire, time):
    for epoch in range(3):
        time.now += 0.05
        run_epoch(monitor, epoch, losses=np.arange(4) + 4.0 * epoch)
    monitor.finish("done", None)
    assert steps_sent(wire) == list(range(12))
    froms = [m["from"] for m in wire.custom("news")]
    sizes = [len(m["buffers"][0]) // 4 for m in wire.custom("news")]
    assert froms == [0, *np.cumsum(sizes)[:-1]]
    rows = [row for m in wire.custom("news") for row in m["epochs"]]
    assert [(r["epoch"], r["end"]) for r in rows] == [(0, 4), (1, 8), (2, 12)]
    assert rows[0]["values"] == {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.375, "val_accuracy": 0.5}


def test_at_most_ten_messages_a_second(monitor, wire, time):
    for i in range(1000):  # ten seconds, a hundred chunks in each
        time.now = i / 100
        monitor.chunk(0, i, 1000, np.float32([1.0]), {"loss": 1.0}, i, 0.01)
        monitor.poll()
    assert 90 <= len(wire.custom("news")) <= 101


def test_device_values_are_read_at_a_flush_only(monitor, time):
    class Held:
        reads = 0

        def __array__(self, dtype=None, copy=None):
            Held.reads += 1
            return np.ones(2, dtype)

    monitor.chunk(0, 2, 4, Held(), {"loss": Held()}, 16, 0.1)  # the first is due at once
    assert Held.reads == 2
    time.now = 0.05
    monitor.chunk(0, 4, 4, Held(), {"loss": Held()}, 32, 0.1)
    assert Held.reads == 2
    time.now = 0.11
    monitor.poll()
    assert Held.reads == 4


def test_numbers_travel_as_strict_json(monitor, wire):
    monitor.chunk(0, 2, 4, np.float32([np.nan, np.inf]), {"loss": np.nan}, 16, 0.1)
    monitor.epoch(0, {"loss": np.inf, "names": "no number"})
    monitor.flush(force=True)
    for message in wire.custom("news"):
        json.dumps({k: v for k, v in message.items() if k != "buffers"}, allow_nan=False)
    assert wire.custom("news")[-1]["epochs"][0]["values"] == {"loss": "inf"}
    assert json_numbers({"a": -np.inf, "b": np.ones(3)}) == {"a": "-inf", "b": 1.0}


def test_a_late_view_gets_everything(monitor, wire):
    for epoch in range(2):
        run_epoch(monitor, epoch, losses=np.arange(4) + 4.0 * epoch)
    wire.press(kind="snapshot")
    (whole,) = wire.custom("snapshot")
    at, losses, *norms = (np.frombuffer(b, np.float32) for b in whole["buffers"])
    assert at.tolist() == losses.tolist() == list(range(8)) and whole["count"] == 8
    assert [n.size for n in norms] == [0, 0]
    assert [row["epoch"] for row in whole["epochs"]] == [0, 1]
    monitor.chunk(2, 2, 4, np.float32([8, 9]), {"loss": 1.0}, 16, 0.1)
    monitor.flush(force=True)
    last = wire.custom("news")[-1]  # and the rest from there
    assert last["from"] == 8 and np.frombuffer(last["buffers"][0], np.float32).tolist() == [8, 9]


def test_a_long_run_makes_a_short_snapshot(monitor, wire):
    monitor.chunk(0, 1, None, np.linspace(1, 0, 300_000, dtype=np.float32), {"loss": 1.0}, 1, 0.1)
    wire.press(kind="snapshot")
    (whole,) = wire.custom("snapshot")
    assert whole["count"] == 300_000 and sum(map(len, whole["buffers"])) <= 2 * 4 * 20_000


def test_throughput_leaves_compilation_out(monitor, wire, time):
    monitor.compiling(5.0)
    monitor.chunk(0, 1, 4, np.ones(1), {}, 8, 5.0)
    time.now = 6.0
    monitor.chunk(0, 3, 4, np.ones(2), {}, 24, 0.5)
    now = wire.custom("news")[-1]["now"]
    assert now["rate"] == pytest.approx(32.0) and now["compiled"] == 5.0
    assert now["seconds"] == pytest.approx(6.0) and now["worked"] == pytest.approx(1.0)


class TestCommands:
    """What comes from the browser only sets flags and numbers."""

    def test_stop(self, monitor, wire):
        wire.press(kind="stop")
        assert monitor.poll().stop
        assert wire.state("status")[-1] == "stopping"

    def test_pause_and_resume(self, monitor, wire, time):
        monitor.chunk(0, 1, 4, np.ones(1), {}, 8, 0.1)
        wire.press(kind="pause", value=True)
        assert monitor.poll().pause and wire.state("status")[-1] == "paused"
        time.now = 60.0
        wire.press(kind="pause", value=False)
        assert not monitor.poll().pause and wire.state("status")[-1] == "running"
        monitor.flush(force=True)
        now = wire.custom("news")[-1]["now"]
        assert now["seconds"] == 60 and now["worked"] == 0  # waiting is no work

    def test_pausing_twice_counts_once(self, monitor, wire, time):
        for second, on in enumerate((True, True, False, False)):
            time.now = second
            wire.press(kind="pause", value=on)
        assert monitor._paused == 2.0 and not monitor.commands.pause

    @pytest.mark.parametrize("value", [0, -1, "many", None, float("nan"), 1e9, [1]])
    def test_a_bad_learning_rate_is_left_alone(self, monitor, wire, value):
        wire.press(kind="learning_rate", value=value)
        assert monitor.poll().learning_rate is None

    def test_learning_rate(self, monitor, wire):
        wire.press(kind="learning_rate", value=0.125)
        assert monitor.poll().learning_rate == 0.125
        assert float(monitor.model.optimizer.learning_rate) == 0.25  # the loop sets it, not the callback

    def test_a_schedule_cannot_be_set(self, wire, time, stage):
        schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
        model = SimpleNamespace(name="net", optimizer=keras.optimizers.SGD(schedule))
        monitor = Monitor(model, clock=time, show=stage, inbox=QUIET)
        monitor.start(PLAN)
        plan = wire.state("plan")[-1]
        assert plan["learning_rate"] == 0.5 and not plan["settable"]
        wire.press(kind="learning_rate", value=0.125)
        assert monitor.poll().learning_rate is None

    @pytest.mark.parametrize("content", [None, 3, [], {}, {"kind": "format the disk"}])
    def test_nonsense_is_ignored(self, monitor, content):
        monitor._on_message(monitor.view, content, [])
        assert not monitor.poll().stop

    def test_save_now(self, monitor, wire):
        monitor.chunk(0, 1, 4, np.ones(1), {}, 8, 0.1)
        wire.press(kind="save")
        assert monitor.poll().save
        monitor.saved("/home/me/net-epoch1-step1.keras")
        monitor.saved("", "The model could not be saved: disk full")
        assert wire.state("done")[-2:] == [
            {"saved": "/home/me/net-epoch1-step1.keras"},
            {"problem": "The model could not be saved: disk full"},
        ]

    @pytest.mark.parametrize("kind", ["look", "back"])
    def test_former_epochs_only_in_a_run_that_keeps_them(self, monitor, wire, kind):
        wire.press(kind=kind, value=1)
        assert monitor.poll().look is None and monitor.poll().go_back is None

    @pytest.mark.parametrize("value", ["x", None, [1], float("nan"), float("inf")])
    def test_former_epochs(self, wire, time, stage, value):
        monitor = Monitor(SimpleNamespace(name="net"), clock=time, show=stage, inbox=QUIET)
        monitor.start({**PLAN, "rewind": True})
        wire.press(kind="look", value=2)
        assert monitor.poll().look == 2
        wire.press(kind="look", value=value)
        assert monitor.poll().look == NOW
        wire.press(kind="back", value=value)
        assert monitor.poll().go_back is None
        wire.press(kind="pause", value=True)
        wire.press(kind="back", value=1)
        assert monitor.poll().go_back == 1 and not monitor.poll().pause


def test_going_back_sends_everything_anew_with_the_branch(monitor, wire):
    for epoch in range(3):
        run_epoch(monitor, epoch)
    monitor.went_back(1)
    (whole,) = wire.custom("snapshot")
    assert whole["count"] == 4 and [row["epoch"] for row in whole["epochs"]] == [0]
    assert whole["branches"][0]["curves"]["val_loss"] == [[1.0, 2.0, 3.0], [0.375] * 3]
    assert not monitor._asked and wire.state("done")[-1] == {"back": 1}
    run_epoch(monitor, 1)
    monitor.flush(force=True)
    assert wire.custom("news")[-1]["from"] in (4, 6)


def test_gradients_rates_memory_and_hints(monitor, wire, time):
    for epoch in range(12):
        time.now += 2
        monitor.model.optimizer.learning_rate = 0.25 / (epoch + 1)
        monitor.gradients(np.float32([2.0, np.nan]))
        monitor.chunk(epoch, 2, 4, np.float32([1, 1]), {"loss": 1.0}, 16, 0.1)
        monitor.chunk(epoch, 4, 4, np.float32([1, 1]), {"loss": 1.0}, 32, 0.1)  # of which nothing is measured
        monitor.epoch(epoch, {"loss": 0.5 / (epoch + 1), "val_loss": 0.3 + 0.1 * epoch})
    monitor.flush(force=True)
    sent = wire.custom("news")
    at = np.concatenate([np.frombuffer(m["buffers"][1], np.float32) for m in sent])
    norms = np.concatenate([np.frombuffer(m["buffers"][2], np.float32) for m in sent])
    assert at.tolist() == [4.0 * e + 1 for e in range(12)] and norms.tolist() == [2.0] * 12
    rates = [row for m in sent for row in m["rates"]]
    assert [r for _, r in rates] == pytest.approx([0.25 / (e + 1) for e in range(12)])
    now = sent[-1]["now"]
    assert now["memory"] > 10e6
    assert now["hints"][0]["kind"] == "overfitting" and "best was epoch 1" in now["hints"][0]["evidence"]


class TestEnd:
    def history(self, status="done") -> History:
        history = History()
        history.epoch, history.history = [0], {"loss": [0.5], "accuracy": [0.75]}
        history.status, history.seconds = status, [1.5]
        return history

    @pytest.mark.parametrize("status, said", [("done", None), ("stopped", "stopped by hand"), ("error", "by an error")])
    def test_a_still_picture_takes_the_place(self, monitor, stage, wire, status, said):
        run_epoch(monitor, 0)
        history = self.history(status)
        monitor.finish(status, history)
        (still,) = stage.stills
        assert set(still) == {"text/html", "text/plain", "image/png"}  # no widget view
        assert said is None or (said in still["text/html"] and said in still["text/plain"])
        assert wire.state("status")[-1] == status and wire.messages[-1]["type"] == "comm_close"
        assert history.show()._repr_mimebundle_() == still

    def test_before_the_first_step(self, monitor, stage):
        history = History()
        monitor.finish("error", history)
        (still,) = stage.stills
        assert "<svg" not in still["text/html"] and "ended by an error" in still["text/html"]

    def test_a_browser_that_went_away_costs_nothing(self, monitor, stage, monkeypatch):
        def broken(*args, **options):
            raise OSError("no connection")

        monkeypatch.setattr(monitor.view.comm, "publish_msg", broken)
        run_epoch(monitor, 0)
        monitor.finish("done", self.history())
        assert len(stage.stills) == 1

    def test_a_reloaded_page_keeps_its_view(self, monitor, wire):
        run_epoch(monitor, 0)
        wire.press(kind="snapshot")
        monitor.finish("done", self.history())
        assert "comm_close" not in [m["type"] for m in wire.messages]
        wire.press(kind="snapshot")
        assert wire.custom("snapshot")[-1]["count"] == 4
        wire.press(kind="stop")  # too late
        assert wire.state("status")[-1] == "done"

    @pytest.mark.parametrize("reloaded", [False, True])
    def test_no_model_is_kept_in_memory(self, wire, time, stage, reloaded):
        class Model:
            name = "net"

        model = Model()
        gone = weakref.ref(model)
        monitor = Monitor(model, clock=time, show=stage, inbox=QUIET)
        monitor.start(PLAN)
        run_epoch(monitor, 0)
        if reloaded:
            wire.press(kind="snapshot")
        monitor.finish("done", self.history())
        del monitor, model
        gc.collect()
        assert gone() is None

    def test_few_reloaded_views_are_kept(self, wire, time, stage):
        for _ in range(20):
            monitor = Monitor(SimpleNamespace(name="net"), clock=time, show=stage, inbox=QUIET)
            monitor.start(PLAN)
            wire.press(kind="snapshot")
            monitor.finish("done", self.history())
        assert len(Monitor._open) == 4
        assert [m["type"] for m in wire.messages].count("comm_close") >= 15


def test_fit_with_the_monitor(wire, stage, monkeypatch):
    """The whole way: fit asks for a reporter, the callback stops it, the still picture shows its history."""
    from kerasnb.core.training.progress import register_reporter

    monitors = []

    def factory(model, verbose, task):
        if task == "fit":
            monitors.append(Monitor(model, show=stage, inbox=QUIET))
            return monitors[-1]
        return None

    undo = register_reporter(factory)
    try:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"])
        x = np.random.default_rng(0).normal(size=(40, 3))
        press = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: (epoch == 2 and wire.press(kind="stop")) or None
        )
        history = model.fit(x, x[:, :1], epochs=50, batch_size=8, callbacks=[press], validation_split=0.2)
    finally:
        undo()
    assert history.stopped and 3 <= len(history.epoch) < 50
    assert stage.views == [monitors[0].view] and len(stage.stills) == 1
    rows = [row for m in wire.custom("news") for row in m["epochs"]]
    for name, values in history.history.items():
        assert [row["values"][name] for row in rows] == pytest.approx(values)
    assert len(steps_sent(wire)) == 4 * len(history.epoch)
    assert "stopped by hand" in stage.stills[0]["text/plain"]


def test_fit_that_fails_leaves_a_still_picture(wire, stage):
    from kerasnb.core.training.progress import register_reporter

    undo = register_reporter(lambda model, verbose, task: Monitor(model, show=stage, inbox=QUIET))
    try:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")

        def fail(epoch, logs):
            raise RuntimeError("disk full")

        with pytest.raises(RuntimeError, match="disk full"):
            model.fit(np.ones((8, 3)), np.ones((8, 1)), callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fail)])
    finally:
        undo()
    assert "ended by an error" in stage.stills[0]["text/html"]
    assert wire.messages[-1]["type"] == "comm_close"


def test_two_fits_of_a_model_share_a_chart_and_a_third_goes_back(wire, stage):
    from kerasnb.core.training.progress import register_reporter

    undo = register_reporter(
        lambda model, verbose, task: (task == "fit" and Monitor(model, show=stage, inbox=QUIET)) or None
    )
    try:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)], name="net")
        model.compile("sgd", "mse")
        x = np.random.default_rng(0).normal(size=(40, 3))
        runs = [model.fit(x, x[:, :1], epochs=3, batch_size=8, validation_split=0.2, rewind=True) for _ in range(2)]
        epoch = runs[1].rewind.restore(1)
        runs.append(model.fit(x, x[:, :1], epochs=4, initial_epoch=epoch, batch_size=8, validation_split=0.2))
    finally:
        undo()
    assert [h.epoch for h in runs] == [[0, 1, 2], [0, 1, 2], [1, 2, 3]]  # as in Keras
    plans = wire.state("plan")
    assert [p["past"]["epochs"] for p in plans if p] == [[], [1, 2, 3], [1, 2, 3, 4]]
    assert plans[-1]["past"]["starts"] == [0, 3, 4] and plans[-1]["past"]["branches"][0]["start"] == 4
    assert "3 epochs, from epoch 4 on" in stage.stills[1]["text/plain"]
    last = stage.stills[2]["text/html"]
    assert 'class="e"' in last and 'class="p"' in last and "gradient norm" in last
    assert runs[2].run.whole()[0] == [1, 2, 3, 4, 5, 6, 7]


def test_a_view_closed_in_the_middle_costs_nothing(wire, stage):
    from kerasnb.core.training.progress import register_reporter

    monitors = []

    def factory(model, verbose, task):
        if task == "fit":
            monitors.append(Monitor(model, show=stage, inbox=QUIET))
            return monitors[-1]
        return None

    def close(epoch, logs):
        if epoch == 1:
            monitors[-1].view.close()

    undo = register_reporter(factory)
    try:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        closing = keras.callbacks.LambdaCallback(on_epoch_end=close)
        history = model.fit(np.ones((8, 3)), np.ones((8, 1)), epochs=4, callbacks=[closing], rewind=True)
    finally:
        undo()
    assert history.status == "done" and len(history.epoch) == 4 and len(stage.stills) == 1
