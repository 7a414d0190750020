"""What is said about curves, and what is left unsaid: tables of losses with the hint they must give."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnb.core.callbacks.history import History
from kerasnb.core.training.hints import Hint, hints
from kerasnb.core.training.progress import TextReporter

DRAW = np.random.RandomState(0)
FALLING = 1 / np.arange(1.0, 21)
NOISE = DRAW.normal(0, 0.02, 20)
TURNED = np.r_[np.linspace(1.0, 0.4, 12), np.linspace(0.42, 0.6, 8)]  # best is the 12th
SLOW = 0.3 + np.exp(-np.arange(40) / 4)
# name -> (loss, val_loss or None, kind, epoch); kind None: nothing must be said.
CASES = {
    "validation turns": (FALLING, TURNED, "overfitting", 12),
    "validation turns, with noise": (FALLING + NOISE / 10, TURNED + NOISE / 2, "overfitting", 12),
    "steep at first, a slow turn": (
        FALLING,
        0.9 * np.exp(-np.arange(20) / 4) + 0.2 + np.maximum(0, np.arange(20) - 9) * 0.03,
        "overfitting",
        10,
    ),
    "still falling": (FALLING, FALLING + 0.1, None, None),
    "validation trembles": (FALLING, 0.5 + NOISE, None, None),
    "one bad epoch at the end": (FALLING, np.r_[FALLING[:-1] + 0.1, 3.0], None, None),
    "risen for two epochs": (FALLING[:8], [1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.5, 0.6], None, None),
    "both rise": (TURNED * 2, TURNED, None, None),
    "nan": ([1.0, 0.5, np.nan, np.nan], None, "not finite", 3),
    "infinite at once": ([np.inf], None, "not finite", 1),
    "rises from the start": ([1.0, 1.5, 2.5, 4.0], None, "divergence", 1),
    "lost again": ([1.0, 0.5, 0.3, 0.2, 0.9, 1.5], None, "divergence", 4),
    "one bad epoch": ([1.0, 0.5, 0.3, 0.2, 0.9, 0.19], None, None, None),
    "a small step back": ([1.0, 0.5, 0.3, 0.2, 0.22, 0.21], None, None, None),
    "never fell": ([0.6931, 0.6933, 0.6930, 0.6932, 0.6931], None, "no progress", 1),
    "came to rest": (SLOW, None, "plateau", 20),
    "came to rest, with validation": (SLOW, SLOW + 0.1, "plateau", 20),
    "overfitting counts more than rest": (SLOW, np.r_[SLOW[:10], 0.5 + np.linspace(0, 0.5, 30)], "overfitting", 10),
    "small and still falling": (np.exp(-np.arange(40) / 4), None, None, None),
    "too short": ([1.0, 0.9], [1.0, 2.0], None, None),
    "below zero": (-FALLING[::-1], None, None, None),
    "constant zero": ([0.0] * 10, [0.0] * 10, None, None),
    "empty": ([], [], None, None),
}


@pytest.mark.parametrize("loss, validation, kind, epoch", CASES.values(), ids=CASES.keys())
def test_what_is_said(loss, validation, kind, epoch):
    history = {"loss": list(loss), "accuracy": [0.5] * len(loss)}
    if validation is not None:
        history["val_loss"] = list(validation)
    found = hints(history)
    assert [(h.kind, h.epoch) for h in found] == ([] if kind is None else [(kind, epoch)])
    if kind not in (None, "not finite"):
        assert f"epoch {epoch}" in found[0].evidence and found[0].advice


def test_epochs_are_those_of_the_run():
    late = hints({"loss": FALLING, "val_loss": TURNED}, range(100, 120))
    assert late[0].epoch == 112 and "best was epoch 112 with 0.4000, now 0.6000" in late[0].evidence
    assert "has risen for 8 epochs" in late[0].evidence


def test_validation_every_second_epoch():
    found = hints({"loss": 1 / np.arange(1.0, 41), "val_loss": TURNED}, range(40))
    assert found[0].epoch == 24 and "for 16 epochs" in found[0].evidence


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=30),
    st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=30),
)
def test_any_numbers_at_all(loss, validation):
    for hint in hints({"loss": loss, "val_loss": validation}):
        assert isinstance(hint, Hint) and 1 <= hint.epoch <= 30 and str(hint)


def test_the_history_tells_them():
    history = History()
    history.history, history.epoch = {"loss": list(FALLING), "val_loss": list(TURNED)}, list(range(20))
    assert [h.kind for h in history.hints()] == ["overfitting"]


@pytest.mark.parametrize("message, said", [("", True), ("The loss became NaN in epoch 3, step 1.", False)])
def test_the_terminal_says_them_once(message, said):
    history = History()
    history.history, history.epoch = {"loss": [1.0, 0.5, float("nan")]}, [0, 1, 2]
    stream = io.StringIO()
    TextReporter(stream=stream).finish("done", history, message)
    assert ("Divergence: the training loss became NaN in epoch 3" in stream.getvalue()) is said
