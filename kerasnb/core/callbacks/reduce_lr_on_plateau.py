"""ReduceLROnPlateau: smaller steps when a number stops improving."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..distribution.processes import say
from .callback import Callback
from .monitoring import better, checked_mode, monitored


class ReduceLROnPlateau(Callback):
    """Multiply the learning rate by a factor when the monitored number has not improved for some epochs.

    Args:
        monitor: its name in the logs.
        factor: the new rate is ``factor * rate``; below 1.
        patience: epochs without improvement to wait.
        verbose: 1 says the new rate.
        mode: "min", "max", or "auto" to tell from the metric.
        min_delta: a change smaller than this is no improvement.
        cooldown: epochs after a reduction in which nothing is counted.
        min_lr: the rate never falls below it.

    The rate of each epoch stands in the logs as "learning_rate".
    """

    remembered = ("wait", "cooldown_counter", "best")

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0, mode: str = "auto",
        min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0.0, **kwargs: Any,
    ):  # fmt: skip
        super().__init__()
        if factor >= 1.0:
            raise ValueError(
                f"ReduceLROnPlateau: factor must be below 1, got factor={factor}: the rate would not fall."
            )
        kwargs.pop("epsilon", None)  # the older name of min_delta, which Keras accepts and ignores
        if kwargs:
            raise TypeError(f"ReduceLROnPlateau does not know the argument(s) {sorted(kwargs)}.")
        self.monitor, self.factor, self.patience, self.verbose = monitor, factor, patience, verbose
        self.mode = checked_mode(mode, "ReduceLROnPlateau")
        self.min_delta, self.cooldown, self.min_lr = min_delta, cooldown, min_lr
        self.monitor_op: Any = None
        self.wait = self.cooldown_counter = 0
        self.best: float | None = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.monitor_op = better(self.mode, self.monitor, self.model, "ReduceLROnPlateau")
        self.wait = self.cooldown_counter = 0
        self.best = None

    def in_cooldown(self) -> bool:
        """Whether the epochs after a reduction are still passing."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        value = monitored(logs, self.monitor, "ReduceLROnPlateau")
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.best is None or self._improved(value, self.best):
            self.best, self.wait = value, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _improved(self, value: float, reference: float) -> bool:
        delta = self.min_delta if self.monitor_op is np.less else -self.min_delta
        return bool(self.monitor_op(value, reference - delta))

    def _reduce(self, epoch: int) -> None:
        old = float(np.asarray(self.model.optimizer.learning_rate, np.float32))
        if old <= np.float32(self.min_lr):
            return
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: ReduceLROnPlateau reduces the learning rate from {old:.4g} to {new:.4g}.")
        self.cooldown_counter, self.wait = self.cooldown, 0
