"""All runs as rows: a list of dicts that prints as a table, or a pandas frame."""

from __future__ import annotations

import time
from typing import Any

from kerasnb.core.training.progress import duration, number

from .reading import opened, row_of

COLUMNS = (
    "id, name, status, message, started, ended, host, process, notebook, cell, model, parameters, hash, seed,"
    " epochs, final, saved, notes, tags"
)
SHOWN = 30  # rows of the text


class RunTable(list[dict[str, Any]]):
    """Runs, newest first; each a dict with "id", "name", "started", "status", "epochs", the final figures, ..."""

    def names(self) -> list[str]:
        """The final figures that any of the runs has: losses first, validation beside training."""
        found = dict.fromkeys(n for row in self for n in row["final"])
        return sorted(found, key=lambda n: (not n.endswith("loss"), n.removeprefix("val_"), n.startswith("val_")))

    def ordered(self, by: str = "id", up: bool | None = None) -> RunTable:
        """The same runs in another order.

        Args:
            by: a column or a final figure; runs without it come last.
            up: smallest first; by default for losses and errors, and for texts.
        """
        known = [*(self[0] if self else ()), *self.names()]
        if self and by not in known:
            from kerasnb.core.registry import did_you_mean

            raise ValueError(f"Runs cannot be sorted by {by!r}.{did_you_mean(by, known)}")
        values = [(row, row["final"].get(by, row.get(by))) for row in self]
        there = [(row, v) for row, v in values if isinstance(v, (int, float, str)) and v == v]
        numbers = all(not isinstance(v, str) for _, v in there)
        if up is None:
            up = not numbers or smallest_first(by)
        there.sort(key=lambda pair: pair[1] if numbers else str(pair[1]), reverse=not up)
        have = {id(row) for row, _ in there}
        return RunTable([row for row, _ in there] + [row for row, _ in values if id(row) not in have])

    def frame(self) -> Any:
        """As a pandas ``DataFrame``, indexed by the run's number; final figures are columns.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas as pd

        names = self.names()
        columns: dict[str, Any] = {
            "name": [r["name"] for r in self],
            "started": pd.to_datetime([r["started"] for r in self], unit="s", utc=True),
            "seconds": [r["seconds"] for r in self],
            "status": [r["status"] for r in self],
            "model": [r["model"] for r in self],
            "parameters": [r["parameters"] for r in self],
            "epochs": [r["epochs"] for r in self],
        }
        for name in names:
            # A figure may share its name with a column.
            columns[f"final {name}" if name in columns else name] = [r["final"].get(name) for r in self]
        for name in ("notebook", "cell", "seed", "hash", "saved", "notes", "tags", "message"):
            columns[name if name not in columns else f"run {name}"] = [r[name] for r in self]
        return pd.DataFrame(columns, index=pd.Index([r["id"] for r in self], name="id"))

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows as texts."""
        figures = self.names()[:4]
        header = ["run", "name", "status", "epochs", "time", *figures, "model", "started"]
        rows = [
            [
                str(r["id"]), r["name"] or "–", r["status"], str(r["epochs"]),
                duration(r["seconds"]) if r["seconds"] is not None else "–",
                *(figure(r["final"].get(n)) for n in figures), r["model"] or "–", when(r["started"]),
            ]
            for r in self
        ]  # fmt: skip
        return header, rows

    def __repr__(self) -> str:
        if not self:
            return "No runs are recorded yet. Every fit is, from now on."
        header, rows = self.cells()
        table = [header, *([cell[:28] for cell in row] for row in rows[:SHOWN])]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        left = ("started", "name", "model", "status")
        lines = [
            "  ".join(
                c.ljust(w) if h in left else c.rjust(w) for c, w, h in zip(row, widths, header, strict=True)
            ).rstrip()
            for row in table
        ]
        if len(rows) > SHOWN:
            lines.append(f"and {len(rows) - SHOWN} more")
        return "\n".join(lines)


def smallest_first(name: str) -> bool:
    """Whether small values of a column are those that one looks for."""
    return name.endswith(("loss", "error", "mse", "mae", "mape", "msle")) or name in ("time", "seconds", "epochs")


def table(limit: int | None = None, tag: str | None = None) -> RunTable:
    """All runs, newest first.

    Args:
        limit: only the newest so many.
        tag: only those with this tag.
    """
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise ValueError(f"runs: limit must be a whole number from 1 on, got limit={limit!r}.")
    with opened() as connection:
        if connection is None:
            return RunTable()
        query = f"SELECT {COLUMNS} FROM runs ORDER BY id DESC"
        if limit is not None and tag is None:
            query += f" LIMIT {limit}"
        rows = [row_of(stored) for stored in connection.execute(query)]
    for row in rows:
        end = row.pop("ended")
        row["seconds"] = None if end is None else end - row["started"]
        del row["host"], row["process"]
    if tag is not None:
        rows = [row for row in rows if tag in row["tags"]][:limit]
    return RunTable(rows)


def when(seconds: float) -> str:
    """A moment in local time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def figure(value: Any) -> str:
    """A final figure in few characters."""
    return "–" if value is None or isinstance(value, (list, dict)) else number(value)
