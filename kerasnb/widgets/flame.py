"""Where the time of training went: a flame picture of measured spans, and the same as text.

HTML alone, so that a saved notebook shows it without a kernel. Whatever came from a user is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerasnb.core.training.progress import duration
from kerasnb.core.training.spans import Span

from .still import escape, style

# What a part of the time is counted as; a part without a kind of its own is of its outer part's kind.
KINDS = {
    "data": "data", "data to the device": "data", "waiting for data": "data",
    "building": "building",
    "tracing": "compiling", "lowering": "compiling", "compiling": "compiling", "read from the cache": "compiling",
    "steps": "steps", "steps and validation": "steps",
    "validation": "validation", "evaluate": "validation",
    "predict": "predict",
    "callbacks": "callbacks",
    "display": "display",
    "record of runs": "records", "keeping states": "records",
    "paused": "paused",
    "fit": "the rest", "cell": "the rest",
}  # fmt: skip
SAID = {
    "data": "preparing, moving and waiting for data",
    "building": "building the model and checking the data",
    "compiling": "tracing and compiling programs",
    "steps": "computing steps",
    "validation": "computing validation and evaluation",
    "predict": "computing predictions",
    "callbacks": "callbacks",
    "display": "showing progress",
    "records": "recording the run, keeping states",
    "paused": "paused by hand",
    "the rest": "everything else",
}
SMALLEST = 0.0015  # share of the whole below which a part is not drawn
DEEPEST = 8  # rows of the picture
BAR = 24  # characters of a bar in the text


@dataclass(frozen=True)
class Part:
    """A part as it is drawn: where it begins and how wide it is, as shares of the whole."""

    span: Span
    kind: str
    depth: int
    left: float
    width: float


class Profile:
    """A measured part of a program, as a picture in a notebook and as text.

    Args:
        whole: the span measured.
        title: what it is, in a few words.

    Attributes:
        kinds: what the time went into -> seconds, the largest first.
    """

    def __init__(self, whole: Span, title: str = ""):
        self.whole, self.title = whole, title or title_of(whole)
        self.parts = parts_of(whole)
        self.kinds = seconds_of(self.parts)

    @property
    def seconds(self) -> float:
        """All of the time."""
        return self.whole.seconds

    def hints(self) -> list[str]:
        """What the figures say, where they say something."""
        share = {kind: seconds / self.seconds for kind, seconds in self.kinds.items()} if self.seconds else {}
        found = []
        if share.get("compiling", 0) > 0.3:
            found.append("Most compiling is done once: an equal model trained again skips it, in the next kernel too.")
        if share.get("data", 0) > 0.3:
            found.append(
                "Steps wait for data: hand over whole arrays, or a PyDataset with workers=2 or more, or cache() what "
                "is read from files."
            )
        if share.get("callbacks", 0) > 0.3:
            found.append("Callbacks take long; one that is called on every batch makes each step a call of its own.")
        if share.get("display", 0) > 0.2:
            found.append("Showing progress takes long: %kerasnb live 2 per second shows it less often.")
        return found

    def __repr__(self) -> str:
        return profile_text(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": profile_html(self), "text/plain": profile_text(self)}


def title_of(whole: Span) -> str:
    """What was measured, in words."""
    model = whole.facts.get("model")
    return f"{whole.name} of {model}" if model else f"this {whole.name}"


def parts_of(whole: Span) -> list[Part]:
    """All parts with their places: those of one part stand side by side in the order in which they came first."""
    found: list[Part] = []
    total = whole.seconds or 1.0

    def place(span: Span, kind: str, depth: int, left: float) -> None:
        # Below callbacks stand names of a user's classes, which mean nothing here.
        own = KINDS.get(span.name, kind) if kind != "callbacks" else kind
        found.append(Part(span, own, depth, left, span.seconds / total))
        for part in span.parts.values():
            place(part, own, depth + 1, left)
            left += part.seconds / total

    place(whole, "the rest", 0, 0.0)
    return found


def seconds_of(parts: list[Part]) -> dict[str, float]:
    """Kind -> seconds, each part counted without its parts; the largest first, the rest last."""
    found: dict[str, float] = {}
    for part in parts:
        found[part.kind] = found.get(part.kind, 0.0) + part.span.own
    return dict(sorted(found.items(), key=lambda item: (item[0] == "the rest", -item[1])))


def percent(share: float) -> str:
    """A share in few characters.

    >>> percent(0.5), percent(0.004), percent(0.0001)
    ('50 %', '0.4 %', '0 %')
    """
    if share < 0.0005:
        return "0 %"
    return f"{share:.1%}".replace("%", " %") if share < 0.0095 else f"{share:.0%}".replace("%", " %")


def took(seconds: float) -> str:
    """A time in few characters.

    >>> took(0.0002), took(0.02)
    ('<1 ms', '20 ms')
    """
    return "<1 ms" if seconds < 0.0005 else duration(seconds)


def times(count: int) -> str:
    """How often, where that says something."""
    return f"{count:,} times" if count > 1 else ""


def profile_text(profile: Profile) -> str:
    """What the time went into as bars, and the tree of parts."""
    total = profile.seconds or 1.0
    lines = [f"{profile.title}: {duration(profile.seconds)}"]
    for kind, seconds in profile.kinds.items():
        bar = "█" * round(BAR * seconds / total)
        lines.append(f"  {kind:<12}{took(seconds):>9}  {percent(seconds / total):>6}  {bar}".rstrip())
    lines.append("")
    for part in profile.parts:
        name = "  " * part.depth + part.span.name
        row = f"  {name:<32}{took(part.span.seconds):>9}  {percent(part.width):>6}  {times(part.span.count)}"
        lines.append(row.rstrip())
    return "\n".join([*lines, *([""] if profile.hints() else []), *profile.hints()])


def profile_html(profile: Profile) -> str:
    """The picture: what the time went into, the flame below it, and the numbers to unfold."""
    total = profile.seconds or 1.0
    rows = "".join(
        f'<tr data-kind="{kind}"><th scope="row"><i aria-hidden="true"></i>{kind}</th><td>{took(seconds)}</td>'
        f'<td>{percent(seconds / total)}</td><td class="knb-flamebar" aria-hidden="true">'
        f'<b style="width:{100 * seconds / total:.2f}%"></b></td><td class="knb-note">{SAID[kind]}</td></tr>'
        for kind, seconds in profile.kinds.items()
    )
    body = "".join(
        f'<tr><th scope="row" style="padding-left:{part.depth * 1.2:.1f}em">{escape(part.span.name)}</th>'
        f"<td>{took(part.span.seconds)}</td><td>{percent(part.width)}</td><td>{times(part.span.count)}</td></tr>"
        for part in profile.parts
    )
    said = "".join(f'<p class="knb-flamehint">{escape(hint)}</p>' for hint in profile.hints())
    return (
        f'<div class="knb knb-profile">{style("base", "flame")}'
        f'<div class="knb-head"><span class="knb-title">{escape(profile.title)}</span>'
        f'<span class="knb-note">{duration(profile.seconds)} in total</span></div>'
        f'<table class="knb-kinds"><tbody>{rows}</tbody></table>{said}{flame(profile)}'
        f'<details><summary data-lm-suppress-shortcuts="true">Numbers</summary><table class="knb-parts"><thead><tr>'
        f'<th scope="col">part</th><th scope="col">time</th><th scope="col">share</th><th scope="col">how often</th>'
        f"</tr></thead><tbody>{body}</tbody></table></details></div>"
    )


def flame(profile: Profile) -> str:
    """A box for each part, below the part that it belongs to, as wide as its share of the time."""
    drawn = [p for p in profile.parts if p.width >= SMALLEST and p.depth < DEEPEST]
    boxes = []
    for part in drawn:
        text = f"{part.span.name} · {took(part.span.seconds)}"
        hint = ", ".join(filter(None, [text, percent(part.width), times(part.span.count)]))
        boxes.append(
            f'<span data-kind="{part.kind}" title="{escape(hint)}" style="left:{100 * part.left:.3f}%;'
            f'width:{100 * part.width:.3f}%;top:{part.depth * 24}px">{escape(text)}</span>'
        )
    deep = max((p.depth for p in drawn), default=0) + 1
    first = ", ".join(f"{k} {percent(s / (profile.seconds or 1))}" for k, s in list(profile.kinds.items())[:4])
    return (
        f'<div class="knb-flame" role="img" style="height:{deep * 24}px" '
        f'aria-label="Flame picture of {escape(profile.title)}: {escape(first)}">{"".join(boxes)}</div>'
    )
