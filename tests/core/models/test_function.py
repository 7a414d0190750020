"""keras.Function: a piece of a graph as an operation."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras


@pytest.fixture
def parts():
    start = keras.Input((3,))
    out = keras.layers.Dense(2, name="d")(start)
    return start, out, out * 2


def test_on_arrays_and_symbols(parts):
    start, out, doubled = parts
    function = keras.Function(start, [out, doubled], name="f")
    assert isinstance(function, keras.Operation) and not isinstance(function, keras.Model) and function.name == "f"
    one, two = function(np.ones((2, 3), "float32"))
    np.testing.assert_allclose(two, 2 * one)
    assert [t.shape for t in function(keras.Input((3,)))] == [(None, 2), (None, 2)]
    assert list(function.compute_output_shape((None, 3))) == [(None, 2), (None, 2)]
    assert function.inputs == [start] and len(function.operations) == 3
    named = keras.Function({"a": start}, {"x": out})({"a": np.ones((1, 3), "float32")})
    np.testing.assert_allclose(named["x"], one[:1], rtol=1e-6)


def test_inside_a_model(parts):
    start, out, _ = parts
    function = keras.Function(start, out)
    again = keras.Input((3,))
    model = keras.Model(again, keras.layers.Dense(1)(function(again)))
    assert model.predict(np.ones((4, 3)), verbose=0).shape == (4, 1)


@pytest.mark.parametrize("case", ["unconnected", "empty", "shape", "array"])
def test_bad_input(parts, case):
    start, out, _ = parts
    with pytest.raises((ValueError, TypeError)):
        if case == "unconnected":
            keras.Function(keras.Input((2,)), out)
        elif case == "empty":
            keras.Function([], out)
        elif case == "shape":
            keras.Function(start, out)(np.ones((2, 4)))
        else:
            keras.Function(np.ones(2), out)
