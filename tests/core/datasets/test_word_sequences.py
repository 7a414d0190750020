"""Lists of integers kept flat: every operation against plain Python lists."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnb.core.datasets import word_sequences
from kerasnb.core.datasets.source import DataFile
from kerasnb.core.datasets.word_sequences import Sequences, keep_known, load_flat, shift_and_select

LISTS = st.lists(st.lists(st.integers(1, 50), max_size=6), min_size=1, max_size=8)


@given(LISTS)
def test_lists_come_back(lists):
    assert list(Sequences.of(lists).lists()) == lists
    assert Sequences.of(lists).lengths.tolist() == [len(one) for one in lists]


@given(LISTS, st.randoms())
def test_pick(lists, random):
    numbers = [random.randrange(len(lists)) for _ in range(5)]
    assert list(Sequences.of(lists).pick(np.array(numbers)).lists()) == [lists[i] for i in numbers]


@given(LISTS, st.integers(0, 20), st.integers(1, 40), st.sampled_from([None, 99]))
def test_keep_known(lists, skip_top, limit, oov):
    kept = list(keep_known(Sequences.of(lists), skip_top, limit, oov).lists())
    if oov is None:
        assert kept == [[n for n in one if skip_top <= n < limit] for one in lists]
    else:
        assert kept == [[n if skip_top <= n < limit else oov for n in one] for one in lists]


@given(LISTS, st.sampled_from([None, 1]), st.integers(0, 3), st.sampled_from([None, 4]))
def test_shift_and_select(lists, start, index_from, maxlen):
    labels = np.arange(len(lists))
    expected = [([start] if start else []) + [n + index_from for n in one] for one in lists]
    rows = [i for i, one in enumerate(expected) if not maxlen or len(one) < maxlen]
    if not rows:
        with pytest.raises(ValueError, match="Make maxlen larger"):
            shift_and_select(Sequences.of(lists), labels, start, index_from, maxlen)
        return
    texts, kept = shift_and_select(Sequences.of(lists), labels, start, index_from, maxlen)
    assert list(texts.lists()) == [expected[i] for i in rows] and kept.tolist() == rows


def pickled(lists) -> bytes:
    objects = np.empty(len(lists), object)
    objects[:] = lists
    out = io.BytesIO()
    np.savez(out, x=objects, y=np.arange(len(lists)))
    return out.getvalue()


def test_the_flat_copy_serves_from_the_second_time_on(tmp_path, monkeypatch):
    data = pickled([[1, 2], [3]])
    file = DataFile("tiny.npz", (hashlib.sha256(data).hexdigest(),))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
    (tmp_path / "tiny.npz").write_bytes(data)
    assert list(load_flat(file, "tiny.npz", ("x",))["x"].lists()) == [[1, 2], [3]]
    flat = tmp_path / "home" / "datasets" / "tiny-flat.npz"
    assert flat.exists()
    (tmp_path / "tiny.npz").unlink()
    found = load_flat(file, "tiny.npz", ("x",))
    assert list(found["x"].lists()) == [[1, 2], [3]] and found["y"].tolist() == [0, 1]
    # a damaged copy is made anew from the file
    (tmp_path / "tiny.npz").write_bytes(data)
    flat.write_bytes(flat.read_bytes()[:-60])
    assert list(load_flat(file, "tiny.npz", ("x",))["x"].lists()) == [[1, 2], [3]]


def test_a_copy_with_other_values_is_not_believed(tmp_path):
    np.savez(tmp_path / "a-flat.npz", digest=np.array("0" * 64), x_values=np.arange(3), x_offsets=np.array([0, 3]))
    assert word_sequences._read_flat(tmp_path / "a-flat.npz") is None
