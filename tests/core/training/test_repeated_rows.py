"""Rows of one data set found in another."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.core.training.repeated_rows import repeated_rows

draw = np.random.default_rng(0)
X = draw.normal(size=(500, 7)).astype("float32")
OTHER = draw.normal(size=(400, 7)).astype("float32")
FEW = draw.integers(0, 2, (500, 3)).astype("int32")  # eight different rows


def holding(shared, of, rows=OTHER):
    """Rows of which so many are those of X."""
    return np.concatenate([X[5 : 5 + shared], rows[: of - shared]])


@pytest.mark.parametrize(
    ("x", "held", "found"),
    [
        (X, X, (256, 256)), (X, X[:100], (100, 100)), (X, holding(50, 100), (50, 100)), (X, OTHER, None),
        (X, holding(5, 50), (5, 50)), (X, holding(4, 40), None), (X, holding(5, 100), None),
        (X, holding(6, 100), (6, 100)),
        (X, X[:100] + 1e-3, None), (X, X[:, ::-1], None), (X, X[:0], None), (X[:0], X, None), (X[:1], X, None),
        (X[:2], X[:2], None), (X, X[:, :3], None), (X, X.astype("float64"), None),
        (X.astype(str), X.astype(str), None),
        (X[:, :0], X[:, :0], None), (X.reshape(500, 7, 1), X[:100].reshape(100, 7, 1), (100, 100)),
        (FEW, FEW[:200], None),
        (np.repeat(X[:100], 3, axis=0), X[:50], None), (X[:, 0], X[:60, 0], (60, 60)), (X > 0, (X > 0)[:0], None),
        ((X * 1000).astype("int32"), (X * 1000).astype("int32")[40:90], (50, 50)),
    ],
)  # fmt: skip
def test_shared_rows(x, held, found):
    assert repeated_rows(x, held) == found


def test_rows_that_agree_in_the_numbers_read_are_compared_whole():
    wide = np.zeros((60, 200), "float32")
    wide[:, 1] = np.arange(60)  # a place that is not among the few
    assert repeated_rows(wide, wide[:5]) is not None
    shifted = wide.copy()
    shifted[:, 1] += 0.5
    assert repeated_rows(wide, shifted) is None


def test_many_rows_are_looked_at_evenly():
    held = np.concatenate([np.full((1000, 7), 9, "float32"), X])
    same, asked = repeated_rows(X, held)
    assert asked == 256 and same == pytest.approx(256 / 3, abs=2)
