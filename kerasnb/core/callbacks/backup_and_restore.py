"""BackupAndRestore: an interrupted run goes on where it was."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

from .backup_files import Background, BackupFiles
from .callback import Callback


class BackupAndRestore(Callback):
    """Keep a backup of the run while it trains; a later ``fit`` of the same model goes on from it, to the bit.

    Args:
        backup_dir: a folder for this run alone.
        save_freq: "epoch", or a number of batches: then a run may go on in the middle of an epoch.
        double_checkpoint: keep the backup before the last one too, as a second chance.
        delete_checkpoint: whether the folder goes when training ends as planned.
        save_on_background: write while training goes on, instead of waiting.

    A backup holds weights, optimizer, random streams, metrics, the order of the rows and the place in it, the history,
    and what callbacks remember (``Callback.remembered``). Run the same program again, and ``fit`` ends with the
    weights, history and decisions of a run that was never interrupted. For batches that come one by one that holds
    where the source gives the same ones again: a ``PyDataset`` is asked for those that are missing, a generator is
    read up to its place, a loader that shuffles by itself must be seeded for each epoch by its owner.

    A backup appears whole or not at all, whenever the process is killed. ``latest.weights.h5`` in it is an ordinary
    weights file. A backup that cannot be written (a full disk) is a warning; the one before stays.
    """

    def __init__(
        self,
        backup_dir: Any,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
        save_on_background: bool = True,
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
        self.save_on_background = save_on_background
        self._files = BackupFiles(Path(self.backup_dir), double_checkpoint)
        self._background = Background()
        self._run: Any = None
        self._since = 0
        if save_freq != "epoch":  # a hook that exists only where it is needed keeps the engine's chunks long
            self.on_train_batch_end = self._count_batches  # type: ignore[method-assign]

    remembered = ("_since",)

    # --- what fit calls --------------------------------------------------------------------------------

    def begin_run(self, run: Any) -> Any:
        """The state of the run that was interrupted, None without one; the model has its weights then."""
        self._run, self._since = run, 0
        places = self._files.places()
        for place in places:
            try:
                return self._files.read(place, self.model)
            except (OSError, ValueError, KeyError, TypeError) as error:
                if place != places[-1]:
                    continue
                raise ValueError(
                    f"BackupAndRestore: the backup in {place} cannot be taken up: {error} "
                    f"Delete the folder {self.backup_dir!r} to begin anew."
                ) from error
        return None

    def after_batch(self, epoch: int, step: int, logs: dict[str, Any]) -> None:
        """Keep a backup if it is time; ``step`` batches of the epoch are done."""
        if self.save_freq != "epoch" and self._since >= self.save_freq:
            self._since = 0
            self._save(self._run.capture(epoch, step, logs))

    def after_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """The same between two epochs."""
        if self.save_freq == "epoch" or self._since >= self.save_freq:
            self._since = 0
            self._save(self._run.capture(epoch + 1, 0, logs))

    def end_run(self) -> None:
        """The run is over, well or not: what is under way gets done."""
        self._background.wait()
        self._tell_trouble()
        self._run = None

    # --- what callbacks are told -------------------------------------------------------------------------

    def _count_batches(self, batch: int, logs: dict | None = None) -> None:
        self._since += 1

    def on_train_end(self, logs: dict | None = None) -> None:
        self._background.wait()
        history = getattr(self.model, "history", None)
        if self.delete_checkpoint and getattr(history, "status", "done") != "stopped":
            self._files.delete()

    def _save(self, state: Any) -> None:
        if self.save_on_background:
            self._background.start(lambda: self._files.write(state))
        else:
            try:
                self._files.write(state)
            except OSError as error:
                self._background._error = error
        self._tell_trouble()

    def _tell_trouble(self) -> None:
        error = self._background.error()
        if error is not None:
            warnings.warn(
                f"BackupAndRestore: a backup could not be written to {self.backup_dir!r}: {error}. The one before it "
                "stays, and training goes on.",
                stacklevel=3,
            )
