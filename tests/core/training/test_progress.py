"""The reporters of a terminal: a bar that moves, a line an epoch, silence."""

from __future__ import annotations

import io

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.training import progress
from kerasnb.core.training.progress import Silent, TextReporter, duration, number, numbers, rate_text, reporter_for


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Time:
    now = 0.0

    def __call__(self):
        return self.now


PLAN = {"epochs": 2, "initial_epoch": 0, "steps": 10, "samples": 320, "batch_size": 32}


def lines(terminal) -> list[str]:
    """What stood in the line, one state after another."""
    return [part.rstrip() for part in terminal.getvalue().replace("\n", "\r").split("\r") if part.strip()]


def test_a_bar_with_time_left_and_throughput(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    terminal, time = Terminal(), Time()
    reporter = TextReporter(1, terminal, time)
    reporter.start(PLAN)
    time.now = 3.0
    reporter.compiling(3.0)
    reporter.chunk(0, 1, 10, None, {"loss": 2.0}, 32, 3.0)
    time.now = 4.0
    reporter.chunk(0, 5, 10, None, {"loss": 1.0, "accuracy": 0.25}, 160, 1.0)
    time.now = 5.0
    reporter.chunk(0, 10, 10, None, {"loss": 0.5}, 320, 1.0)
    reporter.epoch(0, {"loss": 0.5, "val_loss": 0.75})
    reporter.finish("done", None)
    shown = lines(terminal)
    assert shown[0] == "Epoch 1/2 · compiling ..."
    assert (
        shown[2]
        == f"Epoch 1/2 · 5/10 · {'━' * 10}{'╌' * 10} · 1.0 s left · 160 samples/s · loss: 1.0000 · accuracy: 0.2500"
    )
    assert shown[-1] == "Epoch 1/2 · 5.0 s (3.0 s compiling) · 160 samples/s · loss: 0.5000 · val_loss: 0.7500"
    assert terminal.getvalue().count("\n") == 1


def test_a_narrow_terminal_gets_one_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    reporter = TextReporter(1, terminal)
    reporter.start(PLAN)
    reporter.chunk(0, 5, 10, None, {f"metric_{i}": 1.0 for i in range(9)}, 160, 1.0)
    assert max(map(len, lines(terminal))) <= 39 and "\n" not in terminal.getvalue()


def test_a_bar_moves_ten_times_a_second():
    terminal, time = Terminal(), Time()
    reporter = TextReporter(1, terminal, time)
    reporter.start(PLAN)
    for i in range(1000):
        time.now = i / 1000
        reporter.chunk(0, i + 1, 1000, None, {"loss": 1.0}, i, 0.001)
    assert len(lines(terminal)) <= 11


@pytest.mark.parametrize("verbose", [1, 2, "auto"])
def test_elsewhere_one_line_an_epoch(verbose):
    out = io.StringIO()
    reporter = TextReporter(verbose, out)
    reporter.start(PLAN)
    for epoch in range(2):
        reporter.chunk(epoch, 10, 10, None, {"loss": 1.0}, 320, 0.5)
        reporter.epoch(epoch, {"loss": 1.0})
    reporter.finish("stopped", None, "Stopped in epoch 2: the model keeps what it learned so far.")
    first, second, message = out.getvalue().splitlines()
    assert first.startswith("Epoch 1/2 · ") and second.startswith("Epoch 2/2 · ")
    assert message == "Stopped in epoch 2: the model keeps what it learned so far."


def test_an_unknown_number_of_steps():
    terminal = Terminal()
    reporter = TextReporter(1, terminal)
    reporter.start({**PLAN, "steps": None, "samples": None})
    reporter.chunk(0, 5, None, None, {"loss": 1.0}, 0, 1.0)
    assert lines(terminal)[-1] == "Epoch 1/2 · 5/? · loss: 1.0000"


def test_fit_prints_its_history(capsys):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(np.ones((8, 2)), np.ones((8, 1)), epochs=3, validation_split=0.25)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 3
    for line, loss, val in zip(printed, history.history["loss"], history.history["val_loss"], strict=True):
        assert line.endswith(f"loss: {number(loss)} · val_loss: {number(val)}")
    model.evaluate(np.ones((8, 2)), np.ones((8, 1)))
    assert "loss" in capsys.readouterr().out
    model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
    assert capsys.readouterr().out == ""


class TestChoice:
    def test_silence(self):
        assert type(reporter_for(None, 0)) is Silent and reporter_for(None, 0).patience is None

    def test_the_newest_factory_that_wants_it(self):
        asked = []

        def picky(model, verbose, task):
            asked.append((verbose, task))
            return Silent() if task == "fit" else None

        undo = progress.register_reporter(picky)
        try:
            assert type(reporter_for(None, 1)) is Silent
            assert type(reporter_for(None, 1, "evaluate")) is TextReporter
            assert asked == [(1, "fit"), (1, "evaluate")]
        finally:
            undo()
        assert type(reporter_for(None, 1)) is TextReporter


def test_words():
    assert (
        numbers({"val_loss": 1.0, "accuracy": 0.5, "loss": 1e-9})
        == "loss: 1.000e-09 · accuracy: 0.5000 · val_loss: 1.0000"
    )
    assert number("text") == "text" and number(float("nan")) == "nan"
    assert [duration(s) for s in (0.0004, 0.5, 59.94, 60, 3599, 3600, 86400)] == [
        "0 ms", "500 ms", "59.9 s", "1:00 min", "59:59 min", "1:00 h", "24:00 h",
    ]  # fmt: skip
    assert [rate_text(r) for r in (5, 9999, 10_000, 2.5e6)] == [
        "5 samples/s", "9999 samples/s", "10k samples/s", "2.5M samples/s",
    ]  # fmt: skip
