"""The live view of a sweep: a small chart for each variant while they train, and the table to sort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.core.sweep.grid import label
from kerasnb.core.sweep.reporting import SweepReporter, state_line
from kerasnb.core.sweep.result import HEADS, SweepResult, cell
from kerasnb.core.training.progress import Commands, number

from .in_place import InPlace, Link
from .live import Clock, Inbox, in_notebook
from .sweep_still import short, sweep_html, sweep_png

EVERY = 0.2  # seconds between two messages to the browser
MOST_ROWS = 500  # of the table in the browser


class SweepView(InPlace):
    """What a notebook shows of a sweep, under way or over.

    Args:
        source: the sweep under way, or its SweepResult.
        inbox: where messages of the browser are read while the cell runs.
    """

    view_name = "sweep"
    view_parts = ("values",)

    def __init__(self, source: Any, inbox: Any = None):
        self.source, self.inbox = source, inbox
        self.commands = Commands()
        self.status = "done" if isinstance(source, SweepResult) else "running"
        self._sent: dict[int, tuple[int, str]] = {}  # what the browser has: epochs and status of each variant

    # --- the browser -----------------------------------------------------------------------------------

    def shown(self, link: Link) -> None:
        link.send(*self.everything())

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        link = self.link
        if kind == "stop":
            self.commands.stop = True
        elif kind == "pause":
            self.commands.pause = bool(content.get("value"))
        if link is not None and content.get("request") is not None:
            link.answer(content["request"], *self.everything() if kind == "hello" else ({"kind": "heard"},))

    def everything(self) -> tuple[dict[str, Any], list[bytes]]:
        """The whole state."""
        source = self.source
        trials = source.trials
        content = {
            "kind": "everything", "title": self.title(), "names": source.names, "objective": source.objective,
            "rising": bool(source.rising), "epochs": source.epochs, "columns": self.last_axis(),
            "steerable": bool(self.inbox is not None and self.inbox.reachable), "now": self.now(),
            "variants": [{"label": t.called(source.names), "short": short(t, source.names)} for t in trials],
            "table": self.table() if isinstance(source, SweepResult) else None,
        }  # fmt: skip
        self._sent = {}
        rows, buffer = self.news(trials)
        return {**content, "rows": rows}, [buffer]

    def news(self, trials: Sequence[Any]) -> tuple[list[list[Any]], bytes]:
        """What these variants have that the browser has not: [number, status, first epoch, count], and the numbers."""
        rows, values = [], []
        for trial in trials:
            known, status = self._sent.get(trial.number, (0, ""))
            fresh = trial.values(self.source.objective)[known:]
            if fresh or status != trial.status:
                rows.append([trial.number, trial.status, known, len(fresh)])
                values.extend(v if np.ndim(v) == 0 else float("nan") for v in fresh)
                self._sent[trial.number] = (known + len(fresh), trial.status)
        with np.errstate(over="ignore"):
            return rows, np.array(values, np.float64).astype(np.float32).tobytes()

    def send(self, trials: Sequence[Any]) -> None:
        """The news to the browser."""
        if self.link is not None:
            rows, buffer = self.news(trials)
            self.link.send({"kind": "news", "rows": rows, "now": self.now()}, buffers=[buffer])

    def now(self) -> dict[str, Any]:
        """The state in words, and which variant is best."""
        source = self.source
        if isinstance(source, SweepResult):
            first = source.ranked()[0]
            best = first if np.isfinite(source.score(first)) else None
        else:
            best = source.best_trial()
        return {
            "status": self.status, "best": None if best is None else best.number,
            "best_text": "" if best is None else best.called(source.names),
            "best_value": "" if best is None else number(best.last(source.objective)),
        }  # fmt: skip

    def last_axis(self) -> int:
        """How many variants stand in a row where they form a matrix; 0 where they do not."""
        names, trials = self.source.names, self.source.trials
        if len(names) < 2:
            return 0
        values = [len({label(t.arguments.get(n)) for t in trials}) for n in names]
        return values[-1] if int(np.prod(values)) == len(trials) and 2 <= values[-1] <= 12 else 0

    def table(self) -> dict[str, Any]:
        """The table: heads, and for each variant its cells as text and as keys to sort by."""
        names = self.source.columns()
        rows = []
        for trial in self.source.ranked()[:MOST_ROWS]:
            row = self.source.row(trial)
            values = [row.get(n) for n in names]
            rows.append({
                "number": trial.number, "text": [cell(v, n) for v, n in zip(values, names, strict=True)],
                "keys": [sort_key(v) for v in values], "message": trial.message,
            })  # fmt: skip
        return {"heads": [HEADS.get(n, n) for n in names], "rows": rows}

    # --- pictures ----------------------------------------------------------------------------------------

    def title(self) -> str:
        """What was swept."""
        if isinstance(self.source, SweepResult):
            return f"Sweep · {self.source.title()}"
        return f"Sweep · {len(self.source.trials)} variants of {', '.join(self.source.names) or 'one model'}"

    def text(self) -> str:
        """The table, or how far the sweep is."""
        return self.source.text() if isinstance(self.source, SweepResult) else state_line(self.source)

    def still(self) -> dict[str, Any]:
        bundle = {"text/html": sweep_html(self.source, self.place, self.title()), "text/plain": self.text()}
        if isinstance(self.source, SweepResult):
            bundle["image/png"] = sweep_png(self.source, self.title())
        return bundle


class LiveSweep(SweepReporter):
    """The reporter that shows a SweepView.

    Args:
        every: seconds between two messages to the browser.
        clock: seconds, for tests.
        inbox: where messages from the browser are read while the cell runs.
    """

    patience = 0.1

    def __init__(self, every: float = EVERY, clock: Any = None, inbox: Any = None):
        self.gate = Clock(every, clock) if clock else Clock(every)
        self.inbox = inbox if inbox is not None else Inbox()
        self.view: Any = None
        self._changed: dict[int, Any] = {}

    def start(self, sweep: Any) -> None:
        from IPython.display import display

        self.view = SweepView(sweep, self.inbox)
        display(self.view)

    def progress(self, trials: Sequence[Any]) -> None:
        self._changed.update((t.number, t) for t in trials)
        if self.gate.due():
            self.flush()

    def flush(self) -> None:
        """Send what has changed."""
        changed, self._changed = list(self._changed.values()), {}
        self.view.send(changed)

    def poll(self) -> Commands | None:
        self.inbox.poll()
        return self.view.commands

    def finish(self, status: str, result: Any) -> None:
        self.view.status = status
        self.flush()
        if result is None:
            return
        self.view.source = result
        result._view = (self.view, execution_count())
        self.view.redraw()
        if self.view.link is not None:
            self.view.link.send(*self.view.everything())


def reporter(verbose: Any) -> Any:
    """The live view of a sweep in a notebook; None leaves it to text."""
    from . import is_live

    return LiveSweep() if verbose in (1, True, "auto") and is_live() and in_notebook() else None


def bundle(result: SweepResult) -> dict[str, Any]:
    """What a notebook shows of a SweepResult; one line in the cell where it stands already."""
    view, cell_number = getattr(result, "_view", (None, None))
    if view is not None and cell_number is not None and cell_number == execution_count():
        return {"text/plain": f"<SweepResult: {result.title()}>"}
    if view is None:
        view = result._view = SweepView(result), None
        view = view[0]
    return view._repr_mimebundle_()


def execution_count() -> int | None:
    """The number of the cell that runs."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return getattr(get_ipython(), "execution_count", None)


def sort_key(value: Any) -> Any:
    """A number, a text, or None for what goes last."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, (bool, int, float, np.number)):
        return float(value) if np.isfinite(value) else None
    return label(value)
