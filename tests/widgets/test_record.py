"""The record of a run, and the chart that several fits of one model share."""

from __future__ import annotations

import gc
import json
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

from kerasnb.widgets.past import MOST_ROWS, MOST_STEPS, Past, past_of, remember
from kerasnb.widgets.record import MOST_RATES, Run


class Model:
    name = "net"


def run_of(epochs, past=None, initial=0, steps=4, start=1.0, **more):
    """A run of so many epochs whose loss is 1/epoch on the chart."""
    run = Run(steps, initial, past)
    for epoch in range(initial, epochs):
        value = start / (epoch + 1 + run.offset)
        run.add_chunk(np.full(steps, value), {"loss": value}, np.r_[value, [np.nan] * (steps - 1)])
        run.add_rate(more.get("rate", 0.1))
        run.add_epoch(epoch, {"loss": value, "val_loss": value + 0.1})
    return run


def follow(model, epochs, initial=0, **options):
    """What a fit does: take up the past, run, leave one."""
    run = run_of(epochs, past_of(model, initial), initial, **options)
    remember(model, run.as_past())
    return run


class TestSeveralFits:
    def test_the_axis_goes_on_and_the_border_is_marked(self):
        model = Model()
        follow(model, 3)
        run = follow(model, 2)
        epochs, rows = run.whole()
        assert epochs == [1, 2, 3, 4, 5] and [r["loss"] for r in rows] == [1 / e for e in epochs]
        assert run.past.starts == [0, 3] and run.offset == 3
        panel = run.panels()[0]
        training = next(c for c in panel.curves if c.main and not c.validation)
        assert training.x == epochs and panel.starts == [3.0]
        fine = panel.curves[0]
        assert fine.fine and fine.x[0] == 0.25 and fine.x[-1] == 5.0 and np.all(np.diff(fine.x) > 0)
        third = follow(model, 1)
        assert third.past.starts == [0, 3, 5] and third.whole()[0][-1] == 6

    @pytest.mark.parametrize("initial, offset, starts", [(3, 0, [0, 3]), (7, -4, [0, 3])])
    def test_initial_epoch_goes_on_where_the_last_one_ended(self, initial, offset, starts):
        model = Model()
        follow(model, 3)
        run = follow(model, initial + 2, initial)
        assert run.whole()[0] == [1, 2, 3, 4, 5] and (run.offset, run.past.starts) == (offset, starts)

    def test_an_earlier_epoch_branches(self):
        model = Model()
        follow(model, 6)
        run = follow(model, 4, initial=2, start=3.0)
        epochs, rows = run.whole()
        assert epochs == [1, 2, 3, 4] and rows[2]["loss"] == 1.0  # 3/3
        (branch,) = run.past.branches
        assert branch.start == 2 and branch.curves["loss"] == ([2.0, 3.0, 4.0, 5.0, 6.0], [1 / e for e in range(2, 7)])
        assert all(x <= 2 for x in run.past.fine["loss"][0])
        pale = [c for c in run.panels()[0].curves if c.pale]
        assert [c.validation for c in pale] == [False, True]
        assert run.panels()[0].best_epoch == (2, 0.6)  # the branch does not count

    def test_a_restored_state_branches_where_its_own_fit_was(self):
        model = Model()
        first = follow(model, 3)
        follow(model, 3)
        for initial, run in ((0, None), (1, first)):
            history = SimpleNamespace(run=run) if run else SimpleNamespace()
            past = past_of(model, initial, history)
            start = 1 if run else 3
            assert past.starts[-1] == start and past.epochs[-1] == start and past.branches[-1].start == start
            assert past.offset == (0 if run else 3)

    def test_back_to_the_very_beginning(self):
        model = Model()
        first = follow(model, 3)
        past = past_of(model, 0, SimpleNamespace(run=first))
        assert (past.starts, past.epochs, past.offset) == ([0], [], 0)
        assert past.branches[0].curves["loss"][0] == [1.0, 2.0, 3.0]

    def test_another_model_begins_anew_and_none_is_kept_alive(self):
        model = Model()
        follow(model, 3)
        gone = weakref.ref(model)
        assert past_of(Model()).epochs == []
        del model
        gc.collect()
        assert gone() is None

    def test_something_without_weak_references(self):
        remember(3, Past(epochs=[1], rows=[{}]))
        assert past_of(3).epochs == []

    def test_a_past_is_small_and_strict_json(self):
        model = Model()
        for _ in range(5):
            follow(model, 300, steps=20)
        run = follow(model, 1)
        said = json.dumps(run.past.as_json(), allow_nan=False)
        assert len(run.past.rows) <= 2 * MOST_ROWS and len(said) < 200_000
        assert all(len(x) <= MOST_STEPS for x, _ in run.past.fine.values())
        assert run.whole()[0][-1] == 1501 and run.past.epochs[-1] == 1500
        bad = Run(2, 0, Past())
        bad.add_chunk([np.nan, np.inf], {"loss": np.nan})
        bad.add_epoch(0, {"loss": np.nan, "val_loss": np.inf})
        json.dumps(bad.as_past().as_json(), allow_nan=False)

    def test_a_run_that_ended_before_its_first_epoch(self):
        model = Model()
        follow(model, 2)
        follow(model, 0)
        assert follow(model, 1).whole()[0] == [1, 2, 3]


