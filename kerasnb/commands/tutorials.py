"""``%kerasnb tutorials``: the series, and copies of it to work in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kerasnb.commands import nearest

WORDS = ("list", "open", "copy", "fresh")


def tutorials(*words: str) -> Any:
    """What ``%kerasnb tutorials WORDS`` shows.

    Args:
        words: nothing or ``list`` for the series; a number, or ``open`` and a number, for a link to a copy to work in;
            ``copy`` and a number, and a folder, for a copy there; ``fresh`` and a number for another one beside a copy
            that somebody worked in.
    """
    from kerasnb.learn import copies
    from kerasnb.learn.record import progress

    first, rest = verb_and_rest(words, WORDS)
    if first == "list":
        if rest:
            raise ValueError(f"%kerasnb tutorials list takes nothing more, got {' '.join(rest)!r}.")
        return progress()
    most = 1 if first == "open" else 2
    if not 1 <= len(rest) <= most:
        takes = "the number of a tutorial" + (" and, if you like, a folder" if most == 2 else "")
        raise ValueError(f"%kerasnb tutorials {first} takes {takes}, got {' '.join(rest)!r}.")
    tutorial = copies.tutorial_of(rest[0])
    here = Path(f"{tutorial.name}.ipynb")
    if first == "open" and here.is_file():  # the notebook lies beside this one
        found = copies.Copy(tutorial, here.resolve(), "untouched")
    else:
        folder = rest[1] if len(rest) == 2 else copies.FOLDER
        try:
            found = copies.copy(tutorial, folder, fresh=first == "fresh")
        except OSError as error:
            raise ValueError(
                f"The tutorial cannot be copied to {Path(folder).absolute()}: {error.strerror or error}. Name another "
                f"folder: %kerasnb tutorials copy {tutorial.number} FOLDER"
            ) from error
    return Opening(found)


def verb_and_rest(words: Sequence[str], verbs: Sequence[str]) -> tuple[str, list[str]]:
    """What is asked for, and of what: nothing means the list, a tutorial alone means to open it.

    Raises:
        ValueError: the first word is neither a verb nor a tutorial.

    >>> verb_and_rest((), WORDS), verb_and_rest(("3",), WORDS), verb_and_rest(("copy", "3", "here"), WORDS)
    (('list', []), ('open', ['3']), ('copy', ['3', 'here']))
    """
    from kerasnb.learn import copies

    first, *rest = words or ("list",)
    if first in verbs:
        return first, rest
    try:
        copies.tutorial_of(first)
    except ValueError as error:
        raise ValueError(f"{error}{nearest(first, verbs)}") from None
    return "open", [first, *rest]


class Opening:
    """A copy of a tutorial with a link to it, and what it says about it as text.

    Args:
        copy: the copy.
    """

    def __init__(self, copy: Any):
        self.copy = copy

    def __repr__(self) -> str:
        lines = [str(self.copy)]
        if self.copy.state == "edited":
            lines.append(f"    another one, as it came: %kerasnb tutorials fresh {self.copy.tutorial.number}")
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from kerasnb.learn.card import Card
        from kerasnb.widgets.still import escape

        copy = self.copy
        path = os.path.relpath(copy.path)
        said = {
            "new": "A copy to work in.",
            "untouched": "Your copy is as it came."
            if copy.path.parent != Path.cwd()
            else "It lies beside this notebook.",
            "edited": "You worked in this copy; it stays as it is. Another one, as it came: "
            f"%kerasnb tutorials fresh {copy.tutorial.number}",
        }[copy.state]
        card = Card("open", f"Tutorial {copy.tutorial.number:02d}: {copy.tutorial.title}", said)
        link = f'<a href="{escape(quote(path))}" target="_blank" rel="noopener">Open {escape(path)}</a>'
        html = card.html().removesuffix("</div></div>") + f'<div class="knb-words">{link}</div></div></div>'
        return {"text/html": html, "text/plain": repr(self)}


def numbers() -> list[str]:
    """Numbers of the tutorials."""
    from kerasnb.learn.series import SERIES

    return [str(tutorial.number) for tutorial in SERIES]


def following() -> list[str]:
    """What may follow ``tutorials``."""
    return [*WORDS, *numbers()]
