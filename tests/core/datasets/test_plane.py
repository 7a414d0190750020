"""Points in the plane: the shapes, the ranges, and that each set is what its name says."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.datasets.plane import SETS, SIDE, VALUES

load = keras.datasets.plane.load_data


@pytest.mark.parametrize("name", SETS)
def test_points(name):
    (x, y), (x_test, y_test) = load(name, samples=300, noise=0.5, train_share=0.6, seed=2)
    assert x.shape == (180, 2) and y.shape == (180, 1) and x_test.shape == (120, 2) and y_test.shape == (120, 1)
    assert x.dtype == y.dtype == np.float32 and np.abs(x).max() <= SIDE
    if name in VALUES:
        assert -1 <= y.min() < -0.5 and 0.5 < y.max() <= 1
    else:
        assert set(np.unique(y)) == {0, 1} and 0.3 < y.mean() < 0.7
    again = load(name, samples=300, noise=0.5, train_share=0.6, seed=2)
    np.testing.assert_array_equal(again[1][0], x_test)
    assert (load(name, samples=300, noise=0.5, train_share=0.6, seed=3)[0][0] != x).any()


def test_without_noise_the_classes_are_apart():
    def of(name):
        (x, y), _ = load(name, samples=400, noise=0.0, train_share=0.99)
        return x, y[:, 0] == 1

    x, one = of("circles")
    assert np.hypot(*x[one].T).max() < 2.6 < 3.4 < np.hypot(*x[~one].T).min()
    x, one = of("xor")
    assert ((x[:, 0] * x[:, 1] > 0) == one).all()
    x, _ = of("plane")
    (_, y), _ = load("plane", samples=400, noise=0.0, train_share=0.99)
    np.testing.assert_allclose(x.sum(1) / 12, y[:, 0], atol=1e-5)
    for name in ("spiral", "moons"):  # nearest neighbours are of the same class
        x, one = of(name)
        near = np.hypot(*(x[:, None] - x[None]).transpose(2, 0, 1)) + 1e9 * np.eye(len(x))
        assert (one[near.argmin(1)] == one).mean() > 0.98, name


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "spirals"}, "no set 'spirals'.*Did you mean 'spiral'"),
        ({"samples": 3}, "samples must be an integer from 10"),
        ({"samples": True}, "samples must be an integer from 10"),
        ({"noise": -0.1}, "noise must be from 0 to 1"),
        ({"noise": float("nan")}, "noise must be from 0 to 1"),
        ({"train_share": 1.0}, "train_share must lie between 0 and 1"),
    ],
)
def test_bad_arguments(options, said):
    with pytest.raises(ValueError, match=said):
        load(**options)
