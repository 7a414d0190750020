"""A browser that goes away in the middle: no view slows, stops or changes the training that runs beside it.

One table over the views, and one over the ways in which a browser goes: its comm raises from some message on, or is
closed by the page (which then hears nothing any more).
"""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import comm
import numpy as np
import pytest
from comm.base_comm import BaseComm

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.display import hooks
from kerasnb.core.training.progress import register_reporter
from kerasnb.widgets import Playground, Sketchpad, in_place
from kerasnb.widgets.monitor import Monitor
from kerasnb.widgets.sweep_view import LiveSweep

EPOCHS, GOES_AT = 12, 4  # the browser goes after this epoch
X = np.random.default_rng(0).uniform(0, 1, (48, 8, 8)).astype("float32")
Y = (np.arange(48) % 3).astype("int32")


class Line:
    """All comms of this test, to a browser that is there until it goes.

    Attributes:
        gone: whether it has gone.
        lost: messages sent since.
    """

    def __init__(self, way: str):
        self.way, self.gone, self.lost = way, False, 0
        self.comms: list[BaseComm] = []

    def go(self) -> None:
        """The page is closed, its machine asleep, the proxy between cut off."""
        self.gone = True
        if self.way == "closed":
            for one in self.comms:
                one.handle_close({"content": {"data": {}}})
                one.close()

    def published(self, msg_type: str) -> None:
        if self.gone and msg_type != "comm_open":
            self.lost += msg_type == "comm_msg"
            if self.way == "raises":
                raise OSError("the browser has gone")


@pytest.fixture(params=["raises", "closed"])
def line(request, monkeypatch):
    made = Line(request.param)

    class Comm(BaseComm):
        def __init__(self, *args, **options):
            made.comms.append(self)
            super().__init__(*args, **options)

        def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
            made.published(msg_type)

    monkeypatch.setattr(comm, "create_comm", Comm)
    monkeypatch.setattr(in_place, "kernel", lambda: SimpleNamespace())
    monkeypatch.setattr(in_place, "keeps_outputs_apart", lambda: False)
    return made


def network():
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((8, 8)), L.Flatten(), L.Dense(8, "relu", name="hidden"), L.Dense(3, "softmax")]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Quiet:
    """An inbox without a kernel behind it; does ``act`` at each look."""

    reachable, kernel = True, None

    def __init__(self, act=lambda: None):
        self.poll = lambda: act() or 0

    def say_busy(self):
        pass


def press(view, *buffers, **content) -> None:
    """What a page sent just before it went arrives now."""
    view.link._on_message(None, content, list(buffers))


def fit(model, line, each=lambda epoch: None, **options):
    """A fit in whose middle the browser goes; ``each`` is called at every epoch's end."""

    def end(epoch, logs):
        if epoch == GOES_AT:
            line.go()
        each(epoch)

    callbacks = [*options.pop("callbacks", []), keras.callbacks.LambdaCallback(on_epoch_end=end)]
    given = {"batch_size": 16, "epochs": EPOCHS, "verbose": 0, "callbacks": callbacks, **options}
    return model.fit(X, Y, **given)


def shown(view):
    view._repr_mimebundle_()
    return view


def monitored(model, line, monkeypatch, act=lambda monitor: None, **options):
    """A fit under a live monitor; ``act`` stands for its buttons, at each look at the inbox."""
    monitors = []

    def reporter(model, verbose, task):
        inbox = Quiet(lambda: act(monitors[-1]) if monitors else None)
        monitors.append(Monitor(model, every=0.0, show=lambda view: lambda parts: None, inbox=inbox))
        return monitors[-1]

    undo = register_reporter(reporter)
    try:
        return fit(model, line, verbose=1, **options)
    finally:
        undo()


def monitor(model, line, monkeypatch):
    return monitored(model, line, monkeypatch)


def gallery(model, line, monkeypatch):
    view = shown(model.gallery(X, Y))
    history = fit(model, line, callbacks=[view.callback()])
    assert view.accuracy == pytest.approx((model.predict_classes(X) == Y).mean()), "it followed to the end"
    return history


