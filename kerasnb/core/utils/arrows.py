"""Arrows along corner points: straight where a line is, bent softly between; as SVG text and as points."""

from __future__ import annotations

from itertools import pairwise

from .graph_layout import Point

STEPS = 12  # pieces of a bend in a picture of pixels
HEAD = 8.0  # length of an arrow's head


def _bend(start: Point, end: Point, sideways: bool) -> tuple[Point, Point]:
    """Control points of a curve that leaves and arrives in the direction of the drawing."""
    (x0, y0), (x1, y1) = start, end
    if sideways:
        return ((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)
    return (x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)


def _is_straight(start: Point, end: Point) -> bool:
    return abs(start[0] - end[0]) < 0.05 or abs(start[1] - end[1]) < 0.05


def path_of(points: list[Point], sideways: bool = False) -> str:
    """The ``d`` of an SVG path through the points.

    >>> path_of([(0, 0), (0, 10), (20, 30)])
    'M0 0L0 10C0 20 20 20 20 30'
    """
    parts = [f"M{_pair(points[0])}"]
    for start, end in pairwise(points):
        if _is_straight(start, end):
            parts.append(f"L{_pair(end)}")
        else:
            first, second = _bend(start, end, sideways)
            parts.append(f"C{_pair(first)} {_pair(second)} {_pair(end)}")
    return "".join(parts)


def points_of(points: list[Point], sideways: bool = False) -> list[Point]:
    """The same line as many short straight ones."""
    found = [points[0]]
    for start, end in pairwise(points):
        if not _is_straight(start, end):
            first, second = _bend(start, end, sideways)
            for step in range(1, STEPS):
                t = step / STEPS
                shares = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
                corners = (start, first, second, end)
                x = sum(share * p[0] for share, p in zip(shares, corners, strict=True))
                y = sum(share * p[1] for share, p in zip(shares, corners, strict=True))
                found.append((x, y))
        found.append(end)
    return found


def head_of(points: list[Point], sideways: bool = False) -> list[Point]:
    """The triangle at the end of the line."""
    (x, y), before = points[-1], points[-2] if len(points) > 1 else points[-1]
    sign = (1 if x >= before[0] else -1) if sideways else (1 if y >= before[1] else -1)
    back = HEAD * sign
    if sideways:
        return [(x, y), (x - back, y + HEAD / 2), (x - back, y - HEAD / 2)]
    return [(x, y), (x - HEAD / 2, y - back), (x + HEAD / 2, y - back)]


def _pair(point: Point) -> str:
    return f"{_short(point[0])} {_short(point[1])}"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
