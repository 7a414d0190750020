"""TensorBoard's event files, written without TensorFlow.

An event file is a row of records, each ``length, crc(length), data, crc(data)``, whose data are
``Event`` messages in protocol-buffer form. Field numbers are those of TensorFlow's event.proto,
summary.proto and tensor.proto (Apache License 2.0).
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..distribution.processes import speaks

_file_numbers = itertools.count()
_DOUBLE, _FLOAT, _STRING = 2, 1, 7  # DataType
_SCALAR, _TENSOR, _BLOBS = 1, 2, 3  # DataClass
BINS = 30  # of a histogram


class EventFile:
    """Writes one event file; every method adds one value of one step.

    Args:
        folder: where the file is made, with a name that no other writer uses; of processes that train together only
            the first writes.
    """

    def __init__(self, folder: Any):
        Path(folder).mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{next(_file_numbers)}.v2"
        self.path = Path(folder, name)
        self._file = open(self.path if speaks() else os.devnull, "wb")
        self._event(0, _text(3, "brain.Event:2"))
        self.flush()

    def scalar(self, tag: str, value: float, step: int) -> None:
        """One number of a curve."""
        tensor = _tensor(_FLOAT, (), _bytes(5, struct.pack("<f", value)))  # 5: packed float_val
        self._value(tag, step, "scalars", _SCALAR, tensor)

    def histogram(self, tag: str, values: Any, step: int) -> None:
        """The distribution of an array: ``BINS`` rows (left edge, right edge, count)."""
        flat = np.asarray(values, np.float64).ravel()
        flat = flat[np.isfinite(flat)]
        rows = np.zeros((0, 3))
        if flat.size:
            low, high = float(flat.min()), float(flat.max())
            counts, edges = np.histogram(flat, BINS, (low, high) if high > low else (low - 0.5, high + 0.5))
            rows = np.stack([edges[:-1], edges[1:], counts], axis=1)
        tensor = _tensor(_DOUBLE, rows.shape, _bytes(4, rows.astype("<f8").tobytes()))  # 4: tensor_content
        self._value(tag, step, "histograms", _TENSOR, tensor)

    def images(self, tag: str, images: Sequence[Any], step: int) -> None:
        """Pictures as uint8 arrays (height, width) or (height, width, 3), all of one size."""
        height, width = images[0].shape[:2]
        strings = [str(width).encode(), str(height).encode(), *(_png(i) for i in images)]
        tensor = _tensor(_STRING, (len(strings),), b"".join(_bytes(8, s) for s in strings))  # 8: string_val
        self._value(tag, step, "images", _BLOBS, tensor)

    def graph(self, tag: str, model_json: str) -> None:
        """A model's configuration, which TensorBoard draws as a graph of layers."""
        tensor = _tensor(_STRING, (1,), _bytes(8, model_json.encode()))
        self._value(tag, 0, "graph_keras_model", _BLOBS, tensor, b"1")  # the form's version

    def flush(self) -> None:
        """Hand everything to the operating system, so that a TensorBoard at work sees it."""
        self._file.flush()

    def close(self) -> None:
        """No more events."""
        self._file.close()

    def _value(self, tag: str, step: int, plugin: str, kind: int, tensor: bytes, content: bytes = b"") -> None:
        data = _text(1, plugin) + (_bytes(2, content) if content else b"")
        metadata = _bytes(1, data) + _integer(4, kind)
        value = _text(1, tag) + _bytes(8, tensor) + _bytes(9, metadata)
        self._event(step, _bytes(5, _bytes(1, value)))  # Event.summary.value

    def _event(self, step: int, what: bytes) -> None:
        message = b"\x09" + struct.pack("<d", time.time()) + _integer(2, step) + what
        length = struct.pack("<Q", len(message))
        record = length + _masked_crc(length) + message + _masked_crc(message)
        self._file.write(record)


# --- protocol buffers: key = number << 3 | wire type (0 varint, 1 eight bytes, 2 length and bytes) ----------


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _integer(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _text(number: int, value: str) -> bytes:
    return _bytes(number, value.encode())


def _tensor(dtype: int, shape: Iterable[int], content: bytes) -> bytes:
    dimensions = b"".join(_bytes(2, _integer(1, n)) for n in shape)
    return _integer(1, dtype) + _bytes(2, dimensions) + content


def _png(image: Any) -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, "PNG")
    return buffer.getvalue()


# --- the checksum: CRC-32C (polynomial 0x1EDC6F41, here bit-reversed), rotated and shifted --------------------


def _crc_table() -> list[int]:
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    return table


_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    """The Castagnoli checksum.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    crc, table = 0xFFFFFFFF, _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _masked_crc(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
