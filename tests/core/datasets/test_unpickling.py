"""The restricted unpickler: arrays come in, nothing else does."""

from __future__ import annotations

import builtins
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
