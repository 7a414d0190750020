"""The flame picture: the same seconds in the table, in the boxes and as text; whatever a user named is escaped."""

from __future__ import annotations

import re

import pytest

from kerasnb.core.training.spans import Span
from kerasnb.widgets.flame import Profile, percent


def tree(spec):
    """A span of (name, seconds, parts)."""
    name, seconds, *parts = spec
    found = Span(name)
    found.seconds, found.count = seconds, 1
    for part in parts:
        inner = tree(part)
        found.parts[inner.name] = inner
    return found


WHOLE = tree(
    ("cell", 10.0,
     ("fit", 9.0,
      ("data", 0.5),
      ("steps", 6.0, ("tracing", 0.5), ("compiling", 1.5)),
      ("validation", 1.0, ("compiling", 0.25), ("waiting for data", 0.25)),
      ("callbacks", 1.0, ("<b>Mine</b>", 0.5, ("predict", 0.25), ("steps", 0.25))))),
)  # fmt: skip


def test_every_second_is_counted_once():
    profile = Profile(WHOLE)
    assert sum(profile.kinds.values()) == pytest.approx(10.0)
    assert profile.kinds == {
        "steps": 4.0, "compiling": 2.25, "callbacks": 1.0, "data": 0.75, "validation": 0.5, "the rest": 1.5
    }  # fmt: skip
    assert list(profile.kinds)[-1] == "the rest"


def test_picture_and_text_say_the_same():
    profile = Profile(WHOLE)
    html, text = profile._repr_mimebundle_().values()
    shares = {kind: f"{percent(seconds / 10)}" for kind, seconds in profile.kinds.items()}
    for kind, share in shares.items():
        assert re.search(rf"{kind}\s+\S+ s|ms\s+{share}", text), kind
        assert f"</i>{kind}</th>" in html and f"<td>{share}</td>" in html
    assert "&lt;b&gt;Mine&lt;/b&gt;" in html and "<b>Mine" not in html
    assert "<b>Mine</b>" in text


def test_boxes_lie_inside_of_what_they_are_parts_of():
    profile = Profile(WHOLE)
    boxes = re.findall(r'<span data-kind="([^"]+)" title="([^"]+)" style="left:([\d.]+)%;width:([\d.]+)%;top:(\d+)px"',
                       profile._repr_mimebundle_()["text/html"])  # fmt: skip
    assert len(boxes) == len(profile.parts)
    places = {
        (title.split(" · ")[0], top): (float(left), float(left) + float(width)) for _, title, left, width, top in boxes
    }
    assert places["fit", "24"] == (0.0, 90.0)
    assert places["data", "48"] == (0.0, 5.0) and places["steps", "48"] == (5.0, 65.0)
    assert places["tracing", "72"] == (5.0, 10.0) and places["compiling", "72"][1] <= 75.0
    below = [kind for kind, title, *_ in boxes if title.startswith(("predict", "&lt;b&gt;"))]
    assert below == ["callbacks", "callbacks"]


@pytest.mark.parametrize(
    "spec, said",
    [
        (("fit", 2.0, ("steps", 1.8, ("compiling", 1.5))), "trained again skips it"),
        (("fit", 2.0, ("waiting for data", 1.5)), "Steps wait for data"),
        (("fit", 2.0, ("callbacks", 1.5)), "Callbacks take long"),
        (("fit", 2.0, ("display", 1.5)), "%kerasnb live 2 per second"),
        (("fit", 2.0, ("steps", 1.9)), None),
        (("fit", 0.0), None),
    ],
)
def test_hints_where_the_figures_say_something(spec, said):
    profile = Profile(tree(spec))
    assert (said is None) == (not profile.hints())
    if said:
        assert said in repr(profile) and said in profile._repr_mimebundle_()["text/html"]
