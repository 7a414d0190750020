"""The record of one fit: the loss of every step, running means, gradient norms, rates, a row for each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from kerasnb.core.training.hints import Hint, hints

from .numbers import scalars
from .past import MOST_BRANCHES, MOST_ROWS, MOST_STEPS, Line, Past, branch_of, until
from .series import MAX_POINTS, Curve, Panel, panels_of, thin

MAX_STEPS = 2_000_000  # losses of single steps that are kept; epochs are kept always
MOST_RATES = 4000
MOST_HINTED = 400  # epochs that hints look at


class Run:
    """The record of one ``fit``: the loss of every step, running means, a row for each epoch.

    Args:
        steps: steps per epoch, where known.
        initial_epoch: number of the first epoch.
        past: what the chart shows of earlier fits of the model; this run's epochs lie ``past.offset`` further right.
    """

    def __init__(self, steps: int | None = None, initial_epoch: int = 0, past: Past | None = None):
        self.steps, self.initial_epoch = steps, initial_epoch
        self.past = past or Past(starts=[initial_epoch])
        self.count = 0  # steps whose loss is kept
        self.ends: list[int] = []  # count at the end of each epoch
        self.epochs: list[int] = []
        self.rows: list[dict[str, float]] = []
        self.means: list[tuple[int, dict[str, float]]] = []  # (count, running means) of the chunks
        self.rates: list[tuple[int, float]] = []  # (count, learning rate) where it changed
        self.norms: list[tuple[np.ndarray, np.ndarray]] = []  # pieces of (counts, gradient norms)
        self.found: list[Hint] = []  # what was noticed about settings, data and weights
        self._losses = np.zeros(1024, np.float32)

    @property
    def losses(self) -> np.ndarray:
        """The loss of every step so far, (count,)."""
        return self._losses[: self.count]

    @property
    def offset(self) -> int:
        """What is added to the run's own epochs on the chart."""
        return self.past.offset

    def add_chunk(self, losses: Any, logs: Mapping[str, Any], norms: Any = None) -> None:
        """Note the losses of some steps, the running means after them, and the norms of their gradients."""
        fresh = np.ravel(np.asarray(losses, np.float32))
        if self.count + fresh.size > MAX_STEPS:
            return
        while self.count + fresh.size > self._losses.size:
            self._losses = np.concatenate([self._losses, np.zeros_like(self._losses)])
        self._losses[self.count : self.count + fresh.size] = fresh
        if norms is not None:
            values = np.ravel(np.asarray(norms, np.float32))
            there = np.flatnonzero(~np.isnan(values))
            if there.size:
                self.norms.append((self.count + 1.0 + there, values[there]))
        self.count += fresh.size
        self.means.append((self.count, scalars(logs)))
        if len(self.means) > 4 * MAX_POINTS:
            del self.means[: 2 * MAX_POINTS : 2]

    def add_rate(self, rate: float | None) -> None:
        """Note the learning rate now."""
        if rate is None or (self.rates and abs(rate - self.rates[-1][1]) <= 1e-6 * abs(rate)):
            return
        self.rates.append((self.count, rate))
        if len(self.rates) > MOST_RATES:
            del self.rates[1 : MOST_RATES // 2 : 2]

    def back(self, epoch: int) -> None:
        """Training goes on from the state after an earlier epoch: what came later becomes a branch."""
        kept = sum(e < epoch for e in self.epochs)
        shown = [e + 1 + self.offset for e in self.epochs]
        # The line begins where both are still one: at the last epoch that is kept, here or in the past.
        branch = branch_of(epoch + self.offset, [*self.past.epochs, *shown], [*self.past.rows, *self.rows])
        if branch is not None:
            self.past = replace(self.past, branches=[*self.past.branches, branch][-MOST_BRANCHES:])
        self.count = self.ends[kept - 1] if kept else 0
        for rows in (self.ends, self.epochs, self.rows):
            del rows[kept:]
        self.means = [m for m in self.means if m[0] <= self.count]
        self.rates = [r for r in self.rates if r[0] <= self.count]
        self.norms = [(at[at <= self.count], values[at <= self.count]) for at, values in self.norms]

    def add_epoch(self, epoch: int, logs: Mapping[str, Any]) -> None:
        """Note an epoch's numbers."""
        begun = self.ends[-1] if self.ends else 0
        if self.steps is None and self.count > begun:
            self.steps = self.count - begun
        self.ends.append(self.count)
        self.epochs.append(epoch)
        self.rows.append(scalars(logs))

    @property
    def names(self) -> list[str]:
        """Names of all numbers of the epochs, in the order of their coming."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def history(self) -> dict[str, list[float]]:
        """Name -> one number per epoch, NaN where there was none."""
        return {n: [row.get(n, np.nan) for row in self.rows] for n in self.names}

    def step_x(self, counts: np.ndarray) -> np.ndarray:
        """Where steps lie on the axis of epochs: step 1 of 4 in the first epoch at 0.25."""
        starts = np.array([0, *self.ends], float)
        numbers = np.array([*self.epochs, (self.epochs or [self.initial_epoch - 1])[-1] + 1], float)
        length = self.steps or max(self.count - starts[-1], 1)
        lengths = np.maximum(np.diff([*starts, starts[-1] + length]), 1)
        where = np.clip(np.searchsorted(starts, counts, "left") - 1, 0, len(starts) - 1)
        return numbers[where] + (counts - starts[where]) / lengths[where] + self.offset

    def panels(self, model: Any = None) -> list[Panel]:
        """The run as panels: behind the epochs' curves the loss of each step, and the metrics' running means.

        After them, where known: the norm of the gradients, and the learning rate if it ever changed.
        """
        epochs, rows = self.whole()
        names = dict.fromkeys(name for row in rows for name in row)
        history = {n: [row.get(n, np.nan) for row in rows] for n in names}
        found = panels_of(history, [e - 1 for e in epochs], model) or [Panel("loss")]
        for panel in found:
            panel.starts = [float(s) for s in self.past.starts[1:]]
            x, y = self.steps_of(panel.title, 2 * MAX_POINTS)
            if len(x) > 1:
                panel.curves.insert(0, Curve("per step", x, y, fine=True))
            for branch in self.past.branches:
                for name in (panel.title, f"val_{panel.title}"):
                    if name in branch.curves:
                        line = branch.curves[name]
                        panel.curves.append(Curve("left behind", *line, validation=name != panel.title, pale=True))
        xs = [x for c in found[0].curves for x in c.x]
        span = (float(np.ceil(min(xs) - 1e-9)) - 1, max(xs)) if xs else None
        return [*found, *self.traces(span)]

    def traces(self, span: tuple[float, float] | None = None) -> list[Panel]:
        """What shows how the run went beside its losses: gradient norm, and the learning rate where it changed."""
        found = []
        for title in ("gradient norm", "learning rate"):
            x, y = self.steps_of(title, MAX_POINTS)
            if len(x) > 1 and not (title == "learning rate" and max(y) - min(y) <= 1e-5 * abs(max(y))):
                starts = [float(s) for s in self.past.starts[1:]]
                found.append(Panel(title, [Curve(title, x, y, trace=True)], starts=starts, span=span))
        return found

    def whole(self) -> tuple[list[int], list[dict[str, float]]]:
        """(epochs on the chart from 1, their rows), earlier fits included."""
        return [*self.past.epochs, *(e + 1 + self.offset for e in self.epochs)], [*self.past.rows, *self.rows]

    def steps_of(self, name: str, limit: int) -> Line:
        """(places on the axis, values) of single steps, thinned, earlier fits included."""
        counts, values = self.fine(name)
        x, y = thin(self.step_x(counts), values, limit) if len(counts) else (counts, values)
        before = self.past.fine.get(name, ([], []))
        return [*before[0], *x.tolist()], [*before[1], *y.tolist()]

    def fine(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(counts of steps, values) within this fit's epochs; empty where the epochs say as much."""
        if name == "loss":
            return np.arange(1, self.count + 1, dtype=float), self.losses.astype(float)
        if name == "gradient norm":
            pieces = [*self.norms, (np.zeros(0), np.zeros(0))]
            return np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces]).astype(float)
        if name == "learning rate":
            return self._rate_line()
        means = [(count, logs[name]) for count, logs in self.means if name in logs]
        if len(means) <= 2 * len(self.rows):
            return np.zeros(0), np.zeros(0)
        counts, values = np.array(means, float).T
        return counts, values

    def _rate_line(self) -> tuple[np.ndarray, np.ndarray]:
        """The learning rate as a line of steps."""
        counts, values = [], []
        for i, (count, rate) in enumerate(self.rates):
            end = self.rates[i + 1][0] if i + 1 < len(self.rates) else self.count
            counts += [count, max(end, count)]
            values += [rate, rate]
        return np.array(counts, float), np.array(values, float)

    def hints(self) -> list[Hint]:
        """What the losses on the chart say."""
        # Looked at once a second while training runs: of a long run every n-th epoch, and the last.
        count = len(self.rows)
        chosen = [*range(0, count, max(1, count // MOST_HINTED)), *([count - 1] if count else [])]
        own = {i: (self.epochs[i] + 1 + self.offset, self.rows[i]) for i in chosen}
        pairs = [*zip(self.past.epochs, self.past.rows, strict=True), *own.values()]
        validated = [p for p in pairs if "val_loss" in p[1]]
        pairs = validated or pairs
        names = [n for n in ("loss", "val_loss") if any(n in r for _, r in pairs)]
        said = hints({n: [r.get(n, np.nan) for _, r in pairs] for n in names}, [e - 1 for e, _ in pairs])
        return [*self.found, *said]

    def as_past(self) -> Past:
        """What the chart of the model's next fit begins with."""
        epochs, rows = self.whole()
        stride = max(1, len(epochs) // MOST_ROWS)
        chosen = [i for i in range(len(epochs)) if i % stride == 0 or i == len(epochs) - 1]
        end = epochs[-1] if epochs else self.past.end
        names = ["loss", *(n for n in dict.fromkeys(n for r in self.rows for n in r) if not n.startswith("val_"))]
        fine = {}
        for name in dict.fromkeys([*names, "gradient norm", "learning rate", *self.past.fine]):
            x, y = until(self.steps_of(name, MOST_STEPS), end)
            if len(x) > 1:
                a, b = thin(np.array(x), np.array(y), MOST_STEPS)
                fine[name] = (a.tolist(), b.tolist())
        return replace(self.past, epochs=[epochs[i] for i in chosen], rows=[rows[i] for i in chosen], fine=fine)
