"""TerminateOnNaN: end training when the loss is no number any more."""

from __future__ import annotations

import numpy as np

from ..distribution.processes import say
from .callback import _BATCH_HOOKS, Callback


class TerminateOnNaN(Callback):
    """Stop at the first batch whose loss is NaN or infinite; the model keeps the last good weights.

    In ``fit`` the engine looks at the losses of every compiled chunk, so this costs no speed, and takes the weights
    back to those before the bad batch (in Keras they stay what that batch made of them).

    Args:
        raise_error: raise a RuntimeError instead of ending the run quietly.
    """

    def __init__(self, raise_error: bool = False):
        super().__init__()
        self.raise_error = raise_error

    @property
    def left_to_engine(self) -> bool:
        """Whether the engine may look at the losses for it: nobody has written another batch hook."""
        return all(getattr(type(self), n) is getattr(TerminateOnNaN, n) and n not in vars(self) for n in _BATCH_HOOKS)

    def on_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """For training loops of one's own."""
        loss = (logs or {}).get("loss")
        if loss is not None and not np.all(np.isfinite(np.asarray(loss))):
            self.on_bad_loss(batch, float(np.mean(np.asarray(loss))))

    def on_bad_loss(self, batch: int, loss: float) -> None:
        """A batch's loss is NaN or infinite; called by the engine, which has put the weights back."""
        if self.raise_error:
            raise RuntimeError(
                f"NaN or infinite loss in batch {batch}: loss={loss}. Try a smaller learning rate, "
                "clipnorm=1.0 in the optimizer, and look for NaN in the data."
            )
        if not self.model.stop_training:
            say(f"Batch {batch}: the loss is {loss}; training ends.")
        self.model.stop_training = True
