"""Where the files of a data set come from, and how they are checked.

A file is looked for in ``$KERASNB_DATA`` (a folder, or the address of a mirror), then in Keras's cache
(``$KERAS_HOME/datasets``, by default ``~/.keras/datasets``), then downloaded into that cache. A file counts when its
sha256 is a published one; files with plain arrays also when the arrays inside are the published ones, however packed.
"""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from ..utils.download import DownloadError, download, file_digest
from .unpickling import opened_zip

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


@dataclass(frozen=True)
class DataFile:
    """One published file.

    Args:
        name: its name in the cache and in ``$KERASNB_DATA``.
        sha256: digests of the file; the first is the published one.
        contents: ``array_digest`` of the arrays inside, for files of plain arrays.
        url: where it is published.
        folder: its folder under ``datasets``.
        other_names: names it goes by outside of the cache.
    """

    name: str
    sha256: tuple[str, ...]
    contents: str | None = None
    url: str = ""
    folder: str = ""
    other_names: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where it is published."""
        return self.url or ORIGIN + self.name

    @property
    def mark(self) -> str:
        """What the published file can be told by, for people."""
        return f"sha256 {self.sha256[0]}"

    def accepts(self, path: Path) -> bool:
        """Whether a file on disk is this one."""
        if file_digest(path) in self.sha256:
            return True
        if self.contents is None:
            return False
        try:
            return array_digest(read_arrays(path)) == self.contents
        except (ValueError, OSError, zipfile.BadZipFile):
            return False


def array_digest(arrays: Mapping[str, np.ndarray]) -> str:
    """The sha256 of named arrays: names, types, shapes and values in little-endian order, however they were packed.

    >>> array_digest({"x": np.arange(3)}) == array_digest({"x": np.arange(3)[::-1][::-1]})
    True
    """
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name} {array.dtype.name} {array.shape}\n".encode())
        digest.update(memoryview(array.reshape(-1).view(np.uint8)))
    return digest.hexdigest()


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a ``.npz`` file; pickled ones are refused.

    Raises:
        ValueError: an array in it is pickled, or the file is no ``.npz``.
    """
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{path} is no .npz file, or it is cut off.")
    with opened_zip(path) as archive:
        arrays = {}
        for info in archive.infolist():
            with archive.open(info) as member:
                arrays[info.filename.removesuffix(".npy")] = _array(member, info.file_size)
        return arrays


def _array(member: Any, size: int) -> np.ndarray:
    """One array; what its header claims is held against the bytes that are there before memory is asked for."""
    version = np.lib.format.read_magic(member)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(member)
    if dtype.hasobject:
        raise ValueError("an array of Python objects, which is not read")
    if math.prod(shape) * dtype.itemsize > size:
        raise ValueError(f"an array of shape {shape} in {size:,} bytes")
    data = member.read()  # to the end, where the checksum is compared
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C").copy()


def cache_folder(folder: str = "") -> Path:
    """Keras's cache of data sets; under the temporary folder where the home cannot be written."""
    home = config.keras_home()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError:
        pass  # told apart by the next line
    if not os.access(home, os.W_OK):
        home = Path(tempfile.gettempdir()) / ".keras"
    return home / "datasets" / folder


def locate(file: DataFile, path: str | os.PathLike | None = None) -> Path:
    """The path of a checked copy of a data file, downloaded if need be.

    Args:
        file: which one.
        path: the name in the cache (as Keras's loaders take it), or an absolute path; the file's own name if None.
    Raises:
        DownloadError: it is nowhere and cannot be downloaded, or what is there is not it.
    """
    name = os.fspath(path) if path is not None else file.name
    if os.path.isabs(name):
        return _checked(Path(name), file)
    mirror = os.environ.get("KERASNB_DATA", "")
    is_address = "://" in mirror
    if mirror and not is_address:
        for candidate in (Path(mirror), Path(mirror) / "datasets"):
            for found in (candidate / file.folder / n for n in (name, *file.other_names)):
                if found.exists():
                    return _checked(found, file)
    target = cache_folder(file.folder) / name
    if target.exists() and file.accepts(target):
        return target
    address = f"{mirror.rstrip('/')}/{Path(file.folder, file.name).as_posix()}" if is_address else file.address
    return download(address, target, file.accepts, hint=_hint(file, target))


def at_hand(file: DataFile) -> Path | None:
    """Where a data file lies on this machine, without a look inside; None where it would have to be downloaded."""
    mirror = os.environ.get("KERASNB_DATA", "")
    if mirror and "://" not in mirror:
        for candidate in (Path(mirror), Path(mirror) / "datasets"):
            for found in (candidate / file.folder / n for n in (file.name, *file.other_names)):
                if found.exists():
                    return found
    target = cache_folder(file.folder) / file.name
    return target if target.exists() else None


def _checked(path: Path, file: DataFile) -> Path:
    if not path.exists():
        raise DownloadError(f"There is no file {path}. Leave the path out to find or download {file.name}.")
    if not file.accepts(path):
        raise DownloadError(
            f"{path} is not the published {file.name}, or it is damaged: its sha256 is {file_digest(path)}, expected "
            f"{' or '.join(file.sha256)}{' or the same arrays in another file' if file.contents else ''}. "
            "Remove it, or put the published file in its place."
        )
    return path


def _hint(file: DataFile, target: Path) -> str:
    damaged = f" A damaged {target.name} lies there already and was not used." if target.exists() else ""
    return (
        f"Without network: fetch {file.address} on another machine and put it at {target} ({file.mark}), "
        f"or into a folder named by the environment variable KERASNB_DATA.{damaged} "
        "datasets.digits works without any download."
    )
