"""TimeseriesGenerator, sampling tables and skip-grams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnb.preprocessing.sequence import TimeseriesGenerator, make_sampling_table, skipgrams

X, Y = np.arange(20).reshape(10, 2), np.arange(10)


@pytest.mark.parametrize(
    ("arguments", "starts", "targets"),
    [
        ({"length": 3}, [[0, 2, 4, 6, 8, 10, 12]], [[3, 4, 5, 6, 7, 8, 9]]),
        ({"length": 3, "sampling_rate": 2, "batch_size": 4}, [[0, 2, 4, 6], [8, 10, 12]], [[3, 4, 5, 6], [7, 8, 9]]),
        ({"length": 3, "stride": 2, "reverse": True, "start_index": 1, "end_index": 8, "batch_size": 2},
         [[6, 10], [14]], [[4, 6], [8]]),
    ],
)  # fmt: skip
def test_batches(arguments, starts, targets):
    generator = TimeseriesGenerator(X, Y, **arguments)
    batches = [generator[i] for i in range(len(generator))]
    assert [x[:, 0, 0].tolist() for x, _ in batches] == starts
    assert [y.tolist() for _, y in batches] == targets


def test_shuffled_windows_fit_their_targets():
    np.random.seed(0)
    x, y = TimeseriesGenerator(Y, Y, length=2, shuffle=True, batch_size=50)[0]
    assert np.array_equal(x[:, 1] + 1, y) and len(set(y.tolist())) > 3


def test_config_and_errors():
    config = TimeseriesGenerator(X, Y, length=3).get_config()
    assert config["length"] == 3 and config["targets"] == str(Y.tolist())
    for arguments, words in [
        ({"targets": Y[:5], "length": 3}, "equally long"), ({"length": 20}, "smaller"), ({"length": 0}, "length"),
        ({"length": 3, "stride": 1.5}, "stride"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=words):
            TimeseriesGenerator(**{"data": X, "targets": Y, **arguments})


def test_sampling_table():
    np.testing.assert_allclose(make_sampling_table(5), [0.00315, 0.00315, 0.00547, 0.00741, 0.00913], atol=2e-5)
    assert make_sampling_table(4, 1.0).max() == 1.0 and len(make_sampling_table(0)) == 0


@given(st.lists(st.integers(0, 9), min_size=2, max_size=8), st.integers(1, 3), st.booleans())
def test_pairs_stand_near_one_another(sequence, window, categorical):
    pairs, labels = skipgrams(sequence, 10, window, negative_samples=0, categorical=categorical, shuffle=False)
    expected = [
        [a, b]
        for i, a in enumerate(sequence)
        for j, b in enumerate(sequence)
        if i != j and abs(i - j) <= window and a and b
    ]
    assert pairs == expected and labels == [[0, 1] if categorical else 1] * len(expected)


def test_negative_pairs_and_seeds():
    pairs, labels = skipgrams([1, 2, 3], 50, window_size=1, seed=3, negative_samples=2.0)
    assert labels.count(1) == 4 and labels.count(0) == 8 and all(0 < b < 50 for _, b in pairs)
    assert (pairs, labels) == skipgrams([1, 2, 3], 50, window_size=1, seed=3, negative_samples=2.0)
    never = skipgrams([1, 2, 3], 5, sampling_table=np.zeros(5))
    assert never == ([], [])
