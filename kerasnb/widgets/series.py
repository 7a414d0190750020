"""Curves and panels: what the live view, the still picture and the text all show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kerasnb.core.callbacks.monitoring import better

# Of runs beside one another. Okabe and Ito's colours, told apart by colour-blind people, in shades that can be read on
# white and on dark.
RUN_COLOURS = ("#2b8cc4", "#d9731a", "#12996e", "#b8609a", "#8f7a00", "#7a6bd1", "#a0522d", "#5f6b75")
MAX_POINTS = 400  # of one curve in a still picture


@dataclass
class Curve:
    """One line: numbers over epochs; 1 is the end of the first epoch."""

    name: str
    x: list[float]
    y: list[float]
    validation: bool = False
    fine: bool = False  # of single steps, drawn thin behind the others
    trace: bool = False  # neither training nor validation: a rate, a norm
    pale: bool = False  # a branch that was left behind
    run: int | None = None  # which of several runs, where they are compared

    @property
    def title(self) -> str:
        """Its name; of several runs' curves also which of the two it is."""
        return f"{self.name} (validation)" if self.run is not None and self.validation else self.name

    @property
    def main(self) -> bool:
        """Whether it is one of the two curves that the panel is about."""
        return not (self.fine or self.trace or self.pale)


@dataclass
class Panel:
    """Curves that share an axis: a metric in training and validation."""

    title: str
    curves: list[Curve] = field(default_factory=list)
    rising: bool | None = None  # whether larger is better, where somebody can tell
    starts: list[float] = field(default_factory=list)  # where later fits of the model began
    span: tuple[float, float] | None = None  # of the axis of epochs, where another panel's shall be kept

    @property
    def several(self) -> bool:
        """Whether its curves are those of several runs."""
        return any(c.run is not None for c in self.curves)

    @property
    def best_epoch(self) -> tuple[int, float] | None:
        """(epoch, value) of the best validation value; of training where there is no validation."""
        main = [c for c in self.curves if c.main]
        chosen = [c for c in main if c.validation] or main
        if self.rising is None or not chosen or not np.isfinite(chosen[0].y).any():
            return None
        pick = np.nanargmax if self.rising else np.nanargmin
        i = int(pick(np.where(np.isfinite(chosen[0].y), chosen[0].y, np.nan)))
        return int(chosen[0].x[i]), float(chosen[0].y[i])

    @property
    def gap(self) -> list[tuple[float, float, float]]:
        """(epoch, training, validation) from the best epoch on, where validation got worse than training since.

        The area between the two is what overfitting costs; empty where the last epoch is the best.
        """
        main = {c.validation: c for c in self.curves if c.main}
        best = None if self.several else self.best_epoch
        if best is None or len(main) < 2:
            return []
        sign = 1.0 if self.rising else -1.0
        training = dict(zip(main[False].x, main[False].y, strict=True))
        points = [
            (x, training[x], v)
            for x, v in zip(main[True].x, main[True].y, strict=True)
            if x >= best[0] and x in training and np.isfinite([v, training[x]]).all()
        ]
        found = [(x, t, v if sign * (t - v) > 0 else t) for x, t, v in points]
        return found if len(found) > 1 and any(t != v for _, t, v in found) else []


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


def thin(x: np.ndarray, y: np.ndarray, limit: int = MAX_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """At most ``limit`` points that keep the extremes: the least and greatest of each stretch."""
    if len(x) <= limit:
        return x, y
    stretches = limit // 2 - 1
    size, longer = divmod(len(x), stretches)  # the first ``longer`` ones have one point more
    kept = [np.array([0, len(x) - 1])]
    for first, length, count in ((0, size + 1, longer), (longer * (size + 1), size, stretches - longer)):
        values = y[first : first + count * length].reshape(count, length)
        there = np.isfinite(values)
        starts = first + length * np.arange(count)
        for pick, beyond in ((np.argmin, np.inf), (np.argmax, -np.inf)):
            kept.append((starts + pick(np.where(there, values, beyond), axis=1))[there.any(axis=1)])
    order = np.unique(np.concatenate(kept))
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
