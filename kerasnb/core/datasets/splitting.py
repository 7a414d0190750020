"""Seeded shuffles and splits, with the permutations that Keras's loaders make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Split = tuple[tuple[Any, Any], tuple[Any, Any]]


def permutation(count: int, seed: int) -> np.ndarray:
    """The numbers 0 to ``count - 1`` in the seeded order of NumPy's ``RandomState``."""
    order = np.arange(count)
    np.random.RandomState(seed).shuffle(order)
    return order


def check_test_split(test_split: float) -> None:
    """Refuse shares outside of [0, 1)."""
    if isinstance(test_split, bool) or not isinstance(test_split, (int, float)) or not 0 <= test_split < 1:
        raise ValueError(
            f"test_split must be a share of the rows from 0 up to, but not including, 1; got test_split={test_split!r}."
        )


def split(x: Sequence, y: Sequence, test_split: float) -> Split:
    """The first rows for training, the last ``test_split`` of them for testing."""
    check_test_split(test_split)
    at = int(len(x) * (1 - test_split))
    return (x[:at], y[:at]), (x[at:], y[at:])
