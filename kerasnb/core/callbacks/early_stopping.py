"""EarlyStopping: end training when a number stops improving."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..distribution.processes import say
from .callback import Callback
from .monitoring import better, checked_mode, monitored


class EarlyStopping(Callback):
    """Stop when the monitored number has not improved for ``patience`` epochs.

    Args:
        monitor: its name in the logs.
        min_delta: a change smaller than this is no improvement.
        patience: epochs without improvement to wait.
        verbose: 1 says when it stops.
        mode: "min", "max", or "auto" to tell from the name.
        baseline: the number must get better than this at all.
        restore_best_weights: put back the weights of the best epoch at the end.
        start_from_epoch: epochs to let pass before watching.
    """

    remembered = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")

    def __init__(
        self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0, mode: str = "auto",
        baseline: float | None = None, restore_best_weights: bool = False, start_from_epoch: int = 0,
    ):  # fmt: skip
        super().__init__()
        self.monitor, self.patience, self.verbose, self.baseline = monitor, patience, verbose, baseline
        self.min_delta = abs(min_delta)
        self.mode = checked_mode(mode, "EarlyStopping")
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.monitor_op: Any = None
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: float | None = None
        self.best_weights: Any = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.monitor_op = better(self.mode, self.monitor, self.model, "EarlyStopping")
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best, self.best_weights = None, None

    def _improved(self, value: float, reference: float) -> bool:
        delta = self.min_delta if self.monitor_op is np.less else -self.min_delta
        return bool(self.monitor_op(value, reference - delta))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        value = monitored(logs, self.monitor, "EarlyStopping")
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.best is None or self._improved(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._improved(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: dict | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                say(f"Restoring the weights of the best epoch, {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)
