"""ProgbarLogger: a text progress bar, for loops that drive callbacks themselves."""

from __future__ import annotations

from typing import Any

from .callback import Callback


class ProgbarLogger(Callback):
    """Print each epoch's name and a progress bar with its numbers.

    ``fit`` shows progress by itself; this is for training loops of one's own, through ``CallbackList``. It reads
    "verbose", "epochs" and "steps" from ``set_params``.
    """

    shows_progress = True

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.progbar: Any = None
        self.target: int | None = None
        self.verbose, self.epochs = 1, 1

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self.verbose, self.epochs = params.get("verbose", 1), params.get("epochs", 1)
        self.target = params.get("steps")

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._reset()
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._update(batch, logs)

    def on_test_begin(self, logs: dict | None = None) -> None:
        # Within training the bar is the epoch's; the validation's numbers come with its end.
        self._own_test = self.progbar is None
        if self._own_test:
            self._reset()

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if getattr(self, "_own_test", True):
            self._update(batch, logs)

    def on_predict_begin(self, logs: dict | None = None) -> None:
        self._reset()

    def on_predict_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._update(batch, None)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._finish(logs)

    def on_test_end(self, logs: dict | None = None) -> None:
        if getattr(self, "_own_test", True):
            self._finish(logs)

    def on_predict_end(self, logs: dict | None = None) -> None:
        self._finish(None)

    def _reset(self) -> None:
        self.seen, self.progbar = 0, None

    def _bar(self) -> Any:
        if self.progbar is None:
            from ..utils.progbar import Progbar

            self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=(), unit_name="step")
        return self.progbar

    def _update(self, batch: int, logs: dict | None) -> None:
        self.seen = batch + 1
        if self.verbose == 1:
            self._bar().update(self.seen, list((logs or {}).items()), finalize=False)

    def _finish(self, logs: dict | None) -> None:
        if self.verbose:
            bar = self._bar()
            bar.target = bar.target or self.seen
            bar.update(bar.target, list((logs or {}).items()), finalize=True)
        self._reset()
