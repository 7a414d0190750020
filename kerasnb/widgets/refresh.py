"""Refresh: a callback that keeps a gallery in step with a model in training."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kerasnb.core.callbacks.callback import Callback

BYTES_A_SECOND = 400_000  # Jupyter's server lets a megabyte through; the curves and the pictures want some too


class Refresh(Callback):
    """Refresh a view after epochs, as often as the server takes it, and at the end.

    Args:
        view: has ``refresh()``, which gives the number of bytes that it sent, and ``redraw()``.
        every: after every so many epochs, at least 1.
        clock: the time in seconds, for tests.
    """

    def __init__(self, view: Any, every: int = 1, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        if every < 1:
            raise ValueError(f"callback: every must be at least 1 epoch, got every={every}.")
        self.view, self.every, self.clock = view, every, clock
        self._next, self._behind = float("-inf"), False

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        rewind = getattr(getattr(self.model, "history", None), "rewind", None)
        if (epoch + 1) % self.every or getattr(rewind, "looking", None) is not None:  # somebody looks at a former epoch
            self._behind = True
        elif self.clock() >= self._next:
            self._refresh()
        else:
            self._behind = True

    def on_train_end(self, logs: dict | None = None) -> None:
        if self._behind:
            self._refresh()
        self.view.redraw()  # what the notebook keeps

    def _refresh(self) -> None:
        sent = self.view.refresh()
        self._next, self._behind = self.clock() + sent / BYTES_A_SECOND, False
