"""The guard of ``TerminateOnNaN``: a run ends at the first loss that is no number, with the last weights that were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .logs import first_bad


class NanGuard:
    """Looks at the losses of every chunk, so that no run needs one-step chunks for it.

    Args:
        fit: the run; without a ``TerminateOnNaN`` among its callbacks nothing is done.

    Attributes:
        on: whether there is one.
        caught: whether a bad loss was found.
        words: what the model is then.
    """

    def __init__(self, fit: Any):
        self.fit = fit
        self.callbacks = [c for c in fit.callbacks.callbacks if hasattr(c, "on_bad_loss")]
        self.on, self.caught = bool(self.callbacks), False
        self.words = ""
        fit.lifeline.careful = self.on

    def before(self) -> Any:
        """What a chunk begins with."""
        return self.fit.lifeline.kept() if self.on else None

    def after(
        self, before: Any, losses: Any, logs: dict[str, Any], first: int = 0, again: Callable[[int], Any] | None = None
    ) -> None:
        """Look at a chunk's losses; where one is bad, take the model back to before its step.

        Args:
            before: what ``before`` gave.
            losses: (steps,) of the chunk.
            logs: of a step of the user's without a "loss", NaN says nothing.
            first: the number of the chunk's first step in its epoch.
            again: runs so many first steps of the chunk once more; None where that cannot be done.
        """
        if not self.on or self.caught or (bad := first_bad(losses)) is None:
            return
        if self.fit.custom and "loss" not in logs:
            return
        self._take_back(before, bad, again, "as before that step")
        self._tell(first + bad, float(np.ravel(losses)[bad]))

    def after_epochs(self, before: Any, losses: list[Any], again: Callable[[int], Any]) -> tuple[int, int] | None:
        """The same for a block of whole epochs: the weights are those of the epoch before; (epoch, step) in it."""
        if not self.on:
            return None
        for number, steps in enumerate(losses):
            bad = first_bad(steps)
            if bad is not None:
                self._take_back(before, number, again, "as before that epoch")
                return number, bad
        return None

    def tell(self, step: int, value: float) -> None:
        """Let the callbacks end the run."""
        self._tell(step, value)

    def _take_back(self, before: Any, count: int, again: Callable[[int], Any] | None, words: str) -> None:
        lifeline = self.fit.lifeline
        current = before[1] and not lifeline.donated
        self.caught = True
        lifeline.put_back(before)
        exact = current and (count == 0 or again is not None)
        if exact and count:
            again(count)  # type: ignore[misc]
            if not lifeline.finite():  # its last update already went too far: the loss only told of it a step later
                lifeline.put_back(before)
                exact = False
        self.words = f" The model is {words if exact else 'as it was some steps before'}."

    def _tell(self, step: int, value: float) -> None:
        for callback in self.callbacks:
            callback.on_bad_loss(step, value)
