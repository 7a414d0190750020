"""The random masks of dropout: the share asked for, each place by itself, any shape."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from kerasnb.core.layers.regularization import kept


@pytest.mark.parametrize("share", [0.005, 0.1, 0.5, 0.6, 0.999])
def test_share(share):
    n = 2**20
    mask = np.asarray(kept(jax.random.key(3), share, (n,)))
    assert abs(mask.mean() - share) < 5 * np.sqrt(share * (1 - share) / n)


@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 5), (4, 1), (2, 3, 4), (0, 3), (3, 0)], ids=str)
def test_any_shape(shape):
    assert kept(jax.random.key(0), 0.5, shape).shape == shape


@pytest.mark.parametrize("share", [0.4, 0.75])
def test_places_are_independent(share):
    """All pieces of a random word, neighbours and rows: no correlation beyond chance."""
    mask = np.asarray(kept(jax.random.key(1), share, (1000, 64)), "float64")
    correlation = np.corrcoef(mask.T) - np.eye(64)
    assert np.abs(correlation).max() < 5 / np.sqrt(1000)
