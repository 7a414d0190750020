"""``%kerasnb runs``: the recorded runs, one of them, or several compared."""

from __future__ import annotations

from typing import Any

from kerasnb.commands import nearest

WORDS = ("by", "tag", "on", "off", "where")


def runs(*words: str) -> Any:
    """What ``%kerasnb runs WORDS`` shows.

    Args:
        words: nothing for the table; ``by NAME`` to sort it, ``tag NAME`` for some of it; numbers or names of runs for
            one or a comparison; ``on``, ``off`` and ``where``.
    """
    from kerasnb import runs as door
    from kerasnb.runs.card import RunsCard

    first, rest = (words[0], words[1:]) if words else ("", ())
    if first in ("by", "tag"):
        if len(rest) != 1:
            raise ValueError(f"%kerasnb runs {first} takes one name, got {' '.join(rest)!r}.")
        return RunsCard(door.table().ordered(rest[0]) if first == "by" else door.table(tag=rest[0]))
    if first in ("on", "off", "where"):
        if rest:
            raise ValueError(f"%kerasnb runs {first} takes nothing more, got {' '.join(rest)!r}.")
        if first != "where":
            getattr(door, first)()
        return f"runs are {'recorded in' if door.is_on() else 'not recorded; the file is'} {door.runs_file() or 'none'}"
    if not words:
        return RunsCard(door.table())
    found = [chosen(word) for word in words]
    return found[0] if len(found) == 1 else found[0].compare(*found[1:])


def chosen(word: str) -> Any:
    """The run of a number or name."""
    from kerasnb.runs.run import get

    try:
        return get(int(word) if word.lstrip("-").isdigit() else word)
    except ValueError as error:
        hint = nearest(word, WORDS)
        raise ValueError(f"{error}{hint}") from None


def names() -> list[str]:
    """What may follow ``runs``: words, and the newest runs."""
    from kerasnb import runs as door

    try:
        return [*WORDS, *(str(row["id"]) for row in door.table(limit=20))]
    except ValueError:
        return list(WORDS)


def figures() -> list[str]:
    """What may follow ``runs by``."""
    from kerasnb import runs as door

    try:
        return ["started", "epochs", "seconds", "parameters", *door.table(limit=50).names()]
    except ValueError:
        return []
