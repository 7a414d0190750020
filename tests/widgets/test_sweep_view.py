"""The view of a sweep without a browser: what is sent, what stands still, and that all show the same numbers."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.display import hooks
from kerasnb.core.sweep.result import SweepResult
from kerasnb.core.sweep.trial import Trial
from kerasnb.widgets import in_place, sweep_view
from kerasnb.widgets.sweep_plot import dimension, sweep_figure
from kerasnb.widgets.sweep_still import Axis, curve_points
from kerasnb.widgets.sweep_view import LiveSweep, SweepView


def made(count=4, epochs=5, names=("units", "rate")) -> SweepResult:
    """A result as if trained: variant 1 is best, the last one diverged."""
    trials = []
    for i in range(count):
        trial = Trial(i, {"units": "<b>4</b>" if i == 0 else 4 + i, "rate": 10.0**-i}, 0)
        trial.parameters, trial.status = 10 + i, "running"
        loss = abs(i - 1) + 1 / np.arange(1, epochs + 1)
        if i == count - 1:
            loss[2:3] = np.nan
        for cut in (slice(0, 1), slice(1, epochs)):
            trial.add_epochs(cut.start, {"loss": loss[cut], "val_loss": loss[cut] + 0.125}, 0.01)
        trial.ended(epochs)
        trials.append(trial)
    return SweepResult(trials, list(names), "val_loss", False, epochs)


def test_still_text_and_figure_show_the_same_numbers():
    result = made()
    bundle = SweepView(result).still()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    best = f"{result.score(result.best_trial):.4f}"
    page = bundle["text/html"]
    assert best == "0.3250" and best in bundle["text/plain"] and page.count(best) >= 3
    assert "&lt;b&gt;4&lt;/b&gt;" in page and "<b>4</b>" not in page and "diverged" in page
    for row in result.table():
        assert f"<td>{row['parameters']}</td>" in page
    paths = re.findall(r'<path d="([^"]*)"', page)
    assert page.count("<svg") == len(paths) == 4 and not any("nan" in d for d in paths)
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert picture.size[0] > 1000 and len(picture.getcolors(256)) > 3
    figure = sweep_figure(result)
    drawn = [t.name for t in figure.data]  # the best on top; not the one that diverged
    assert drawn[-1] == "variant 1" and sorted(drawn) == ["variant 0", "variant 1", "variant 2"]
    assert "val_loss 0.3250" in figure.data[-1].text[0] and figure.data[-1].y[2] == 0 and figure.data[0].y[2] == 1
    assert "&lt;b&gt;4" in figure.data[drawn.index("variant 0")].text[0]
    assert list(figure.layout.xaxis.ticktext) == ["units", "rate", "val_loss"]
    assert "text/html" in figure._repr_mimebundle_()


def test_figure_of_chosen_columns_and_of_nothing():
    result = made()
    assert list(sweep_figure(result, ["units", "loss"]).layout.xaxis.ticktext) == ["units", "loss"]
    with pytest.raises(ValueError, match="no column 'lost'"):
        result.plot(columns=["lost"])
    with pytest.raises(ValueError, match="nothing to plot"):
        sweep_figure(made(count=1))


def test_axes_of_the_figure():
    found = dimension("rate", [1e-4, 1e-2, 1.0])
    assert [text for _, text in found["ticks"]] == ["0.0001", "0.01", "1"] and found["at"] == pytest.approx([0, 0.5, 1])
    assert dimension("act", ["relu", "tanh", "relu"]) == {
        "label": "act", "at": [0, 1, 0], "ticks": [(0, "relu"), (1, "tanh")],
    }  # fmt: skip
    assert dimension("same", [3, 3])["at"] == [0.5, 0.5]


def test_small_charts_have_one_scale():
    axis = Axis([[1.0, 0.5], [1e6, float("nan")], [0.25]], False)
    assert axis.log and axis.y(0.25) == 1 and axis.y(1e9) == 0 and 0 < axis.y(0.5) < 1
    assert (
        curve_points([1.0, float("inf"), 0.5], 4, axis)[-1][0] == 0.75
        and len(curve_points([0.5] * 999, 999, axis)) == 48
    )
    assert Axis([], False).y(0.5) == 0.5 and Axis([[0.2, 0.9]], True).log is False


def build(learning_rate):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")


class Kernel:
    """What stands for a running notebook: displays are kept, the inbox gives a command after some looks."""

    def __init__(self, monkeypatch, after=None):
        self.bundles, self.looks, self.after, self.reachable = [], 0, after, True
        monkeypatch.setattr(in_place, "kernel", lambda: self)
        monkeypatch.setattr("IPython.display.display", self.display)
        monkeypatch.setitem(hooks, "sweep_reporter", lambda verbose: self.reporter)
        self.reporter = LiveSweep(every=0.0, inbox=self)

    def display(self, shown, **options):
        if hasattr(shown, "_ipython_display_"):
            return shown._ipython_display_()
        self.bundles.append(shown)
        return self

    def update(self, bundle, **options):
        self.bundles.append(bundle)

    def poll(self):
        self.looks += 1
        if self.after is not None and self.looks > self.after:
            self.reporter.view.receive("stop", {}, [])
        return 0


def test_what_is_sent_while_it_trains(monkeypatch, wire):
    kernel = Kernel(monkeypatch)
    result = keras.sweep(build, X, X.sum(1), learning_rate=[0.01, 0.1], epochs=4, verbose="auto", seed=0)
    first, last = wire.custom("everything")[0], wire.custom("everything")[-1]
    assert first["table"] is None and [v["short"] for v in first["variants"]] == ["0.01", "0.1"] and first["steerable"]
    values = {0: [], 1: []}
    for message in wire.custom("news"):
        numbers, at = np.frombuffer(message["buffers"][0], np.float32), 0
        for number, _, start, count in message["rows"]:
            assert len(values[number]) == start  # nothing twice, nothing left out
            values[number] += numbers[at : at + count].tolist()
            at += count
    for trial in result.trials:
        np.testing.assert_allclose(values[trial.number], trial.values("loss"), rtol=1e-6)
    assert last["now"]["status"] == "done" and last["now"]["best"] == result.best_trial.number
    assert [r["number"] for r in last["table"]["rows"]] == [t.number for t in result.ranked()]
    assert len(kernel.bundles) == 2 and "being built" in kernel.bundles[0]["text/html"]
    assert result.text() == kernel.bundles[1]["text/plain"]
    result.trials.clear()


def test_stop_of_the_browser(monkeypatch, wire):
    Kernel(monkeypatch, after=6)
    result = keras.sweep(build, X, X.sum(1), learning_rate=[0.01, 0.1], epochs=10**6, verbose="auto", seed=0)
    assert result.stopped and wire.custom("everything")[-1]["now"]["status"] == "stopped"


def test_an_error_ends_the_view_too(monkeypatch, wire):
    Kernel(monkeypatch)
    with pytest.raises(ValueError, match="not among the numbers"):
        keras.sweep(build, X, X.sum(1), learning_rate=[0.01], objective="acc", verbose="auto")
    assert wire.custom("news")[-1]["now"]["status"] == "error"


def test_a_result_shows_itself_once_a_cell(monkeypatch, wire):
    result = made()
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    assert set(result._repr_mimebundle_()) >= {"text/html", "image/png"}
    result._view = (SweepView(result), 7)
    monkeypatch.setattr(sweep_view, "execution_count", lambda: 7)
    assert set(sweep_view.bundle(result)) == {"text/plain"}
    monkeypatch.setattr(sweep_view, "execution_count", lambda: 8)
    assert "text/html" in sweep_view.bundle(result)


def test_questions_of_a_page_are_answered(monkeypatch, wire):
    view = SweepView(made())
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    view._repr_mimebundle_()
    wire.press(kind="hello", request=3)
    answer = wire.custom("everything")[-1]
    assert answer["request"] == 3 and len(answer["rows"]) == 4
    keys = [k for r in answer["table"]["rows"] for k in r["keys"]]
    assert not any(isinstance(k, float) and not np.isfinite(k) for k in keys)  # JSON has no NaN
