"""Monitor: live curves while ``fit`` runs, with everything that steers it; a still picture after it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasnb.core.training.progress import NOW, Commands, Silent
from kerasnb.core.variable import Variable

from . import monitor_messages as messages
from . import theme
from .live import EVERY, Clock, Inbox
from .memory import used
from .monitor_view import MonitorView
from .numbers import json_numbers
from .past import past_of, remember
from .places import places
from .record import Run
from .series import is_rising
from .still import history_bundle

RATE_WINDOW = 2.0  # seconds of work over which samples per second are averaged
HIGHEST_RATE = 1e6  # a larger learning rate is a slip of the hand
SELDOM = 1.0  # seconds between two looks at what changes slowly: memory, hints
ENDED = ("done", "stopped", "error")


class Monitor(Silent):
    """The reporter that shows a MonitorView.

    Args:
        model: the model in training.
        every: seconds between two messages to the browser.
        clock: the time in seconds, for tests.
        show: displays the view and returns a function that puts a mimebundle in its place; IPython's
            display by default.
        inbox: where messages from the browser are read while the cell runs.
    """

    patience = 0.1
    watches_gradients = True
    _open: deque[MonitorView] = deque()  # ended, but looked at by a page that was loaded anew

    def __init__(
        self,
        model: Any,
        every: float = EVERY,
        clock: Callable[[], float] = time.monotonic,
        show: Callable[[Any], Callable[[dict[str, str]], None]] | None = None,
        inbox: Any = None,
    ):
        self.model, self.clock = model, clock
        self.gate, self.seldom = Clock(every, clock), Clock(SELDOM, clock)
        self.show = show or places.show
        self.inbox = inbox if inbox is not None else Inbox()
        self.commands = Commands()
        self.run = Run()
        self.view: MonitorView = MonitorView()
        self.view.on_msg(self._on_message)
        self.now: dict[str, Any] = {"compiled": 0.0}
        # On some ipykernels a message from the browser is handled by another thread.
        self._lock = threading.RLock()
        self._waiting: list[tuple] = []  # chunks and epochs that have not been read yet
        self._norms: Any = None  # of the chunk that comes next
        self._sent = messages.Sent()
        self._samples, self._busy, self._compiled_now = 0.0, 0.0, False
        self._place = (-1, 0)  # epoch, samples done in it
        self._began, self._paused_at, self._paused = 0.0, None, 0.0
        self._asked = False  # a view came late and is not replaced at the end
        self._replace: Callable[[dict[str, str]], None] | None = None

    # --- what the trainer calls ----------------------------------------------------------------------

    def start(self, plan: dict[str, Any]) -> None:
        self._began = self.clock()
        initial = plan.get("initial_epoch", 0)
        past = past_of(self.model, initial, plan.get("resumed"))
        self.run = Run(plan.get("steps"), initial, past)
        self.run.found = list(plan.get("hints", ()))
        metrics = [name for name in plan.get("metrics", []) if name != "loss"]
        self.view.plan = {
            "name": getattr(self.model, "name", "model"),
            "epochs": plan["epochs"],
            "initial": initial,
            "steps": plan.get("steps"),
            "samples": plan.get("samples"),
            "validation": bool(plan.get("has_validation")),
            "panels": ["loss", *metrics],
            "rising": {name: is_rising(name, self.model) for name in ["loss", *metrics]},
            "learning_rate": self.learning_rate(),
            "settable": self.settable,
            "steerable": bool(self.inbox.reachable),
            "rewind": bool(plan.get("rewind")),
            "past": past.as_json(),
        }
        theme.dress(self.view)
        self._replace = self.show(self.view)

    def learning_rate(self) -> float | None:
        """The optimizer's rate now, where it has a single one."""
        try:
            return float(np.asarray(self.model.optimizer.learning_rate))
        except (AttributeError, TypeError, ValueError):
            return None

    @property
    def settable(self) -> bool:
        """Whether the learning rate is a number that may be changed, not a schedule."""
        return isinstance(getattr(getattr(self.model, "optimizer", None), "learning_rate", None), Variable)

    def compiling(self, seconds: float) -> None:
        self.now["compiled"] += seconds
        self._compiled_now = True

    def gradients(self, norms: Any) -> None:
        self._norms = norms

    def chunk(
        self, epoch: int, step: int, steps: int | None, losses: Any, logs: dict, samples: int, seconds: float
    ) -> None:
        before = self._place[1] if self._place[0] == epoch else 0
        self._place = (epoch, samples or 0)
        if not self._compiled_now:  # a chunk that compiled says nothing about speed
            self._samples += (samples or 0) - before
            self._busy += seconds
            if self._busy > 2 * RATE_WINDOW:
                self._samples, self._busy = self._samples / 2, self._busy / 2
        self._compiled_now = False
        norms, self._norms = self._norms, None
        with self._lock:
            self._waiting.append(("chunk", losses, logs, norms))
            self.now.update(epoch=epoch, step=step, steps=steps)
        if self.view.status == "compiling":
            self.view.status = "running"
            self.inbox.say_busy()
        self.flush()

    def epoch(self, epoch: int, logs: dict) -> None:
        with self._lock:
            self._waiting.append(("epoch", epoch, logs))
        self.flush()

    def saved(self, path: str, problem: str = "") -> None:
        self.view.done = {"problem": problem} if problem else {"saved": path}

    def looked(self, epoch: int | None, problem: str = "") -> None:
        self.view.done = {"looking": epoch, **({"problem": problem} if problem else {})}

    def went_back(self, epoch: int) -> None:
        with self._lock:
            self._read()
            self.run.back(epoch)
            self.now.update(epoch=epoch, step=0)
            self._place = (-1, 0)
            self.view.send(*messages.snapshot(self.run, self._sent, self._now(True)))
        self.view.done = {"back": epoch}

    def finish(self, status: str, history: Any, message: str = "") -> None:
        try:
            self.flush(force=True)
            self.view.status = status
            if history is not None:
                history.run = self.run
                self.run.found = list(getattr(history, "found", ()))
            if self._replace is not None:
                self._replace(history_bundle(history, self.run, status))
            remember(self.model, self.run.as_past())
        finally:
            self._close()

    def poll(self) -> Commands | None:
        self.inbox.poll()
        self.flush()
        return self.commands

    def _close(self) -> None:
        """Let the view go. One that a page asked for anew stays, or that page would lose its curves."""
        if self._asked:
            self._open.append(self.view)
            while len(self._open) > 4:
                self._open.popleft().close()
        else:
            self.view.on_msg(self._on_message, remove=True)
            self.view.close()
        self.model = None  # which a view that stays must not keep in memory

    # --- out -------------------------------------------------------------------------------------------

    def flush(self, force: bool = False) -> None:
        """Send what has gathered, if it is time. Only here are values read off the device."""
        with self._lock:
            if not (self._waiting or force) or not self.gate.due(force):
                return
            self._read()
            self.view.send(*messages.news(self.run, self._sent, self._now(force)))

    def snapshot(self) -> None:
        """Everything so far, for a view that came late (a reloaded page, a second view)."""
        with self._lock:
            self._asked = True
            self._read()
            self.view.send(*messages.snapshot(self.run, self._sent, self._now(True)))

    def _read(self) -> None:
        """Take what the trainer handed over into the record."""
        for kind, *rest in self._waiting:
            if kind == "chunk":
                self.run.add_chunk(*rest)
            else:
                self.run.add_epoch(*rest)
        self._waiting = []
        self.run.add_rate(self.learning_rate())

    def _now(self, force: bool = False) -> dict[str, Any]:
        """Where training stands."""
        passed = self.clock() - self._began
        paused = self._paused + (self.clock() - self._paused_at if self._paused_at is not None else 0.0)
        if self.seldom.due(force):
            self.now["memory"] = used()
            self.now["hints"] = [{"kind": h.kind, "evidence": h.evidence, "advice": h.advice} for h in self.run.hints()]
        return {
            **self.now,
            "count": self.run.count,
            "logs": json_numbers(self.run.means[-1][1]) if self.run.means else {},
            "seconds": passed,
            "worked": max(passed - paused - self.now["compiled"], 0.0),
            "rate": self._samples / self._busy if self._busy > 0 else None,
            "learning_rate": self.learning_rate(),
        }

    # --- in --------------------------------------------------------------------------------------------

    def _on_message(self, view: Any, content: Any, buffers: Any) -> None:
        """Only flags and numbers are set here; the training loop applies them between chunks."""
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "snapshot":
            self.snapshot()
        elif self.view.status in ENDED:
            return
        elif kind == "stop":
            self.commands.stop = True
            self.view.status = "stopping"
        elif kind == "pause":
            self._pause(bool(content.get("value")))
        elif kind == "save":
            self.commands.save = True
        elif kind == "learning_rate" and self.settable:
            rate = number_in(content)
            if rate is not None and 0 < rate < HIGHEST_RATE:
                self.commands.learning_rate = rate
        elif kind in ("look", "back") and self.view.plan.get("rewind"):
            self._rewind(kind, content)

    def _rewind(self, kind: str, content: dict[str, Any]) -> None:
        """Look at an epoch (on the chart's axis), or go back to it."""
        epoch = number_in(content)
        if kind == "look":
            self.commands.look = NOW if epoch is None else int(epoch) - self.run.offset
        elif epoch is not None:
            self.commands.go_back = int(epoch) - self.run.offset
            self._pause(False)

    def _pause(self, on: bool) -> None:
        if on == self.commands.pause or self.commands.stop:
            return
        self.commands.pause = on
        if on:
            self._paused_at = self.clock()
        elif self._paused_at is not None:
            self._paused += self.clock() - self._paused_at
            self._paused_at = None
        self.view.status = "paused" if on else "running" if self.run.count or self._waiting else "compiling"


def number_in(content: dict[str, Any]) -> float | None:
    """The value of a message, where it is a number."""
    try:
        value = float(content.get("value"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return value if np.isfinite(value) else None
