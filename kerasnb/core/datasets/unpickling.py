"""Reading the pickled arrays of old data sets, with nothing in reach but what makes up arrays.

Pickle runs what a file asks for; here a file can ask for NumPy's array constructors and no more. Loaders also check
the file's sha256 before they come here.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

_ALLOWED = {
    ("numpy", "ndarray"), ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"),
    ("_codecs", "encode"),
}  # fmt: skip


class Refused(pickle.UnpicklingError, ValueError):
    """A file that asks for what no data set needs."""


class RestrictedUnpickler(pickle.Unpickler):
    """An unpickler that knows arrays, numbers, text, lists and dicts."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise Refused(
                f"The file asks for {module}.{name}, which no data set needs: it was changed, and was not loaded."
            )
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def unpickle(file: BinaryIO, encoding: str = "ASCII") -> Any:
    """What a pickle holds.

    Args:
        file: open for reading in binary.
        encoding: of text pickled by Python 2; "bytes" leaves it as bytes.
    Raises:
        Refused: it asks for anything but arrays.
        ValueError: it is damaged.
    """
    try:
        return RestrictedUnpickler(file, encoding=encoding).load()
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
