"""SwapEMAWeights: the moving average of the weights takes their place while they are tried out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .callback import Callback


class SwapEMAWeights(Callback):
    """Evaluate and predict with the averages that an optimizer with ``use_ema=True`` keeps.

    Args:
        swap_on_epoch: swap at each epoch's end too, so that callbacks after this one (ModelCheckpoint, say) see
            the averages; they go back before the next epoch.

    Without ``use_ema`` in the model's optimizer it does nothing.
    """

    remembered = ("_ema_weights_in_model", "_kept")

    def __init__(self, swap_on_epoch: bool = False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._ema_weights_in_model = False
        self._kept: list[Any] = []

    def _pairs(self) -> Iterator[tuple[Any, Any]]:
        """(weight, average) of every optimizer that keeps averages."""
        for optimizer in _optimizers(getattr(self.model, "optimizer", None)):
            if getattr(optimizer, "use_ema", False) and optimizer.built:
                yield from zip(optimizer._trainable_variables, optimizer._averages, strict=True)

    def _swap(self) -> None:
        for weight, average in self._pairs():
            old = weight._raw_value
            weight.assign(average._raw_value)
            average.assign(old)
        self._ema_weights_in_model = not self._ema_weights_in_model

    def _show_averages(self, shown: bool) -> None:
        if self._ema_weights_in_model != shown:
            self._swap()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if self.swap_on_epoch:
            self._show_averages(False)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self.swap_on_epoch:
            self._show_averages(True)
            self._kept = [weight._raw_value for weight, _ in self._pairs()]

    def on_train_end(self, logs: dict | None = None) -> None:
        if self._ema_weights_in_model:
            # fit has just put what it took for averages, the swapped-out weights, into the model.
            for (weight, average), kept in zip(self._pairs(), self._kept, strict=True):
                weight.assign(kept)
                average.assign(kept + 0)  # an array of its own: programs may be handed each array only once
        self._ema_weights_in_model, self._kept = False, []

    def on_test_begin(self, logs: dict | None = None) -> None:
        self._show_averages(True)

    def on_test_end(self, logs: dict | None = None) -> None:
        self._show_averages(False)

    def on_predict_begin(self, logs: dict | None = None) -> None:
        self._show_averages(True)

    def on_predict_end(self, logs: dict | None = None) -> None:
        self._show_averages(False)


def _optimizers(optimizer: Any) -> Iterator[Any]:
    """An optimizer and those inside it."""
    if optimizer is None:
        return
    yield optimizer
    for inner in [getattr(optimizer, "inner_optimizer", None), *getattr(optimizer, "optimizers", [])]:
        yield from _optimizers(inner)
