"""Trial: one variant of a sweep, from its arguments to its trained model."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..callbacks.callback import Callback
from ..callbacks.history import History
from ..variable import Variable
from .grid import label

# What becomes of a variant.
WAITING, RUNNING, DONE, STOPPED, FAILED, DIVERGED = "waiting", "running", "done", "stopped", "failed", "diverged"


class Trial:
    """One variant.

    Attributes:
        number: its place in the sweep, from 0.
        arguments: all of its arguments.
        model: the model, None where there is none (yet, any more, or because ``build`` failed).
        history: its History.
        status: "waiting", "running", "done", "stopped", "failed" or "diverged".
        message: why it failed, where it diverged.
        together: with how many others of the same shape it was trained at once.
        seconds: what its training took; of variants trained together, its share.
    """

    def __init__(self, number: int, arguments: dict[str, Any], seed: int):
        self.number, self.arguments, self.seed = number, arguments, seed
        self.model: Any = None
        self.fit: Any = None  # while it waits or trains
        self.history = History()
        self.history.status = WAITING
        self.status, self.message = WAITING, ""
        self.parameters: int | None = None
        self.together = 0
        self.standing: Any = None  # of the random numbers, when it was built
        self.seconds = 0.0

    @property
    def batch_size(self) -> Any:
        """Rows per step, None for the default."""
        return self.arguments.get("batch_size")

    @property
    def epochs(self) -> int:
        """How many epochs are done."""
        return len(self.history.epoch)

    def values(self, name: str) -> list[float]:
        """One number for each epoch that is done."""
        return self.history.history.get(name, [])

    def last(self, name: str) -> float:
        """The number after the last epoch; NaN before the first."""
        values = self.values(name)
        return float(values[-1]) if values and np.ndim(values[-1]) == 0 else float("nan")

    def called(self, names: list[str]) -> str:
        """The variant in words: the arguments that vary."""
        said = ", ".join(f"{n}={label(self.arguments[n])}" for n in names if n in self.arguments)
        return said or f"variant {self.number}"

    def add_epochs(self, first: int, logs: dict[str, np.ndarray], seconds: float) -> None:
        """Note epochs from ``first`` on; after the first loss that is no number no more are taken.

        Args:
            logs: name -> the values of these epochs.
            seconds: what one epoch took.
        """
        if self.status == DIVERGED:
            return
        count = len(next(iter(logs.values())))
        loss = logs.get("loss")
        if loss is not None and loss.ndim == 1 and not np.isfinite(loss).all():
            count = int(np.argmin(np.isfinite(loss))) + 1
            self.check(first + count - 1, {"loss": loss[count - 1]})
        self.history.epoch.extend(range(first, first + count))
        self.history.seconds.extend([seconds] * count)
        for name, values in logs.items():
            kept = values[:count]
            self.history.history.setdefault(name, []).extend(kept.tolist() if kept.ndim == 1 else kept)

    def check(self, epoch: int, logs: dict[str, Any]) -> None:
        """From the first loss that is no number on, the variant counts as diverged."""
        loss = logs.get("loss", 0.0)
        if self.status != DIVERGED and np.ndim(loss) == 0 and not np.isfinite(loss):
            self.status = DIVERGED
            self.message = (
                f"The loss became {'NaN' if np.isnan(loss) else 'infinite'} in epoch {epoch + 1}{self._rate()}."
            )

    def _rate(self) -> str:
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        return f" at learning rate {float(rate):.3g}" if isinstance(rate, Variable) else ""

    def failed(self, error: BaseException) -> None:
        """Note what went wrong; the sweep goes on."""
        self.status = self.history.status = FAILED
        text = str(error).strip().partition("\n")[0]
        self.message = self.history.message = f"{type(error).__name__}: {text}" if text else type(error).__name__
        self.error = error.with_traceback(None)
        self.model = self.fit = None

    def ended(self, epochs: int) -> None:
        """Training is over, after all epochs or fewer."""
        if self.status in (RUNNING, WAITING):
            self.status = DONE if self.epochs >= epochs else STOPPED if self.epochs else WAITING
        self.history.status = self.status
        self.history.stopped = self.status == STOPPED
        self.history.message = self.message or self.history.message
        self.seconds = float(sum(self.history.seconds))
        if self.model is not None:
            self.history.set_model(self.model)
            self.model.history = self.history
        self.fit = None

    error: BaseException | None = None
    key: Any = None  # equal for variants that train together
    solo = False  # whether it trains by itself


class Watch(Callback):
    """Ends a variant that trains by itself where it diverges."""

    replayable = True

    def __init__(self, trial: Trial):
        super().__init__()
        self.trial = trial

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.trial.check(epoch, logs or {})
        if self.trial.status == DIVERGED:
            self.model.stop_training = True
