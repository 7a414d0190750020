"""Nested structures: lists, tuples, named tuples, dicts, deques of anything, walked in one fixed order.

Dicts go by sorted key (as JAX has them), ordered dicts by insertion. None is a leaf, as is every object that
is not one of those containers, subclasses of them included.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any

_MAPPINGS = (dict, OrderedDict, defaultdict)
_SEQUENCES = (list, tuple, deque)
# Layers keep their lists and dicts in tracking twins; those are read like what they twin.
_TWINS = {"TrackedList": list, "TrackedDict": dict}


class MAP_TO_NONE:
    """What a function given to ``traverse`` returns to put None in a place."""


def _kind(structure: Any) -> type | None:
    """The container type, None for a leaf."""
    cls = type(structure)
    if cls in _MAPPINGS or cls in _SEQUENCES:
        return cls
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return cls
    twin = _TWINS.get(cls.__name__)
    return twin if twin is not None and isinstance(structure, twin) else None


def _keys(structure: Any) -> list[Any]:
    """Keys or positions of a container, in walking order."""
    if isinstance(structure, OrderedDict):
        return list(structure)
    if isinstance(structure, dict):
        try:
            return sorted(structure)
        except TypeError:  # keys of several types have no order of their own
            return list(structure)
    return list(range(len(structure)))


def _rebuild(like: Any, values: dict[Any, Any]) -> Any:
    """A container of the type of ``like``, its entries from ``values`` by key; dicts keep their insertion order."""
    kind = _kind(like)
    if kind is OrderedDict or kind is dict:
        return kind((k, values[k]) for k in like)
    if kind is defaultdict:
        return defaultdict(like.default_factory, ((k, values[k]) for k in like))
    items = [values[i] for i in range(len(like))]
    if kind is deque:
        return deque(items, maxlen=like.maxlen)
    if hasattr(kind, "_fields"):
        return kind(*items)  # type: ignore[misc]
    return kind(items)  # type: ignore[misc]


def is_nested(structure: Any) -> bool:
    """Whether a value is a container rather than a leaf; empty containers are.

    >>> is_nested([]), is_nested(None), is_nested("abc")
    (True, False, False)
    """
    return _kind(structure) is not None


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """Leaves with the keys and positions that lead to them.

    >>> flatten_with_path({"b": 1, "a": (2, None)})
    [(('a', 0), 2), (('a', 1), None), (('b',), 1)]
    """
    found: list[tuple[tuple, Any]] = []

    def walk(node: Any, path: tuple) -> None:
        if _kind(node) is None:
            found.append((path, node))
            return
        for key in _keys(node):
            walk(node[key], (*path, key))

    walk(structure, ())
    return found


def flatten(structure: Any) -> list[Any]:
    """The leaves in walking order; a leaf alone gives a list of one.

    >>> flatten({"b": [1, 2], "a": (3, {"c": 4})})
    [3, 4, 1, 2]
    """
    return [leaf for _, leaf in flatten_with_path(structure)]


def _same_node(a: Any, b: Any, where: tuple) -> None:
    """Raise unless two containers have the same type and the same keys."""
    place = f" at {_place(where)}" if where else ""
    ka, kb = _kind(a), _kind(b)
    if (ka is None) != (kb is None):
        raise ValueError(
            f"The structures don't have the same nested structure{place}: {type(a).__name__} against "
            f"{type(b).__name__}.\nFirst: {a!r}\nSecond: {b!r}"
        )
    if ka is None:
        return
    both_dicts = isinstance(a, dict) and isinstance(b, dict)
    if ka is not kb and not both_dicts:
        raise ValueError(
            f"The structures don't have the same nested structure{place}: expected an instance of "
            f"{ka.__name__}, got {b!r}."
        )
    if both_dicts and set(a) != set(b):
        missing, extra = [k for k in a if k not in b], [k for k in b if k not in a]
        raise ValueError(f"The structures don't have the same keys{place}: missing {missing}, not expected {extra}.")
    if not both_dicts and len(a) != len(b):
        raise ValueError(
            f"The structures don't have the same length{place}: expected {len(a)} entries, got {len(b)}: {b!r}."
        )


def _place(path: tuple) -> str:
    return "".join(f"[{k!r}]" for k in path)


def map_structure(func: Callable, *structures: Any, none_is_leaf: bool = True) -> Any:
    """The same structure with ``func`` of corresponding leaves in place of the leaves.

    Args:
        func: takes one leaf of each structure.
        structures: one or more of the same shape.
        none_is_leaf: False leaves None where it is, and ``func`` does not see it.
    Raises:
        ValueError: the structures differ, or none was given.

    >>> map_structure(lambda a, b: a + b, {"x": [1, 2]}, {"x": [10, 20]})
    {'x': [11, 22]}
    """
    if not callable(func):
        raise TypeError(f"map_structure: func must be callable, got {func!r} of type {type(func).__name__}.")
    if not structures:
        raise ValueError("map_structure: give at least one structure after the function.")
    first = structures[0]

    def walk(nodes: tuple, path: tuple) -> Any:
        for other in nodes[1:]:
            _same_node(nodes[0], other, path)
        if _kind(nodes[0]) is None:
            return None if nodes[0] is None and not none_is_leaf else func(*nodes)
        return _rebuild(nodes[0], {k: walk(tuple(n[k] for n in nodes), (*path, k)) for k in _keys(nodes[0])})

    return walk((first, *structures[1:]), ())


def map_structure_up_to(shallow_structure: Any, func: Callable, *structures: Any) -> Any:
    """As ``map_structure``, but what lies deeper than ``shallow_structure`` counts as a leaf.

    >>> map_structure_up_to([0, 0], lambda a: len(a), [(1, 2), [3]])
    [2, 1]
    """
    if not structures:
        raise ValueError("map_structure_up_to: give at least one structure after the function.")

    def walk(shallow: Any, nodes: tuple, path: tuple) -> Any:
        if _kind(shallow) is None:
            return func(*nodes)
        for node in nodes:
            _same_node(shallow, node, path)
        return _rebuild(shallow, {k: walk(shallow[k], tuple(n[k] for n in nodes), (*path, k)) for k in _keys(shallow)})

    return walk(shallow_structure, structures, ())


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Raise a ValueError that names the place where two structures differ; leaves are not compared.

    Args:
        a, b: the structures.
        check_types: accepted as in Keras; container types are always compared.
    """

    def walk(x: Any, y: Any, path: tuple) -> None:
        _same_node(x, y, path)
        if _kind(x) is not None:
            for key in _keys(x):
                walk(x[key], y[key], (*path, key))

    walk(a, b, ())


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise a ValueError unless both structures have leaves at the same paths; container types may differ."""
    paths_a, paths_b = ([path for path, _ in flatten_with_path(s)] for s in (a, b))
    only_a, only_b = [p for p in paths_a if p not in paths_b], [p for p in paths_b if p not in paths_a]
    if only_a or only_b:
        raise ValueError(f"`a` and `b` don't have the same paths: only in `a`: {only_a}; only in `b`: {only_b}.")


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """The inverse of ``flatten``: a structure like ``structure`` with its leaves from a flat sequence.

    Raises:
        TypeError: ``flat_sequence`` is not iterable.
        ValueError: it has more or fewer entries than the structure has leaves.

    >>> pack_sequence_as({"a": 0, "b": [0, 0]}, [1, 2, 3])
    {'a': 1, 'b': [2, 3]}
    """
    try:
        values = list(flat_sequence)
    except TypeError:
        raise TypeError(f"pack_sequence_as: flat_sequence must be a sequence, got {flat_sequence!r}.") from None
    count = len(flatten(structure))
    if len(values) != count:
        raise ValueError(
            f"pack_sequence_as: the structure has {count} leaves, flat_sequence has {len(values)} entries."
        )
    return _pack(structure, iter(values))


def _pack(structure: Any, rest: Any) -> Any:
    if _kind(structure) is None:
        return next(rest)
    return _rebuild(structure, {k: _pack(structure[k], rest) for k in _keys(structure)})


def traverse(func: Callable, structure: Any, top_down: bool = True) -> Any:
    """Replace parts of a structure: ``func`` sees every node, containers too.

    Args:
        func: returns the replacement, None to leave a node (and go on into it), or ``MAP_TO_NONE`` for None.
        structure: what to walk through.
        top_down: a container is seen before its entries; False: after them.

    >>> traverse(lambda v: tuple(v) if isinstance(v, list) else None, [1, [2]], top_down=False)
    (1, (2,))
    """

    def walk(node: Any) -> Any:
        if top_down:
            replaced = func(node)
            if replaced is not None:
                return None if replaced is MAP_TO_NONE else replaced
        if _kind(node) is not None:
            node = _rebuild(node, {k: walk(node[k]) for k in _keys(node)})
        if not top_down:
            replaced = func(node)
            if replaced is not None:
                return None if replaced is MAP_TO_NONE else replaced
        return node

    return walk(structure)


def lists_to_tuples(structure: Any) -> Any:
    """The same structure with a tuple for every list.

    >>> lists_to_tuples([1, [2, {"a": [3]}]])
    (1, (2, {'a': (3,)}))
    """
    return traverse(lambda n: tuple(n) if _kind(n) is list else None, structure, top_down=False)


def _is_shape(node: Any) -> bool:
    return isinstance(node, (list, tuple)) and all(n is None or isinstance(n, int) for n in node)


def map_shape_structure(func: Callable, structure: Any) -> Any:
    """``func`` of every shape in a structure; a list or tuple of integers and None is a shape.

    >>> map_shape_structure(len, {"a": (1, None), "b": [(2, 3, 4)]})
    {'a': 2, 'b': [3]}
    """
    if not callable(func):
        raise TypeError(f"map_shape_structure: func must be callable, got {func!r}.")
    if structure is None or _is_shape(structure):
        return func(structure)
    if _kind(structure) is None:
        raise ValueError(f"map_shape_structure: expected nested shapes, got {structure!r}.")
    return _rebuild(structure, {k: map_shape_structure(func, structure[k]) for k in _keys(structure)})
