"""The losses that sign the contract: one line each. ``test_losses.py`` plays every line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

ROWS = 6


@dataclass(frozen=True)
class Case:
    """One loss under test.

    Args:
        name: shown by pytest.
        make: from the module ``losses`` and the base's arguments to a new loss.
        targets, outputs: (ROWS, ...) arrays.
        formula: from targets and outputs, in plain NumPy, to one value per sample.
        rows: whether the samples are independent of one another.
    """

    name: str
    make: Callable[..., Any]
    targets: Any
    outputs: Any
    formula: Callable[[Any, Any], Any]
    rows: bool = True


_draw = np.random.RandomState(5)
numbers, outputs = _draw.standard_normal((2, ROWS, 3)).astype("float32")
labels = _draw.randint(0, 2, (ROWS, 4)).astype("float32")
chances = _draw.uniform(0.05, 0.95, size=(ROWS, 4)).astype("float32")
shares = (chances / chances.sum(1, keepdims=True)).astype("float32")
classes = np.array([0, 1, 2, 3, 1, 1], "int32")
one_hot = np.eye(4, dtype="float32")[classes]
unit = (outputs / np.linalg.norm(outputs, axis=1, keepdims=True)).astype("float32")
steps = _draw.standard_normal((ROWS, 5, 4)).astype("float32")
words = np.array([[1, 2], [3, 0], [1, 1], [2, 3], [3, 1], [2, 0]], "int32")
pictures, pictures_called = _draw.uniform(size=(2, ROWS, 2, 2, 1)).astype("float32")


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def bce(y, p):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def focal(y, p):
    right = y * p + (1 - y) * (1 - p)
    return ((1 - right) ** 2 * bce(y, p)).mean(-1)


def signed(y):
    return 2 * y - 1


def cosine(y, p):
    return -(y * p).sum(-1) / np.linalg.norm(y, axis=-1) / np.linalg.norm(p, axis=-1)


def huber(y, p):
    e = abs(y - p)
    return np.where(e <= 0.5, e**2 / 2, 0.5 * e - 0.125).mean(-1)


def overlap(y, p, alpha, beta):
    y, p = y.reshape(ROWS, -1), p.reshape(ROWS, -1)
    both = (y * p).sum(1)
    return 1 - both / (both + alpha * (y * (1 - p)).sum(1) + beta * ((1 - y) * p).sum(1) + 1e-7)


def dice(y, p):
    y, p = y.reshape(ROWS, -1), p.reshape(ROWS, -1)
    return 1 - 2 * (y * p).sum(1) / (y.sum(1) + p.sum(1) + 1e-7)


def ctc(y, z):
    """Over all paths of length 5: the probability of those that read as the word."""
    import itertools

    found = []
    for word, logits in zip(y, z, strict=True):
        p, total = softmax(logits.astype("float64")), 0.0
        word = [c for c in word if c]
        for path in itertools.product(range(4), repeat=5):
            if [c for c, _ in itertools.groupby(path) if c] == word:
                total += np.prod([p[t, c] for t, c in enumerate(path)])
        found.append(-np.log(total))
    return np.array(found)


def circle(y, e):
    d = 1 - e @ e.T
    same = y[:, None] == y
    near = np.where(same & ~np.eye(len(y), dtype=bool), np.maximum(d + 0.25, 0) * (d - 0.25) * 4, -np.inf)
    far = np.where(~same, np.maximum(1.25 - d, 0) * (0.75 - d) * 4, -np.inf)
    return np.log1p(np.exp(near).sum(1) * np.exp(far).sum(1))


LOSS_CASES = [
    Case("mse", lambda L, **k: L.MeanSquaredError(**k), numbers, outputs, lambda y, p: ((y - p) ** 2).mean(-1)),
    Case("mae", lambda L, **k: L.MeanAbsoluteError(**k), numbers, outputs, lambda y, p: abs(y - p).mean(-1)),
    Case("mape", lambda L, **k: L.MeanAbsolutePercentageError(**k), numbers, outputs,
         lambda y, p: 100 * abs((y - p) / y).mean(-1)),
    Case("msle", lambda L, **k: L.MeanSquaredLogarithmicError(**k), labels, chances,
         lambda y, p: ((np.log1p(y) - np.log1p(p)) ** 2).mean(-1)),
    Case("logcosh", lambda L, **k: L.LogCosh(**k), numbers, outputs, lambda y, p: np.log(np.cosh(y - p)).mean(-1)),
    Case("huber", lambda L, **k: L.Huber(0.5, **k), numbers, outputs, huber),
    Case("cosine", lambda L, **k: L.CosineSimilarity(**k), numbers, outputs, cosine),
    Case("poisson", lambda L, **k: L.Poisson(**k), labels, chances, lambda y, p: (p - y * np.log(p)).mean(-1)),
    Case("hinge", lambda L, **k: L.Hinge(**k), labels, chances, lambda y, p: np.maximum(1 - signed(y) * p, 0).mean(-1)),
    Case("squared hinge", lambda L, **k: L.SquaredHinge(**k), labels, chances,
         lambda y, p: (np.maximum(1 - signed(y) * p, 0) ** 2).mean(-1)),
    Case("categorical hinge", lambda L, **k: L.CategoricalHinge(**k), one_hot, chances,
         lambda y, p: np.maximum(((1 - y) * p).max(-1) - (y * p).sum(-1) + 1, 0)),
    Case("kl", lambda L, **k: L.KLDivergence(**k), shares[::-1].copy(), shares,
         lambda y, p: (y * np.log(y / p)).sum(-1)),
    Case("bce", lambda L, **k: L.BinaryCrossentropy(**k), labels, chances, lambda y, p: bce(y, p).mean(-1)),
    Case("bce logits", lambda L, **k: L.BinaryCrossentropy(True, 0.2, **k), labels, steps[:, 0],
         lambda y, z: bce(0.8 * y + 0.1, sigmoid(z)).mean(-1)),
    Case("focal", lambda L, **k: L.BinaryFocalCrossentropy(**k), labels, chances, focal),
    Case("cce", lambda L, **k: L.CategoricalCrossentropy(**k), one_hot, shares, lambda y, p: -(y * np.log(p)).sum(-1)),
    Case("cce logits", lambda L, **k: L.CategoricalCrossentropy(True, 0.1, **k), one_hot, steps[:, 0],
         lambda y, z: -((0.9 * y + 0.025) * np.log(softmax(z))).sum(-1)),
    Case("categorical focal", lambda L, **k: L.CategoricalFocalCrossentropy(**k), one_hot, shares,
         lambda y, p: -(0.25 * (1 - p) ** 2 * y * np.log(p)).sum(-1)),
    Case("generalized", lambda L, **k: L.CategoricalGeneralizedCrossEntropy(0.7, **k), classes, shares,
         lambda y, p: (1 - p[np.arange(ROWS), y] ** 0.7) / 0.7),
    Case("sparse", lambda L, **k: L.SparseCategoricalCrossentropy(**k), classes, shares,
         lambda y, p: -np.log(p[np.arange(ROWS), y])),
    Case("sparse logits", lambda L, **k: L.SparseCategoricalCrossentropy(True, **k), classes, steps[:, 0],
         lambda y, z: -np.log(softmax(z)[np.arange(ROWS), y])),
    Case("dice", lambda L, **k: L.Dice(axis=(1, 2, 3), **k), pictures, pictures_called, dice),
    Case("tversky", lambda L, **k: L.Tversky(0.3, 0.6, axis=(1, 2, 3), **k), pictures, pictures_called,
         lambda y, p: overlap(y, p, 0.3, 0.6)),
    Case("ctc", lambda L, **k: L.CTC(**k), words, steps, ctc),
    Case("circle", lambda L, **k: L.Circle(4.0, 0.25, **k), np.array([0, 1, 0, 1, 0, 1]), unit, circle, rows=False),
]  # fmt: skip
