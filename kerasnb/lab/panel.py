"""What the side panel shows: the series with what is done, the newest runs with their curves. No jax is loaded."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from kerasnb.learn import copies
from kerasnb.learn.exercise import exercises_of
from kerasnb.learn.record import done
from kerasnb.learn.series import SERIES
from kerasnb.runs.curves import curves_of
from kerasnb.runs.reading import opened, row_of

RUNS = 12  # of the list
COLUMNS = "id, name, status, message, started, ended, host, process, notebook, model, parameters, epochs, final, notes"


def panel(folder: Path) -> dict[str, Any]:
    """Everything that the panel shows but the models, which a kernel tells.

    Args:
        folder: where the person works: copies of tutorials lie in it.
    """
    return {"tutorials": tutorials(folder), "runs": runs()}


def tutorials(folder: Path) -> list[dict[str, Any]]:
    """One dict for each tutorial: number, title, minutes, exercises done and in all, and whether a copy lies there."""
    known = done()
    rows = []
    for tutorial in SERIES:
        exercises = exercises_of(tutorial.number)
        rows.append(
            {
                "number": tutorial.number,
                "title": tutorial.title,
                "minutes": tutorial.minutes,
                "done": len(known & exercises.keys()),
                "exercises": len(exercises),
                "copied": (folder / copies.FOLDER / f"{tutorial.name}.ipynb").exists(),
            }
        )
    return rows


def runs() -> dict[str, Any]:
    """``{"rows": [...], "message": why there are none}``, newest first."""
    try:
        with opened() as connection:
            stored = [] if connection is None else list(
                connection.execute(f"SELECT {COLUMNS} FROM runs ORDER BY id DESC LIMIT {RUNS}")
            )  # fmt: skip
        rows = [row_of(row) for row in stored]
        curves = curves_of([row["id"] for row in rows])
    except ValueError as error:  # locked, damaged, switched off: said in words
        return {"rows": [], "message": str(error)}
    message = "" if rows else "No runs are recorded yet. Every fit is, from now on."
    return {"rows": [_run(row, curves.get(row["id"], {})) for row in rows], "message": message}


def _run(row: dict[str, Any], curves: dict[str, list[float]]) -> dict[str, Any]:
    end = row["ended"] if row["ended"] is not None else time.time() if row["status"] == "running" else None
    kept = ("id", "name", "status", "message", "started", "notebook", "model", "parameters", "epochs", "notes")
    return {
        **{name: row[name] for name in kept},
        "seconds": None if end is None else max(end - row["started"], 0.0),
        "final": {k: _number(v) for k, v in row["final"].items() if isinstance(v, (int, float))},
        "curves": {name: [_number(v) for v in values] for name, values in curves.items()},
    }


def _number(value: float) -> float | None:
    """A number that JSON has: neither NaN nor infinite."""
    return float(value) if value == value and abs(value) != float("inf") else None
