"""Texts as word numbers: stored flat, and filtered as the loaders of IMDB and Reuters do it."""

from __future__ import annotations

import itertools
import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .source import DataFile, array_digest, cache_folder, locate, read_arrays
from .unpickling import read_object_arrays


class Sequences:
    """Lists of integers of different lengths, kept as all their values in a row and where each list begins.

    Args:
        values: all numbers, one list after the other.
        offsets: where each list begins, and behind the last one the end; shape (lists + 1,).
    """

    def __init__(self, values: np.ndarray, offsets: np.ndarray):
        self.values, self.offsets = values, offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> Sequences:
        """Flatten lists."""
        lengths = [len(one) for one in lists]
        values = np.fromiter(itertools.chain.from_iterable(lists), np.int32, count=sum(lengths))
        return cls(values, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    @property
    def lengths(self) -> np.ndarray:
        """How long each list is."""
        return np.diff(self.offsets)

    def pick(self, numbers: np.ndarray) -> Sequences:
        """The lists of these numbers, in this order."""
        lengths = self.lengths[numbers]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][numbers] - offsets[:-1], lengths)
        return Sequences(self.values[places], offsets)

    def keep(self, mask: np.ndarray) -> Sequences:
        """The same lists without the values where ``mask`` is False."""
        counts = np.concatenate([[0], np.cumsum(mask)]).astype(np.int64)
        return Sequences(self.values[mask], counts[self.offsets])

    def with_start(self, start: int) -> Sequences:
        """The same lists with one number more in front."""
        return Sequences(np.insert(self.values, self.offsets[:-1], start), self.offsets + np.arange(len(self.offsets)))

    def lists(self) -> np.ndarray:
        """An array of Python lists, as Keras's loaders return it."""
        values = self.values.tolist()
        result = np.empty(len(self), dtype=object)
        for i, (start, stop) in enumerate(zip(self.offsets[:-1].tolist(), self.offsets[1:].tolist())):
            result[i] = values[start:stop]
        return result


def load_flat(file: DataFile, path: Any, parts: Sequence[str]) -> dict[str, Any]:
    """The texts and labels of a published file with pickled lists.

    The file is unpickled once, by a restricted reader and only with a known sha256; what it holds is kept flat in
    the cache beside a digest, and that copy serves from then on.

    Args:
        file: the published file.
        path: as in ``source.locate``.
        parts: names of the arrays of lists in it.
    Returns:
        name -> ``Sequences`` for the parts, arrays for the rest.
    """
    flat = cache_folder() / f"{Path(file.name).stem}-flat.npz"
    published = path in (None, file.name)
    arrays = _read_flat(flat) if published and flat.exists() else None
    if arrays is None:
        arrays = {}
        for name, array in read_object_arrays(locate(file, path)).items():
            if name in parts:
                try:
                    sequences = Sequences.of(array)
                except Exception as error:  # numbers too large, no lists, no numbers
                    raise ValueError(f"The file {file.name} is damaged: {name} holds no lists of numbers.") from error
                arrays[f"{name}_values"], arrays[f"{name}_offsets"] = sequences.values, sequences.offsets
            else:
                arrays[name] = np.asarray(array)
        if published:
            _store(flat, arrays)
    missing = [n for n in parts if f"{n}_values" not in arrays]
    if missing:
        raise ValueError(f"The file {file.name} is damaged: it has no {', '.join(missing)}.")
    result: dict[str, Any] = {n: a for n, a in arrays.items() if not n.endswith(("_values", "_offsets"))}
    for name in parts:
        result[name] = Sequences(arrays[f"{name}_values"], arrays[f"{name}_offsets"])
    return result


def _read_flat(flat: Path) -> dict[str, np.ndarray] | None:
    """The arrays of a flat copy; None where it is damaged and must be made anew."""
    try:
        arrays = read_arrays(flat)
        digest = str(arrays.pop("digest"))
    except (ValueError, KeyError, OSError, zipfile.BadZipFile):
        return None
    return arrays if array_digest(arrays) == digest else None


def _store(target: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write a ``.npz`` atomically; a cache that cannot be written is done without."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "wb") as out:
            np.savez(out, digest=np.array(array_digest(arrays)), **arrays)  # type: ignore[arg-type]
        os.replace(part, target)
    except OSError:
        part.unlink(missing_ok=True)


def shift_and_select(
    texts: Sequences, labels: np.ndarray, start_char: int | None, index_from: int | None, maxlen: int | None
) -> tuple[Sequences, np.ndarray]:
    """Texts with ``index_from`` added to all numbers and ``start_char`` in front, without the long ones."""
    shifted = Sequences(texts.values + (index_from or 0), texts.offsets)
    if start_char is not None:
        shifted = shifted.with_start(start_char)
    if not maxlen:
        return shifted, labels
    fits = np.flatnonzero(shifted.lengths < maxlen)
    if not len(fits):
        raise ValueError(
            f"No text is shorter than maxlen={maxlen} (start mark included); the shortest has "
            f"{int(shifted.lengths.min())} numbers. Make maxlen larger."
        )
    return shifted.pick(fits), labels[fits]


def keep_known(texts: Sequences, skip_top: int, limit: int, oov_char: int | None) -> Sequences:
    """Texts with every number outside of ``skip_top <= n < limit`` as ``oov_char``, or dropped for None."""
    known = (texts.values >= skip_top) & (texts.values < limit)
    if oov_char is None:
        return texts.keep(known)
    return Sequences(np.where(known, texts.values, oov_char).astype(np.int32), texts.offsets)


def read_word_index(file: DataFile, path: Any) -> dict[str, int]:
    """A published dictionary from words to their rank by frequency, 1 for the most frequent."""
    place = locate(file, path)
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{place} is damaged: it is no JSON ({error}).") from error
    if not isinstance(found, dict) or not all(isinstance(n, int) for n in found.values()):
        raise ValueError(f"{place} is no dictionary from words to numbers.")
    return found


def check_arguments(function: str, **numbers: Any) -> None:
    """Refuse arguments that are neither None nor integers of at least 0."""
    for name, value in numbers.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0):
            raise ValueError(f"{function}: {name} must be None or an integer from 0 on, got {name}={value!r}.")
