"""ModelCheckpoint: save the model, or its weights, while it trains."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np

from ..distribution.processes import say
from .callback import Callback
from .monitoring import better, checked_mode, monitored


class ModelCheckpoint(Callback):
    """Save after epochs, or every so many batches; all of them or only the best.

    Args:
        filepath: may name the epoch and logs, ``"m-{epoch:02d}-{val_loss:.2f}.keras"``; ends in
            ``.keras``, or in ``.weights.h5`` with ``save_weights_only``.
        monitor: the number that says what is best.
        verbose: 1 says what is saved.
        save_best_only: save only when the number improved.
        save_weights_only: the weights alone.
        mode: "min", "max", or "auto" to tell from the name.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: the number must get better than this to be saved.
        max_to_keep: with a filepath that names the epoch, so many files stay: the best by ``monitor`` where the logs
            have it, else the newest. All of them by default.
    """

    remembered = ("best", "_since", "_kept")

    def __init__(
        self, filepath: Any, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False,
        save_weights_only: bool = False, mode: str = "auto", save_freq: Any = "epoch",
        initial_value_threshold: float | None = None, max_to_keep: int | None = None,
    ):  # fmt: skip
        super().__init__()
        self.filepath = os.fspath(filepath)
        self.monitor, self.verbose, self.save_freq = monitor, verbose, save_freq
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.mode = checked_mode(mode, "ModelCheckpoint")
        self.best = initial_value_threshold
        self.monitor_op: Any = None if self.mode == "auto" else better(self.mode, monitor)
        self._epoch = self._since = 0
        if max_to_keep is not None and (isinstance(max_to_keep, bool) or max_to_keep < 1):
            raise ValueError(
                f"ModelCheckpoint: max_to_keep must be a number of files or None, got max_to_keep={max_to_keep!r}."
            )
        self.max_to_keep = max_to_keep
        self._kept: list[list[Any]] = []  # [path, the monitored number or None], in order of time
        if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1):
            raise ValueError(
                f"ModelCheckpoint: save_freq must be 'epoch' or a number of batches, got save_freq={save_freq!r}."
            )
        if save_weights_only:
            if not self.filepath.endswith((".weights.h5", ".safetensors")):
                raise ValueError(
                    "ModelCheckpoint: with save_weights_only=True the filepath must end in '.weights.h5' "
                    f"(or '.safetensors'), got filepath={self.filepath!r}."
                )
        elif not self.filepath.endswith((".keras", ".h5")):
            raise ValueError(f"ModelCheckpoint: filepath must end in '.keras', got filepath={self.filepath!r}.")
        if save_freq != "epoch":  # hooks that exist only where they are needed keep the engine's chunks long
            self.on_train_batch_end = self._count_batches  # type: ignore[method-assign]

    def on_train_begin(self, logs: dict | None = None) -> None:
        if self.monitor_op is None and (self.save_best_only or self.max_to_keep is not None):
            self.monitor_op = better(self.mode, self.monitor, self.model, "ModelCheckpoint")

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _count_batches(self, batch: int, logs: dict | None = None) -> None:
        self._since += 1
        if self._since >= self.save_freq:
            self._since = 0
            self._save(self._epoch, batch, logs)

    def _save(self, epoch: int, batch: int | None, logs: dict | None) -> None:
        path = self._path(epoch, batch, logs)
        if self.save_best_only:
            value = monitored(logs, self.monitor, "ModelCheckpoint")
            if value is None or (self.best is not None and not self.monitor_op(value, self.best)):
                if value is not None and self.verbose > 0:
                    say(f"Epoch {epoch + 1}: {self.monitor} did not improve from {self.best:.5f}")
                return
            if self.verbose > 0:
                before = "inf" if self.best is None else f"{self.best:.5f}"
                say(f"Epoch {epoch + 1}: {self.monitor} improved from {before} to {value:.5f}, saving model to {path}")
            self.best = value
        elif self.verbose > 0:
            say(f"Epoch {epoch + 1}: saving model to {path}")
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        if self.max_to_keep is not None:
            self._let_go(path, (logs or {}).get(self.monitor))

    def _let_go(self, path: str, value: Any) -> None:
        """Note a new file, and remove the worst where there are too many."""
        self._kept = [entry for entry in self._kept if entry[0] != path]
        self._kept.append([path, None if value is None else float(np.asarray(value))])
        while len(self._kept) > self.max_to_keep:  # type: ignore[operator]
            worst = self._kept[0]
            if all(v is not None for _, v in self._kept):
                for entry in self._kept[1:]:
                    if self.monitor_op(worst[1], entry[1]):
                        worst = entry
            self._kept.remove(worst)
            if os.path.exists(worst[0]):
                os.remove(worst[0])

    def _path(self, epoch: int, batch: int | None, logs: dict | None) -> str:
        named = {k: float(np.asarray(v)) for k, v in (logs or {}).items() if np.ndim(v) == 0}
        try:
            extra = {} if batch is None else {"batch": batch + 1}
            return self.filepath.format(epoch=epoch + 1, **extra, **named)
        except KeyError as error:
            fields = re.findall(r"{(\w+)", self.filepath)
            raise KeyError(
                f"ModelCheckpoint: the filepath {self.filepath!r} names {fields}, but {error} is not in the logs: "
                f"there are epoch, {', '.join(sorted(named))}."
            ) from None
