"""The folder of a BackupAndRestore: backups that appear whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

WEIGHTS, STATE = "latest.weights.h5", "training_metadata.json"
CURRENT, PREVIOUS = "current", "previous"
_ARRAYS = "run_arrays/vars"  # a group of the weights file that readers of weights do not look at
FORM = 2


class BackupFiles:
    """Two places for backups, "current" and "previous", and the way from memory into them.

    Args:
        folder: for the backups of one run.
        keep_previous: whether the backup before the last one stays.
    """

    def __init__(self, folder: Path, keep_previous: bool = False):
        self.folder, self.keep_previous = folder, keep_previous

    def places(self) -> list[Path]:
        """The backups that are there, newest first."""
        return [p for p in (self.folder / CURRENT, self.folder / PREVIOUS) if (p / STATE).is_file()]

    def write(self, state: Any) -> None:
        """Write a ``RunState`` beside the backup that is there, then let it take its place."""
        from ..saving.weights import new_h5, write_snapshot

        self.sweep()
        fresh = self.folder / f"fresh-{os.getpid()}"
        fresh.mkdir(parents=True)
        with new_h5(fresh / WEIGHTS) as file:
            write_snapshot(state.weights, file)
            group = file.create_group(_ARRAYS)
            for i, array in enumerate(state.arrays):
                if array.dtype.name == "bfloat16":  # HDF5 has no such type
                    group.create_dataset(str(i), data=array.view(np.uint16)).attrs["dtype"] = "bfloat16"
                else:
                    group.create_dataset(str(i), data=array)
        (fresh / STATE).write_text(json.dumps({"form": FORM, **state.facts}), encoding="utf-8")
        for path in (fresh / WEIGHTS, fresh / STATE, fresh):
            _to_disk(path)
        current, previous = self.folder / CURRENT, self.folder / PREVIOUS
        if current.exists():
            _remove(previous)
            os.replace(current, previous)
        os.replace(fresh, current)
        _to_disk(self.folder)
        if not self.keep_previous:
            _remove(previous)

    def read(self, place: Path, model: Any) -> Any:
        """Put a backup's weights into the model; the ``RunState`` of the rest.

        Raises:
            OSError, ValueError: it is damaged, or another model's.
        """
        from ..saving.legacy_h5 import damage_told
        from ..saving.weights import memory_limit, opened_h5, read_array, read_weights
        from ..training.backups import RunState

        try:
            facts = json.loads((place / STATE).read_text(encoding="utf-8"))
        except RecursionError as error:
            raise ValueError(f"{STATE} is nested too deeply") from error
        if not isinstance(facts, dict) or facts.get("form") != FORM:
            raise ValueError(f"{STATE} is not of the form that this version writes")
        limit = memory_limit(model)
        with opened_h5(place / WEIGHTS, place / WEIGHTS) as file, damage_told(place / WEIGHTS):
            read_weights(model, file)
            group = file[_ARRAYS]
            arrays = []
            for i in range(len(group)):
                array = read_array(group[str(i)], limit)
                if "dtype" in group[str(i)].attrs:  # "bfloat16", the only type that HDF5 lacks
                    import ml_dtypes

                    array = array.view(ml_dtypes.bfloat16)
                arrays.append(array)
        return RunState(facts, arrays)

    def sweep(self) -> None:
        """Remove what runs left that were killed while they wrote or deleted."""
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if path.name.startswith(("fresh-", "gone-")):
                    shutil.rmtree(path, ignore_errors=True)

    def delete(self) -> None:
        """Remove the folder; no half of a backup is left, whenever the process is killed."""
        for place in (self.folder / PREVIOUS, self.folder / CURRENT):
            _remove(place)
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove(place: Path) -> None:
    """A name of its own first: who looks at the folder meanwhile must not take it for a backup."""
    if place.exists():
        gone = place.parent / f"gone-{place.name}-{os.getpid()}"
        shutil.rmtree(gone, ignore_errors=True)
        os.replace(place, gone)
        shutil.rmtree(gone, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Wait until a file or a folder's entries would survive a power cut."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # a file system that cannot
    finally:
        os.close(handle)


class Background:
    """Work handed to a thread, one piece at a time; what went wrong is told at the next opportunity."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def start(self, work: Callable[[], None]) -> None:
        """Begin; waits for the piece before."""
        self.wait()

        def run() -> None:
            try:
                work()
            except Exception as error:
                self._error = error

        # No daemon: a process that ends by itself finishes its last backup.
        self._thread = threading.Thread(target=run, name="kerasnb-backup")
        self._thread.start()

    def wait(self) -> None:
        """Return when nothing is under way."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def error(self) -> Exception | None:
        """What went wrong since the last question."""
        found, self._error = self._error, None
        return found
