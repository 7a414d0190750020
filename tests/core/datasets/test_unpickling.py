"""The restricted unpickler: arrays come in, nothing else does."""

from __future__ import annotations

import builtins
import codecs
import io
import os
import pickle

import numpy as np
import pytest

from kerasnb.core.datasets import imdb
from kerasnb.core.datasets.unpickling import read_object_arrays, unpickle
from kerasnb.core.utils.download import DownloadError


class Evil:
    """Asks the unpickler to call something."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "evil",
    [
        Evil(os.system, "touch /tmp/kerasnb-was-here"),
        Evil(builtins.eval, "1 + 1"),
        Evil(builtins.getattr, 1, "real"),
        Evil(np.load, "x"),
        Evil(os.getcwd),
    ],
)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_calls_are_refused(evil, protocol):
    data = pickle.dumps([1, evil], protocol)
    with pytest.raises(pickle.UnpicklingError, match="no data set needs"):
        unpickle(io.BytesIO(data))


class Made:
    """Pickles as a call with arguments, and a state set afterwards."""

    def __init__(self, *parts):
        self.parts = parts

    def __reduce__(self):
        return self.parts


PLAIN = (3, "|", None, None, None, -1, -1, 0)


def dtype(name="u1", state=PLAIN):
    return Made(np.dtype, (name, False, True), state)


def array(*state):
    return Made(np._core.multiarray._reconstruct, (np.ndarray, (0,), b"b"), state)


# What NumPy's own readers of such states believe, or die of.
HOSTILE = {
    "a type's state cut short": dtype(state=(3, "|", None, None, -1, -1, 0)),
    "a type's state is no tuple": dtype(state=7),
    "a type inside a type": dtype(state=(3, "|", (dtype(), (2,)), None, None, -1, -1, 0)),
    "a record": dtype(state=(3, "|", None, ("a",), {"a": (dtype(), 0)}, 1, 1, 0)),
    "an order of bytes that is none": dtype(state=(3, "~", None, None, None, -1, -1, 0)),
    "a type of several": dtype("u1,u1"),
    "a type without a name": dtype(5),
    "an array's state cut short": array(1, (2,), dtype(), False),
    "an array's state is no tuple": Made(np._core.multiarray._reconstruct, (np.ndarray, (0,), b"b"), 5),
    "a shape that is a list": array(1, [2], dtype(), False, b"ab"),
    "a shape below zero": array(1, (-1, -2), dtype(), False, b"ab"),
    "a shape of words": array(1, ("2",), dtype(), False, b"ab"),
    "too many axes": array(1, (1,) * 65, dtype(), False, b"a"),
    "more than is there": array(1, (2**40, 2**40), dtype(), False, b"ab"),
    "fewer objects than it says": array(1, (3,), dtype("O8"), False, [1]),
    "bytes for objects": array(1, (1,), dtype("O8"), False, b"12345678"),
    "a number for a type": array(1, (2,), 7, False, b"ab"),
    "an array made outright": Made(np.ndarray, ((2**40,),)),
    "another kind of array": Made(np._core.multiarray._reconstruct, (np.dtype, (0,), b"b")),
    "a number of another size": Made(np._core.multiarray.scalar, (dtype("f8"), b"1234")),
    "a number that is an object": Made(np._core.multiarray.scalar, (dtype("O8"), b"12345678")),
    "a number of no type": Made(np._core.multiarray.scalar, ("f8", b"12345678")),
    "another codec": Made(codecs.encode, ("x", "punycode")),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("protocol", [2, 4])
def test_hostile_states(name, protocol):
    with pytest.raises(ValueError, match=r"damaged|was changed"):
        unpickle(io.BytesIO(pickle.dumps([HOSTILE[name]], protocol)))


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02c_codecs\nencode\nN}X\x0c\0\0\0__defaults__N\x85s\x86b.",  # sets an attribute of what reads it
        b"\x80\x02c_codecs\nencode\n}X\x01\0\0\0aNsb.",
        b"\x80\x02cnumpy\ndtype\n)\x81X\x01\0\0\0ab.",  # made without its constructor
        b"\x80\x02cnumpy\nndarray\n)\x81.",
        b"\x80\x02cnumpy\ndtype\n}b.",  # the class itself gets a state
        b"\x80\x02Nr\xff\xff\xff\x07.",  # room for 134 million objects
        b"Np99999999999\n.",
        b"Np-1\n.",
        b"Npx\n.",
        b"Np1",
        b"cnumpy\ndtype",
        b"\x80\x02K",
        b"\xff",
        b"",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
        b"\x80\x02X\xff\xff\xff\xff.",
        b"\x80\x02\x8a\x20.",
    ],
)
def test_pickles_that_nobody_writes(data):
    with pytest.raises(ValueError, match=r"damaged|was changed|was not loaded"):
        unpickle(io.BytesIO(data))


def test_forms_of_arrays():
    """Big-endian, Fortran's order, numbers, text, and what Python 2 wrote."""
    grid = np.arange(6, dtype=">i4").reshape(2, 3)
    nested = np.empty(2, object)
    nested[:] = [np.arange(2), [1]]
    values = [grid, np.asfortranarray(grid), np.float32(1.5), np.array(["ab", "c"]), nested]
    found = unpickle(io.BytesIO(pickle.dumps(values, 2)))
    for value, read in zip(values[:4], found[:4], strict=True):
        assert np.array_equal(value, read) and value.dtype.str[1:] == read.dtype.str[1:]
    assert type(found[0]) is np.ndarray
    one = unpickle(io.BytesIO(pickle.dumps(nested, 2)))
    assert type(one[0]) is np.ndarray and one[0].tolist() == [0, 1] and one[1] == [1]
    old = array(1, (2,), dtype(b"u1", (3, b"|", None, None, None, -1, -1, 0)), False, "a\xff")
    assert unpickle(io.BytesIO(pickle.dumps({"a": old}, 2)))["a"].tolist() == [97, 255]
    assert unpickle(io.BytesIO(pickle.dumps(Made(np._core.multiarray.scalar, (dtype("i2"), "\1\0")), 2))) == 1


