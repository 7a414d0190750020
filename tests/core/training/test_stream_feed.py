"""The feed of streams by itself: epochs, what is carried from one into the next, places that are found again."""

from __future__ import annotations

import threading
import time

import jax
import numpy as np
import pytest

from kerasnb.core.training import streams
from kerasnb.core.training.streams import StreamFeed, ahead, on_devices, row_numbers


def batch(number, rows=2):
    return np.full((rows, 1), number, "float32"), np.full(rows, number, "int32")


class Numbered:
    def __init__(self, n=4):
        self.n, self.made, self.ended = n, [], 0

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        self.made.append(i)
        return batch(i)

    def on_epoch_end(self):
        self.ended += 1


def generator(n=20):
    for i in range(n):
        yield batch(i)


def numbers(feed, *arguments, **options):
    return [int(b[0][0, 0]) for b in feed.epoch(*arguments, **options)]


def test_generators_run_on_and_others_start_anew():
    feed = StreamFeed(generator(), steps=3)
    assert feed.steps == 3 and feed.continues
    assert [numbers(feed) for _ in range(3)] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert numbers(feed, 1) == [9] and numbers(feed, 3, done=1) == [10, 11] and numbers(feed, 2, done=5) == []
    assert numbers(StreamFeed(generator(3))) == [0, 1, 2]
    loader = StreamFeed([batch(i) for i in range(3)])
    assert not loader.continues and loader.steps == 3
    assert numbers(loader) == [0, 1, 2] == numbers(loader)


def test_the_sample_is_not_lost():
    for data in (generator(3), Numbered(3), [batch(i) for i in range(3)]):
        feed = StreamFeed(data)
        assert feed.batch_size is None
        assert feed.sample is feed.sample and feed.sample[0].shape == (2, 1) and feed.batch_size == 2
        assert numbers(feed) == [0, 1, 2]
    again = StreamFeed(Numbered(3))
    _ = again.sample
    assert numbers(again) == numbers(again) == [0, 1, 2]


def test_short_epochs_go_on_until_the_pass_is_over():
    feed = StreamFeed(Numbered(4), steps=2)
    assert feed.continues and [numbers(feed, 2) for _ in range(4)] == [[0, 1], [2, 3], [0, 1], [2, 3]]
    odd = StreamFeed(Numbered(4), steps=3)
    assert [numbers(odd, 3) for _ in range(3)] == [[0, 1, 2], [3], [0, 1, 2]]
    whole = StreamFeed(Numbered(4), steps=4)
    assert not whole.continues


def test_places_are_found_again():
    first = StreamFeed(Numbered(5), steps=3)
    numbers(first, 3)
    first.on_epoch_end()
    place = first.position()
    assert place == {"taken": 3, "epochs": 1, "order": None} and first.source.data.ended == 1
    second = StreamFeed(Numbered(5), steps=3)
    second.go_to(place)
    assert numbers(second, 3) == [3, 4] == numbers(first, 3)
    assert second.source.data.made[:2] == [3, 4], "batches before the place are not made"

    shuffled = StreamFeed(Numbered(6), shuffle=True)
    orders = [numbers(shuffled) for _ in range(2)]
    place = shuffled.position()
    expected = numbers(shuffled)
    twin = StreamFeed(Numbered(6), shuffle=True)
    twin.go_to(place)
    assert numbers(twin) == expected and len(orders) == 2

    loader = StreamFeed([batch(i) for i in range(5)], steps=3)
    loader.go_to({"taken": 2, "epochs": 0, "order": None})
    assert numbers(loader, 3) == [2, 3, 4]
    running = StreamFeed(generator())
    running.go_to({"taken": 2, "epochs": 4, "order": None})
    assert numbers(running, 2) == [2, 3] and running.position()["epochs"] == 4
    seen = StreamFeed(generator())
    _ = seen.sample
    seen.go_to({"taken": 2, "epochs": 0, "order": None})
    assert numbers(seen, 2) == [2, 3], "the sample was one of them"
    untouched = StreamFeed(generator())
    _ = untouched.sample
    untouched.go_to({"taken": 0, "epochs": 0, "order": None})
    assert numbers(untouched, 2) == [0, 1]
    whole = StreamFeed(Numbered(3), shuffle=True)
    whole.go_to({"taken": 3, "epochs": 0, "order": whole.position()["order"]})
    assert numbers(whole) == [] and sorted(numbers(whole)) == [0, 1, 2]


