"""Reporters: who tells a person how training goes.

The trainer calls one reporter on the host, between compiled chunks. Front ends register a factory
(``register_reporter``); without one, or where the factory declines, text goes to the terminal.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import config
from ..display import attach_front_end
from ..distribution.processes import speaks

Factory = Callable[[Any, Any, str], Any]
_factories: list[Factory] = []


def register_reporter(factory: Factory) -> Callable[[], None]:
    """Let ``factory(model, verbose, task) -> reporter or None`` choose reporters; returns the undo."""
    _factories.append(factory)
    return lambda: _factories.remove(factory) if factory in _factories else None


def reporter_for(model: Any, verbose: Any, task: str = "fit") -> Any:
    """The reporter for a task: the newest factory that wants it, else text, else silence.

    Args:
        model: the model at work.
        verbose: 0 for silence, 1 or "auto" for the best view there is, 2 for a line an epoch.
        task: "fit", "evaluate" or "predict".
    """
    if verbose in (0, False) or not speaks():
        return Silent()
    if verbose == "auto" and not config.get("interactive_logging"):
        verbose = 2
    attach_front_end()
    for factory in reversed(_factories):
        reporter = factory(model, verbose, task)
        if reporter is not None:
            return reporter
    return TextReporter(verbose)


@dataclass
class Commands:
    """What a person asked for since the last look."""

    stop: bool = False
    pause: bool = False
    learning_rate: float | None = None
    save: bool = False
    # In a run with rewind=True: the epoch whose predictions shall be shown (NOW for the newest), and the one to
    # go on from.
    look: int | None = None
    go_back: int | None = None


NOW = -1


class Silent:
    """The reporter of ``verbose=0``; also the base that others extend."""

    # Whether the compiled steps shall measure gradients for it (``gradients``).
    watches_gradients = False

    # How many seconds of training a person can go without news; None: nobody watches.
    patience: float | None = None

    def start(self, plan: dict[str, Any]) -> None:
        """Before the first step. ``plan`` has epochs, initial_epoch, steps, batch_size, samples,
        metrics, has_validation, model."""

    def compiling(self, seconds: float) -> None:
        """A new program is being compiled (called when it is done, with its time)."""

    def chunk(
        self, epoch: int, step: int, steps: int | None, losses: Any, logs: dict, samples: int, seconds: float
    ) -> None:
        """After each compiled chunk: where training stands, the losses of its steps, running means."""

    def gradients(self, norms: Any) -> None:
        """Just before ``chunk``: the norms of its steps' gradients, (steps,), NaN where not measured."""

    def epoch(self, epoch: int, logs: dict) -> None:
        """After each epoch."""

    def saved(self, path: str, problem: str = "") -> None:
        """The model was saved because somebody asked for it, or why it could not be."""

    def looked(self, epoch: int | None, problem: str = "") -> None:
        """The attached views show an epoch (None: the newest again), or why they do not."""

    def went_back(self, epoch: int) -> None:
        """The run goes on from the state after an earlier epoch."""

    def finish(self, status: str, history: Any, message: str = "") -> None:
        """At the end: "done", "stopped" or "error"."""

    def poll(self) -> Commands | None:
        """What a person asked for, if anything."""
        return None


