"""TerminateOnNaN: end training when the loss is no number any more."""

from __future__ import annotations

import numpy as np

from ..distribution.processes import say
from .callback import Callback


class TerminateOnNaN(Callback):
    """Stop at the first batch whose loss is NaN or infinite.

    Args:
        raise_error: raise a RuntimeError instead of ending the run quietly.
    """

    def __init__(self, raise_error: bool = False):
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch: int, logs: dict | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or np.all(np.isfinite(np.asarray(loss))):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or infinite loss in batch {batch}: loss={float(np.asarray(loss))}. Try a smaller learning rate, "
                "clipnorm=1.0 in the optimizer, and look for NaN in the data."
            )
        say(f"Batch {batch}: the loss is {float(np.asarray(loss))}; training ends.")
        self.model.stop_training = True
