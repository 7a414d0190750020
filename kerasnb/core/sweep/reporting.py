"""Reporters of a sweep: who tells a person how it goes. Front ends hang theirs up as ``hooks["sweep_reporter"]``."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from .. import config
from ..display import attach_front_end, hooks
from ..training.progress import Commands, Silent, number
from .trial import DIVERGED, DONE, FAILED, RUNNING, STOPPED, Trial


class SweepReporter:
    """The reporter of ``verbose=0``; also the base that others extend."""

    # How many seconds a person can go without news; None: nobody watches.
    patience: float | None = None

    def start(self, sweep: Any) -> None:
        """Before the first variant is built. ``sweep`` has trials, names, epochs, objective."""

    def progress(self, trials: Sequence[Trial]) -> None:
        """Some variants have new numbers, or another status."""

    def finish(self, status: str, result: Any) -> None:
        """At the end: "done", "stopped" or "error"; result is None after an error."""

    def poll(self) -> Commands | None:
        """What a person asked for, if anything."""
        return None


class TextSweep(SweepReporter):
    """Text in a terminal: one line that moves, and the table at the end.

    Args:
        stream: where it is written; standard output by default.
        clock: seconds, for tests.
    """

    patience = 0.1

    def __init__(self, stream: Any = None, clock: Callable[[], float] = time.perf_counter):
        self.stream, self.clock = stream or sys.stdout, clock
        self.moving = getattr(self.stream, "isatty", lambda: False)()
        self.sweep: Any = None
        self._length, self._written = 0, float("-inf")

    def start(self, sweep: Any) -> None:
        self.sweep = sweep
        self._write(f"Sweep · {len(sweep.trials)} variants · {sweep.epochs} epochs each", final=True)

    def progress(self, trials: Sequence[Trial]) -> None:
        if self.moving and self.clock() - self._written >= self.patience:
            self._written = self.clock()
            self._write(state_line(self.sweep))

    def finish(self, status: str, result: Any) -> None:
        if self._length:
            self._write("", final=True)
        if result is not None:
            self.stream.write(f"{result.text()}\n")
        self.stream.flush()

    def _write(self, line: str, final: bool = False) -> None:
        if self.moving and not final:
            line = line[: shutil.get_terminal_size().columns - 1]
            self.stream.write("\r" + line.ljust(self._length))
            self._length = len(line)
        else:
            self.stream.write(
                ("\r" + " " * self._length + "\r" if self._length else "") + (f"{line}\n" if line else "")
            )
            self._length = 0
        self.stream.flush()


def state_line(sweep: Any) -> str:
    """How far a sweep is, in one line."""
    trials = sweep.trials
    over = sum(t.status in (DONE, STOPPED, FAILED, DIVERGED) for t in trials)
    running = [t for t in trials if t.status == RUNNING]
    parts = [f"{over} of {len(trials)} done"]
    if running:
        parts.append(f"{len(running)} in training, epoch {max(t.epochs for t in running)} of {sweep.epochs}")
    best = sweep.best_trial()
    if best is not None:
        parts.append(f"best {sweep.objective} {number(best.last(sweep.objective))} ({best.called(sweep.names)})")
    return " · ".join(parts)


def sweep_reporter(verbose: Any) -> Any:
    """The reporter for a sweep: the front end's where one is looking, else text, else silence."""
    if verbose in (0, False):
        return SweepReporter()
    if verbose == "auto" and not config.get("interactive_logging"):
        verbose = 2
    attach_front_end()
    found = hooks["sweep_reporter"](verbose) if "sweep_reporter" in hooks else None
    return TextSweep() if found is None else found


class TrialReporter(Silent):
    """Stands between the ``fit`` of one variant and the sweep's reporter."""

    def __init__(self, sweep: Any, trial: Trial):
        self.sweep, self.trial = sweep, trial
        self.patience = sweep.reporter.patience

    def epoch(self, epoch: int, logs: dict) -> None:
        self.sweep.told([self.trial])

    def poll(self) -> Commands | None:
        return self.sweep.commands()
