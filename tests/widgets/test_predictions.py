"""Predictions: what outputs and labels mean, and what is said where they cannot be meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from widgets.stubs import Stub

from kerasnb.widgets.labels import UNKNOWN, labels_of, names_of, relabel
from kerasnb.widgets.predictions import SORTS, Predictions, judge, task_of

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.4, 0.35, 0.25], [0.05, 0.9, 0.05]], np.float32)
Y = np.array([0, 1, 1, 1])

TASKS = [
    ("softmax", P, Y, None, "classes"),
    ("one-hot", P, np.eye(3)[Y], None, "classes"),
    ("float labels", P, Y.astype(float), None, "classes"),
    ("no labels", P, None, None, "classes"),
    ("column of labels", P, Y[:, None], None, "classes"),
    ("sigmoid", P[:, :1], [0, 1, 1, 0], None, "binary"),
    ("sigmoid, flat", P[:, 0], [0, 1, 1, 0], None, "binary"),
    ("sigmoid, no labels", P[:, :1], None, None, "binary"),
    ("binary logits by the loss", P[:, :1] * 9, None, "binary_crossentropy", "binary"),
    ("quantity", P[:, :1], [0.3, 2.5, 1.0, 0.2], None, "regression"),
    ("quantity by the loss", P[:, :1], [0, 1, 1, 0], "mse", "regression"),
    ("quantities", P, P + 0.1234, None, "regression"),
    ("quantity, no labels", P[:, :1] * 9, None, None, "regression"),
    ("mse on one-hot", P, np.eye(3)[Y], "mean_squared_error", "classes"),
]


@pytest.mark.parametrize(("outputs", "y", "loss", "task"), [t[1:] for t in TASKS], ids=[t[0] for t in TASKS])
def test_task(outputs, y, loss, task):
    assert task_of(outputs, y, Stub(None, loss=loss)) == task


def test_task_can_be_given():
    assert task_of(P, Y, None, "regression") == "regression"
    assert task_of(P[:, :1], [0, 1, 0, 0], None, "classes") == "binary"
    with pytest.raises(ValueError, match="task must be"):
        task_of(P, Y, None, "clusters")
    with pytest.raises(ValueError, match=r"predictions=model.predict"):
        task_of(P[None], Y)


def test_numbers_of_samples():
    p = judge(P, Y, "classes")
    assert p.predicted.tolist() == [0, 2, 0, 1]
    assert p.right.tolist() == [True, False, False, True] and p.accuracy == 0.5
    np.testing.assert_allclose(p.confidence, [0.7, 0.8, 0.4, 0.9], rtol=1e-6)
    np.testing.assert_allclose(p.loss, -np.log([0.7, 0.1, 0.35, 0.9]), rtol=1e-5)
    np.testing.assert_allclose(p.margin, [0.5, 0.7, 0.05, 0.85], rtol=1e-4)


def test_orders():
    p = judge(P, Y, "classes")
    found = {by: p.order(by).tolist() for by in SORTS}
    assert found == {
        "wrong": [1, 2, 0, 3], "loss": [1, 2, 0, 3], "unsure": [2, 0, 1, 3], "sure": [3, 1, 0, 2],
        "order": [0, 1, 2, 3],
    }  # fmt: skip
    with pytest.raises(ValueError, match="sort must be one of"):
        p.order("best")


@given(
    hnp.arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(2, 5)), elements=st.floats(-5, 5, width=32)),
)
def test_logits_become_probabilities_in_the_same_order(outputs):
    outputs[0, 0] = -1.0  # no probability
    p = judge(outputs, None, "classes")
    np.testing.assert_allclose(p.probabilities.sum(1), 1, rtol=1e-5)
    top = p.probabilities.argmax(1)
    np.testing.assert_allclose(outputs[np.arange(len(outputs)), top], outputs.max(1), atol=1e-6)
    assert p.notes == ["softmax applied: the outputs are logits"]


def test_logits_are_known_by_the_loss():
    class Loss:
        name, from_logits = "sparse_categorical_crossentropy", True

    inside = np.array([[0.2, 0.8], [0.9, 0.1]], np.float32)  # could be probabilities
    p = judge(inside, [1, 0], "classes", model=Stub(None, loss=Loss()))
    np.testing.assert_allclose(p.probabilities[0], np.exp([0.2, 0.8]) / np.exp([0.2, 0.8]).sum(), rtol=1e-6)


def test_binary():
    p = judge(np.array([[0.9], [0.2], [0.6]]), [1, 1, 0], "binary", ["cat", "dog"])
    assert p.predicted.tolist() == [1, 0, 1] and p.names == ["cat", "dog"]
    np.testing.assert_allclose(p.confidence, [0.9, 0.8, 0.6], rtol=1e-6)
    strict = judge(np.array([0.9, 0.2, 0.6]), [1, 1, 0], "binary", threshold=0.7)
    assert strict.predicted.tolist() == [1, 0, 0] and strict.accuracy == pytest.approx(2 / 3)
    logits = judge(np.array([3.0, -3.0]), None, "binary")
    np.testing.assert_allclose(logits.probabilities[:, 1], 1 / (1 + np.exp([-3.0, 3.0])), rtol=1e-5)
    assert "sigmoid" in logits.notes[0]


def test_independent_outputs_are_divided_by_their_sum():
    p = judge(np.array([[0.8, 0.8], [0.2, 0.6]]), None, "classes")
    np.testing.assert_allclose(p.probabilities, [[0.5, 0.5], [0.25, 0.75]], rtol=1e-6)
    assert "do not add up" in p.notes[0]


def test_without_labels():
    p = judge(P, None, "classes")
    assert not p.judged and np.isnan(p.accuracy) and np.isnan(p.loss).all() and not p.wrong.any()


@pytest.mark.parametrize(
    "y",
    [Y, Y.tolist(), Y[:, None], Y.astype(np.uint8), Y.astype(float), np.eye(3)[Y], ["a", "b", "b", "b"]],
    ids=["numbers", "list", "column", "bytes", "floats", "one-hot", "names"],
)
def test_labels_in_all_forms(y):
    assert labels_of(y, 4, 3, ["a", "b", "c"]).tolist() == Y.tolist()


FAULTS = [
    ([0, 1, 2], "4 samples"),
    ([0, 1, 2, 3], r"label 3 \(sample 3\).*give the last layer 4 units"),
    ([0, 1, 2, -1], "label -1"),
    ([0, 1, 2, 0.5], "whole numbers"),
    ([0, 1, 2, np.nan], "whole numbers"),
    (np.eye(4), "4 columns and the model 3 outputs"),
    (np.ones((4, 3)), "several classes"),
    (np.zeros((4, 2, 2)), "expected class numbers"),
    (["a", "b", "see", "a"], "no such name"),
    (["a", "b", "cc", "a"], "label 'cc'"),
]


@pytest.mark.parametrize(("y", "message"), FAULTS, ids=[m for _, m in FAULTS])
def test_labels_that_cannot_be_meant(y, message):
    with pytest.raises(ValueError, match=message):
        labels_of(np.asarray(y), 4, 3, ["a", "b", "c"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_outputs_are_told(value):
    outputs = P.copy()
    outputs[2, 1] = value
    with pytest.raises(ValueError, match=r"1 of 4 predictions are NaN or infinite \(first: sample 2\)"):
        judge(outputs, Y, "classes")


def test_names():
    assert names_of(None, 3) == ["0", "1", "2"]
    assert names_of({1: "one"}, 3) == ["0", "one", "2"]
    assert names_of(np.array(["a", "b"]), 2) == ["a", "b"]
    assert names_of(None, 2, "binary") == ["no", "yes"]
    with pytest.raises(ValueError, match="3 names, but the model tells 2 classes apart"):
        names_of(["a", "b", "c"], 2)


def test_relabelling_keeps_the_form():
    names = ["a", "b", "c"]
    assert relabel(Y, {0: 2}, names).tolist() == [2, 1, 1, 1] and Y[0] == 0
    assert relabel(np.eye(3)[Y], {0: 2}, names)[0].tolist() == [0, 0, 1]
    assert relabel(Y[:, None], {0: 2}, names)[:, 0].tolist() == [2, 1, 1, 1]
    assert relabel(["a", "b", "a", "a"], {1: 2}, names) == ["a", "c", "a", "a"]
    assert relabel(Y.tolist(), {3: 0}, names) == [0, 1, 1, 0]
    assert relabel(np.array(["a", "b"]), {0: 2}, ["a", "b", "long name"]).tolist() == ["long name", "b"]
    assert relabel(None, {}, names) is None


def test_unknown_is_what_the_browser_takes_for_unknown():
    assert np.array([UNKNOWN], np.int32).astype(np.uint16)[0] == 65535


def test_predictions_of_no_sample_are_refused_by_numbers_not_by_crashes():
    assert len(Predictions(np.zeros((0, 3), np.float32), np.zeros(0, np.int32), ["a", "b", "c"])) == 0
