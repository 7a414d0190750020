"""Boxes and arrows laid out in layers (Sugiyama, Tagawa, Toda 1981), in plain Python.

Each box goes one layer below the lowest of those it hangs on, or lower where that shortens its arrows. Long arrows
get an invisible box in every layer they pass, so that they run around the others; arrows of one source share them.
Boxes are ordered within a layer by the mean place of their neighbours (of all orders met, the one with the fewest
crossings stays). What simply follows one another is put in one straight line (after Brandes and Koepf 2002), and lines
move towards their neighbours as far as the others leave room. Arrows run straight past the boxes of a layer and bend
only between layers: no arrow crosses a box.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .graph_lines import Slot, spread

SWEEPS = 10
GAP = 28.0  # between boxes of a layer
LAYER_GAP = 34.0  # between layers
PASSING = 8.0  # room of an arrow that passes a layer

Point = tuple[float, float]
Edge = tuple[Hashable, Hashable]


@dataclass
class Placed:
    """Where a box lies: its middle, and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Layout:
    """A finished drawing.

    Attributes:
        boxes: by key.
        arrows: the corner points of each arrow, from above to below.
        width, height: of the whole.
        frames: around groups of boxes, by the group's path (see ``group_layout``).
    """

    boxes: dict[Hashable, Placed]
    arrows: list[list[Point]]
    width: float = 0.0
    height: float = 0.0
    frames: dict[tuple, Placed] = field(default_factory=dict)


