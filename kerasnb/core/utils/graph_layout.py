"""Boxes and arrows laid out in layers (Sugiyama, Tagawa, Toda 1981), in plain Python.

Each box goes one layer below the lowest of those it hangs on; long arrows get an invisible box in every layer they
pass, so that they run around the others; boxes are ordered within a layer by the mean place of their neighbours, and
then moved towards them as far as the others leave room.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SWEEPS = 8
GAP = 28.0  # between boxes of a layer
LAYER_GAP = 34.0  # between layers


@dataclass
class Placed:
    """Where a box lies: its middle, and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Layout:
    """A finished drawing: boxes by key, the corner points of each arrow, the whole size."""

    boxes: dict[Hashable, Placed]
    arrows: list[list[tuple[float, float]]]
    width: float = 0.0
    height: float = 0.0


@dataclass
class _Slot:
    """A box, or a place that a long arrow passes through."""

    key: Hashable
    layer: int
    width: float
    height: float
    above: list[_Slot] = field(default_factory=list)
    below: list[_Slot] = field(default_factory=list)
    x: float = 0.0


def lay_out(sizes: dict[Hashable, tuple[float, float]], edges: Sequence[tuple[Hashable, Hashable]]) -> Layout:
    """Place boxes from top to bottom.

    Args:
        sizes: key -> (width, height), in the order in which boxes should be met.
        edges: pairs (from, to) without cycles.
    """
    layer_of = _layers(list(sizes), edges)
    count = max(layer_of.values(), default=-1) + 1
    layers: list[list[_Slot]] = [[] for _ in range(count)]
    slots = {}
    for key, (width, height) in sizes.items():
        slots[key] = _Slot(key, layer_of[key], width, height)
        layers[layer_of[key]].append(slots[key])
    chains = []
    for start, end in edges:
        chain = [slots[start]]
        for layer in range(layer_of[start] + 1, layer_of[end]):
            chain.append(_Slot(None, layer, 8.0, 0.0))
            layers[layer].append(chain[-1])
        chain.append(slots[end])
        for upper, lower in pairwise(chain):
            upper.below.append(lower)
            lower.above.append(upper)
        chains.append(chain)
    _order(layers)
    _spread(layers)
    return _drawing(layers, slots, chains)


def _layers(keys: list[Hashable], edges: Sequence[tuple[Hashable, Hashable]]) -> dict[Hashable, int]:
    """The length of the longest way from a start to each box."""
    incoming: dict[Hashable, int] = dict.fromkeys(keys, 0)
    outgoing: dict[Hashable, list[Hashable]] = {k: [] for k in keys}
    for start, end in edges:
        incoming[end] += 1
        outgoing[start].append(end)
    layer = dict.fromkeys(keys, 0)
    ready = [k for k in keys if not incoming[k]]
    while ready:
        key = ready.pop()
        for end in outgoing[key]:
            layer[end] = max(layer[end], layer[key] + 1)
            incoming[end] -= 1
            if not incoming[end]:
                ready.append(end)
    return layer


def _order(layers: list[list[_Slot]]) -> None:
    """Sort each layer by the mean place of its neighbours, downwards and upwards in turn."""
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        place = {id(s): i for layer in layers for i, s in enumerate(layer)}
        for layer in layers if down else reversed(layers):
            mean = {}
            for slot in layer:
                near = slot.above if down else slot.below
                mean[id(slot)] = sum(place[id(n)] for n in near) / len(near) if near else place[id(slot)]
            layer.sort(key=lambda s: mean[id(s)])
            place.update((id(s), i) for i, s in enumerate(layer))


def _spread(layers: list[list[_Slot]]) -> None:
    """Horizontal places: side by side first, then towards the neighbours without overlap."""
    for layer in layers:
        at = 0.0
        for slot in layer:
            slot.x = at + slot.width / 2
            at += slot.width + GAP
        for slot in layer:
            slot.x -= (at - GAP) / 2
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = []
            for slot in layer:
                near = [*slot.above, *slot.below] if sweep > 1 else slot.above if sweep % 2 == 0 else slot.below
                wanted.append(sum(n.x for n in near) / len(near) if near else slot.x)
            _settle(layer, wanted)


def _settle(layer: list[_Slot], wanted: list[float]) -> None:
    """Put boxes where they want to be, pushed apart evenly where they would overlap."""
    groups: list[tuple[list[_Slot], list[float]]] = []  # boxes that touch, and the offset of each from the first
    starts: list[float] = []
    for slot, x in zip(layer, wanted):
        groups.append(([slot], [0.0]))
        starts.append(x)
        while len(groups) > 1:
            (left, left_off), (right, right_off) = groups[-2], groups[-1]
            distance = left[-1].width / 2 + right[0].width / 2 + GAP
            reach = starts[-2] + left_off[-1] + distance
            if starts[-1] >= reach:
                break
            joined = [*left_off, *(left_off[-1] + distance + o for o in right_off)]
            total = len(left) + len(right)
            start = (starts[-2] * len(left) + (starts[-1] - left_off[-1] - distance) * len(right)) / total
            groups[-2:] = [(left + right, joined)]
            starts[-2:] = [start]
    for (slots, offsets), start in zip(groups, starts):
        for slot, offset in zip(slots, offsets):
            slot.x = start + offset


def _drawing(layers: list[list[_Slot]], slots: dict[Hashable, _Slot], chains: list[list[_Slot]]) -> Layout:
    left = min((s.x - s.width / 2 for layer in layers for s in layer), default=0.0)
    right = max((s.x + s.width / 2 for layer in layers for s in layer), default=0.0)
    y, middles, heights = 0.0, [], []
    for layer in layers:
        heights.append(max((s.height for s in layer), default=0.0))
        middles.append(y + heights[-1] / 2)
        y += heights[-1] + LAYER_GAP
    boxes = {k: Placed(s.x - left, middles[s.layer], s.width, s.height) for k, s in slots.items()}
    arrows = []
    for chain in chains:
        first, last = boxes[chain[0].key], boxes[chain[-1].key]
        points = [(first.x, first.y + first.height / 2)]
        for s in chain[1:-1]:  # straight past the boxes of a layer
            reach = heights[s.layer] / 2
            points += [(s.x - left, middles[s.layer] - reach), (s.x - left, middles[s.layer] + reach)]
        arrows.append([*points, (last.x, last.y - last.height / 2)])
    return Layout(boxes, arrows, right - left, max(y - LAYER_GAP, 0.0))
