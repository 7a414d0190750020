"""PyDataset: batches by number, in threads and in processes."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.data.py_dataset import PyDataset, fetched


class Squares(PyDataset):
    """Batch i is i squared; notes which thread made it."""

    def __init__(self, n=6, **kwargs):
        super().__init__(**kwargs)
        self.n, self.threads = n, set()

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i == 99:
            raise KeyError("no batch 99")
        self.threads.add(threading.current_thread().name)
        return np.full((2, 1), i * i)


class Bare(PyDataset):
    """Never calls super().__init__."""

    def __init__(self):
        pass

    def __len__(self):
        return 2

    def __getitem__(self, i):
        return np.zeros((1, 1))


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_order_is_kept(workers):
    data = Squares(workers=workers, max_queue_size=4)
    assert [int(b[0, 0]) for b in fetched(data, [3, 0, 5, 1, 2, 4])] == [9, 0, 25, 1, 4, 16]
    assert all(("worker" in name) == (workers > 1) for name in data.threads)


def test_processes():
    data = Squares(workers=2, use_multiprocessing=True)
    assert [int(b[0, 0]) for b in fetched(data, range(3))] == [0, 1, 4]
    assert not data.threads, "made elsewhere"


def test_a_class_of_a_notebook_falls_back_to_threads(monkeypatch):
    monkeypatch.setattr(Squares, "__module__", "__main__")
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    data = Squares(workers=2, use_multiprocessing=True)
    with pytest.warns(UserWarning, match="threads are used"):
        assert len(list(fetched(data, range(3)))) == 3


def test_errors_arrive():
    with pytest.raises(KeyError, match="no batch 99"):
        list(fetched(Squares(workers=2), [0, 99, 1]))


def test_leaving_early_ends_the_workers():
    before = threading.active_count()
    iterator = fetched(Squares(n=1000, workers=3), range(1000))
    next(iterator)
    iterator.close()
    assert threading.active_count() == before


def test_attributes():
    data = Squares()
    data.workers, data.use_multiprocessing, data.max_queue_size = 2, True, 5
    assert (data.workers, data.use_multiprocessing, data.max_queue_size, data.num_batches) == (2, True, 5, 6)
    assert Bare().workers == 1 and Bare().num_batches == 2
    assert keras.utils.Sequence is keras.utils.PyDataset
    with pytest.raises(NotImplementedError, match="__len__"):
        PyDataset().num_batches
    with pytest.raises(NotImplementedError, match="__getitem__"):
        PyDataset()[0]
    for wrong in ({"workers": -1}, {"workers": 1.5}, {"max_queue_size": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            PyDataset(**wrong)


def test_fit_calls_the_hooks_and_uses_workers():
    events = []

    class Data(PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, i):
            return np.ones((4, 3), "float32"), np.ones((4, 1), "float32")

        def on_epoch_begin(self):
            events.append("begin")

        def on_epoch_end(self):
            events.append("end")

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(Data(workers=2), epochs=2, verbose=0)
    assert events == ["begin", "end"] * 2
