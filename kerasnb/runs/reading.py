"""Questions to the file of runs, answered in plain words where it cannot be read."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import places, store, surroundings

JSON_COLUMNS = ("data", "fit", "compile", "versions", "final", "saved", "tags")
LISTS = {"saved": list, "tags": list}
GONE = "The process ended before the run did."


@contextmanager
def opened(writing: bool = False) -> Iterator[sqlite3.Connection | None]:
    """The file, with everything written that this process has recorded; None where there is none yet.

    Raises:
        ValueError: recording is switched off, or the file cannot be read; the message says what to do.
    """
    path = places.runs_file()
    if path is None:
        raise ValueError("Runs are not recorded: the environment variable KERASNB_RUNS is off.")
    _flush()
    connection: sqlite3.Connection | None = None
    try:
        if not writing:
            connection = store.connect_to_read(path)
        elif path.is_file():
            connection = store.connect(path)
        yield connection
    except (OSError, sqlite3.Error) as error:
        raise ValueError(_said(path, error)) from error
    finally:
        if connection is not None:
            connection.close()


def _said(path: Path, error: Exception) -> str:
    if store.is_damage(error):
        with contextlib.suppress(OSError):
            aside = store.move_aside(path)
            if aside is not None:
                return f"The file of runs {path} was damaged. It lies at {aside} now; the next fit begins anew."
    if store.is_busy(error):
        return f"The file of runs {path} is locked by another program. Try again when it has ended."
    return f"The file of runs {path} cannot be used: {error}. Set KERASNB_RUNS to another file."


def _flush() -> None:
    import sys

    # Whoever reads in a process that trained sees what it recorded; the command line loads no recorder.
    recorder = sys.modules.get("kerasnb.runs.recorder")
    if recorder is not None:
        recorder.flush(2.0)


def unpacked(text: Any, kind: type = dict) -> Any:
    """A JSON column; empty where it is damaged, so that one bad row hides no other."""
    try:
        found = json.loads(text) if text else kind()
    except (ValueError, TypeError, RecursionError):
        return kind()
    return found if isinstance(found, kind) else kind()


def row_of(stored: sqlite3.Row) -> dict[str, Any]:
    """A row of the table of runs with JSON unpacked, and the truth about runs whose process is gone."""
    row = dict(stored)
    for name in JSON_COLUMNS:
        if name in row:
            row[name] = unpacked(row[name], LISTS.get(name, dict))
    if row.get("status") == "running" and surroundings.is_gone(row.get("host"), row.get("process")):
        row["status"], row["message"] = "failed", GONE
    return row
