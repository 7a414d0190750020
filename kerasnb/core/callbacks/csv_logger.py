"""CSVLogger: the numbers of every epoch in a file."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..distribution.processes import speaks
from .callback import Callback


class CSVLogger(Callback):
    """Write one line per epoch.

    Args:
        filename: the file.
        separator: between the columns.
        append: go on in an existing file instead of starting anew.
    """

    replayable = True

    def __init__(self, filename: Any, separator: str = ",", append: bool = False):
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.keys: list[str] | None = None
        self._file: Any = None
        self._write_header = True

    def on_train_begin(self, logs: dict | None = None) -> None:
        resuming = self.model is not None and self.model.__dict__.get("_resuming", False)
        if (self.append or resuming) and os.path.exists(self.filename):
            with open(self.filename, newline="") as file:
                self._write_header = not file.readline()
            mode = "a"
        else:
            self._write_header, mode = True, "w"
        self._file = open(self.filename if speaks() else os.devnull, mode, newline="")
        self.keys = None if not self.append else self.keys

    def get_state(self) -> dict[str, Any]:
        """How far the file is written, and its columns."""
        return {"size": None if self._file is None else self._file.tell(), "keys": self.keys}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on in the file where the run that goes on had been."""
        self.keys = state["keys"]
        if self._file is not None and state["size"] is not None and state["size"] <= self._file.tell():
            self._file.truncate(state["size"])

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            # Validation may come only every few epochs: there is room for it from the start.
            if not any(k.startswith("val_") for k in self.keys):
                self.keys += [f"val_{k}" for k in self.keys]
        writer = csv.DictWriter(self._file, ["epoch", *self.keys], delimiter=self.sep, extrasaction="ignore")
        if self._write_header:
            writer.writeheader()
            self._write_header = False
        writer.writerow({"epoch": epoch, **{k: self._plain(logs.get(k, "NA")) for k in self.keys}})
        self._file.flush()

    @staticmethod
    def _plain(value: Any) -> Any:
        if isinstance(value, str):
            return value
        if isinstance(value, Iterable) and np.ndim(value) > 0:
            return f'"[{", ".join(map(str, value))}]"'
        return float(np.asarray(value))

    def on_train_end(self, logs: dict | None = None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