class TestGoingBack:
    def test_what_came_later_becomes_a_branch(self):
        run = run_of(6)
        run.back(2)
        assert (run.epochs, run.ends, run.count) == ([0, 1], [4, 8], 8)
        assert run.fine("gradient norm")[0].tolist() == [1.0, 5.0] and run.means[-1][0] == 8
        (branch,) = run.past.branches
        assert branch.curves["val_loss"][0] == [2.0, 3.0, 4.0, 5.0, 6.0]
        run.add_chunk(np.ones(4), {"loss": 1.0})
        run.add_epoch(2, {"loss": 1.0})
        assert run.whole()[0] == [1, 2, 3]

    def test_to_the_beginning_of_a_second_fit(self):
        model = Model()
        follow(model, 2)
        run = run_of(3, past_of(model))
        run.back(0)
        assert run.whole()[0] == [1, 2] and run.count == 0
        assert run.past.branches[0].curves["loss"][0] == [2.0, 3.0, 4.0, 5.0]

    def test_nothing_to_leave_behind(self):
        run = run_of(2)
        run.back(2)
        assert run.past.branches == [] and run.epochs == [0, 1]


def test_traces_of_gradients_and_of_a_rate_that_changed():
    run = run_of(3)
    assert [p.title for p in run.traces()] == ["gradient norm"]
    assert run.traces()[0].curves[0].y == pytest.approx([1.0, 0.5, 1 / 3])
    run.add_rate(0.05)
    run.add_chunk(np.ones(4), {"loss": 1.0})
    rate = run.traces()[1].curves[0]
    assert rate.y == [0.1, 0.1, 0.05, 0.05] and rate.x[-1] == pytest.approx(4.0)
    for i in range(3 * MOST_RATES):
        run.add_rate(0.1 / (i + 1))
    assert len(run.rates) <= MOST_RATES


def test_hints_count_epochs_as_the_chart_does():
    model = Model()
    follow(model, 3)
    run = Run(1, 0, past_of(model))
    for epoch in range(12):
        worse = 0.1 + 0.05 * max(0, epoch - 4)
        run.add_epoch(epoch, {"loss": 0.2 / (epoch + 1), "val_loss": worse if epoch >= 4 else 0.3 - 0.05 * epoch})
    (hint,) = run.hints()
    assert hint.kind == "overfitting" and hint.epoch == 8  # 3 of the fit before, and its own fifth


def test_hints_of_a_very_long_run_are_quick():
    import time

    run = Run(1)
    for epoch in range(20_000):
        run.add_epoch(epoch, {"loss": 1.0 / (epoch + 1), "val_loss": 1.0 / (epoch + 1)})
    run.hints()
    began = time.thread_time()
    run.hints()
    assert time.thread_time() - began < 0.02
