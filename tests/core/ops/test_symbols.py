"""Symbolic shapes of ops against NumPy's rules, for shapes nobody thought of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as shapes

import kerasnb as keras
from kerasnb import ops

few = settings(max_examples=25, deadline=None, database=None)


def symbol(shape, dtype="float32"):
    return keras.KerasTensor(shape, dtype=dtype)


@few
@given(shapes.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4))
def test_operators_broadcast_as_in_numpy(found):
    a, b = found.input_shapes
    assert (symbol(a) + symbol(b)).shape == found.result_shape
    assert (symbol(a) < symbol(b)).dtype == "bool"


@few
@given(st.data())
def test_reductions_drop_the_axes_given(data):
    shape = data.draw(shapes.array_shapes(min_dims=1, max_dims=4, max_side=4))
    axis = data.draw(shapes.valid_tuple_axes(len(shape), min_size=1))
    keepdims = data.draw(st.booleans())
    expected = np.zeros(shape).sum(axis=axis, keepdims=keepdims).shape
    assert ops.sum(symbol(shape), axis, keepdims).shape == expected
    assert ops.mean(symbol(shape, "int32"), list(axis), keepdims).dtype == "float32"


@few
@given(st.data())
def test_slices_as_in_numpy(data):
    shape = data.draw(shapes.array_shapes(min_dims=1, max_dims=3, max_side=5))
    index = data.draw(shapes.basic_indices(shape, allow_ellipsis=True, allow_newaxis=True))
    assert symbol(shape)[index].shape == np.zeros(shape)[index].shape


def test_equality_of_symbols_is_identity():
    a, b = keras.Input((3,)), keras.Input((3,))
    assert a == a and not a == b
    assert b in [a, b] and len({a, b, a}) == 2


@pytest.mark.parametrize(
    "use", [bool, float, len, iter, np.asarray], ids=["condition", "number", "length", "loop", "array"]
)
def test_symbols_have_no_values(use):
    with pytest.raises((TypeError, ValueError), match=r"symbolic|Input"):
        use(keras.Input((3,)))


@pytest.mark.parametrize("text", ["a", ["a", "b"], None])
def test_text_is_no_tensor(text):
    with pytest.raises(ValueError, match="numbers"):
        ops.convert_to_tensor(text)
