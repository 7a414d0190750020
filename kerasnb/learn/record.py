"""What a learner has done, kept in a small file; a home that cannot be written is no reason to complain."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from kerasnb.core import config

from .series import SERIES

FILE = "kerasnb_tutorials.json"


def progress_file() -> Path:
    """Where it is kept: beside Keras's data sets and settings."""
    return config.keras_home() / FILE


def done() -> set[str]:
    """Ids of the exercises that were answered rightly; none where there is no file or it is damaged."""
    return read(progress_file())


def read(path: Path) -> set[str]:
    """The ids in a file of progress; none where it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["done"]
        return {key for key in found if isinstance(key, str)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def remember(exercise_id: str) -> None:
    """Add an exercise to those done."""
    known = done()
    if exercise_id in known:
        return
    path = progress_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{FILE}.{os.getpid()}")
        scratch.write_text(json.dumps({"done": sorted(known | {exercise_id})}, indent=1), encoding="utf-8")
        scratch.replace(path)
    except OSError:
        pass  # it was answered rightly all the same


class Progress:
    """The series with what is done, as a card in a notebook and as text."""

    def __init__(self) -> None:
        from .exercise import exercises_of

        known = done()
        self.rows = [
            (tutorial, len(known & exercises_of(tutorial.number).keys()), len(exercises_of(tutorial.number)))
            for tutorial in SERIES
        ]

    def __repr__(self) -> str:
        width = max(len(tutorial.title) for tutorial, _, _ in self.rows)
        return "\n".join(
            f"{tutorial.number:02d}  {tutorial.title:<{width}}  {tutorial.minutes:>2} min  {_share(count, total)}"
            for tutorial, count, total in self.rows
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from kerasnb.widgets.still import escape, style

        rows = "".join(
            f"<tr><td>{t.number:02d}</td><td>{escape(t.title)}</td><td>{t.minutes} min</td>"
            f'<td><progress max="{total}" value="{count}" aria-hidden="true"></progress> '
            f"{_share(count, total)}</td></tr>"
            for t, count, total in self.rows
        )
        head = "".join(f"<th scope='col'>{name}</th>" for name in ("", "Tutorial", "Time", "Exercises done"))
        html = (
            f'<div class="knb knb-series">{style("base", "series")}<table><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
        return {"text/html": html, "text/plain": repr(self)}


def _share(count: int, total: int) -> str:
    return f"{count} of {total}" + (" ✓" if count == total else "")


def progress() -> Progress:
    """The tutorials in order, how long each takes, and how many of its exercises are done."""
    return Progress()
