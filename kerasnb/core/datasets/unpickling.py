"""Reading the pickled arrays of old data sets, with nothing in reach but what makes up arrays.

Pickle runs what a file asks for; here a file can ask for arrays, numbers and text and no more. Nor does it reach
NumPy's own way of restoring arrays, which trusts what it is given: stand-ins look at every part first. Loaders also
check the file's sha256 before they come here.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

_TYPES = re.compile(r"[|<>=]?(?:[biufc][0-9]{1,2}|O8?|O4|[SUV][0-9]{1,6})")


class Refused(pickle.UnpicklingError, ValueError):
    """A file that asks for what no data set needs."""


def _check(good: bool) -> None:
    if not good:
        raise ValueError("an array that does not fit together")


def _word(value: Any) -> Any:
    """Text as Python 3 has it; Python 2 wrote bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else value


class _Dtype:
    """Stands in for ``numpy.dtype``: a plain type by its name, no record."""

    def __init__(self, name: Any, align: Any = False, copy: Any = True):
        name = _word(name)
        _check(isinstance(name, str) and _TYPES.fullmatch(name) is not None)
        self.made = np.dtype(re.sub("O[48]", "O", name))

    def __setstate__(self, state: Any) -> None:
        _check(isinstance(state, tuple) and len(state) == 8 and state[2:5] == (None, None, None))
        order = _word(state[1])
        _check(isinstance(order, str) and order in ("<", ">", "|", "="))
        if order != "|":
            self.made = self.made.newbyteorder(order)


class _Array(np.ndarray):
    """Stands in for ``numpy.ndarray`` while it is read."""

    def __new__(cls, *args: Any) -> _Array:
        raise Refused("The file makes arrays in a way of its own: it was changed, and was not loaded.")

    def __setstate__(self, state: Any) -> None:  # type: ignore[override]
        _check(isinstance(state, tuple) and len(state) == 5)
        _, shape, dtype, fortran, data = state
        _check(isinstance(shape, tuple) and len(shape) <= 32 and isinstance(dtype, _Dtype))
        _check(all(type(n) is int and 0 <= n < 2**62 for n in shape))
        if isinstance(data, str):
            data = data.encode("latin-1")
        if dtype.made.hasobject:
            _check(type(data) is list and len(data) == math.prod(shape))
        else:
            _check(type(data) is bytes and len(data) == math.prod(shape) * dtype.made.itemsize)
        super().__setstate__((1, shape, dtype.made, bool(fortran), data))  # type: ignore[misc]


def _reconstruct(kind: Any, shape: Any, letter: Any) -> _Array:
    """An empty array, whose state comes next."""
    _check(kind is _Array)
    return np.ndarray.__new__(_Array, (0,), np.int8)


def _scalar(dtype: Any, data: Any = b"") -> Any:
    """One number."""
    data = data.encode("latin-1") if isinstance(data, str) else data
    _check(isinstance(dtype, _Dtype) and type(data) is bytes and not dtype.made.hasobject)
    _check(len(data) == dtype.made.itemsize > 0)
    return np.frombuffer(data, dtype.made)[0]


def _encode(text: Any, encoding: Any = "") -> bytes:
    """Bytes, as Python 3 writes them for Python 2."""
    _check(isinstance(text, str) and encoding in ("latin1", "latin-1"))
    return text.encode("latin-1")


def _plain(value: Any) -> Any:
    """A value with true arrays where stand-ins lie: alone, in a dict or a list, or in an array of arrays."""
    if isinstance(value, _Array):
        array = value.view(np.ndarray)
        if array.dtype.hasobject:
            for i, entry in enumerate(array.flat):
                if isinstance(entry, _Array):
                    array.flat[i] = entry.view(np.ndarray)
        return array
    if isinstance(value, dict):
        return {key: entry.view(np.ndarray) if isinstance(entry, _Array) else entry for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(entry.view(np.ndarray) if isinstance(entry, _Array) else entry for entry in value)
    return value


class _Maker:
    """A function that a file may call and cannot change: pickle may set attributes of whatever it holds."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[..., Any]):
        object.__setattr__(self, "_make", make)

    def __setattr__(self, name: str, value: Any) -> None:
        raise Refused("The file changes what reads it: it was not loaded.")

    def __call__(self, *args: Any) -> Any:
        return self._make(*args)


_KNOWN: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _Maker(_reconstruct),
    ("numpy._core.multiarray", "_reconstruct"): _Maker(_reconstruct),
    ("numpy.core.multiarray", "scalar"): _Maker(_scalar),
    ("numpy._core.multiarray", "scalar"): _Maker(_scalar),
    ("_codecs", "encode"): _Maker(_encode),
}


class RestrictedUnpickler(pickle.Unpickler):
    """An unpickler that knows arrays, numbers, text, lists and dicts."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise Refused(
                f"The file asks for {module}.{name}, which no data set needs: it was changed, and was not loaded."
            )
        return _KNOWN[module, name]


