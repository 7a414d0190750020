"""Steering: what else than stop and pause a person asks of a running ``fit``, done between two compiled chunks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .progress import NOW, Commands


class Steering:
    """Applies the commands of a reporter to a run.

    Args:
        fit: the run.

    Attributes:
        target: the epoch to go on from, once somebody asked to go back; the loop takes it.
    """

    def __init__(self, fit: Any):
        self.fit = fit
        self.target: int | None = None

    def obey(self, commands: Commands) -> None:
        """Apply what was asked for; each wish once."""
        if commands.save:
            commands.save = False
            self.save()
        if commands.look is not None:
            epoch, commands.look = commands.look, None
            self.look(None if epoch == NOW else epoch)
        if commands.go_back is not None:
            epoch, commands.go_back = commands.go_back, None
            if self.fit.rewind is not None:
                self.target = self.fit.rewind.nearest(epoch)

    def save(self) -> None:
        """Write the model as it is now to a new file in the working folder, and say where."""
        fit = self.fit
        epoch, step = fit.at
        path = free_name(Path.cwd(), f"{file_name(fit.model.name)}-epoch{epoch + 1}-step{step}")
        try:
            fit.model.save(path)
        except Exception as error:  # a full disk, a layer that cannot be written: no reason to end a run
            fit.reporter.saved("", f"The model could not be saved: {error}")
        else:
            fit.reporter.saved(str(path))

    def look(self, epoch: int | None) -> None:
        """Let the attached views show a former epoch."""
        fit = self.fit
        if fit.rewind is None:
            return
        try:
            epoch = None if epoch is None else fit.rewind.nearest(epoch)
            fit.rewind.look(epoch)
        except Exception as error:  # a view that fails must not end the run
            fit.rewind.looking = None
            fit.reporter.looked(None, str(error) or type(error).__name__)
        else:
            fit.reporter.looked(epoch)

    def take_back(self, epoch: int) -> int:
        """The epoch to go on with: where somebody asked for it, the run is taken back to a former state."""
        target, self.target = self.target, None
        if target is None or self.fit.stopped:
            return epoch
        self.fit.rewind.back(self.fit, target)
        self.fit.model.stop_training = False
        self.fit.reporter.went_back(target)
        return target


def file_name(name: str) -> str:
    """A name that every file system takes.

    >>> file_name("my model/2"), file_name("")
    ('my-model-2', 'model')
    """
    return re.sub(r"[^\w.-]+", "-", name).strip(".-")[:100] or "model"


def free_name(folder: Path, stem: str) -> Path:
    """A path of a ``.keras`` file that does not exist yet."""
    path, count = folder / f"{stem}.keras", 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}.keras"
    return path
