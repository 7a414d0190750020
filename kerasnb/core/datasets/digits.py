"""Digits: 1797 handwritten digits of 8 x 8, the copy that comes with scikit-learn (Alpaydin, Kaynak 1998).

Always there, no network and no cache needed.
"""

from __future__ import annotations

import numpy as np

from .splitting import Split, check_test_split, permutation, split


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Small handwritten digits, real ones.

    Args:
        test_split: share of the pictures held back for testing.
        seed: of the shuffle before the split.
    Returns:
        ``(x_train, y_train), (x_test, y_test)``: pictures as uint8 of shape (1437, 8, 8) and (360, 8, 8), from 0 for
        paper to 16 for ink; digits as uint8.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, x_test.shape, int(x_train.max())
    ((1437, 8, 8), (360, 8, 8), 16)
    """
    check_test_split(test_split)
    from sklearn.datasets import load_digits

    bunch = load_digits()
    order = permutation(len(bunch.target), seed)
    return split(bunch.images.astype(np.uint8)[order], bunch.target.astype(np.uint8)[order], test_split)
