"""What the subcommands of ``%kerasnb`` do, one noun a file; ``kerasnb.magic`` only finds the right one.

A command returns what is shown: a text, or an object that shows itself in a notebook. What it cannot make sense of is
a ``ValueError`` whose message says what it takes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint "Did you mean ...?", or nothing where no known word is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" Did you mean {found[0]!r}?" if found else ""


def number(word: str, what: str, example: int = 0) -> int:
    """A whole number that somebody typed.

    Args:
        word: as it was typed.
        what: what it is for, in the error's words.
        example: one that would do.
    """
    try:
        return int(word)
    except ValueError:
        raise ValueError(f"%kerasnb {what} takes a whole number such as {example}, got {word!r}.") from None
