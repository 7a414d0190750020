"""BackupAndRestore: an interrupted run goes on where it was."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from .callback import Callback

_WEIGHTS, _STATE = "latest.weights.h5", "training_metadata.json"


class BackupAndRestore(Callback):
    """Save weights, optimizer and epoch while training; a later ``fit`` of the same model takes them up.

    Args:
        backup_dir: a folder for this run alone.
        save_freq: "epoch", or a number of batches. A run that stopped within an epoch begins that epoch anew.
        double_checkpoint: keep the backup before the last one too, as a second chance.
        delete_checkpoint: whether the folder goes when training ends as planned.

    A backup appears whole or not at all: a run killed while it writes has the one before.
    """

    def __init__(
        self,
        backup_dir: Any,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        super().__init__()
        if not backup_dir:
            raise ValueError(f"BackupAndRestore: backup_dir must name a folder, got backup_dir={backup_dir!r}.")
        if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1):
            raise ValueError(
                f"BackupAndRestore: save_freq must be 'epoch' or a number of batches, got save_freq={save_freq!r}."
            )
        self.backup_dir, self.save_freq = os.fspath(backup_dir), save_freq
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._folder = Path(self.backup_dir)
        self._epoch = self._since = 0
        if save_freq != "epoch":  # a hook that exists only where it is needed keeps the engine's chunks long
            self.on_train_batch_end = self._count_batches  # type: ignore[method-assign]

    def on_train_begin(self, logs: dict | None = None) -> None:
        for name in ("current", "previous"):
            found = self._folder / name
            if (found / _STATE).is_file():
                try:
                    self._load(found)
                except (OSError, ValueError, KeyError) as error:
                    if name == "current" and (self._folder / "previous" / _STATE).is_file():
                        continue
                    raise ValueError(
                        f"BackupAndRestore: the backup in {found} cannot be taken up: {error} "
                        f"Delete the folder {self.backup_dir!r} to begin anew."
                    ) from error
                return

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0)

    def on_train_end(self, logs: dict | None = None) -> None:
        history = getattr(self.model, "history", None)
        if self.delete_checkpoint and getattr(history, "status", "done") != "stopped":
            shutil.rmtree(self._folder, ignore_errors=True)

    def _count_batches(self, batch: int, logs: dict | None = None) -> None:
        self._since += 1
        if self._since >= self.save_freq:
            self._since = 0
            self._save(self._epoch, batch)

    def _save(self, epoch: int, batch: int) -> None:
        """Write beside the old backup, then let the new one take its place."""
        import h5py

        from ..saving.weights import write_weights

        fresh, current, previous = (self._folder / n for n in (f"fresh-{os.getpid()}", "current", "previous"))
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        with h5py.File(fresh / _WEIGHTS, "w") as file:
            write_weights(self.model, file)  # the optimizer's state included
        (fresh / _STATE).write_text(json.dumps({"epoch": epoch, "batch": batch}))
        if current.exists():
            shutil.rmtree(previous, ignore_errors=True)
            os.replace(current, previous)
        os.replace(fresh, current)
        if not self.double_checkpoint:
            shutil.rmtree(previous, ignore_errors=True)

    def _load(self, folder: Path) -> None:
        import h5py

        from ..saving.weights import read_weights

        state = json.loads((folder / _STATE).read_text())
        with h5py.File(folder / _WEIGHTS, "r") as file:
            read_weights(self.model, file)
        self.model.__dict__["_initial_epoch"] = int(state["epoch"])  # fit begins there; no part of the model's state
