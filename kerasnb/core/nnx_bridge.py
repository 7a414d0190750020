"""How flax.nnx sees a layer: Variables and sublayers as graph data, everything else static.

``nnx.split``, ``nnx.merge``, ``nnx.state`` and the transforms work on kerasnb layers through these
two functions. Static values that cannot be hashed are wrapped, so that a graph definition can be a
jit key; two wrapped values are equal when they are the same object.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
from flax import nnx
from flax.nnx.graphlib import DataElem, StaticElem

from .tracking import Tracker
from .variable import Variable

# Made anew for the twin that merge builds, never shared with the original.
_LINKS = frozenset({"_parent", "_inbound_nodes", "_outbound_nodes", "_losses"})
_TRACKED = ("trainable", "fixed", "layers", "metrics", "seeds")


class Opaque:
    """A static value compared by identity where it cannot be hashed."""

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def graph_items(layer: Any) -> list[tuple[str, Any]]:
    """Attributes in nnx's form, the bookkeeping lists last so that paths read as attributes."""
    items: list[tuple[str, Any]] = []
    for name, value in sorted(vars(layer).items()):
        if name in _LINKS or name in ("_tracker", "_pytree__state", "_pytree__nodes"):
            continue
        items.append((name, DataElem(_plain(value)) if holds_data(value) else StaticElem(_hashable(value))))
    for kind in _TRACKED:
        held = getattr(layer._tracker, kind)
        if kind in ("metrics", "seeds"):
            held = [h for h in held if holds_data(h)]
        items.append((f"~{kind}", DataElem(list(held))))
    return items


def init_from_items(layer: Any, attributes: Iterable[tuple[Any, Any]]) -> None:
    """Fill an empty layer with the attributes that ``graph_items`` gave."""
    put = layer.__dict__.__setitem__
    tracker = Tracker(layer)
    put("_tracker", tracker)
    put("_losses", [])
    put("_parent", None)
    put("_inbound_nodes", [])
    put("_outbound_nodes", [])
    for name, value in attributes:
        if isinstance(name, str) and name.startswith("~"):
            getattr(tracker, name[1:]).extend(value)
            for held in value:
                tracker._adopt(held)
        else:
            put(name, value.value if isinstance(value, Opaque) else value)


def holds_data(value: Any) -> bool:
    """Whether arrays, Variables or modules stand anywhere in a value."""
    if isinstance(value, (Variable, nnx.Variable, nnx.Module, jax.Array)):
        return True
    if isinstance(value, dict):
        return any(holds_data(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return any(holds_data(v) for v in value)
    return False


def _plain(value: Any) -> Any:
    """Tracking containers as the plain ones that JAX knows."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        return Opaque(value)
    return value