def test_a_pass_is_begun_anew():
    feed = StreamFeed(Numbered(6), steps=2, shuffle=True)
    place = feed.position()
    taken = numbers(feed, 2)
    feed.begin_anew(place)
    assert feed.position()["taken"] == 0 and numbers(feed, 2) == taken
    running = StreamFeed(generator())
    numbers(running, 2)
    running.begin_anew(running.position())
    assert numbers(running, 1) == [2]


def test_weights_of_classes_and_a_look_at_targets():
    seen = []
    feed = StreamFeed([batch(0), batch(1)], class_weight={1: 3.0})
    feed.inspect = seen.append
    assert [b[2].tolist() for b in feed.epoch()] == [[1, 1], [3, 3]]
    assert [int(y[0]) for y in seen] == [0, 1]


WRONG = [
    ([], "gave no batches at all"), ([batch(0), batch(1)[:1]], "another structure"),
    ([batch(0), (np.zeros((2, 1, 1)), np.zeros(2, "int32"))], r"shape \(2, 1, 1\) where the first batch had \(2, 1\)"),
    ([(np.zeros((2, 1)), np.zeros(3))], r"Batch 1 .*different numbers of rows: \[2, 3\]"),
    ([(np.zeros((0, 1)), np.zeros(0))], "Batch 1 .*no rows"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "says"), WRONG, ids=[says for _, says in WRONG])
def test_errors_teach(data, says):
    feed = StreamFeed(iter(data))
    with pytest.raises(ValueError, match=says):
        _ = feed.sample
        list(feed.epoch())


def test_equal_rows_where_processes_need_them():
    feed = StreamFeed([batch(0), batch(1), batch(2, rows=1)])
    feed.equal_rows = True
    _ = feed.sample
    with pytest.raises(ValueError, match="Batch 3 of the data has 1 rows, the first had 2"):
        list(feed.epoch())
    feed = StreamFeed([batch(0), batch(1)])
    feed.equal_rows = True
    _ = feed.sample
    assert len(list(feed.epoch())) == 2


def test_ahead_by_so_many():
    made = []

    def source():
        for i in range(10):
            made.append(i)
            yield np.array([i])

    batches = ahead(source(), depth=2)
    assert int(next(batches)[0]) == 0
    until = time.monotonic() + 60
    while len(made) < 4 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.3)
    assert made == [0, 1, 2, 3], "one is used, two wait, one is in hand"
    assert [int(b[0]) for b in batches] == list(range(1, 10))


def test_a_source_that_hangs_can_be_stopped(monkeypatch):
    monkeypatch.setattr(streams, "LOOK", 0.01)
    release = threading.Event()

    def source():
        yield np.array([0])
        release.wait(60)

    asked = []
    found = list(ahead(source(), stopped=lambda: asked.append(1) or len(asked) > 2))
    release.set()
    assert len(found) == 1 and len(asked) == 3
    assert list(ahead(iter([]), stopped=None)) == []


def test_an_error_comes_at_its_place():
    def source():
        yield np.array([0])
        raise OSError("gone")

    found = ahead(source())
    assert isinstance(next(found), jax.Array)
    with pytest.raises(OSError, match="gone"):
        next(found)


def test_buffers_are_copied():
    buffer = np.zeros(64, "float32")
    moved = on_devices({"x": buffer, "w": None})
    buffer[:] = 1
    assert not np.any(moved["x"]) and moved["w"] is None
    assert row_numbers(3).tolist() == [[0, 1, 2]] and row_numbers(3).dtype == "int32"
