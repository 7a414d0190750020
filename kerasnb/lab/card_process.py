"""``python -m kerasnb.lab.card_process FILE``: the card of the model in a file, as JSON on standard output.

A process of its own, because it builds a stranger's model: it ends, whatever happens, and takes its memory with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

SECONDS = 60  # of computing


def main(path: str) -> int:
    """Print ``{"html": ...}`` or ``{"message": ...}``; 0 where there is an answer."""
    _bound()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what layers print while they are built is no answer
    try:
        answer = {"html": html(Path(path))}
    except MemoryError:
        answer = {"message": "The model does not fit into this machine's memory."}
    except Exception as error:  # a stranger's file: whatever it is, it is said
        answer = {"message": str(error) or type(error).__name__}
    with out:
        json.dump(answer, out)
    return 0


def html(path: Path) -> str:
    """The card of the model in a file; the file may run nothing."""
    import kerasnb as keras
    from kerasnb.widgets.summary_card import card_html

    return card_html(keras.saving.load_model(path, compile=False, safe_mode=True))


def _bound() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such thing on Windows; the caller's clock is left
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
