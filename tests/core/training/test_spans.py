"""Where the time goes: parts add up, the engine's seams are in them, and nothing is kept where nobody measures."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.training import spans
from kerasnb.core.training.spans import measured, profiling, span, timed_calls, timed_iterator

X = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
Y = X.sum(1)


def small(**options):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(7, "relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse", **options)
    return model


def names(whole):
    return {part.name for _, part in whole.walk()}


def check(whole):
    """Parts take no longer than what they are parts of."""
    for _, part in whole.walk():
        assert sum(inner.seconds for inner in part.parts.values()) <= part.seconds + 1e-3, part.name


def batches():
    while True:
        yield from ((X[i : i + 32], Y[i : i + 32]) for i in range(0, 96, 32))


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"validation_split": 0.25}, {"data", "building", "steps and validation", "display", "record of runs"}),
        (
            {"validation_split": 0.25, "callbacks": keras.callbacks.LambdaCallback(on_train_batch_end=lambda *a: 0)},
            {"data to the device", "steps", "validation", "callbacks", "LambdaCallback"},
        ),
        ({"x": "stream", "steps_per_epoch": 3}, {"waiting for data", "steps"}),
    ],
    ids=["blocks", "chunks", "streams"],
)  # fmt: skip
def test_a_fit_in_its_parts(options, expected):
    data = (batches(),) if options.pop("x", None) else (X, Y)
    with measured("cell") as whole:
        began = time.perf_counter()
        small().fit(*data, epochs=2, verbose=0, **options)
        took = time.perf_counter() - began
    assert expected <= names(whole), names(whole)
    fit = whole.parts["fit"]
    assert fit.facts["model"].startswith("sequential") and fit.count == 1
    assert 0 < fit.seconds <= took <= whole.seconds
    check(whole)


def test_compiling_is_told_from_computing_and_happens_once():
    model = small()
    with measured("first") as first:
        model.fit(X[:90], Y[:90], verbose=0)
    with measured("second") as second:
        model.fit(X[:90], Y[:90], verbose=0)
    assert {"tracing", "lowering", "compiling"} <= names(first)
    assert not {"tracing", "compiling"} & names(second)
    check(first)


def test_step_by_step_is_no_tracing():
    model = small(run_eagerly=True)
    with measured("eager") as whole:
        model.fit(X[:32], Y[:32], verbose=0)
    assert "tracing" not in names(whole) and "steps" in names(whole)


def test_evaluate_and_predict_are_parts():
    model = small()
    with measured("cell") as whole:
        model.evaluate(X, Y, verbose=0)
        model.predict(X, verbose=0)
    assert {"evaluate", "predict"} <= set(whole.parts)


def test_the_last_fit_is_kept_where_all_are_measured():
    before = profiling.on, profiling.last
    profiling.on, profiling.last = False, None
    try:
        small().fit(X, Y, verbose=0)
        assert profiling.last is None
        profiling.on = True
        small().fit(X, Y, verbose=0)
        assert profiling.last.name == "fit"
        with pytest.raises(ValueError, match="samples"):
            small().fit(X, Y[:3], verbose=0)
        assert "data" in names(profiling.last)  # it failed there
        assert spans._here.top is None
    finally:
        profiling.on, profiling.last = before


def test_another_thread_has_a_tree_of_its_own():
    found = []

    def elsewhere():
        with span("data"):
            found.append(spans._here.top)

    with measured("here") as whole:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert found == [None] and not whole.parts


def test_nothing_is_measured_where_nobody_asks():
    assert span("data") is span("steps")  # one context that does nothing
    items = [1, 2]
    assert timed_iterator("data", items) is items
    assert timed_calls("display", items) is items


def test_waiting_ends_with_its_source():
    closed = []

    def source():
        try:
            yield from range(5)
        finally:
            closed.append(True)

    with measured("all") as whole:
        for i in timed_iterator("waiting", source()):
            if i == 2:
                break
        del i
    assert closed and whole.parts["waiting"].count == 3


def test_calls_of_an_object_are_timed():
    class Reporter:
        patience = 3

        def chunk(self, a):
            return a + 1

    with measured("all") as whole:
        shown = timed_calls("display", Reporter())
        assert shown.chunk(1) == 2 and shown.patience == 3
        shown.patience = 4
        assert shown._owner.patience == 4
    assert whole.parts["display"].count == 1