class TextReporter(Silent):
    """A progress bar in the terminal: one line an epoch, with time left and samples per second.

    Args:
        verbose: 1 or "auto" for a bar that moves, 2 for one line an epoch.
        stream: where it is written; standard output by default.
        clock: seconds, for tests.
    """

    patience: float | None = 0.1
    width = 20

    def __init__(self, verbose: Any = 1, stream: Any = None, clock: Callable[[], float] = time.perf_counter):
        self.stream, self.clock = stream or sys.stdout, clock
        self.moving = verbose != 2 and getattr(self.stream, "isatty", lambda: False)()
        if not self.moving:
            self.patience = None  # a line an epoch asks for no looks in between
        self.epochs, self.samples, self.single = 1, None, False
        self._length = 0  # of the unfinished line
        self._begun: float | None = None  # when the epoch began
        self._compiled = 0.0  # seconds of this epoch that went into compiling
        self._written = float("-inf")
        self._said: list[str] = []  # hints that were given at the start

    def start(self, plan: dict[str, Any]) -> None:
        self.epochs, self.samples = plan["epochs"], plan.get("samples")
        self.single = plan.get("single", False)
        self._said = [str(hint) for hint in plan.get("hints", ())]
        for hint in self._said:
            self.stream.write(f"{hint}\n")
        if self.moving and not self.single:
            self._write(f"{self._head(plan.get('initial_epoch', 0))} compiling ...")

    def compiling(self, seconds: float) -> None:
        self._compiled += seconds

    def chunk(
        self, epoch: int, step: int, steps: int | None, losses: Any, logs: dict, samples: int, seconds: float
    ) -> None:
        now = self.clock()
        if self._begun is None:
            self._begun = now - seconds
        if not self.moving or now - self._written < (self.patience or 0.0):
            return
        self._written = now
        worked = max(now - self._begun - self._compiled, 0.0)
        bar = left = rate = ""
        if steps:
            filled = int(self.width * step / steps)
            bar = f"{'━' * filled}{'╌' * (self.width - filled)}"
            left = f"{duration(worked / step * (steps - step))} left" if step < steps and worked else ""
        if samples and worked:
            rate = rate_text(samples / worked)
        head = f"{self._head(epoch)} {step}/{steps or '?'}"
        self._write(*[head, bar, left, rate, numbers(logs)])

    def epoch(self, epoch: int, logs: dict) -> None:
        begun, self._begun = self._begun, None
        compiled, self._compiled = self._compiled, 0.0
        elapsed = 0.0 if begun is None else self.clock() - begun
        took, rate = duration(elapsed), ""
        if compiled and compiled < elapsed:
            took += f" ({duration(compiled)} compiling)"
        if self.samples and elapsed > compiled:
            rate = rate_text(self.samples / (elapsed - compiled))
        self._write(f"{self._head(epoch)} {took}", rate, numbers(logs), final=True)

    def finish(self, status: str, history: Any, message: str = "") -> None:
        if self._length:
            self.stream.write("\n")
            self._length = 0
        if message:
            self.stream.write(f"{message}\n")
        for hint in history.hints() if hasattr(history, "hints") else ():
            if str(hint) in self._said:
                continue
            if hint.kind != "not finite" or not message:  # which names the very step
                self.stream.write(f"{hint}\n")
        self.stream.flush()

    def _head(self, epoch: int) -> str:
        return "" if self.single else f"Epoch {epoch + 1}/{self.epochs} ·"

    def _write(self, *parts: str, final: bool = False) -> None:
        """One line; while it moves it must fit the terminal, or every update would leave a line behind."""
        line = " · ".join(part.strip() for part in parts if part)
        if not self.moving:
            self.stream.write(line + "\n")
        else:
            if not final:
                line = line[: shutil.get_terminal_size().columns - 1]
            self.stream.write("\r" + line.ljust(self._length) + ("\n" if final else ""))
            self._length = 0 if final else len(line)
        self.stream.flush()


def numbers(logs: dict) -> str:
    """Logs in one line.

    >>> numbers({"loss": 0.12345, "accuracy": 0.5})
    'loss: 0.1235 · accuracy: 0.5000'
    """
    return " · ".join(f"{k}: {number(v)}" for k, v in sorted(logs.items(), key=_loss_first))


def _loss_first(item: tuple[str, Any]) -> tuple:
    name = item[0]
    return (name.startswith("val_"), not name.endswith("loss"), name)


def number(value: Any) -> str:
    """A log's value in few characters."""
    try:
        value = float(value)
    except (TypeError, ValueError):
        return str(value)
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e5 or value == 0 else f"{value:.3e}"


def duration(seconds: float) -> str:
    """A time a person reads at a glance.

    >>> duration(0.0123), duration(75)
    ('12 ms', '1:15 min')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d} h"


def rate_text(per_second: float) -> str:
    """Samples per second, rounded.

    >>> rate_text(248123.0)
    '248k samples/s'
    """
    if per_second >= 1e6:
        return f"{per_second / 1e6:.1f}M samples/s"
    if per_second >= 1e4:
        return f"{per_second / 1e3:.0f}k samples/s"
    return f"{per_second:.0f} samples/s"
