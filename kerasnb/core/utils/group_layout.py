"""Boxes in groups in groups, laid out from the inside out: each group is a box of the layout around it.

So a frame holds its own boxes and no others. Where an arrow crosses a frame it passes a port: a point in the first or
last layer of the group, at which the arrow inside and the arrow outside meet.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .graph_layout import GAP, LAYER_GAP, Edge, Layout, Placed, Point, _without_repeats, lay_out

Path = tuple[str, ...]


class Room(NamedTuple):
    """Space between a frame and what it holds."""

    side: float = 14.0
    top: float = 30.0
    bottom: float = 16.0


@dataclass
class _Group:
    """A group that was laid out: its drawing, its ports, and which of its arrows each edge runs through."""

    layout: Layout
    inner: dict[str, _Group]
    runs: dict[int, int]
    offsets: dict[Hashable, float] = field(default_factory=dict)  # port -> how far right of the frame's middle
    width: float = 0.0
    height: float = 0.0


def lay_out_groups(
    sizes: Mapping[Hashable, tuple[float, float]],
    edges: Sequence[Edge],
    inside: Mapping[Hashable, Path],
    titles: Mapping[Path, float] | None = None,
    room: Room | None = None,
    gap: float = GAP,
    layer_gap: float = LAYER_GAP,
) -> Layout:
    """Place boxes from top to bottom, those of a group within a frame.

    Args:
        sizes: key -> (width, height), in the order in which boxes should be met.
        edges: pairs (from, to) of boxes, without cycles, also between groups.
        inside: key -> names of the groups around it, outermost first.
        titles: path of a group -> least width of its frame.
        room: space within frames.
        gap, layer_gap: as in ``lay_out``.
    """
    titles, room = titles or {}, room or Room()
    paths = {key: tuple(inside.get(key, ())) for key in sizes}

    def place(path: Path) -> _Group:
        depth = len(path)

        def child(key: Hashable) -> tuple[str, Hashable] | None:
            """The box or group of this level that a box belongs to; None for boxes elsewhere."""
            if paths[key][:depth] != path:
                return None
            return ("group", paths[key][depth]) if len(paths[key]) > depth else ("box", key)

        here: dict[Hashable, tuple[float, float]] = {}
        inner: dict[str, _Group] = {}
        for key, size in sizes.items():
            at = child(key)
            if at is None or at in here:
                continue
            if at[0] == "group":
                group = inner[str(at[1])] = place((*path, str(at[1])))
                size = group.width, group.height
            here[at] = size
        level: dict[tuple[Hashable, Hashable, Point], int] = {}
        runs: dict[int, int] = {}
        for number, (start, end) in enumerate(edges):
            a, b = child(start), child(end)
            if a == b:  # deeper inside, or elsewhere
                continue
            out = inner[str(a[1])].offsets["out", start] if a and a[0] == "group" else 0.0
            into = inner[str(b[1])].offsets["in", start] if b and b[0] == "group" else 0.0
            tail, head = a or ("in", start), b or ("out", start)
            runs[number] = level.setdefault((tail, head, (out, into)), len(level))
        ports = [p for tail, head, _ in level for p in (tail, head) if p[0] in ("in", "out")]  # type: ignore[index]
        entries, exits = [p for p in ports if p[0] == "in"], [p for p in ports if p[0] == "out"]
        layout = lay_out(
            {**dict.fromkeys(entries, (1.0, 0.0)), **here, **dict.fromkeys(exits, (1.0, 0.0))},
            [(tail, head) for tail, head, _ in level], [ends for _, _, ends in level], entries, exits, gap, layer_gap,
        )  # fmt: skip
        found = _Group(layout, inner, runs)
        if path:
            found.width = max(layout.width + 2 * room.side, titles.get(path, 0.0))
            found.height = layout.height + room.top + room.bottom
            found.offsets = {p: layout.boxes[p].x - layout.width / 2 for p in ports}
        return found

    whole = place(())
    result = Layout({}, [[] for _ in edges], whole.layout.width, whole.layout.height)
    pieces: list[list[list[Point]]] = [[] for _ in edges]
    _put_together(whole, (), (0.0, 0.0), room, result, pieces)
    for number, runs in enumerate(pieces):
        runs.sort(key=lambda points: points[0][1])
        result.arrows[number] = _without_repeats([point for points in runs for point in points])
    return result


def _put_together(
    group: _Group, path: Path, corner: Point, room: Room, result: Layout, pieces: list[list[list[Point]]]
) -> None:
    """Move a group's drawing to where it lies in the whole."""
    left, top = corner
    for (kind, key), box in group.layout.boxes.items():  # type: ignore[misc]
        if kind == "box":
            result.boxes[key] = Placed(left + box.x, top + box.y, box.width, box.height)
        elif kind == "group":
            inner, name = group.inner[key], (*path, key)
            result.frames[name] = Placed(left + box.x, top + box.y, box.width, box.height)
            start = left + box.x - inner.layout.width / 2, top + box.y - box.height / 2 + room.top
            _put_together(inner, name, start, room, result, pieces)
    for number, run in group.runs.items():
        pieces[number].append([(left + x, top + y) for x, y in group.layout.arrows[run]])
