"""Nested structures: walking order, round trips, and errors that name the place."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnb import tree

Point = namedtuple("Point", "x y")
STRUCTURES = st.recursive(
    st.integers() | st.none() | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.builds(Point, inner, inner)
        | st.lists(inner, max_size=3).map(deque)
    ),
    max_leaves=12,
)


@given(STRUCTURES)
def test_flatten_and_back(structure):
    leaves = tree.flatten(structure)
    assert tree.pack_sequence_as(structure, leaves) == structure
    assert tree.map_structure(lambda v: v, structure) == structure
    paths = tree.flatten_with_path(structure)
    assert [leaf for _, leaf in paths] == leaves
    for path, leaf in paths:
        at = structure
        for key in path:
            at = at[key]
        assert at is leaf
    tree.assert_same_structure(structure, tree.map_structure(lambda v: 0, structure))


@pytest.mark.parametrize(
    ("structure", "leaves"),
    [
        ({"b": [1, None], "a": (3, {"c": 4}), "n": Point(1, [2])}, [3, 4, 1, None, 1, 2]),
        (OrderedDict([("b", 1), ("a", 2)]), [1, 2]),
        (defaultdict(int, {"b": 1, "a": 2}), [2, 1]),
        ({2: 1, "a": 2}, [1, 2]),
        (deque([1, 2]), [1, 2]),
        (None, [None]),
        ("abc", ["abc"]),
        ({3, 1}, [{1, 3}]),
    ],
)
def test_walking_order(structure, leaves):
    assert tree.flatten(structure) == leaves


def test_kinds_are_kept():
    found = tree.map_structure(lambda v: v, deque([1], maxlen=3))
    assert isinstance(found, deque) and found.maxlen == 3
    found = tree.map_structure(lambda v: v, defaultdict(list, {"a": 1}))
    assert found.default_factory is list
    assert list(tree.map_structure(lambda v: v, {"b": 1, "a": 2})) == ["b", "a"]
    assert not tree.is_nested(type("Own", (list,), {})())


def test_none():
    assert tree.map_structure(lambda v: 0 if v is None else v, [1, None]) == [1, 0]
    assert tree.map_structure(lambda v: v + 1, [1, None], none_is_leaf=False) == [2, None]


def test_up_to():
    assert tree.map_structure_up_to([1, 2], lambda a, b: (a, b), [[1], 2], [3, [4, 5]]) == [([1], 3), (2, [4, 5])]
    assert tree.map_structure_up_to({"a": 1}, len, {"a": [1, 2]}) == {"a": 2}


def test_traverse():
    assert tree.traverse(lambda v: v * 2 if isinstance(v, int) else None, [1, (2,)]) == [2, (4,)]
    assert tree.traverse(lambda v: tree.MAP_TO_NONE if v == 1 else None, [1, 2]) == [None, 2]
    to_tuple = lambda v: tuple(v) if isinstance(v, list) else None  # noqa: E731
    assert tree.traverse(to_tuple, [1, [2]]) == (1, [2])
    assert tree.traverse(to_tuple, [1, [2]], top_down=False) == (1, (2,)) == tree.lists_to_tuples([1, [2]])


def test_shapes():
    shapes = {"a": (1, None), "b": [(2, 3), [4]], "c": None, "d": ()}
    assert tree.map_shape_structure(lambda s: (s, "x"), shapes) == {
        "a": ((1, None), "x"),
        "b": [((2, 3), "x"), ([4], "x")],
        "c": (None, "x"),
        "d": ((), "x"),
    }


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([1, 2], [1, [2]], r"at \[1\]: int against list"),
        ([1, 2], (1, 2), "expected an instance of list"),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, r"at \['a'\]: missing \['b'\], not expected \['c'\]"),
        ([1, 2], [1], "expected 2 entries, got 1"),
        (1, [1], "int against list"),
    ],
)
def test_differences_are_named(a, b, words):
    with pytest.raises(ValueError, match=words):
        tree.assert_same_structure(a, b)
    with pytest.raises(ValueError, match=words):
        tree.map_structure(lambda x, y: x, a, b)


def test_paths():
    tree.assert_same_paths([1, 2], (1, 2))
    with pytest.raises(ValueError, match=r"only in `b`: \[\(2,\)\]"):
        tree.assert_same_paths([1, 2], (1, 2, 3))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: tree.map_structure("x", [1]), TypeError),
        (lambda: tree.map_structure(len), ValueError),
        (lambda: tree.pack_sequence_as([1, 2], [1]), ValueError),
        (lambda: tree.pack_sequence_as([1, 2], 5), TypeError),
        (lambda: tree.map_shape_structure(len, {"a": "b"}), ValueError),
    ],
)
def test_bad_input(call, error):
    with pytest.raises(error):
        call()


def test_lists_that_layers_keep():
    import kerasnb as keras

    layer = keras.layers.Layer()
    layer.parts = [1, {"a": 2}]
    assert tree.flatten(layer.parts) == [1, 2]
    assert tree.map_structure(lambda v: v + 1, layer.parts) == [2, {"a": 3}]
