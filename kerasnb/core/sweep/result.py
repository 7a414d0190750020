"""SweepResult: what a sweep found, as a table, curves and the best model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..callbacks.history import History
from ..display import attach_front_end, hooks, view
from ..registry import did_you_mean
from ..training.progress import duration, number
from .grid import label
from .trial import DIVERGED, FAILED, STOPPED, WAITING, Trial

SHOWN = 20  # rows of the text


class SweepResult:
    """What ``sweep`` returns.

    Attributes:
        trials: all variants, by number; each has ``arguments``, ``model``, ``history``, ``status``, ``message``.
        names: the arguments that vary.
        objective: the number that decides, such as "val_loss".
        rising: whether larger is better.
        epochs: how many epochs each variant was to train.
        seconds: what the sweep took.
        stopped: whether somebody ended it early.
    """

    def __init__(self, trials: Sequence[Trial], names: list[str], objective: str, rising: bool, epochs: int):
        self.trials, self.names, self.objective, self.rising, self.epochs = (
            list(trials),
            names,
            objective,
            rising,
            epochs,
        )
        self.seconds = 0.0
        self.stopped = False

    def __len__(self) -> int:
        return len(self.trials)

    # --- the best ----------------------------------------------------------------------------------------

    def ranked(self) -> list[Trial]:
        """The variants, best first: by the objective after their last epoch, which is what their models stand at.

        Variants that failed, diverged or never began come last.
        """
        return sorted(self.trials, key=lambda t: (*self._rank(t), t.number))

    def _rank(self, trial: Trial) -> tuple[bool, float]:
        score = self.score(trial)
        return not np.isfinite(score), (-score if self.rising else score) if np.isfinite(score) else 0.0

    def score(self, trial: Trial) -> float:
        """The objective after a variant's last epoch; NaN where it failed or diverged."""
        return float("nan") if trial.status in (FAILED, DIVERGED) else trial.last(self.objective)

    @property
    def best_trial(self) -> Trial:
        """The variant with the best objective.

        Raises:
            ValueError: none was trained for an epoch, or all diverged.
        """
        first = self.ranked()[0]
        if not np.isfinite(self.score(first)):
            raise ValueError(
                "No variant of this sweep has a result: "
                + ("all diverged or failed. " if any(t.epochs for t in self.trials) else "none finished an epoch. ")
                + "Look at print(result), and try smaller learning rates."
            )
        return first

    @property
    def best(self) -> dict[str, Any]:
        """The arguments of the best variant."""
        return dict(self.best_trial.arguments)

    @property
    def best_model(self) -> Any:
        """The best variant's model, trained, ready for ``predict``, ``save`` or more ``fit``."""
        return self.best_trial.model

    @property
    def best_history(self) -> History:
        """The best variant's history."""
        return self.best_trial.history

    # --- all of them -------------------------------------------------------------------------------------

    @property
    def models(self) -> list[Any]:
        """The models by variant number; None where there is none."""
        return [t.model for t in self.trials]

    @property
    def histories(self) -> list[History]:
        """The histories by variant number."""
        return [t.history for t in self.trials]

    def table(self, sort: str | None = None) -> list[dict[str, Any]]:
        """One dict for each variant: its number, arguments, last numbers, best epoch, parameters, time, status.

        Args:
            sort: the column to sort by, smallest first; by default the best variant comes first.
        """
        rows = [self.row(t) for t in self.ranked()]
        if sort is not None:
            known = list(dict.fromkeys(name for row in rows for name in row))
            if sort not in known:
                raise ValueError(f"table: there is no column {sort!r}; there are {known}.{did_you_mean(sort, known)}")
            rows.sort(key=lambda row: _sortable(row.get(sort)))
        return rows

    def row(self, trial: Trial) -> dict[str, Any]:
        """A variant's row of the table."""
        numbers = {k: v[-1] for k, v in trial.history.history.items() if v and np.ndim(v[-1]) == 0}
        values = np.array(trial.values(self.objective), float) if trial.epochs else np.zeros(0)
        best: dict[str, Any] = {f"best_{self.objective}": None, "best_epoch": None}
        if np.isfinite(values).any():
            at = int(np.nanargmax(values) if self.rising else np.nanargmin(values))
            best = {f"best_{self.objective}": float(values[at]), "best_epoch": trial.history.epoch[at] + 1}
        return {
            "variant": trial.number, **trial.arguments, **numbers, **best, "epochs": trial.epochs,
            "parameters": trial.parameters, "seconds": trial.seconds, "together": trial.together,
            "status": STATES.get(trial.status, trial.status), "message": trial.message,
        }  # fmt: skip

    def to_pandas(self) -> Any:
        """The table as a pandas DataFrame (pandas must be installed)."""
        try:
            import pandas
        except ImportError:
            raise ImportError("to_pandas needs pandas: pip install pandas. table() gives the same as dicts.") from None
        return pandas.DataFrame(self.table()).set_index("variant")

    # --- to look at ----------------------------------------------------------------------------------------

    def plot(self, **options: Any) -> Any:
        """A parallel-coordinates plot as a plotly figure: one line for each variant, coloured by the objective."""
        return view("sweep_plot")(self, **options)

    def title(self) -> str:
        """What was swept, in one line."""
        over = [t for t in self.trials if t.status not in (WAITING,)]
        parts = [f"{len(self)} variants of {', '.join(self.names) or 'one model'}"]
        if len(over) < len(self):
            parts.append(f"{len(over)} trained")
        for status, words in ((FAILED, "failed"), (DIVERGED, "diverged"), (STOPPED, "stopped early")):
            count = sum(t.status == status for t in self.trials)
            if count:
                parts.append(f"{count} {words}")
        parts.append(duration(self.seconds))
        return " · ".join(parts)

    def columns(self) -> list[str]:
        """The columns a person wants to see: what varies, the last numbers, the time."""
        rows = [self.row(t) for t in self.ranked()]
        logs = list(dict.fromkeys(n for t in self.ranked() for n in t.history.history))
        logs.sort(key=lambda n: (n != self.objective, not n.startswith("val_"), n))
        logs = [n for n in logs if any(n in row for row in rows)]
        return ["variant", *self.names, *logs, "best_epoch", "parameters", "seconds", "status"]

    def text(self, most: int = SHOWN) -> str:
        """The table as text, best first."""
        names = self.columns()
        ranked = self.ranked()
        body = [[cell(self.row(t).get(name), name) for name in names] for t in ranked[:most]]
        heads = [HEADS.get(name, name) for name in names]
        widths = [max(map(len, column)) for column in zip(heads, *body, strict=True)]
        lines = [f"Sweep · {self.title()}"]
        lines += ["  " + "  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in (heads, *body)]
        if len(ranked) > most:
            lines.append(f"  … and {len(ranked) - most} more: result.table() has them all")
        lines += [f"  variant {t.number}: {t.message}" for t in ranked if t.message][:most]
        if np.isfinite(self.score(ranked[0])):
            lines.append(f"  Best: {ranked[0].called(self.names)}, {self.objective} {number(self.score(ranked[0]))}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        attach_front_end()
        if "sweep" not in hooks:
            return {"text/plain": self.text()}
        return hooks["sweep"](self)


# What people read.
STATES = {WAITING: "not trained"}
HEADS = {"best_epoch": "best epoch", "parameters": "weights", "seconds": "time"}


def cell(value: Any, name: str) -> str:
    """A value of the table in few characters."""
    if value is None:
        return "–"
    if name == "seconds":
        return duration(value)
    if name in ("variant", "best_epoch", "parameters", "epochs"):
        return f"{value:,}"
    if isinstance(value, float) and name.endswith(("loss", "accuracy", "mae", "mse", "auc")):
        return number(value)
    return label(value)


def _sortable(value: Any) -> tuple:
    """A key that puts numbers first, then texts, then what is missing."""
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return (0, float(value), "") if np.isfinite(value) else (2, 0.0, "")
    return (2, 0.0, "") if value is None else (1, 0.0, label(value))
