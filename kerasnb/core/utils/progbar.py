"""A progress bar for loops of one's own; ``fit`` has its own reporters."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .. import config
from ..display import in_kernel


class Progbar:
    """Shows how far a loop has come, how long it takes, and running means of values.

    Args:
        target: number of steps; None where it is not known.
        width: characters of the bar.
        verbose: 0 silent, 1 a bar that moves, 2 one line at the end.
        interval: seconds between two pictures at least.
        stateful_metrics: names whose values are shown as they come, not averaged over the steps.
        stateless_metrics: the opposite list; every name not in it is then shown as it comes.
        unit_name: what one step is called.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        if target is not None and (isinstance(target, bool) or not isinstance(target, (int, np.integer)) or target < 0):
            raise ValueError(f"Progbar: target must be a number of steps or None, got target={target!r}.")
        self.target, self.width, self.verbose, self.interval = target, width, verbose, interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._moving = getattr(sys.stdout, "isatty", lambda: False)() or in_kernel() or "PYCHARM_HOSTED" in os.environ
        self._seen_so_far = 0
        self._sums: dict[str, tuple[float, float]] = {}  # name -> (weighted sum, weight)
        self._begun = time.perf_counter()
        self._shown = float("-inf")
        self._length = 0

    def update(
        self, current: int, values: Sequence[tuple[str, Any]] | None = None, finalize: bool | None = None
    ) -> None:
        """Take note of a step and show where the loop stands.

        Args:
            current: how many steps are done.
            values: pairs of a name and a number, of the steps since the last call.
            finalize: whether this is the last call; by default when ``current`` reaches the target.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        steps = max(current - self._seen_so_far, 1)
        for name, value in values or ():
            number = float(value)
            if self._averaged(name) and not finalize:
                total, weight = self._sums.get(name, (0.0, 0.0))
                self._sums[name] = (total + number * steps, weight + steps)
            else:  # the last values are those of the whole run, as fit gives them
                self._sums[name] = (number, 1.0)
        self._seen_so_far = current
        now = time.perf_counter()
        if self.verbose == 1 and (finalize or now - self._shown >= self.interval):
            self._shown = now
            self._write(self._line(current, now), finalize)
        elif self.verbose == 2 and finalize:
            sys.stdout.write(self._head(current) + self._times(current, now) + self._values_text() + "\n")
            sys.stdout.flush()

    def add(self, n: int, values: Sequence[tuple[str, Any]] | None = None) -> None:
        """Take note of ``n`` more steps."""
        self.update(self._seen_so_far + n, values)

    def _averaged(self, name: str) -> bool:
        if self.stateless_metrics is not None:
            return name in self.stateless_metrics
        return name not in self.stateful_metrics

    def _head(self, current: int) -> str:
        return f"{current}/{'Unknown' if self.target is None else self.target}"

    def _line(self, current: int, now: float) -> str:
        bar = ""
        if self.target:
            filled = int(self.width * min(current / self.target, 1.0))
            bar = f" {'━' * filled}{'╌' * (self.width - filled)}"
        return self._head(current) + bar + self._times(current, now) + self._values_text()

    def _times(self, current: int, now: float) -> str:
        from ..training.progress import duration

        elapsed = now - self._begun
        each = elapsed / max(current, 1)
        left = ""
        if self.target is not None and current < self.target:
            left = f" · {duration(each * (self.target - current))} left"
        return f" · {duration(elapsed)}{left} · {duration(each)}/{self.unit_name}"

    def _values_text(self) -> str:
        from ..training.progress import number

        return "".join(f" · {name}: {number(total / weight)}" for name, (total, weight) in self._sums.items())

    def _write(self, line: str, finalize: bool) -> None:
        if self._moving:
            sys.stdout.write("\r" + line.ljust(self._length) + ("\n" if finalize else ""))
            self._length = 0 if finalize else len(line)
        elif finalize or config.get("interactive_logging"):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
