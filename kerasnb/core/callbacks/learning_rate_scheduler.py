"""LearningRateScheduler: a new learning rate at the start of each epoch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..distribution.processes import say
from .callback import Callback


class LearningRateScheduler(Callback):
    """Set the learning rate by a function of the epoch.

    Args:
        schedule: ``f(epoch, learning_rate) -> float`` (or ``f(epoch)``).
        verbose: 1 says the new rate.

    The rate of each epoch stands in the logs as "learning_rate".
    """

    def __init__(self, schedule: Callable, verbose: int = 0):
        super().__init__()
        if not callable(schedule):
            raise TypeError(
                f"LearningRateScheduler: schedule must be a function of (epoch, learning_rate), got {schedule!r}."
            )
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        optimizer = self.model.optimizer
        if not hasattr(optimizer, "learning_rate"):
            raise ValueError("LearningRateScheduler: the optimizer has no learning rate to set.")
        before = float(np.asarray(optimizer.learning_rate))
        try:
            rate = self.schedule(epoch, before)
        except TypeError:  # the older form
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)) and not (hasattr(rate, "dtype") and np.ndim(rate) == 0):
            raise ValueError(f"LearningRateScheduler: schedule must return a float, got {rate!r} in epoch {epoch}.")
        optimizer.learning_rate = float(rate)
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: LearningRateScheduler sets the learning rate to {float(rate)}.")

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
