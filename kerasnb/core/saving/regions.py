"""The weights inside an archive, read where they lie: no second copy of them in memory."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHUNK = 2**20


class Region(io.RawIOBase):
    """Bytes ``first`` to ``first + length`` of an open file, as a file of their own."""

    def __init__(self, file: Any, first: int, length: int):
        super().__init__()
        self._file, self._first, self._length, self._at = file, first, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        view = view[: max(min(len(view), self._length - self._at), 0)]
        self._file.seek(self._first + self._at)
        count = self._file.readinto(view) if len(view) else 0
        self._at += count
        return count


@contextmanager
def opened_member(archive: zipfile.ZipFile, name: str, path: Path) -> Iterator[Any]:
    """A member for reading: in its place where it is stored as it is (as Keras does), in memory otherwise.

    Its checksum has been looked at before anything is read.

    Raises:
        ValueError: it is damaged, or larger than the archive says.
    """
    from .members import read_member

    try:
        info = archive.getinfo(name)
    except KeyError:
        raise ValueError(f"{path} holds no {name}.") from None
    stored = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
    if not stored or not isinstance(archive.filename, str) or not os.path.isfile(archive.filename):
        yield io.BytesIO(read_member(archive, name, info.file_size, path))
        return
    try:
        with archive.open(name) as member:
            while member.read(CHUNK):
                pass  # the end compares the checksum
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{path} is damaged: {name} cannot be read ({error}).") from error
    with open(archive.filename, "rb", buffering=0) as file:
        file.seek(info.header_offset)
        header = file.read(30)
        if len(header) < 30:
            raise ValueError(f"{path} is damaged: {name} has no header.")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        yield Region(file, info.header_offset + 30 + name_length + extra_length, info.file_size)
