"""The heaps of an HDF5 file, looked at before the HDF5 library follows them: a crafted one keeps it going for ever.

A global heap holds texts of any length. It is a chain of objects, each with its size; the library steps from one to the
next without asking whether it gets any further (HDF5 File Format Specification 3.0, section III.E).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHUNK = 2**20
SIGNATURE, _HEAP = b"\x89HDF\r\n\x1a\n", b"GCOL"


def check_heaps(file: Any, path: Path) -> None:
    """Refuse what would not come to an end.

    Args:
        file: the bytes of an HDF5 file, open for reading; left at its beginning.
        path: what errors call it.

    Raises:
        ValueError: a heap is damaged, or the file counts in sizes that no model's file has.
    """
    size = file.seek(0, 2)
    if not _counts_in_eights(file, size):
        raise ValueError(f"The weights in {path} are damaged: the HDF5 file counts in sizes that are not 8 bytes.")
    for place in _places(file):
        if not _ends(file, place, size):
            raise ValueError(f"The weights in {path} are damaged: a heap of the HDF5 file does not end.")
    file.seek(0)


def _counts_in_eights(file: Any, size: int) -> bool:
    """Whether addresses and lengths have 8 bytes, as everywhere; the superblock, at 0, 512, 1024, ..., says so."""
    place = 0
    while place < size:
        file.seek(place)
        head = file.read(16)
        if head[:8] == SIGNATURE and len(head) == 16:
            return head[13:15] == b"\x08\x08" if head[8] < 2 else head[9:11] == b"\x08\x08"
        place = 2 * place or 512
    return True  # no HDF5 file: the library says so


def _places(file: Any) -> list[int]:
    """Where heaps begin."""
    found, begin, rest = [], 0, b""
    file.seek(0)
    while chunk := file.read(CHUNK):
        data = rest + chunk
        at = data.find(_HEAP)
        while at >= 0:
            found.append(begin + at)
            at = data.find(_HEAP, at + 1)
        rest = data[-3:]
        begin += len(data) - len(rest)
    return found


def _ends(file: Any, place: int, size: int) -> bool:
    """Whether each step of a heap's chain leads further and none beyond its end."""
    return all(further for further, _, _ in _steps(file, place, size))


def heap_sizes(file: Any) -> dict[tuple[int, int], int]:
    """(address of a heap, number in it) -> bytes that lie there, of a file whose heaps end."""
    size = file.seek(0, 2)
    found: dict[tuple[int, int], int] = {}
    for place in _places(file):
        for _, number, length in _steps(file, place, size):
            if number:  # a number given twice is not to be relied on
                found[place, number] = -1 if (place, number) in found else length
    return found


def _steps(file: Any, place: int, size: int) -> Iterator[tuple[bool, int, int]]:
    """(whether it leads further, number, bytes) of each object of a heap."""
    file.seek(place)
    head = file.read(16)
    if len(head) < 16 or head[4:8] != b"\x01\0\0\0":
        return  # four letters by chance
    end = place + int.from_bytes(head[8:16], "little")
    if end > size:
        return  # cut off, which the library sees; or by chance
    at = place + 16
    while end - at >= 16:
        file.seek(at)
        number, _, _, length = struct.unpack("<HHIQ", file.read(16))
        step = 16 + (length + 7) // 8 * 8 if number else length  # number 0 is the free room, head included
        further = 0 < step <= end - at
        yield further, number, length
        if not further:
            return
        at += step
