"""Data files that are damaged or hold something else: told in words; and where files are looked for without a look."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.datasets import cifar, fashion_mnist, source, word_sequences
from kerasnb.core.datasets.source import DataFile
from kerasnb.core.datasets.word_sequences import check_arguments, load_flat, read_word_index, shift_and_select


def tar_of(path, **members):
    with tarfile.open(path, "w") as tar:
        for name, value in members.items():
            data = value if isinstance(value, bytes) else pickle.dumps(value, 2)
            info = tarfile.TarInfo(f"cifar/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        folder = tarfile.TarInfo("cifar/batch")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    return path


GOOD = {b"data": np.zeros((2, 3072), np.uint8), b"labels": [1, 2]}


def test_cifar(tmp_path, monkeypatch):
    found = cifar.read_members(tar_of(tmp_path / "a.tar", batch=GOOD, other=b"x"), ("batch",))
    assert cifar.pictures(list(found.values())).shape == (2, 32, 32, 3)
    monkeypatch.setattr(
        keras.core.config, "_settings", {**keras.core.config._settings, "image_data_format": "channels_first"}
    )
    assert cifar.pictures([GOOD]).shape == (2, 3, 32, 32)
    with pytest.raises(ValueError, match="does not hold gone"):
        cifar.read_members(tmp_path / "a.tar", ("batch", "gone"))
    with pytest.raises(ValueError, match="pickled part"):
        cifar.read_members(tar_of(tmp_path / "b.tar", batch=b"\x80\x02"), ("batch",))
    (tmp_path / "c.tar").write_bytes((tmp_path / "a.tar").read_bytes()[:1000])
    with pytest.raises(ValueError, match="is damaged"):
        cifar.read_members(tmp_path / "c.tar", ("batch",))
    monkeypatch.setattr(cifar, "LARGEST", 100)
    with pytest.raises(ValueError, match="batch claims"):
        cifar.read_members(tmp_path / "a.tar", ("batch",))


@pytest.mark.parametrize("batch", [{}, {b"data": 5}, {b"data": np.zeros((2, 7))}, [1], {b"data": np.array(["a"])}])
def test_pictures_that_are_none(batch):
    with pytest.raises(ValueError, match="no pictures of 3 x 32 x 32"):
        cifar.pictures([batch])


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "Not an IDX file"),
        (b"\0\0\x0d\x01\0\0\0\0", "Not an IDX file"),
        (b"\0\0\x08\x02\0\0\0\x01", "cut off in its sizes"),
        (b"\0\0\x08\x01\0\0\0\x05abc", "has 3 values"),
        (b"\0\0\x08\x02\xff\xff\xff\xff\xff\xff\xff\xffab", "has 2 values"),
    ],
)
def test_idx(data, words):
    with pytest.raises(ValueError, match=words):
        fashion_mnist.read_idx(data)


def test_packed_idx(tmp_path, monkeypatch):
    import gzip

    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x03abc"))
    assert fashion_mnist.read_idx_file(path).tolist() == [97, 98, 99]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match="is damaged"):
        fashion_mnist.read_idx_file(path)
    monkeypatch.setattr(fashion_mnist, "LARGEST", 4)
    path.write_bytes(gzip.compress(b"12345"))
    with pytest.raises(ValueError, match="unpacks to more"):
        fashion_mnist.read_idx_file(path)


# --- arrays --------------------------------------------------------------------------------------------


def npy(header, data=b""):
    text = repr(header).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize(
    "content, words",
    [
        (npy({"descr": "|O", "fortran_order": False, "shape": (1,)}), "Python objects"),
        (npy({"descr": "<f8", "fortran_order": False, "shape": (10**9,)}, b"x"), "shape"),
        (npy({"descr": "<f8", "fortran_order": False, "shape": (1,)}, b"1234"), "damaged"),
        (b"no array", "damaged"),
    ],
)
def test_arrays(content, words, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content)
    with pytest.raises(ValueError, match=words):
        source.read_arrays(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes(b"no zip")
    with pytest.raises(ValueError, match=r"no \.npz file"):
        source.read_arrays(tmp_path / "b.npz")


def test_forms_of_npy(tmp_path):
    """The second version of the format, and Fortran's order."""
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        out = io.BytesIO()
        np.lib.format.write_array(out, np.asfortranarray(np.arange(6).reshape(2, 3)), version=(2, 0))
        archive.writestr("x.npy", out.getvalue())
    assert source.read_arrays(tmp_path / "a.npz")["x"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_zip_bomb_of_arrays(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(2**22))
    with pytest.raises(ValueError, match="zip bomb"):
        source.read_arrays(tmp_path / "a.npz")


def test_where_files_lie(tmp_path, monkeypatch):
    home, ready = tmp_path / "home", tmp_path / "ready"
    file = DataFile("a.npz", ("0" * 64,), other_names=("b.npz",))
    monkeypatch.setenv("KERAS_HOME", str(home))
    monkeypatch.delenv("KERASNB_DATA", raising=False)
    assert source.at_hand(file) is None
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "a.npz").write_bytes(b"")
    assert source.at_hand(file) == home / "datasets" / "a.npz"
    monkeypatch.setenv("KERASNB_DATA", "https://mirror.example")
    assert source.at_hand(file) == home / "datasets" / "a.npz"
    monkeypatch.setenv("KERASNB_DATA", str(ready))
    assert source.at_hand(file) == home / "datasets" / "a.npz"
    (ready / "datasets").mkdir(parents=True)
    (ready / "datasets" / "b.npz").write_bytes(b"")
    assert source.at_hand(file) == ready / "datasets" / "b.npz"
    monkeypatch.setenv("KERASNB_DATA", str(tmp_path / "nothing"))
    with pytest.raises(OSError, match=r"damaged a\.npz lies there"):  # the cache's copy is none; nothing is downloaded
        monkeypatch.setattr(source, "download", lambda *a, hint, **k: (_ for _ in ()).throw(OSError(hint)))
        source.locate(file)


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file" / "home"))
    assert source.cache_folder("x").parts[-3:] == (".keras", "datasets", "x")


