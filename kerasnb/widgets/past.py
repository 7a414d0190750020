"""Past: what earlier fits of a model showed. One model has one chart; a new fit goes on where the last one ended."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

MOST_ROWS = 400  # epochs of earlier fits that a chart keeps
MOST_STEPS = 800  # points of single steps of them
MOST_BRANCHES = 8

Line = tuple[list[float], list[float]]


@dataclass(frozen=True)
class Branch:
    """Epochs that were left behind when training went on from an earlier state.

    Attributes:
        start: the epoch on the chart from which both lines go.
        curves: name -> (epochs, values), beginning at ``start``.
    """

    start: float
    curves: dict[str, Line]


@dataclass(frozen=True)
class Past:
    """Epochs that a chart shows left of the fit under way.

    Attributes:
        epochs: their numbers on the chart, from 1.
        rows: the numbers of each.
        fine: name -> (places on the axis, values) of single steps.
        starts: where fits began: 0 for the first, 5 for one that began after 5 epochs.
        offset: what the last fit's own epochs were moved by.
        branches: lines that were left behind.
    """

    epochs: list[int] = field(default_factory=list)
    rows: list[dict[str, float]] = field(default_factory=list)
    fine: dict[str, Line] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    offset: int = 0
    branches: list[Branch] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The last epoch on the chart; where the first fit began where there is none."""
        return self.epochs[-1] if self.epochs else self.starts[0] if self.starts else 0

    def opened(self, initial_epoch: int, resumed: int | None = None) -> Past:
        """The past of a fit that begins now: moved so that it goes on, cut where it begins earlier.

        Args:
            initial_epoch: of the new fit. 0 counts on from the end; another is an epoch of the last fit.
            resumed: where the fit takes up a state that an earlier one kept: what that one's epochs were moved by.
        """
        if not self.epochs:
            return Past(starts=[initial_epoch], offset=0, branches=self.branches)
        offset = self.offset if resumed is None else resumed
        start = offset + initial_epoch if initial_epoch or resumed is not None else self.end
        if start < self.end:
            return replace(self.cut(start), starts=[*self._starts_before(start), start], offset=offset)
        starts = self._starts_before(self.end)
        return replace(self, starts=[*starts, self.end], offset=self.end - initial_epoch)

    def cut(self, start: int) -> Past:
        """Only what lies before an epoch of the chart; the rest becomes a branch."""
        kept = sum(e <= start for e in self.epochs)
        branch = branch_of(start, self.epochs, self.rows)
        fine = {name: until(line, start) for name, line in self.fine.items()}
        branches = [*self.branches, *([branch] if branch else [])][-MOST_BRANCHES:]
        return replace(self, epochs=self.epochs[:kept], rows=self.rows[:kept], fine=fine, branches=branches)

    def _starts_before(self, start: int) -> list[int]:
        return [s for s in self.starts if s < start]

    def as_json(self) -> dict[str, Any]:
        """What the browser is told."""
        from .numbers import json_numbers

        return {
            "epochs": self.epochs,
            "rows": [json_numbers(row) for row in self.rows],
            "fine": {name: [x, finite(y)] for name, (x, y) in self.fine.items()},
            "starts": self.starts,
            "offset": self.offset,
            "branches": [branch_json(b) for b in self.branches],
        }


def branch_json(branch: Branch) -> dict[str, Any]:
    """A branch for the browser."""
    return {"start": branch.start, "curves": {n: [x, finite(y)] for n, (x, y) in branch.curves.items()}}


def branch_of(start: int, epochs: Sequence[int], rows: Sequence[Mapping[str, float]]) -> Branch | None:
    """The epochs from ``start`` on as a branch; None where there are none after it."""
    pairs = [(e, row) for e, row in zip(epochs, rows, strict=True) if e >= start]
    if not any(e > start for e, _ in pairs):
        return None
    pairs = pairs[:: max(1, len(pairs) // MOST_ROWS)]
    names = dict.fromkeys(name for _, row in pairs for name in row)
    curves = {n: ([float(e) for e, row in pairs if n in row], [row[n] for _, row in pairs if n in row]) for n in names}
    return Branch(float(start), curves)


def until(line: Line, end: float) -> Line:
    """The points of a line up to a place."""
    x, y = line
    kept = sum(v <= end + 1e-9 for v in x)
    return x[:kept], y[:kept]


def finite(values: Sequence[float]) -> list[float | str]:
    """Numbers as JSON can carry them."""
    return [float(f"{v:.6g}") if np.isfinite(v) else str(v) for v in values]


_pasts: weakref.WeakKeyDictionary[Any, Past] = weakref.WeakKeyDictionary()


def past_of(model: Any, initial_epoch: int = 0, resumed: Any = None) -> Past:
    """What the chart of a model's next fit begins with.

    Args:
        resumed: the history of the fit whose kept state this one takes up.
    """
    try:
        found = _pasts.get(model)
    except TypeError:  # no weak reference to it
        found = None
    found = found or Past()
    moved = None if resumed is None else getattr(getattr(resumed, "run", None), "offset", found.offset)
    return found.opened(initial_epoch, moved)


def remember(model: Any, past: Past) -> None:
    """Let the model's next fit go on from here."""
    try:
        _pasts[model] = past
    except TypeError:
        return
