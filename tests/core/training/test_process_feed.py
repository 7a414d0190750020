"""The share of one process among several, in one process: which rows each batch names, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.training import process_feed
from kerasnb.core.training.feed import ArrayFeed
from kerasnb.core.training.process_feed import SharedRows, for_processes
from kerasnb.core.training.streams import StreamFeed

X = np.arange(10, dtype="float32")


@pytest.fixture(autouse=True)
def batches_as_they_are(monkeypatch):
    """Not on the device: a batch names its rows there no more."""
    monkeypatch.setattr(process_feed, "ahead", lambda batches, stopped=None: batches)


@pytest.fixture
def several(monkeypatch):
    """A run of several processes, as far as the feed sees; what they compared is noted."""
    compared = []
    strategy = SimpleNamespace(auto_shard_dataset=True, compared=compared)
    monkeypatch.setattr(process_feed.processes, "together", lambda: True)
    monkeypatch.setattr(process_feed.processes, "check_same", lambda *what: compared.append(what))
    monkeypatch.setattr(process_feed, "distribution", lambda: strategy)
    return strategy


def part(rows=10, batch_size=4, y=None):
    return ArrayFeed(X[:rows], y, batch_size=batch_size).part(0, rows)


def rows_of(feed, limit=None, done=0):
    return [batch[0].numbers.tolist() for batch in feed.epoch(limit, done=done)]


def test_alone_the_feed_stays_as_it_is():
    feed = part()
    assert for_processes(feed) is feed and for_processes(None) is None


def test_arrays_are_shared(several):
    found = for_processes(part(), "batch", 2)
    assert isinstance(found, SharedRows) and found.steps == 2 and (found.rows, found.batch_size) == (10, 4)
    ((what, value, hint),) = several.compared
    assert value == (10, 4) and "rows" in what and "the same in each" in hint
    several.auto_shard_dataset = False
    for_processes(part())
    assert "data of its own" in several.compared[-1][2]


def test_streams_must_agree(several):
    batches = [(np.ones((2, 3), "float32"), np.ones(2, "float32"))] * 2
    feed = StreamFeed(batches)
    assert for_processes(feed) is feed and feed.equal_rows is False
    assert several.compared[0][1] == 2
    assert several.compared[1][1] == (((2, 3), "float32"), ((2,), "float32"), None)
    several.auto_shard_dataset = False
    assert for_processes(feed).equal_rows is True
    with pytest.raises(ValueError, match="pass steps_per_epoch"):
        for_processes(StreamFeed(iter(batches)))


def test_rows_in_order_the_last_batch_short():
    feed = SharedRows(part())
    assert rows_of(feed) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] == rows_of(feed)
    assert feed.steps == 3 and feed.sample[0] is feed.host[0] and feed.inspect is None
    assert rows_of(feed, limit=2) == [[0, 1, 2, 3], [4, 5, 6, 7]] and rows_of(feed, done=1) == [[4, 5, 6, 7], [8, 9]]
    batch = next(iter(SharedRows(part(y=np.arange(10))).epoch()))
    assert batch[0][:].tolist() == [0, 1, 2, 3] == batch[1][:].tolist() and batch[2] is None


def test_short_epochs_take_up_where_one_left_off():
    feed = SharedRows(part(), limit=2)
    assert feed.steps == 2 and SharedRows(part(), limit=5).steps == 3
    assert [rows_of(feed) for _ in range(3)] == [[[0, 1, 2, 3], [4, 5, 6, 7]], [[8, 9]], [[0, 1, 2, 3], [4, 5, 6, 7]]]


def test_shuffled_rows_are_those_of_a_run_of_one_process():
    keras.utils.set_random_seed(3)
    seed = np.random.randint(0, 2**31 - 1)
    after = np.random.random()
    keras.utils.set_random_seed(3)
    feed = SharedRows(part(), True)
    assert np.random.random() == after, "one draw"
    order = np.random.default_rng(seed).permutation(10)
    assert [row for rows in rows_of(feed) for row in rows] == order.tolist()
    keras.utils.set_random_seed(3)
    blocks = rows_of(SharedRows(part(), "batch"))
    assert blocks[-1] == [8, 9] and sorted(blocks[:2]) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    keras.utils.set_random_seed(3)
    rows_of(SharedRows(part()))
    assert np.random.randint(0, 2**31 - 1) == seed, "without training nothing is drawn"


def test_text_and_device_arrays_are_readable():
    import jax.numpy as jnp

    assert isinstance(process_feed._readable(jnp.ones(2)), np.ndarray)
    assert process_feed._readable(X) is X
    assert process_feed._readable(np.array(["ab", "c"])).dtype.kind in "iu"
