"""Rows that two data sets share, found by a few numbers of each row and then compared whole."""

from __future__ import annotations

import numpy as np

ASKED = 256  # rows of the second set that are looked for
PLACES = 16  # numbers of a row that are read of all rows
MOST_ROWS = 200_000
TRIES = 8  # rows with the same few numbers that are compared whole
FEW = 5  # shared rows about which nothing is said, in small sets
SHARE = 0.05  # and the share of those looked for


def repeated_rows(x: np.ndarray, held: np.ndarray) -> tuple[int, int] | None:
    """(rows of ``held`` that are in ``x`` too, how many were looked for); None where that says nothing.

    Data of few different rows (games, surveys) repeats itself: what ``x`` has twice as often counts for nothing.

    Args:
        x, held: (rows, ...) of the same form.

    >>> x = np.arange(40.0).reshape(20, 2)
    >>> repeated_rows(x, x[:10]), repeated_rows(x, x[:10] + 0.5)
    ((10, 10), None)
    """
    if x.shape[1:] != held.shape[1:] or x.dtype != held.dtype or x.dtype.kind not in "fiub":
        return None
    if not 2 <= len(x) <= MOST_ROWS or not len(held) or not x[0].size:
        return None
    flat, other = x.reshape(len(x), -1), held.reshape(len(held), -1)
    places = np.unique(np.linspace(0, flat.shape[1] - 1, PLACES + 2).astype(int)[1:-1])
    keys = _keys(flat, places)
    asked = np.unique(np.linspace(0, len(other) - 1, ASKED).astype(int))
    same = _found(flat, keys, other[asked], _keys(other[asked], places), 1)
    if same < max(FEW, SHARE * len(asked)):
        return None
    own = np.unique(np.linspace(0, len(flat) - 1, ASKED).astype(int))
    usual = _found(flat, keys, flat[own], keys[own], 2) / len(own)
    return (same, len(asked)) if same / len(asked) > usual + SHARE else None


def _keys(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """One number out of a few of each row; equal rows have equal ones, in whatever array they lie."""
    total = np.zeros(len(rows))
    with np.errstate(invalid="ignore", over="ignore"):
        for number, place in enumerate(places, 1):
            total += np.cos(number) * rows[:, place]
    return total


def _found(rows: np.ndarray, keys: np.ndarray, wanted: np.ndarray, wanted_keys: np.ndarray, times: int) -> int:
    """How many of the wanted rows are among the rows at least so many times."""
    order = np.argsort(wanted_keys)
    ordered = wanted_keys[order]
    place = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    candidates: dict[float, list[int]] = {}
    for row in np.flatnonzero(ordered[place] == keys)[: ASKED * TRIES * times]:
        candidates.setdefault(float(keys[row]), []).append(int(row))
    return sum(
        sum(np.array_equal(rows[i], row) for i in candidates.get(float(key), ())[: TRIES * times]) >= times
        for row, key in zip(wanted, wanted_keys, strict=True)
    )
