"""``%kerasnb profile`` and ``%%kerasnb profile``: where the time of training went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from kerasnb.commands import nearest

WORDS = ("on", "off")


def profile(word: str = "") -> Any:
    """The last fit that was measured; ``on`` measures every fit from here on, ``off`` none."""
    from kerasnb.core.training.spans import profiling
    from kerasnb.widgets.flame import Profile

    if word:
        if word not in WORDS:
            raise ValueError(f"%kerasnb profile takes on or off, got {word!r}.{nearest(word, WORDS)}")
        profiling.on = word == "on"
        return (
            "every fit is measured from here on; %kerasnb profile shows where the time of the last one went"
            if profiling.on
            else "fits are not measured any more"
        )
    if profiling.last is None:
        begin = "begin a cell with %%kerasnb profile to measure what it trains"
        if profiling.on:
            return f"no fit has been measured yet; train something, or {begin}"
        return f"no fit was measured: %kerasnb profile on measures every fit from here on, or {begin}"
    return Profile(profiling.last)


def profiled(*words: str) -> AbstractContextManager[None]:
    """``%%kerasnb profile``: measure this cell and show below it where the time of its training went."""
    if words:
        raise ValueError(f"%%kerasnb profile takes nothing more, got {' '.join(words)!r}.")
    return _measured()


@contextmanager
def _measured() -> Iterator[None]:
    from kerasnb.core.training.spans import measured
    from kerasnb.widgets.flame import Profile

    with measured("cell") as whole:
        yield
    # Not after an error: it stands alone below the cell then.
    show(Profile(whole))


def show(found: Any) -> None:
    """In a notebook as a picture, elsewhere as text."""
    from IPython.display import display

    display(found)
