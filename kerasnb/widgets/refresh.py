"""Refresh: a callback that keeps a gallery in step with a model in training."""

from __future__ import annotations

from typing import Any

from kerasnb.core.callbacks.callback import Callback


class Refresh(Callback):
    """Refresh a view after epochs.

    Args:
        view: has ``refresh()``.
        every: after every so many epochs, at least 1.
    """

    def __init__(self, view: Any, every: int = 1):
        super().__init__()
        if every < 1:
            raise ValueError(f"callback: every must be at least 1 epoch, got every={every}.")
        self.view, self.every = view, every

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if (epoch + 1) % self.every == 0:
            self.view.refresh()