def lay_out(
    sizes: dict[Hashable, tuple[float, float]],
    edges: Sequence[Edge],
    ends: Sequence[Point] | None = None,
    first: Collection[Hashable] = (),
    last: Collection[Hashable] = (),
    gap: float = GAP,
    layer_gap: float = LAYER_GAP,
) -> Layout:
    """Place boxes from top to bottom.

    Args:
        sizes: key -> (width, height), in the order in which boxes should be met.
        edges: pairs (from, to) without cycles.
        ends: for each edge how far right of its boxes' middles it starts and ends; (0, 0) by default.
        first, last: keys that stay in the first layer, and keys that go into the last.
        gap: least distance of the boxes of a layer.
        layer_gap: distance of layers.

    >>> layout = lay_out({"a": (40, 20), "b": (40, 20)}, [("a", "b")])
    >>> [(box.x, box.y) for box in layout.boxes.values()], layout.arrows
    ([(20.0, 10.0), (20.0, 64.0)], [[(20.0, 20.0), (20.0, 54.0)]])
    """
    offsets = list(ends) if ends is not None else [(0.0, 0.0)] * len(edges)
    layer_of = _layers(list(sizes), edges, set(first), set(last))
    layers: list[list[Slot]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    slots = {}
    for key, (width, height) in sizes.items():
        slots[key] = Slot(layer_of[key], width, height)
        layers[layer_of[key]].append(slots[key])
    chains = _chains(layers, slots, layer_of, edges, offsets)
    _order(layers)
    spread(layers, gap)
    return _drawing(layers, slots, chains, offsets, layer_gap)


def _layers(keys: list[Hashable], edges: Sequence[Edge], first: set, last: set) -> dict[Hashable, int]:
    """The length of the longest way from a start to each box; what has fewer arrows in than out moves down."""
    incoming: dict[Hashable, int] = dict.fromkeys(keys, 0)
    outgoing: dict[Hashable, list[Hashable]] = {k: [] for k in keys}
    for start, end in edges:
        incoming[end] += 1
        outgoing[start].append(end)
    degree = dict(incoming)
    layer = dict.fromkeys(keys, 0)
    ready = [k for k in reversed(keys) if not incoming[k]]
    order = []
    while ready:
        key = ready.pop()
        order.append(key)
        for end in outgoing[key]:
            layer[end] = max(layer[end], layer[key] + 1)
            incoming[end] -= 1
            if not incoming[end]:
                ready.append(end)
    if len(order) < len(keys):
        raise ValueError("lay_out: the edges run in a circle; every box must come after those it hangs on.")
    for key in reversed(order):
        if outgoing[key] and key not in first and degree[key] <= len(outgoing[key]):
            layer[key] = min(layer[end] for end in outgoing[key]) - 1
    if last:
        bottom = max(layer.values(), default=0) + (not all(k in last for k in keys if not outgoing[k]))
        layer.update(dict.fromkeys(last, bottom))
    return layer


def _chains(
    layers: list[list[Slot]], slots: dict[Hashable, Slot], layer_of: dict[Hashable, int], edges: Sequence[Edge],
    offsets: list[Point],
) -> list[list[Slot]]:  # fmt: skip
    """The slots each edge runs through. Edges that start at one point share the places they pass."""
    shared: dict[tuple, Slot] = {}
    linked: set[tuple] = set()
    chains = []
    for (start, end), (out, into) in zip(edges, offsets, strict=True):
        chain = [slots[start]]
        for layer in range(layer_of[start] + 1, layer_of[end]):
            place = (start, out, layer)
            if place not in shared:
                shared[place] = Slot(layer, PASSING, 0.0, passing=True)
                layers[layer].append(shared[place])
            chain.append(shared[place])
        chain.append(slots[end])
        for upper, lower in pairwise(chain):
            up, low = (out if upper is chain[0] else 0.0), (into if lower is chain[-1] else 0.0)
            if (id(upper), id(lower), up, low) not in linked:
                linked.add((id(upper), id(lower), up, low))
                upper.below.append((lower, low, up))
                lower.above.append((upper, up, low))
        chains.append(chain)
    return chains


def _order(layers: list[list[Slot]]) -> None:
    """Sort each layer by the mean place of its neighbours, downwards and upwards in turn; keep the best order."""
    _number(layers)
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            mean = {}
            for slot in layer:
                near = slot.above if down else slot.below
                mean[slot] = sum(n.place for n, _, _ in near) / len(near) if near else slot.place
            layer.sort(key=mean.__getitem__)
            _number([layer])
        found = _crossings(layers)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    for layer, kept in zip(layers, best, strict=True):
        layer[:] = kept
    _number(layers)


def _number(layers: list[list[Slot]]) -> None:
    for layer in layers:
        for i, slot in enumerate(layer):
            slot.place = i


def _crossings(layers: list[list[Slot]]) -> int:
    """How many pairs of arrows cross between neighbouring layers."""
    count = 0
    for layer in layers:
        ends: list[float] = []
        for slot in layer:
            links = sorted((mine, n.place + 1e-4 * theirs / (n.width + 1)) for n, theirs, mine in slot.below)
            for _, place in links:
                count += len(ends) - bisect_left(ends, place + 1e-9)
                insort(ends, place)
    return count


def _drawing(
    layers: list[list[Slot]], slots: dict[Hashable, Slot], chains: list[list[Slot]], offsets: list[Point],
    layer_gap: float,
) -> Layout:  # fmt: skip
    left = min((s.x - s.width / 2 for layer in layers for s in layer), default=0.0)
    right = max((s.x + s.width / 2 for layer in layers for s in layer), default=0.0)
    y, tops, bottoms = 0.0, [], []
    for layer in layers:
        height = max((s.height for s in layer), default=0.0)
        tops.append(y)
        bottoms.append(y + height)
        y += height + layer_gap
    boxes = {k: Placed(s.x - left, (tops[s.layer] + bottoms[s.layer]) / 2, s.width, s.height) for k, s in slots.items()}
    arrows = []
    for chain, (out, into) in zip(chains, offsets, strict=True):
        first, last = chain[0], chain[-1]
        x, middle = first.x - left + out, (tops[first.layer] + bottoms[first.layer]) / 2
        points = [(x, middle + first.height / 2), (x, bottoms[first.layer])]
        for s in chain[1:-1]:
            points += [(s.x - left, tops[s.layer]), (s.x - left, bottoms[s.layer])]
        x, middle = last.x - left + into, (tops[last.layer] + bottoms[last.layer]) / 2
        arrows.append(_without_repeats([*points, (x, tops[last.layer]), (x, middle - last.height / 2)]))
    return Layout(boxes, arrows, right - left, max(y - layer_gap, 0.0))


def _without_repeats(points: list[Point]) -> list[Point]:
    """Corner points: none twice, none in the middle of a straight line down, none above the one before."""
    kept: list[Point] = []
    for x, y in points:
        point = (x, max(y, kept[-1][1]) if kept else y)  # sums in another order differ in the last digit
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and kept[-2][0] == kept[-1][0] == x:
            kept.pop()
        kept.append(point)
    return kept