# --- lists of words ------------------------------------------------------------------------------------


def accepted(path):
    return DataFile(path.name, (hashlib.sha256(path.read_bytes()).hexdigest(),))


@pytest.mark.parametrize(
    "arrays, words",
    [
        ({"x": np.arange(3)}, "holds no lists"),
        ({"x": np.array([[2**40]])}, "holds no lists"),
        ({"y": np.arange(3)}, "has no x"),
    ],
)
def test_lists_that_are_none(arrays, words, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=words):
        load_flat(accepted(tmp_path / "a.npz"), str(tmp_path / "a.npz"), ("x",))


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": "b"}', "[" * 100_000])
def test_word_indices_that_are_none(text, tmp_path):
    path = tmp_path / "w.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"is damaged|is no dictionary"):
        read_word_index(accepted(path), str(path))
    path.write_text(json.dumps({"the": 1}))
    assert read_word_index(accepted(path), str(path)) == {"the": 1}


def test_a_cache_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    word_sequences._store(tmp_path / "a-flat.npz", {"x": np.arange(2)})
    assert word_sequences._read_flat(tmp_path / "a-flat.npz")["x"].tolist() == [0, 1]
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "folder.npz" / "inside").write_text("")
    word_sequences._store(tmp_path / "folder.npz", {"x": np.arange(2)})  # in a folder's place: done without
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-flat.npz", "file", "folder.npz"]


def test_numbers_that_are_none():
    check_arguments("f", maxlen=None, skip_top=0)
    for wrong in (-1, True, 2.5, "3"):
        with pytest.raises(ValueError, match="f: maxlen must be None or an integer"):
            check_arguments("f", maxlen=wrong)
    texts = word_sequences.Sequences.of([[1, 2, 3]])
    with pytest.raises(ValueError, match="No text is shorter than maxlen=2"):
        shift_and_select(texts, np.zeros(1), 1, 3, 2)
