"""The numbers of a run: what the live view, the still picture and the text all show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kerasnb.core.callbacks.monitoring import better

MAX_POINTS = 400  # of one curve in a still picture
MAX_STEPS = 2_000_000  # losses of single steps that are kept; epochs are kept always


class Run:
    """The record of one ``fit``: the loss of every step, running means, a row for each epoch.

    Args:
        steps: steps per epoch, where known.
        initial_epoch: number of the first epoch.
    """

    def __init__(self, steps: int | None = None, initial_epoch: int = 0):
        self.steps, self.initial_epoch = steps, initial_epoch
        self.count = 0  # steps whose loss is kept
        self.ends: list[int] = []  # count at the end of each epoch
        self.epochs: list[int] = []
        self.rows: list[dict[str, float]] = []
        self.means: list[tuple[int, dict[str, float]]] = []  # (count, running means) of the chunks
        self._losses = np.zeros(1024, np.float32)

    @property
    def losses(self) -> np.ndarray:
        """The loss of every step so far, (count,)."""
        return self._losses[: self.count]

    def add_chunk(self, losses: Any, logs: Mapping[str, Any]) -> None:
        """Note the losses of some steps, and the running means after them."""
        fresh = np.ravel(np.asarray(losses, np.float32))
        if self.count + fresh.size > MAX_STEPS:
            return
        while self.count + fresh.size > self._losses.size:
            self._losses = np.concatenate([self._losses, np.zeros_like(self._losses)])
        self._losses[self.count : self.count + fresh.size] = fresh
        self.count += fresh.size
        self.means.append((self.count, scalars(logs)))
        if len(self.means) > 4 * MAX_POINTS:
            del self.means[: 2 * MAX_POINTS : 2]

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
        return numbers[where] + (counts - starts[where]) / lengths[where]

    def panels(self, model: Any = None) -> list[Panel]:
        """The run as panels: behind the epochs' curves the loss of each step, and the metrics' running means."""
        found = panels_of(self.history(), self.epochs, model) or [Panel("loss")]
        for panel in found:
            counts, values = self.fine(panel.title)
            if len(counts) > 1:
                x, y = thin(self.step_x(counts), values, 2 * MAX_POINTS)
                panel.curves.insert(0, Curve("per step", x.tolist(), y.tolist(), fine=True))
        return found

    def fine(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(counts of steps, values) within the epochs; empty where the epochs say as much."""
        if name == "loss":
            return np.arange(1, self.count + 1, dtype=float), self.losses.astype(float)
        means = [(count, logs[name]) for count, logs in self.means if name in logs]
        if len(means) <= 2 * len(self.rows):
            return np.zeros(0), np.zeros(0)
        counts, values = np.array(means, float).T
        return counts, values


@dataclass
class Curve:
    """One line: numbers over epochs; 1 is the end of the first epoch."""

    name: str
    x: list[float]
    y: list[float]
    validation: bool = False
    fine: bool = False  # of single steps, drawn thin behind the others


@dataclass
class Panel:
    """Curves that share an axis: a metric in training and validation."""

    title: str
    curves: list[Curve] = field(default_factory=list)
    rising: bool | None = None  # whether larger is better, where somebody can tell

    @property
    def best_epoch(self) -> tuple[int, float] | None:
        """(epoch, value) of the best validation value; of training where there is no validation."""
        chosen = [c for c in self.curves if c.validation] or [c for c in self.curves if not c.fine]
        if self.rising is None or not chosen or not np.isfinite(chosen[0].y).any():
            return None
        pick = np.nanargmax if self.rising else np.nanargmin
        i = int(pick(np.where(np.isfinite(chosen[0].y), chosen[0].y, np.nan)))
        return int(chosen[0].x[i]), float(chosen[0].y[i])


def is_rising(name: str, model: Any = None) -> bool | None:
    """Whether larger is better for a metric of that name; None where nobody can tell.

    Args:
        name: the metric's name in the logs.
        model: asked for what its metrics declare of themselves.
    """
    try:
        return better("auto", name, model) is np.greater
    except ValueError:
        return None


def panels_of(
    history: Mapping[str, Sequence[Any]], epochs: Sequence[int] | None = None, model: Any = None
) -> list[Panel]:
    """Panels of a history: the loss first, then each metric.

    Args:
        history: name -> one number per epoch.
        epochs: the epochs' numbers, from 0.
        model: knows which way its metrics improve.
    """
    names = [n for n in history if not n.startswith("val_") and n != "learning_rate"]
    names.sort(key=lambda n: (n != "loss", not n.endswith("loss")))
    panels = []
    for name in names:
        panel = Panel(name, rising=is_rising(name, model))
        for label, key in (("training", name), ("validation", f"val_{name}")):
            if key in history:
                x, y = points(history[key], epochs)
                panel.curves.append(Curve(label, x, y, validation=key != name))
        panels.append(panel)
    return panels


def points(values: Sequence[Any], epochs: Sequence[int] | None) -> tuple[list[float], list[float]]:
    """Epoch numbers from 1, and the values; epochs without a value are left out."""
    y = np.array([np.mean(v) for v in values], float)
    # With validation_freq there are fewer values than epochs, and nothing says which: count them.
    known = epochs is not None and len(epochs) == len(y)
    x = np.array(epochs if known else range(len(y)), float) + 1
    there = ~np.isnan(y) if np.isfinite(y).any() else np.ones(len(y), bool)
    x, y = thin(x[there], y[there])
    return x.tolist(), y.tolist()


def scalars(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Logs as plain numbers; arrays by their mean, what is no number is left out."""
    found = {}
    for name, value in (logs or {}).items():
        try:
            found[name] = float(np.mean(np.asarray(value, float)))
        except (TypeError, ValueError):
            continue
    return found


def thin(x: np.ndarray, y: np.ndarray, limit: int = MAX_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """At most ``limit`` points that keep the extremes: the least and greatest of each stretch."""
    if len(x) <= limit:
        return x, y
    kept: set[int] = {0, len(x) - 1}
    for part in np.array_split(np.arange(len(x)), limit // 2 - 1):
        values = np.where(np.isfinite(y[part]), y[part], np.nan)
        if np.isfinite(values).any():
            kept.update((int(part[np.nanargmin(values)]), int(part[np.nanargmax(values)])))
    order = np.array(sorted(kept))
    return x[order], y[order]


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers between two values.

    >>> ticks(0.0, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if not np.isfinite(low) or not np.isfinite(high):
        return []
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / count
    size = 10.0 ** np.floor(np.log10(raw))
    step = next((m * size for m in (1, 2, 2.5, 5, 10) if m * size >= raw * 0.999), 10 * size)
    first = int(np.ceil(low / step - 1e-9))
    last = int(np.floor(high / step + 1e-9))
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def tick_text(value: float) -> str:
    """A tick's label."""
    return f"{value:.6g}"