def sketchpad(model, line, monkeypatch):
    pad = shown(Sketchpad(model, ["a", "b", "c"]))
    drawing = np.zeros((20, 20), np.uint8)
    drawing[4:16, 8:11] = 255

    def draw(epoch):
        press(pad, drawing.tobytes(), kind="draw", request=epoch, height=20, width=20)

    return fit(model, line, draw)


def inspector(model, line, monkeypatch):
    view = shown(model.inspect(X[:8]))

    def look(epoch):
        press(view, kind="panels", request=epoch, index=epoch % 8, keys=["hidden"])
        view.refresh()

    return fit(model, line, look)


def playground(model, line, monkeypatch):
    """It trains in a thread of its own, beside the fit, and goes on there as well."""
    play = shown(Playground("xor", samples=60, layers=[2], seed=1))
    try:
        play.speed = 240
        play.play()
        history = fit(model, line)
        at, end = play.epoch, time.monotonic() + 60
        while play.epoch < at + 20 or not line.lost:
            assert time.monotonic() < end and not play.problem, play.problem or "the playground stands still"
            time.sleep(0.01)
    finally:
        play.close()
    assert not [t for t in threading.enumerate() if t.name == "kerasnb-playground"]
    return history


def sweep(model, line, monkeypatch):
    """Two variants under a live view; the fit that is compared comes after it, with the same dead line."""
    looks = []

    def look():
        looks.append(1)
        if len(looks) == 2:
            line.go()

    live = LiveSweep(every=0.0, inbox=Quiet(look))
    monkeypatch.setattr("IPython.display.display", lambda view, **options: shown(view) if options == {} else None)
    monkeypatch.setitem(hooks, "sweep_reporter", lambda verbose: live)

    def build(learning_rate):
        made = network()
        made.optimizer.learning_rate = learning_rate
        return made

    result = keras.sweep(build, X, Y, learning_rate=[0.01, 0.1], epochs=6, batch_size=16, verbose="auto", seed=0)
    assert [len(t.values("loss")) for t in result.trials] == [6, 6] and not result.stopped
    return fit(model, line)


def rewind(model, line, monkeypatch):
    """Somebody dragged along the chart when the browser went; afterwards the run is explored with the line dead."""

    def drag(monitor):
        if line.gone and not dragged:
            dragged.append(1)
            monitor._on_message(monitor.view, {"kind": "look", "value": 2}, [])

    dragged: list = []
    history = monitored(model, line, monkeypatch, drag, rewind=True)
    assert dragged
    view = shown(history.rewind.explore(X, Y))
    press(view, kind="look", request=1, value=3)
    assert view.epoch == 3
    return history


VIEWS = {
    one.__name__: one for one in (monitor, gallery, sketchpad, inspector, playground, sweep, rewind)
}  # view -> a fit with it


@pytest.fixture(scope="module")
def alone():
    """The same fit that nobody watches: its weights and losses."""
    model = network()
    history = model.fit(X, Y, batch_size=16, epochs=EPOCHS, verbose=0)
    return model.get_weights(), history.history["loss"]


@pytest.mark.parametrize("view", list(VIEWS))
def test_the_browser_goes_away(view, line, alone, monkeypatch):
    weights, losses = alone
    model = network()
    begin = time.monotonic()
    history = VIEWS[view](model, line, monkeypatch)
    assert history.status == "done" and history.epoch == list(range(EPOCHS))
    assert line.gone and line.lost > 0, "nothing was sent after the browser had gone: this says nothing"
    np.testing.assert_allclose(history.history["loss"], losses, rtol=1e-5)
    for ours, theirs in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)
    assert time.monotonic() - begin < 60, "something waited for the browser"
    again = model.fit(X, Y, batch_size=16, verbose=0)
    assert again.status == "done"


def test_what_is_lost_costs_no_time(monkeypatch):
    """A message to a browser that has gone is dropped at once: no second try, no waiting."""
    counts = {}
    for way in ("there", "raises"):
        made = Line(way)

        class Comm(BaseComm):
            def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, line=made, **keys):
                counts[line.way] = counts.get(line.way, 0) + (msg_type == "comm_msg")
                line.published(msg_type)

        monkeypatch.setattr(comm, "create_comm", Comm)
        monitored(network(), made, monkeypatch)
    assert abs(counts["raises"] - counts["there"]) <= 0.5 * counts["there"] + 4, counts
