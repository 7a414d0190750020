"""Layouts with frames: boxes apart, frames around their own, arrows that go down and cross no box."""

from __future__ import annotations

import time
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnb.core.utils.graph_layout import lay_out
from kerasnb.core.utils.group_layout import lay_out_groups

# Boxes in this order of groups, so that no group hangs on itself.
PLACES = [(), ("a",), ("a", "b"), ("c",), ("c", "d"), ("e",)]
SLACK = 1e-6


@st.composite
def grouped(draw):
    """Sizes, edges from earlier to later boxes, and the groups they lie in."""
    inside = sorted(draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=14)), key=PLACES.index)
    keys = [f"k{i}" for i in range(len(inside))]
    sizes = {k: (draw(st.floats(10, 200)), draw(st.floats(10, 60))) for k in keys}
    pairs = list(combinations(keys, 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []
    return sizes, edges, dict(zip(keys, inside, strict=True))


def crosses(box, start, end):
    """Whether the rectangle around a piece of an arrow overlaps a box (its bends stay within that rectangle)."""
    left, right = sorted((start[0], end[0]))
    return (
        right > box.x - box.width / 2 + SLACK
        and left < box.x + box.width / 2 - SLACK
        and end[1] > box.y - box.height / 2 + SLACK
        and start[1] < box.y + box.height / 2 - SLACK
    )


def overlap(a, b):
    return (
        abs(a.x - b.x) < (a.width + b.width) / 2 - SLACK and abs(a.y - b.y) < (a.height + b.height) / 2 - SLACK
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(grouped())
def test_every_layout_keeps_its_promises(case):
    sizes, edges, inside = case
    layout = lay_out_groups(sizes, edges, inside)
    for a, b in combinations(layout.boxes.values(), 2):
        assert not overlap(a, b)
    for path, frame in layout.frames.items():
        for key, box in layout.boxes.items():
            if inside[key][: len(path)] == path:
                assert abs(frame.x - box.x) <= (frame.width - box.width) / 2 + SLACK
                assert abs(frame.y - box.y) <= (frame.height - box.height) / 2 + SLACK
            else:
                assert not overlap(frame, box), "a frame holds its own boxes and no others"
    for (start, end), points in zip(edges, layout.arrows, strict=True):
        first, last = layout.boxes[start], layout.boxes[end]
        assert points[0] == pytest.approx((first.x, first.y + first.height / 2))
        assert points[-1] == pytest.approx((last.x, last.y - last.height / 2))
        for here, there in pairwise(points):
            assert there[1] >= here[1], "arrows never turn back"
            assert not any(crosses(box, here, there) for box in layout.boxes.values()), (start, end)
    for box in [*layout.boxes.values(), *layout.frames.values()]:
        assert box.x - box.width / 2 >= -SLACK and box.x + box.width / 2 <= layout.width + SLACK
        assert box.y - box.height / 2 >= -SLACK and box.y + box.height / 2 <= layout.height + SLACK


def test_a_chain_is_one_straight_line_and_a_shortcut_passes_beside():
    keys = ["in", "conv", "norm", "relu", "add", "out"]
    sizes = {k: (40.0 + 30 * i, 30.0) for i, k in enumerate(keys)}
    layout = lay_out(sizes, [*pairwise(keys), ("in", "add")])
    assert len({round(box.x, 3) for box in layout.boxes.values()}) == 1
    assert all(len(points) == 2 for points in layout.arrows[:-1])
    assert max(x for x, _ in layout.arrows[-1]) > max(b.x + b.width / 2 for b in layout.boxes.values() if b.width < 160)


def test_order_of_branches_avoids_crossings():
    edges = [("top", "a"), ("top", "b"), ("top", "c"), ("c", "c2"), ("b", "b2"), ("a", "a2")]
    sizes = dict.fromkeys(["top", "a", "b", "c", "c2", "b2", "a2"], (50.0, 20.0))
    boxes = lay_out(sizes, edges).boxes
    above, below = ([boxes[k + end].x for k in "abc"] for end in ("", "2"))
    assert above == pytest.approx(below)


def test_an_input_stands_near_what_it_goes_into():
    keys = [f"n{i}" for i in range(6)]
    sizes = dict.fromkeys([*keys, "late"], (50.0, 20.0))
    boxes = lay_out(sizes, [*pairwise(keys), ("late", "n5")]).boxes
    assert boxes["late"].y == boxes["n4"].y


def test_circles_are_refused():
    with pytest.raises(ValueError, match="circle"):
        lay_out({"a": (1.0, 1.0), "b": (1.0, 1.0)}, [("a", "b"), ("b", "a")])


def test_hundreds_of_boxes_take_no_second():
    sizes = dict.fromkeys(range(300), (150.0, 40.0))
    edges = [*pairwise(range(300)), *((i, j) for i in range(0, 300, 3) for j in range(i + 2, min(300, i + 60), 7))]
    began = time.process_time()
    lay_out(sizes, edges)
    assert time.process_time() - began < 5  # 0.4 s where nothing else runs
