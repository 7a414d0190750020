"""Straight lines of a layered drawing: where boxes stand from left to right (after Brandes and Koepf 2002).

What simply follows one another stands in one line; lines move towards their neighbours as far as the others leave room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

SWEEPS = 20  # over all lines, from the left and from the right in turn


@dataclass(eq=False)
class Slot:
    """A box, or a place that a long arrow passes through."""

    layer: int
    width: float
    height: float
    passing: bool = False
    # (the other end, where its end lies beside its middle, where mine does)
    above: list[tuple[Slot, float, float]] = field(default_factory=list)
    below: list[tuple[Slot, float, float]] = field(default_factory=list)
    x: float = 0.0
    place: int = 0


def spread(layers: list[list[Slot]], gap: float) -> None:
    """Horizontal places: what follows one another stands in one line, lines go to the middle of their neighbours."""
    lines = _lines(layers)
    line_of = {slot: line for line in lines for slot in line.slots}
    for layer in layers:
        for left, right in pairwise(layer):
            space = gap / 2 if left.passing and right.passing else gap
            a, b = line_of[left], line_of[right]
            distance = (left.width + right.width) / 2 + space + left.x - right.x
            b.left[a] = max(distance, b.left.get(a, distance))
            a.right[b] = max(distance, a.right.get(b, distance))
    order = _from_left(lines)
    for line in order:
        line.x = max((other.x + d for other, d in line.left.items()), default=0.0)
    end, packed = max((line.x for line in order), default=0.0), {line: line.x for line in order}
    for line in reversed(order):
        line.x = min((other.x - d for other, d in line.right.items()), default=end)
    for line in order:  # halfway between all to the left and all to the right
        line.x = (line.x + packed[line]) / 2
    pulls: dict[_Line, list[tuple[_Line, float]]] = {line: [] for line in lines}
    for line in lines:
        for slot in line.slots:
            for near, theirs, mine in [*slot.above, *slot.below]:
                if line_of[near] is not line:
                    pulls[line].append((line_of[near], near.x + theirs - slot.x - mine))
    for sweep in range(SWEEPS):
        for line in order if sweep % 2 == 0 else reversed(order):
            if not pulls[line]:
                continue
            wanted = sum(other.x + distance for other, distance in pulls[line]) / len(pulls[line])
            low = max((other.x + d for other, d in line.left.items()), default=-inf)
            high = min((other.x - d for other, d in line.right.items()), default=inf)
            line.x = max(low, min(high, wanted))
    for line in lines:
        for slot in line.slots:
            slot.x += line.x


@dataclass(eq=False)
class _Line:
    """Slots of successive layers that stand below one another; a slot's x counts from the line's."""

    slots: list[Slot]
    x: float = 0.0
    left: dict[_Line, float] = field(default_factory=dict)  # lines beside it, and the least distance
    right: dict[_Line, float] = field(default_factory=dict)


def _lines(layers: list[list[Slot]]) -> list[_Line]:
    """Slots joined to straight lines, as far as the lines do not cross."""
    follows: dict[Slot, tuple[Slot, float]] = {}
    for layer in layers:
        taken: list[tuple[int, int]] = []
        pairs = [(slot, *link) for slot in layer if (link := _straight_on(slot.below, "below")) is not None]
        for upper, lower, low, up in sorted(pairs, key=lambda p: not (p[0].passing and p[1].passing)):
            back = _straight_on(lower.above, "above")
            if back is None or back[0] is not upper:
                continue
            if any((upper.place - u) * (lower.place - v) <= 0 for u, v in taken):
                continue
            taken.append((upper.place, lower.place))
            follows[lower] = upper, up - low
    lines: dict[Slot, _Line] = {}
    for layer in layers:
        for slot in layer:
            before = follows.get(slot)
            if before is None:
                lines[slot] = _Line([slot])
            else:
                lines[slot] = lines[before[0]]
                lines[slot].slots.append(slot)
                slot.x = before[0].x + before[1]
    return list(dict.fromkeys(lines.values()))


def _straight_on(links: list[tuple[Slot, float, float]], way: str) -> tuple[Slot, float, float] | None:
    """The neighbour that a line goes on to: the only box, or the only one that boxes follow on, or the middle one."""
    boxes = [link for link in links if not link[0].passing]
    among = boxes if len(boxes) == 1 else links
    if len(among) == 2 and len(boxes) == 2:
        among = [link for link in boxes if any(not n.passing for n, _, _ in getattr(link[0], way))]
    if len(among) % 2 == 0:
        return None
    return sorted(among, key=lambda link: (link[0].place, link[1]))[len(among) // 2]


def _from_left(lines: list[_Line]) -> list[_Line]:
    """Lines in an order in which each comes after those left of it."""
    waiting = {line: len(line.left) for line in lines}
    ready, order = [line for line in lines if not waiting[line]], []
    while ready:
        line = ready.pop()
        order.append(line)
        for other in line.right:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return order
