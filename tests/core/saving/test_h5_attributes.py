"""Attributes of HDF5 files: honest ones are read whatever wrote them, crafted ones are refused before the library."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasnb.core.saving import h5_attributes as module
from kerasnb.core.saving.file_editor import KerasFileEditor
from kerasnb.core.saving.h5_attributes import Attributes
from kerasnb.core.saving.heaps import check_heaps, heap_sizes

HONEST = {
    "text": "dense_1",
    "empty": "",
    "umlauts": "größe",
    "long": "x" * 5000,
    "bytes": b"ascii",
    "fixed": np.bytes_(b"fixed"),
    "number": 3,
    "share": 0.5,
    "names": np.array([b"kernel", b"bias"]),
    "texts": ["kernel", "bias", ""],
}
FORMS = {"plain": {}, "newest": {"libver": "latest"}, "ordered": {"track_order": True}}


def written(path: Path, attributes: dict = HONEST, **form) -> Path:
    with h5py.File(path, "w", **form) as file:
        for i, (name, value) in enumerate(attributes.items()):
            file.create_group(f"group{i}", **{k: v for k, v in form.items() if k == "track_order"}).attrs[name] = value
    return path


def read(path: Path, source=None) -> dict:
    attributes = Attributes(source or path, path)
    with h5py.File(path, "r") as file:
        return {name: value for group in file.values() for name, value in attributes.of(group).items()}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("as_bytes", [False, True], ids=["path", "bytes"])
def test_honest(tmp_path, form, as_bytes):
    path = written(tmp_path / "a.h5", **FORMS[form])
    found = read(path, io.BytesIO(path.read_bytes()) if as_bytes else None)
    assert found.keys() == HONEST.keys()
    for name, value in HONEST.items():
        if isinstance(value, (list, np.ndarray)):
            assert list(found[name]) == list(value)
        else:
            assert found[name] == ("ascii" if name == "bytes" else value)


def test_many_in_one_header_and_none(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for i in range(200):  # the header goes on elsewhere
            file.attrs[f"name{i}"] = f"text {i}"
    with h5py.File(path, "r") as file:
        attributes = Attributes(path, path)
        assert attributes.of(file) == {f"name{i}": f"text {i}" for i in range(200)}
        assert attributes.get(file, "no") is None


def changed(path: Path, change) -> Path:
    path.write_bytes(change(path.read_bytes()))
    with open(path, "rb") as file:
        check_heaps(file, path)  # none of this is seen there
    return path


def place_of(data: bytes, length: int) -> int:
    """Where a text of that length is told of: its length, the address of its heap."""
    heap = data.index(b"GCOL")
    return data.index(struct.pack("<IQ", length, heap))


def longer(data: bytes) -> bytes:
    at = place_of(data, 7)
    return data[:at] + struct.pack("<I", 5000) + data[at + 4 :]


def shorter(data: bytes) -> bytes:
    at = place_of(data, 7)
    return data[:at] + struct.pack("<I", 2) + data[at + 4 :]


def another_heap(data: bytes) -> bytes:
    at = place_of(data, 7)
    return data[: at + 4] + struct.pack("<Q", 8) + data[at + 12 :]


def another_number(data: bytes) -> bytes:
    at = place_of(data, 7)
    return data[: at + 12] + struct.pack("<I", 77) + data[at + 16 :]


def sequence(data: bytes) -> bytes:
    """Of numbers instead of letters: class 9, whose low bits say what it is."""
    at = data.index(b"\x19\x01")
    return data[: at + 1] + b"\x00" + data[at + 2 :]


@pytest.mark.parametrize("change", [longer, shorter, another_heap, another_number, sequence])
def test_crafted(tmp_path, change):
    path = changed(written(tmp_path / "a.h5", {"name": "dense_1"}), change)
    with pytest.raises(ValueError, match=r"a\.h5 is damaged: attribute 'name' of '/group0' cannot be read"):
        read(path)


def test_a_number_that_a_heap_gives_twice(tmp_path):
    def twice(data: bytes) -> bytes:
        heap = data.index(b"GCOL")
        second = heap + 16 + 16 + 8  # behind the head and the first object of 7 bytes
        return data[:second] + b"\x01\x00" + data[second + 2 :]

    path = changed(written(tmp_path / "a.h5", {"name": "dense_1", "other": "dense_22"}), twice)
    with pytest.raises(ValueError, match="not where it says"):
        read(path)


@pytest.mark.parametrize("value", [np.array([(1, 2.0)], [("a", "i4"), ("b", "f4")]), h5py.Empty("f4"), np.bool_(True)])
def test_other_types(tmp_path, value):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.attrs["name"] = value
    attributes = Attributes(path, path)
    with h5py.File(path, "r") as file:
        if isinstance(value, h5py.Empty):
            assert attributes.get(file, "name") == value
        else:
            with pytest.raises(ValueError, match="neither text nor numbers"):
                attributes.get(file, "name")


def test_texts_where_places_count_from_elsewhere(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", userblock_size=512) as file:
        file.attrs["name"], file.attrs["number"] = "dense", 3
    attributes = Attributes(path, path)
    with h5py.File(path, "r") as file:
        assert attributes.get(file, "number") == 3
        with pytest.raises(ValueError, match="was not found"):
            attributes.get(file, "name")


@pytest.mark.parametrize("value", [np.zeros(100), "x" * 100])
def test_what_is_too_long(tmp_path, monkeypatch, value):
    path = written(tmp_path / "a.h5", {"name": value})
    monkeypatch.setattr(module, "MOST_BYTES", 99)
    with pytest.raises(ValueError, match="it is too long"):
        read(path)


def in_pieces(path: Path, **form) -> dict:
    """Two hundred attributes of one object."""
    with h5py.File(path, "w", **form) as file:
        for i in range(200):
            file.attrs[f"name{i}"] = f"text {i}"
    attributes = Attributes(path, path)
    with h5py.File(path, "r") as file:
        return attributes.of(file)


@pytest.mark.parametrize("limit", ["MOST_BLOCKS", "MOST_HEADER"])
def test_headers_of_no_model(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(module, limit, 1)
    with pytest.raises(ValueError, match="was not found"):
        in_pieces(tmp_path / "a.h5")


def test_attributes_that_lie_outside_of_the_header(tmp_path):
    with pytest.raises(
        ValueError, match="was not found"
    ):  # the newest form of more than eight, which Keras never writes
        in_pieces(tmp_path / "a.h5", libver="latest")


@pytest.mark.parametrize("message", [b"", b"\x01" * 8, b"\x07" + bytes(40)])
def test_messages_that_are_no_attributes(message):
    assert module._attribute(message, b"name") is None


@pytest.mark.parametrize("header", [b"", b"\x02" + bytes(40), b"\x01" + bytes(5)])
def test_what_is_no_header(header):
    assert list(module._messages(io.BytesIO(header), 0)) == []


def test_sizes_of_a_heap_that_does_not_end():
    heap = b"GCOL\x01\0\0\0" + (64).to_bytes(8, "little")
    objects = struct.pack("<HHIQ", 1, 1, 0, 7) + bytes(8) + struct.pack("<HHIQ", 2, 1, 0, 2**40)
    assert heap_sizes(io.BytesIO((heap + objects).ljust(64, b"\0"))) == {(0, 1): 7, (0, 2): 2**40}


def test_a_damaged_tree_is_told(tmp_path):
    path = written(tmp_path / "a.weights.h5", {"name": "dense"})
    path.write_bytes(path.read_bytes().replace(b"TREE", b"XREE"))
    with pytest.raises(ValueError, match="cannot be read, the file is damaged"):
        KerasFileEditor(path)
