"""The rows of each epoch, where the next one begins, and when whole epochs run in one call: without training."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnb.core.training.array_epochs import ArrayEpochs
from kerasnb.core.training.block_epochs import BlockEpochs
from kerasnb.core.training.feed import ArrayFeed
from kerasnb.core.training.stream_epochs import StreamEpochs


def part(rows=10, batch_size=4, shape=()):
    return ArrayFeed(np.zeros((rows, *shape), "float32"), batch_size=batch_size).part(0, rows)


def epochs(limit=None, shuffle=False, position=None, rows=10):
    return ArrayEpochs(SimpleNamespace(feed=part(rows), position=position, steps_limit=limit, shuffle=shuffle))


def drawn(found):
    index, rows = found.next_index()
    return index.tolist(), rows


def test_whole_passes():
    found = epochs()
    assert drawn(found) == ([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 0]], 10) == drawn(found)
    mixed = epochs(shuffle=True)
    orders = [np.ravel(drawn(mixed)[0])[:10].tolist() for _ in range(2)]
    assert all(sorted(order) == list(range(10)) for order in orders) and orders[0] != orders[1]
    blocks = epochs(shuffle="batch", rows=42)
    index, rows = drawn(blocks)
    assert rows == 42 and index[-1] == [40, 41, 0, 0]
    assert sorted(index[:-1]) == [[i, i + 1, i + 2, i + 3] for i in range(0, 40, 4)]
    assert index[:-1] != sorted(index[:-1])


def test_short_epochs_take_up_where_one_left_off():
    found = epochs(limit=2)
    assert drawn(found) == ([[0, 1, 2, 3], [4, 5, 6, 7]], 8)
    assert found.position(False)["taken"] == 2 and found.position(True)["taken"] == 0
    with pytest.warns(UserWarning, match="this epoch had 1 of 2 steps"):
        assert drawn(found) == ([[8, 9, 0, 0]], 2)
    assert found.position(True)["taken"] == 2 and found.position(False)["taken"] == 0, "a new pass comes"
    assert drawn(found) == ([[0, 1, 2, 3], [4, 5, 6, 7]], 8)


@pytest.mark.parametrize("limit", [None, 1])
def test_places_are_found_again(limit):
    first = epochs(limit, shuffle=True)
    drawn(first)
    between = first.position(False)
    second = drawn(first)
    within = first.position(True)
    third = drawn(first)
    for place in (between, within):
        twin = epochs(limit, shuffle=True, position=object())
        twin.go_to(place)
        assert drawn(twin) == second and drawn(twin) == third


def test_a_place_in_the_last_rows_is_found_again():
    first = epochs(1, shuffle=True)
    drawn(first), drawn(first)
    twin = epochs(1, shuffle=True, position=object())
    twin.go_to(first.position(False))
    assert drawn(twin) == drawn(first) and twin.position(True)["taken"] == 2 and drawn(twin) == drawn(first)


def test_what_goes_on_draws_no_seed():
    np.random.seed(0)
    expected = np.random.random()
    np.random.seed(0)
    epochs(position=object())
    assert np.random.random() == expected
    np.random.seed(0)
    epochs()
    assert np.random.random() != expected


ACTS = st.one_of(
    st.tuples(st.just("ahead"), st.integers(0, 4)), st.tuples(st.just("take"), st.integers(1, 4)),
    st.just(("one", 0)), st.just(("back", 0)),
)  # fmt: skip


@given(st.lists(ACTS, max_size=12), st.sampled_from([True, "batch", False]))
def test_orders_drawn_ahead_are_those_that_come(acts, shuffle):
    np.random.seed(1)
    one = epochs(shuffle=shuffle)
    np.random.seed(1)
    other = epochs(shuffle=shuffle)
    places = [one.position(False)]
    for act, count in acts:
        if act == "ahead":
            one.draw_ahead(count)
        elif act == "take":
            taken = [index.tolist() for index in one.whole_indices(count)]
            assert taken == [other.whole_index().tolist() for _ in range(count)]
        elif act == "one":
            assert drawn(one) == drawn(other)
        else:
            one.go_to(places[0]), other.go_to(places[0])
        assert one.position(False) == other.position(False), "nobody sees that something was drawn ahead"


def fit(**changed):
    callbacks = {"batch_callbacks": [], "test_batch_callbacks": [], "test_callbacks": []}
    callbacks |= {k: changed.pop(k) for k in list(changed) if k in callbacks}
    kernel = SimpleNamespace(ndim=2, size=100)
    wanted = {
        "feed": part(), "validation_feed": None, "custom": False, "eager": False, "steps_limit": None, "pad": True,
        "validation_freq": 1, "custom_test": False, "slots": SimpleNamespace(trainable=[kernel]), "epochs": 50,
        "replayable": True,
    }  # fmt: skip
    return SimpleNamespace(**{**wanted, "callbacks": SimpleNamespace(**callbacks), **changed})


big = SimpleNamespace(ndim=2, size=49_504)  # 6 x so many x (10 + 1000) is just below the limit
BLOCKS = [
    ({}, True), ({"custom": True}, False), ({"eager": True}, False), ({"steps_limit": 2}, False),
    ({"batch_callbacks": [1]}, False), ({"test_batch_callbacks": [1]}, False), ({"test_callbacks": [1]}, True),
    ({"pad": False}, False), ({"pad": False, "feed": part(8)}, True), ({"feed": object()}, False),
    ({"validation_feed": part()}, True), ({"validation_feed": object()}, False),
    ({"validation_feed": part(), "pad": False, "feed": part(8)}, False),
    ({"validation_feed": part(8), "pad": False, "feed": part(8)}, True),
    ({"validation_feed": part(), "validation_freq": 2}, False), ({"validation_freq": 2}, True),
    ({"validation_feed": part(), "custom_test": True}, False), ({"custom_test": True}, True),
    ({"validation_feed": part(), "test_callbacks": [1]}, False),
    ({"feed": part(shape=(3, 3))}, False), ({"feed": part(shape=(3,))}, True),
    ({"slots": SimpleNamespace(trainable=[SimpleNamespace(ndim=3, size=1)])}, False),
    ({"slots": SimpleNamespace(trainable=[big])}, True),
    ({"slots": SimpleNamespace(trainable=[SimpleNamespace(ndim=2, size=49_505)])}, False),
    ({"slots": SimpleNamespace(trainable=[])}, True),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "possible"), BLOCKS)
def test_which_runs_go_in_blocks(changed, possible):
    blocks = BlockEpochs(fit(**changed), 0.5)
    assert blocks.possible() is possible
    assert blocks.size(0) == int(possible)


FAST = [  # on an accelerator: 6 x so many weights x (10 + 1000) at most 1e12, at most 4000 steps
    ({}, True), ({"slots": SimpleNamespace(trainable=[SimpleNamespace(ndim=2, size=165_016_501)])}, True),
    ({"slots": SimpleNamespace(trainable=[SimpleNamespace(ndim=2, size=165_016_502)])}, False),
    ({"feed": part(16_000)}, True), ({"feed": part(16_001)}, False), ({"feed": part(shape=(3, 3))}, False),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "possible"), FAST)
def test_which_runs_go_in_blocks_on_an_accelerator(changed, possible, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert BlockEpochs(fit(**changed), 0.5).possible() is possible


def test_sizes_of_blocks():
    blocks = BlockEpochs(fit(), 0.5)
    blocks.pace.size = 100
    assert blocks.limit == 256 and blocks.size(0) == 50 and blocks.size(48) == 2
    assert BlockEpochs(fit(replayable=False, epochs=9), 0.5).size(0) == 1
    blocks = BlockEpochs(fit(feed=part(100_000), epochs=500), 0.5)
    blocks.pace.size = 100
    assert blocks.limit == 5 == blocks.size(0) and BlockEpochs(fit(feed=part(1_000_000)), 0.5).limit == 1
    assert BlockEpochs(fit(epochs=500), 0.5).limit == 256, "however many are asked for"


def stream(steps=None, limit=None, stopped=False, stop_training=False):
    told = []
    feed = SimpleNamespace(steps=steps, on_epoch_end=lambda: told.append("end"))
    model = SimpleNamespace(stop_training=stop_training)
    return StreamEpochs(SimpleNamespace(feed=feed, steps_limit=limit, stopped=stopped, model=model)), feed, told


def test_the_end_of_a_stream_tells_its_length():
    cases = (({}, 5, 5), ({"limit": 5}, 5, None), ({"stopped": True}, 3, None), ({"steps": 4}, 3, 4))
    for arguments, step, steps in cases:
        found, feed, told = stream(**arguments)
        found.finish(step)
        assert feed.steps == steps and told == ["end"]


@pytest.mark.parametrize(
    ("arguments", "step", "warns"),
    [({"limit": 5}, 3, True), ({"limit": 5}, 5, False), ({"limit": 5}, 0, False), ({}, 3, False),
     ({"limit": 5, "stopped": True}, 3, False), ({"limit": 5, "stop_training": True}, 3, False),
     ({"limit": 2}, 1, True)],
    ids=str,
)  # fmt: skip
def test_data_that_ended_early_is_told(arguments, step, warns, recwarn):
    found, _, _ = stream(**arguments)
    found.finish(step)
    assert [str(w.message)[:30] for w in recwarn] == ["The data ended before steps_pe"] * warns


def test_processes_do_not_wait_for_missing_steps(monkeypatch):
    from kerasnb.core.training import stream_epochs

    monkeypatch.setattr(stream_epochs.processes, "together", lambda: True)
    found, _, _ = stream(limit=5)
    with pytest.raises(RuntimeError, match="had 3 of 5 steps"):
        found.finish(3)
