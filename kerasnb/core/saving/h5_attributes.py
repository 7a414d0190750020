"""Attributes of an HDF5 file that may come from a stranger: texts and numbers, no other types.

A text of any length lies in a heap, and the attribute holds its length and its place there. The HDF5 library (2.0)
copies what lies there into room for that length, whether or not it fits: a crafted file makes it write beyond. So the
place is looked up here first. It stands in the object's header (HDF5 File Format Specification 3.0, IV.A).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .heaps import SIGNATURE, check_heaps, heap_sizes

_ATTRIBUTE, _CONTINUED = 0x0C, 0x10
_PLACE = struct.Struct("<IQI")  # length of a text, address of its heap, number in it
MOST_BLOCKS = 1000  # pieces of one header
MOST_HEADER = 2**26  # bytes of one header
MOST_BYTES = 2**26  # of one attribute's numbers or texts


class Attributes:
    """The attributes of an open file.

    Args:
        source: the bytes of the file: its path, or a file open for reading.
        path: what errors call it.
    """

    def __init__(self, source: Path | BinaryIO, path: Path):
        self.source, self.path = source, path
        self._sizes: dict[tuple[int, int], int] | None = None

    def of(self, item: Any) -> dict[str, Any]:
        """All attributes of a group or an array."""
        return {name: self.get(item, name) for name in list(item.attrs)}

    def get(self, item: Any, name: str) -> Any:
        """One attribute, None where there is none.

        Raises:
            ValueError: it is neither text nor numbers, or its text is not where it says.
        """
        import h5py

        if name not in item.attrs:
            return None
        attribute = h5py.h5a.open(item.id, name.encode())
        kind, count = attribute.get_type(), math.prod(attribute.shape or ())
        if isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str():
            self._check_texts(item, name, count * _PLACE.size)
        elif not isinstance(kind, (h5py.h5t.TypeStringID, h5py.h5t.TypeIntegerID, h5py.h5t.TypeFloatID)):
            raise self._damaged(item, name, "it is neither text nor numbers")
        elif count * kind.get_size() > MOST_BYTES:
            raise self._damaged(item, name, "it is too long")
        return item.attrs[name]

    def _check_texts(self, item: Any, name: str, size: int) -> None:
        import h5py

        address = h5py.h5o.get_info(item.id).addr
        if isinstance(self.source, Path):
            with open(self.source, "rb") as file:
                sizes, data = self._heaps(file), _data(file, address, name.encode(), size)
        else:
            at = self.source.tell()
            sizes, data = self._heaps(self.source), _data(self.source, address, name.encode(), size)
            self.source.seek(at)
        if data is None or len(data) != size:
            raise self._damaged(item, name, "its place in the file was not found")
        total = 0
        for length, heap, number in _PLACE.iter_unpack(data):
            total += length
            nothing = heap == 0 and length == 0
            if not nothing and sizes.get((heap, number)) != length:
                raise self._damaged(item, name, "its text is not where it says")
        if total > MOST_BYTES:
            raise self._damaged(item, name, "it is too long")

    def _heaps(self, file: BinaryIO) -> dict[tuple[int, int], int]:
        if self._sizes is None:  # looked at where the library is about to follow them, not in every file of weights
            check_heaps(file, self.path)
            self._sizes = heap_sizes(file)
        return self._sizes

    def _damaged(self, item: Any, name: str, why: str) -> ValueError:
        return ValueError(f"{self.path} is damaged: attribute {name!r} of {item.name!r} cannot be read, {why}.")


def _data(file: BinaryIO, address: int, name: bytes, size: int) -> bytes | None:
    """The bytes of an attribute, from its object's header; None where it is not found."""
    file.seek(0)
    if file.read(8) != SIGNATURE:  # with something before it places would count from elsewhere
        return None
    for kind, message in _messages(file, address):
        if kind == _ATTRIBUTE and (found := _attribute(message, name)) is not None:
            return found[:size]
    return None


def _attribute(message: bytes, name: bytes) -> bytes | None:
    """The data of an attribute message, if it has that name."""
    if len(message) < 9 or message[0] not in (1, 2, 3):
        return None
    version, first = message[0], 9 if message[0] == 3 else 8
    lengths = struct.unpack("<3H", message[2:8])  # of name, type and shape
    steps = [(n + 7) // 8 * 8 if version == 1 else n for n in lengths]
    if message[first : first + lengths[0]].split(b"\0")[0] != name:
        return None
    return message[first + sum(steps) :]


def _messages(file: BinaryIO, address: int) -> Iterator[tuple[int, bytes]]:
    """(kind, bytes) of the messages of an object's header, pieces that lie elsewhere included."""
    file.seek(address)
    head = file.read(34)
    newer = head[:4] == b"OHDR"
    if newer:
        flags = head[5] if len(head) > 5 else 0
        at = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        blocks = [(address + at + width, int.from_bytes(head[at : at + width], "little"))]
        layout, extra = struct.Struct("<BHB"), 2 if flags & 0x04 else 0
    elif head[:1] == b"\x01" and len(head) >= 16:
        blocks = [(address + 16, int.from_bytes(head[8:12], "little"))]
        layout, extra = struct.Struct("<HHB"), 3
    else:
        return
    left = MOST_HEADER
    for _ in range(MOST_BLOCKS):
        if not blocks:
            return
        place, length = blocks.pop(0)
        left -= length
        if left < 0:
            return
        file.seek(place)
        block, at = file.read(length), 0
        while at + layout.size + extra <= len(block):
            kind, size, _ = layout.unpack_from(block, at)
            at += layout.size + extra
            message = block[at : at + size]
            at += size
            if kind == _CONTINUED and len(message) >= 16:
                place, length = struct.unpack("<QQ", message[:16])
                # A later piece of a newer header begins with four letters and ends with a checksum.
                blocks.append((place + 4, length - 8) if newer else (place, length))
            else:
                yield kind, message
