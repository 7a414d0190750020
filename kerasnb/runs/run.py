"""One recorded run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from kerasnb.core.training.progress import duration

from .listing import figure, when
from .reading import opened, row_of, unpacked


class Run:
    """A run out of the file. Its numbers are read when they are first asked for.

    Attributes:
        id: its number.
        name, status, message, notebook, cell, model, parameters, seed: as recorded; "" or None where not known.
            ``status`` is "running", "finished", "stopped" or "failed".
        hash: equal for runs of equal models.
        data, fit, compile, versions: shapes of the data, arguments of ``fit`` and ``compile``, versions.
        final: the figures of the last epoch.
        saved: paths that the model was saved at, from the run on.
        notes, tags: yours; see ``note`` and ``tag``.
    """

    def __init__(self, row: Mapping[str, Any]):
        self.row = dict(row)
        self.id: int = row["id"]
        self.name: str = row["name"]
        self.status: str = row["status"]
        self.message: str = row["message"]
        self.started: float = row["started"]
        self.duration: float | None = None if row["ended"] is None else row["ended"] - row["started"]
        self.notebook: str | None = row["notebook"]
        self.cell: str | None = row["cell"]
        self.model: str = row["model"]
        self.parameters: int | None = row["parameters"]
        self.hash: str = row["hash"]
        self.data: dict[str, Any] = row["data"]
        self.fit: dict[str, Any] = row["fit"]
        self.compile: dict[str, Any] = row["compile"]
        self.seed: int | None = row["seed"]
        self.versions: dict[str, str] = row["versions"]
        self.final: dict[str, Any] = row["final"]
        self.saved: list[str] = row["saved"]
        self.notes: str = row["notes"]
        self.tags: list[str] = row["tags"]

    # --- numbers -----------------------------------------------------------------------------------------

    @cached_property
    def _epochs(self) -> list[tuple[int, float | None, dict[str, Any]]]:
        with opened() as connection:
            stored = (
                []
                if connection is None
                else connection.execute(
                    "SELECT epoch, seconds, logs FROM epochs WHERE run = ? ORDER BY epoch", (self.id,)
                )
            )
            return [(epoch, seconds, unpacked(logs)) for epoch, seconds, logs in stored]

    @cached_property
    def history(self) -> dict[str, list[Any]]:
        """Name -> one number per epoch, as in ``History.history``; epochs without a number have NaN between others."""
        names = dict.fromkeys(name for _, _, logs in self._epochs for name in logs)
        return {name: [logs.get(name, float("nan")) for _, _, logs in self._epochs] for name in names}

    @property
    def epoch(self) -> list[int]:
        """The epochs' numbers, from 0."""
        return [epoch for epoch, _, _ in self._epochs]

    @property
    def seconds(self) -> list[float]:
        """Duration of each epoch."""
        return [seconds or 0.0 for _, seconds, _ in self._epochs]

    @cached_property
    def config(self) -> dict[str, Any]:
        """The model's configuration."""
        with opened() as connection:
            found = (
                connection and connection.execute("SELECT config FROM configs WHERE hash = ?", (self.hash,)).fetchone()
            )
        return unpacked(found[0]) if found else {}

    def plot(self, **options: Any) -> Any:
        """The curves, as ``History.plot`` shows them."""
        from kerasnb.core.callbacks.history import History

        return History.compare({self.label: self}, **options)

    def compare(self, *others: Any) -> Any:
        """Curves over one another, and what differs in configuration and arguments.

        Args:
            others: runs, or numbers of runs.

        Returns:
            A ``Comparison``: ``.differences``, ``.figure()``.
        """
        from .comparing import Comparison

        if not others:
            raise ValueError("Run.compare: pass another run, or its number.")
        return Comparison([self, *(other if isinstance(other, Run) else get(other) for other in others)])

    def to_tensorboard(self, folder: Any) -> Any:
        """Write TensorBoard event files; see ``kerasnb.runs.exporting``."""
        from .exporting import to_tensorboard

        return to_tensorboard(self, folder)

    def to_mlflow(self, experiment: str = "kerasnb", tracking_uri: str | None = None) -> str:
        """Write it into MLflow, where that is installed; see ``kerasnb.runs.exporting``."""
        from .exporting import to_mlflow

        return to_mlflow(self, experiment, tracking_uri)

    # --- yours ---------------------------------------------------------------------------------------------

    def note(self, text: str) -> Run:
        """Set the notes; returns the run."""
        self.notes = _text("note", text)
        return self._set("notes", self.notes)

    def rename(self, name: str) -> Run:
        """Give it a name; returns the run."""
        self.name = _text("rename", name)
        return self._set("name", self.name)

    def tag(self, *tags: str) -> Run:
        """Add tags; returns the run."""
        self.tags = list(dict.fromkeys([*self.tags, *(_text("tag", t) for t in tags)]))
        return self._set("tags", json.dumps(self.tags))

    def untag(self, *tags: str) -> Run:
        """Take tags away; returns the run."""
        self.tags = [t for t in self.tags if t not in tags]
        return self._set("tags", json.dumps(self.tags))

    def delete(self) -> None:
        """Remove it from the file."""
        with opened(writing=True) as connection:
            if connection is not None:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("DELETE FROM epochs WHERE run = ?", (self.id,))
                connection.execute("DELETE FROM runs WHERE id = ?", (self.id,))
                connection.execute("COMMIT")

    def _set(self, column: str, value: str) -> Run:
        with opened(writing=True) as connection:
            if connection is not None:
                connection.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", (value, self.id))
        return self

    # --- words ---------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """What it is called in pictures."""
        return f"{self.id} {self.name}".strip()

    def __repr__(self) -> str:
        took = f" in {duration(self.duration)}" if self.duration is not None else ""
        lines = [
            f"Run {self.label}: {self.status}, {len(self.epoch)} epochs{took}",
            f"  when      {when(self.started)}"
            + (f", {self.notebook}" if self.notebook else "")
            + (f", {self.cell}" if self.cell else ""),
            f"  model     {self.model}, {self.parameters or 0:,} parameters, {self.hash}",
            f"  data      x {self.data.get('x')}, y {self.data.get('y')}",
        ]
        if self.final:
            lines.append("  final     " + ", ".join(f"{k} {figure(v)}" for k, v in self.final.items()))
        for name, text in (
            ("saved", ", ".join(self.saved)),
            ("notes", self.notes),
            ("tags", ", ".join(self.tags)),
            ("message", self.message),
        ):
            if text:
                lines.append(f"  {name:<9} {text}")
        return "\n".join(lines)


def get(run: int | str) -> Run:
    """A run by its number, or the newest of a name.

    Args:
        run: the number that ``keras.runs()`` shows, or a name; -1 is the newest run.

    Raises:
        ValueError: there is none; the message says which there are.
    """
    if isinstance(run, bool) or (not isinstance(run, (int, str)) and not hasattr(run, "__index__")):
        raise ValueError(f"runs.get: pass a run's number or name, got {run!r}.")
    if not isinstance(run, str):
        run = int(run)
    condition, values = ("name = ?", (run,)) if isinstance(run, str) else ("id = ?", (run,))
    if run == -1:
        condition, values = "1", ()
    with opened() as connection:
        if connection is not None:
            found = connection.execute(
                f"SELECT * FROM runs WHERE {condition} ORDER BY id DESC LIMIT 1", values
            ).fetchone()
            if found is not None:
                return Run(row_of(found))
            ids = [i for (i,) in connection.execute("SELECT id FROM runs ORDER BY id DESC LIMIT 8")]
        else:
            ids = []
    there = f"The newest are {', '.join(map(str, ids))}." if ids else "None is recorded yet."
    raise ValueError(f"There is no run {run!r}. {there}")


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"Run.{where}: pass a text, got {value!r}.")
    return value
