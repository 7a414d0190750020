"""The feed by itself: what data becomes, how rows are numbered, weights of classes, and how a part is split off."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pandas
import pytest

from kerasnb.core.training import feed
from kerasnb.core.training.feed import ArrayFeed, apply_class_weight, as_arrays, check_lengths, is_array_like, split
from kerasnb.core.training.pace import Pace
from kerasnb.core.variable import Variable

LIMIT = 2**31 - 1


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (np.zeros(2), "float32"), (np.zeros(2, "float16"), "float16"), (np.zeros(2, "float32"), "float32"),
        (np.zeros(2, "int64"), "int32"), (np.zeros(2, "uint64"), "int32"), (np.zeros(2, "int16"), "int16"),
        (np.zeros(2, "uint32"), "uint32"), (np.zeros(2, "uint8"), "uint8"), (np.zeros(2, bool), "bool"),
        (np.zeros(2, "complex64"), "complex64"), ([1, 2], "int32"), ([1.0, 2], "float32"), ([True], "bool"),
        ([[1, 2], (3, 4)], "int32"), (np.array([1, 2.5], object), "float32"), (np.array([LIMIT, -LIMIT - 1]), "int32"),
        (np.zeros(0, "int64"), "int32"), (pandas.DataFrame({"a": [1.0], "b": [2]}), "float32"),
        (pandas.Series([1, 2]), "int32"), (Variable(np.zeros(2, "float32")), "float32"),
    ],
)  # fmt: skip
def test_types(given, dtype):
    assert as_arrays(given, "x").dtype == dtype


def test_text_stays_text_and_values_are_kept():
    assert as_arrays(np.array(["a", "b"], object), "x").dtype.kind == "U" == as_arrays(["a", "b"], "x").dtype.kind
    assert as_arrays(np.array([b"a"]), "x").dtype.kind == "S"
    np.testing.assert_array_equal(as_arrays(np.array([LIMIT, -LIMIT - 1]), "x"), [LIMIT, -LIMIT - 1])
    np.testing.assert_array_equal(as_arrays(pandas.DataFrame({"a": [1, 2], "b": [3, 4]}), "x"), [[1, 3], [2, 4]])
    device = jnp.ones(3)
    assert as_arrays(device, "x") is device and as_arrays(None, "x") is None
    nested = as_arrays({"a": [np.zeros(2), np.ones(2)], "b": (np.zeros(1),)}, "x")
    assert isinstance(nested["a"], list) and isinstance(nested["b"], tuple) and nested["a"][1].tolist() == [1, 1]


WRONG = [
    (lambda: as_arrays([np.array([LIMIT + 1])], "x"), r"x\[0\] has integers beyond 32 bits \(up to 2147483648\)"),
    (lambda: as_arrays(np.array([-LIMIT - 2]), "y"), "y has integers beyond 32 bits"),
    (lambda: as_arrays({"a": [[1], [1, 2]]}, "x"), r"x\['a'\] is a list of rows of unequal length"),
    (lambda: as_arrays(np.array([[1], [1, 2]], object), "x"), "x holds Python objects of unequal size"),
    (lambda: as_arrays(np.zeros(2, "datetime64[D]"), "x"), r"dtype datetime64.* x.astype\('float32'\)"),
    (lambda: as_arrays(pandas.DataFrame({"a": [1], "b": ["u"]}), "x"), "x has columns of text .*: 'b'"),
    (lambda: as_arrays(pandas.DataFrame({"a": [1, 2], "b": [3, "u"]}), "x"), "x has columns of text .*: 'b'"),
    (lambda: check_lengths(None, None, None), "x is empty"),
    (lambda: check_lengths(np.zeros(3), np.zeros(2), None, "val "), "val x: 3, val y: 2"),
    (lambda: check_lengths([np.zeros(3), np.zeros(2)], None, None), "x: 3, x, part 2: 2"),
    (lambda: check_lengths(np.zeros(3), np.float32(1), None), "y must have a batch axis"),
    (lambda: check_lengths([np.zeros(i) for i in range(1, 10)], None, None), r"list of 9 arrays.*np.array\(x\)"),
    (lambda: check_lengths([np.zeros(i) for i in range(1, 9)], None, None), "the same number of samples"),
    (lambda: check_lengths(np.zeros((0, 3)), None, None, "validation_data "), "validation_data x has 0 samples"),
    (lambda: feed.check_count(True, "epochs"), "epochs must be an integer of at least 0, got epochs=True"),
    (lambda: feed.check_count(0, "steps", 1), "steps must be an integer of at least 1"),
    (lambda: feed.check_share(1), "validation_split"), (lambda: feed.check_share(True), "validation_split"),
    (lambda: feed.check_share(-0.1), "validation_split"), (lambda: feed.check_share("0.2"), "validation_split"),
    (lambda: feed.check_batch_size(0), "batch_size"), (lambda: feed.check_batch_size(2.0), "batch_size"),
    (lambda: apply_class_weight({0: 1}, np.zeros(2), np.ones(2)), "cannot be used together"),
    (lambda: apply_class_weight([1, 2], np.zeros(2), None), "must be a dict"),
    (lambda: apply_class_weight({0: 1}, [np.zeros(2), np.zeros(2)], None), "y has 2 parts"),
    (lambda: apply_class_weight({"cat": 1}, np.zeros(2), None), "names the class 'cat'"),
    (lambda: apply_class_weight({1.5: 1}, np.zeros(2), None), "names the class 1.5"),
    (lambda: split(ArrayFeed(np.zeros(1)), 0.5), "leaves one of the two parts empty"),
    (lambda: split(ArrayFeed(np.zeros(4)), 0.0), "leaves one of the two parts empty"),
    (lambda: ArrayFeed(np.zeros(3), np.zeros(2), where="validation_data"), "validation_data x: 3"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "says"), WRONG, ids=[says for _, says in WRONG])
def test_errors_teach(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_limits_are_allowed():
    assert feed.check_count(np.int64(0), "epochs") == 0 and feed.check_count(1, "steps", 1) == 1
    assert feed.check_share(0) is None and feed.check_share(np.float32(0.5)) is None and feed.check_share(None) is None
    assert feed.check_batch_size(None) == 32 and feed.check_batch_size(1) == 1
    assert check_lengths({"a": np.zeros((3, 2))}, [np.zeros(3)], np.ones(3)) == 3
    np.testing.assert_array_equal(as_arrays(pandas.DataFrame({"a": ["u"], "b": ["v"]}), "x"), [["u", "v"]])


@pytest.mark.parametrize(
    ("thing", "is_one"),
    [
        (np.zeros(2), True), (np.float32(1), True), (jnp.zeros(1), True), (Variable(np.zeros(1)), True), ([1, 2], True),
        ([], True), ((np.zeros(1), [2.0]), True), ({"a": np.zeros(1)}, True), ({}, False), ({"a": object()}, False),
        ([object()], False), (["a"], True), ([True], True), ("a", False), (3, False), (None, False), (iter([1]), False),
        (pandas.Series([1]), True), ([np.zeros(1), iter([])], False), ({"a": [1], "b": iter([])}, False),
    ],
)  # fmt: skip
def test_what_counts_as_arrays(thing, is_one):
    assert is_array_like(thing) is is_one


@pytest.mark.parametrize(
    ("y", "table", "weights"),
    [
        ([0, 1, 2], {0: 2.0, 2: 5}, [2, 1, 5]), ([[0], [1]], {1: 3}, [1, 3]), (np.eye(3)[[2, 0]], {2: 4.0}, [4, 1]),
        ([0.0, 1.0], {1: 3}, [1, 3]), ([0, 0], {7: 3}, [1, 1]), (np.zeros(0), {0: 3}, []),
        ([0.9, 0.1], {1: 3}, [3, 1]), ([0, 3], {}, [1, 1]), ([[[0], [1]]], {1: 3}, [[1, 3]]),
        (np.array([1, 0]), {np.int64(1): 2}, [2, 1]),
    ],
)  # fmt: skip
def test_weights_of_classes(y, table, weights):
    found = apply_class_weight(table, np.asarray(y), None)
    assert found.dtype == "float32"
    np.testing.assert_array_equal(found, weights)


def test_parts_number_their_rows():
    whole = ArrayFeed(np.arange(10.0), np.arange(10), batch_size=4)
    first, last = split(whole, 0.3)
    assert (first.rows, first.steps, first.even) == (7, 2, False) and (last.rows, last.steps, last.even) == (
        3,
        1,
        False,
    )
    np.testing.assert_array_equal(first.index(), [[0, 1, 2, 3], [4, 5, 6, 0]])
    np.testing.assert_array_equal(last.index(), [[7, 8, 9, 7]])
    np.testing.assert_array_equal(last.index(np.array([2, 0, 1])), [[9, 7, 8, 7]])
    assert first.index().dtype == "int32" == last.index(np.array([2, 0, 1])).dtype
    even = whole.part(0, 8)
    assert even.even and even.steps == 2 and even.index().tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert first.data is whole.data and isinstance(whole.data[0], jax.Array)
    assert whole.sample[0].tolist() == [0, 1] and whole.sample[1].tolist() == [0, 1] and whole.sample[2] is None
    assert (ArrayFeed(np.zeros(5)).batch_size, ArrayFeed(np.zeros(50)).batch_size) == (5, 32)
    assert ArrayFeed(np.zeros(5), batch_size=8).batch_size == 8  # what was asked for stays
    weighted = ArrayFeed(np.zeros(3), np.array([0, 1, 1]), class_weight={1: 2.0})
    assert weighted.host[2].tolist() == [1, 2, 2]


def test_pace():
    pace = Pace(0.5, first=4)
    assert pace.next(100) == 4 and pace.next(5) == 5 and pace.next(6) == 3 and pace.next(3) == 3
    pace.measured(4, 0.04)  # 0.01 s each: 50 at a time, but not more than 8 times longer at once
    assert pace.size == 32 and pace.seconds_per_unit == pytest.approx(0.01)
    pace.measured(32, 0.32)
    assert pace.size == 50
    pace.measured(50, 1.5)  # 0.03 s: the mean of old and new counts
    assert pace.seconds_per_unit == pytest.approx(0.02) and pace.size == 25
    pace.measured(0, 100.0)
    assert pace.size == 1
    assert Pace(1.0).size == 1 == Pace(1.0).next(3)
    quick = Pace(1.0)
    quick.measured(1, 0.0)
    assert quick.size == 8