@pytest.mark.parametrize("protocol", range(5))  # the published files are older than protocol 5
def test_arrays_numbers_and_text_come_through(protocol):
    value = {
        "a": np.arange(6, dtype="int32").reshape(2, 3),
        "b": [1, "two", 3.0, None],
        "c": np.array([[1], [2]], object),
    }
    found = unpickle(io.BytesIO(pickle.dumps(value, protocol)))
    assert np.array_equal(found["a"], value["a"]) and found["b"] == value["b"]
    assert found["c"].tolist() == value["c"].tolist()


def test_names_of_old_numpy_are_known():
    data = pickle.dumps(np.arange(3), 2).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert unpickle(io.BytesIO(data)).tolist() == [0, 1, 2]


def test_npz_with_lists(tmp_path):
    lists = np.empty(2, object)
    lists[:] = [[1, 2], [3]]
    np.savez(tmp_path / "a.npz", x=lists, y=np.array([[1, 2], [3, 4]], order="F"))
    found = read_object_arrays(tmp_path / "a.npz")
    assert found["x"].tolist() == [[1, 2], [3]] and found["y"].tolist() == [[1, 2], [3, 4]]


def test_npz_with_more_than_lists(tmp_path):
    evil = np.empty(1, object)
    evil[0] = Evil(os.getcwd)
    np.savez(tmp_path / "a.npz", x=evil)
    with pytest.raises(pickle.UnpicklingError, match="no data set needs"):
        read_object_arrays(tmp_path / "a.npz")


def test_a_strange_imdb_file_is_never_unpickled(tmp_path, monkeypatch):
    """The sha256 is looked at first."""
    mark = tmp_path / "ran"
    evil = np.empty(1, object)
    evil[0] = Evil(os.mkdir, str(mark))
    np.savez(tmp_path / "imdb.npz", x_train=evil, y_train=[0], x_test=evil, y_test=[0])
    monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    with pytest.raises(DownloadError, match=r"not the published imdb.npz"):
        imdb.load_data()
    assert not mark.exists()
