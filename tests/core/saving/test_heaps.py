"""Heaps of HDF5 files: honest ones pass, those that would keep the library going for ever do not."""

from __future__ import annotations

import io

import h5py
import pytest

from kerasnb.core.saving import heaps
from kerasnb.core.saving.file_editor import KerasFileEditor
from kerasnb.core.saving.heaps import check_heaps


def texts(count, **options) -> bytes:
    """A file with texts of all lengths."""
    out = io.BytesIO()
    with h5py.File(out, "w", **options) as file:
        group = file.create_group("vars")
        for i in range(count):
            group.attrs[f"a{i}"] = "x" * (37 * i % 5000)
    return out.getvalue()


@pytest.mark.parametrize("count", [0, 1, 30, 300])
@pytest.mark.parametrize("options", [{}, {"libver": "latest"}, {"userblock_size": 1024}], ids=str)
@pytest.mark.parametrize("chunk", [64, 2**20])
def test_honest_files(count, options, chunk, monkeypatch):
    monkeypatch.setattr(heaps, "CHUNK", chunk)
    data = io.BytesIO(texts(count, **options))
    check_heaps(data, "m.h5")
    assert data.tell() == 0 and bool(heaps._places(data)) == (count > 0)


def free_room(data: bytes) -> int:
    """Where the size of a heap's free room stands."""
    at = data.index(b"GCOL") + 16
    while number := int.from_bytes(data[at : at + 2], "little"):
        at += 16 + (int.from_bytes(data[at + 8 : at + 16], "little") + 7) // 8 * 8
    assert number == 0
    return at + 8


@pytest.mark.parametrize("size", [0, 2**64 - 8, 2**63, 5000])
def test_a_chain_that_does_not_end(size, tmp_path):
    data = bytearray(texts(1))
    place = free_room(data)
    data[place : place + 8] = size.to_bytes(8, "little")
    (tmp_path / "w.weights.h5").write_bytes(data)
    with pytest.raises(ValueError, match="heap of the HDF5 file does not end"):
        KerasFileEditor(tmp_path / "w.weights.h5")


def test_an_object_that_is_too_long():
    data = bytearray(texts(1))
    place = data.index(b"GCOL") + 24
    data[place : place + 8] = (2**40).to_bytes(8, "little")
    with pytest.raises(ValueError, match="does not end"):
        check_heaps(io.BytesIO(data), "m.h5")


@pytest.mark.parametrize("options", [{}, {"libver": "latest"}], ids=str)
def test_other_sizes(options):
    data = bytearray(texts(1, **options))
    place = 13 if data[8] < 2 else 9
    data[place] = 4
    with pytest.raises(ValueError, match="sizes that are not 8 bytes"):
        check_heaps(io.BytesIO(data), "m.h5")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no HDF5",
        b"GCOL",
        b"GCOL by chance, in the middle of weights",
        b"GCOL\x01\0\0\0" + b"\xff" * 8 + bytes(99),
    ],
    ids=range(5),
)
def test_letters_by_chance(data):
    check_heaps(io.BytesIO(data), "m.h5")
