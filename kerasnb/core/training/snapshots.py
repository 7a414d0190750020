"""Snapshots: sets of arrays by number, so many bytes of them in memory, the older ones in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
import warnings
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

MEMORY = 256 * 2**20
DISK = 4 * 2**30


class Snapshots:
    """Lists of arrays under whole numbers.

    Args:
        memory: bytes held in memory; the newest snapshot stays there whatever its size.
        disk: bytes held in a temporary folder, which goes with this object or the process. Beyond that snapshots are
            given up, those first whose neighbours are nearest, never the first, the newest or a ``protected`` one.

    Attributes:
        protected: numbers that are never given up.
    """

    def __init__(self, memory: int = MEMORY, disk: int = DISK):
        self.memory, self.disk = int(memory), int(disk)
        self.protected: set[int] = set()
        self._held: OrderedDict[int, list[np.ndarray]] = OrderedDict()  # the least recently used first
        self._spilled: dict[int, list[tuple[tuple[int, ...], np.dtype]]] = {}  # what its file holds, one after another
        self._folder: Path | None = None
        self._delete: Any = None

    @property
    def numbers(self) -> list[int]:
        """The numbers there are, in order."""
        return sorted({*self._held, *self._spilled})

    @property
    def bytes(self) -> tuple[int, int]:
        """(bytes in memory, bytes on disk)."""
        return sum(map(_size, self._held.values())), sum(map(_length, self._spilled.values()))

    def __contains__(self, number: int) -> bool:
        return number in self._held or number in self._spilled

    def __len__(self) -> int:
        return len(self.numbers)

    def put(self, number: int, arrays: list[np.ndarray]) -> None:
        """Keep arrays under a number; what stood there before is replaced."""
        self.drop(number)
        self._held[number] = arrays
        self._make_room(number)

    def get(self, number: int) -> list[np.ndarray]:
        """The arrays of a number.

        Raises:
            KeyError: there are none of that number.
        """
        if number in self._held:
            return self._held[number]
        forms = self._spilled[number]
        data, arrays, at = self._file(number).read_bytes(), [], 0
        for shape, dtype in forms:
            count = int(np.prod(shape))
            arrays.append(np.frombuffer(data, dtype, count, at).reshape(shape))
            at += count * dtype.itemsize
        return arrays

    def drop(self, number: int) -> None:
        """Give one up."""
        self._held.pop(number, None)
        if self._spilled.pop(number, None) is not None:
            self._file(number).unlink(missing_ok=True)

    def close(self) -> None:
        """Give all up and delete the folder."""
        self._held.clear()
        self._spilled.clear()
        if self._folder is not None:
            self._delete()
            self._folder = None

    def _make_room(self, newest: int) -> None:
        held = sum(map(_size, self._held.values()))
        for number in [n for n in self._held if n != newest]:
            if held <= self.memory:
                break
            arrays = self._held.pop(number)
            held -= _size(arrays)
            self._spill(number, arrays)
        while self.bytes[1] > self.disk and (number := self._dispensable(newest)) is not None:
            self.drop(number)

    def _dispensable(self, newest: int) -> int | None:
        """The number on disk whose neighbours are nearest to one another; None where all must stay."""
        numbers = self.numbers
        gaps = {
            b: c - a
            for a, b, c in zip(numbers, numbers[1:], numbers[2:], strict=False)
            if b in self._spilled and b != newest and b not in self.protected
        }
        return min(gaps, key=lambda n: (gaps[n], n)) if gaps else None

    def _spill(self, number: int, arrays: list[np.ndarray]) -> None:
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="kerasnb-rewind-"))
                # With this object, or at the end of the process.
                self._delete = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            with self._file(number).open("wb") as file:
                file.writelines(np.ascontiguousarray(a).tobytes() for a in arrays)
            self._spilled[number] = [(a.shape, a.dtype) for a in arrays]
        except OSError as error:  # a full disk must not cost the training
            warnings.warn(
                f"rewind: epoch {number} could not be kept in a temporary folder and is given up: {error}", stacklevel=2
            )

    def _file(self, number: int) -> Path:
        assert self._folder is not None
        return self._folder / f"{number}.bin"


def _size(arrays: list[np.ndarray]) -> int:
    return sum(a.nbytes for a in arrays)


def _length(forms: list[tuple[tuple[int, ...], np.dtype]]) -> int:
    return sum(int(np.prod(shape)) * dtype.itemsize for shape, dtype in forms)