_LENGTHS = {ord(op.code): (op.arg.n if op.arg else 0, op.name) for op in pickletools.opcodes}
# Small numbers, of which data sets are made: runs of them are skipped at once.
_NUMBERS = re.compile(rb"(?:K.|M..|J....)*", re.DOTALL)
_PREFIX = {pickletools.TAKEN_FROM_ARGUMENT1: 1, pickletools.TAKEN_FROM_ARGUMENT4: 4}
_PREFIX |= {pickletools.TAKEN_FROM_ARGUMENT4U: 4, pickletools.TAKEN_FROM_ARGUMENT8U: 8}


def check_places(data: bytes) -> None:
    """Refuse a pickle that puts something at a place far beyond its own length: its reader makes room for all before.

    Raises:
        ValueError: it does, or it is cut off, or no pickle.
    """
    at = 0
    while True:
        at = _NUMBERS.match(data, at).end()  # type: ignore[union-attr]
        if at >= len(data) or data[at] not in _LENGTHS:
            raise ValueError("it is cut off, or no pickle")
        length, name = _LENGTHS[data[at]]
        at += 1
        if name == "STOP":
            return
        if length == pickletools.UP_TO_NEWLINE:
            begin = at
            for _ in range(2 if name in ("GLOBAL", "INST") else 1):
                at = data.find(b"\n", at) + 1
                if not at:
                    raise ValueError("it is cut off")
            place = int(data[begin:at]) if name == "PUT" else 0
        elif length < 0:
            size = _PREFIX[length]
            place, at = 0, at + size + int.from_bytes(data[at : at + size], "little")
        else:
            place = int.from_bytes(data[at : at + length], "little") if name == "LONG_BINPUT" else 0
            at += length
        if place > len(data):
            raise ValueError(f"it counts {place:,} objects in {len(data):,} bytes")


def unpickle(file: BinaryIO, encoding: str = "ASCII") -> Any:
    """What a pickle holds.

    Args:
        file: open for reading in binary.
        encoding: of text pickled by Python 2; "bytes" leaves it as bytes.
    Raises:
        Refused: it asks for anything but arrays.
        ValueError: it is damaged.
    """
    data = file.read()
    try:
        check_places(data)
        return _plain(RestrictedUnpickler(io.BytesIO(data), encoding=encoding).load())
    except Refused:
        raise
    except Exception as error:  # a damaged pickle fails in as many ways as the objects that it makes
        raise ValueError(f"The file is damaged: its pickled part cannot be read ({error!r}).") from error


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip of arrays open for reading, its declared sizes looked at.

    Raises:
        ValueError: it is no zip, or damaged, or unpacks to far more than it holds; within the context too.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.file_size > 2**20 and info.file_size > 200 * max(info.compress_size, 1):
                    raise ValueError(f"{info.filename!r} in it unpacks to {info.file_size:,} bytes, like a zip bomb")
            yield archive
    except (OSError, Refused):
        raise
    except Exception as error:  # zip, deflate and array headers each fail in ways of their own
        raise ValueError(f"{path} is damaged, or no file of arrays: {error!r}.") from error


def read_object_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a ``.npz`` file, those of Python objects among them.

    Raises:
        ValueError: it is damaged, or holds anything but arrays.
    """
    arrays: dict[str, np.ndarray] = {}
    with opened_zip(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                version = np.lib.format.read_magic(file)
                header = (
                    np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                )
                shape, fortran, dtype = header(file)
                if dtype.hasobject:
                    array = unpickle(file)
                else:
                    array = np.frombuffer(file.read(), dtype).reshape(shape, order="F" if fortran else "C")
                arrays[name.removesuffix(".npy")] = array
    return arrays
