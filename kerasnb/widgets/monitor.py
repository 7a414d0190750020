"""Monitor: live curves while ``fit`` runs, with Pause, Stop and the learning rate; a still picture after it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from kerasnb.core.training.progress import Commands, Silent

from .live import Clock, Inbox
from .series import is_rising, thin
from .still import history_bundle

STATIC = Path(__file__).parent / "static"
SNAPSHOT_POINTS = 20_000


class MonitorView(anywidget.AnyWidget):
    """The browser's side. Numbers come as messages; the few traits are what a new view needs at once."""

    _esm = STATIC / "monitor.js"
    _css = STATIC / "monitor.css"
    plan = traitlets.Dict().tag(sync=True)
    status = traitlets.Unicode("compiling").tag(sync=True)


class Monitor(Silent):
    """The reporter that shows a MonitorView.

    Args:
        model: the model in training.
        every: seconds between two messages to the browser.
        clock: the time in seconds, for tests.
        show: displays the view and returns a function that replaces it; IPython's display by default.
    """

    patience = 0.1

    def __init__(
        self, model: Any, every: float = 0.1, clock: Any = time.monotonic, show: Any = None, inbox: Any = None
    ):
        self.model, self.clock = model, clock
        self.gate = Clock(every, clock)
        self.show = show or display_replaceable
        self.view = MonitorView()
        self.view.on_msg(self._on_message)
        self.inbox = inbox if inbox is not None else Inbox()
        self.commands = Commands()
        self.steps: int | None = None
        self.losses: list[float] = []  # of every step so far
        self.epochs: list[dict[str, Any]] = []
        self.now: dict[str, Any] = {}
        self._unsent_losses: list[float] = []
        self._unsent_epochs: list[dict[str, Any]] = []
        self._replace: Any = None
        self._began = 0.0

    # --- what the trainer calls ----------------------------------------------------------------------

    def start(self, plan: dict[str, Any]) -> None:
        self._began = self.clock()
        self.steps = plan.get("steps")
        self.view.plan = {
            "name": getattr(self.model, "name", "model"),
            "epochs": plan["epochs"], "initial": plan.get("initial_epoch", 0), "steps": plan.get("steps"),
            "samples": plan.get("samples"), "batch": plan.get("batch_size"), "validation": bool(plan.get("has_validation")),
            "rising": [n for n in plan.get("metrics", []) if is_rising(n)], "learning_rate": self.learning_rate(),
            "single": bool(plan.get("single")),
        }  # fmt: skip
        self._replace = self.show(self.view)

    def learning_rate(self) -> float | None:
        """The optimizer's rate now, where it has a single one."""
        try:
            return float(np.asarray(self.model.optimizer.learning_rate))
        except (AttributeError, TypeError, ValueError):
            return None

    def compiling(self, seconds: float) -> None:
        self.now["compiled"] = self.now.get("compiled", 0.0) + seconds

    def chunk(
        self, epoch: int, step: int, steps: int | None, losses: Any, logs: dict, samples: int, seconds: float
    ) -> None:
        fresh = [float(v) for v in np.ravel(losses)]
        self.losses.extend(fresh)
        self._unsent_losses.extend(fresh)
        if self.steps is None:
            self.steps = steps
        self.now.update(epoch=epoch, step=step, steps=steps or self.steps, logs=numbers_of(logs), samples=samples)
        self.flush()

    def epoch(self, epoch: int, logs: dict) -> None:
        row = {"epoch": epoch, **numbers_of(logs)}
        self.epochs.append(row)
        self._unsent_epochs.append(row)
        self.now["epoch"] = epoch
        self.flush()

    def finish(self, status: str, history: Any, message: str = "") -> None:
        try:
            self.flush(force=True)
            self.view.status = status
            if self._replace is not None and history is not None:
                self._replace(history_bundle(history, self.losses, self.steps))
        finally:
            if history is not None:
                history.step_losses = np.asarray(self.losses, np.float32)
            self.view.close()

    def poll(self) -> Commands | None:
        self.inbox.poll()
        return self.commands

    # --- out -------------------------------------------------------------------------------------------

    def flush(self, force: bool = False) -> None:
        """Send what has gathered, if it is time."""
        if not (self._unsent_losses or self._unsent_epochs or force) or not self.gate.due(force):
            return
        content = {
            "kind": "news", "now": {**self.now, "seconds": self.clock() - self._began, "learning_rate": self.learning_rate()},
            "epochs": self._unsent_epochs, "from": len(self.losses) - len(self._unsent_losses),
        }  # fmt: skip
        buffer = np.asarray(self._unsent_losses, np.float32).tobytes()
        self._unsent_losses, self._unsent_epochs = [], []
        self._send(content, [buffer])

    def snapshot(self) -> None:
        """Everything so far, for a view that came late (a reloaded page, a second view)."""
        x = np.arange(len(self.losses), dtype=np.float64)
        x, y = thin(x, np.asarray(self.losses, float), SNAPSHOT_POINTS)
        content = {
            "kind": "snapshot", "now": {**self.now, "seconds": self.clock() - self._began, "learning_rate": self.learning_rate()},
            "epochs": self.epochs, "count": len(self.losses),
        }  # fmt: skip
        self._send(content, [x.astype(np.float32).tobytes(), y.astype(np.float32).tobytes()])
        self._unsent_losses, self._unsent_epochs = [], []

    def _send(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        try:
            self.view.send(content, buffers=buffers)
        except Exception:  # a browser that went away must not cost the training
            pass

    # --- in --------------------------------------------------------------------------------------------

    def _on_message(self, view: Any, content: Any, buffers: Any) -> None:
        """Only flags and numbers are set here; the training loop applies them between chunks."""
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "snapshot":
            self.snapshot()
        elif kind == "stop":
            self.commands.stop = True
            self.view.status = "stopping"
        elif kind == "pause":
            self.commands.pause = bool(content.get("value"))
            self.view.status = "paused" if self.commands.pause else "running"
        elif kind == "learning_rate":
            try:
                rate = float(content.get("value"))
            except (TypeError, ValueError):
                return
            if 0 < rate < 1e6:
                self.commands.learning_rate = rate


def numbers_of(logs: dict[str, Any]) -> dict[str, Any]:
    """Logs as plain numbers that JSON can carry; what is not finite becomes a word."""
    found: dict[str, Any] = {}
    for name, value in (logs or {}).items():
        number = float(np.asarray(value).mean())
        found[name] = number if np.isfinite(number) else str(number)
    return found


def display_replaceable(view: Any) -> Any:
    """Display a widget; returns a function that puts a still bundle in its place."""
    from IPython.display import display

    handle = display(view, display_id=True)

    def replace(bundle: dict[str, str]) -> None:
        if handle is not None:
            handle.update(bundle, raw=True)

    return replace
