"""Sources by themselves: how what gives batches is recognised, started anew, and brought to a place."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.training.sources import GeneratorSource, LoaderSource, NumberedSource, Source, open_source


class Numbered:
    """Batches by number; notes what it is told."""

    def __init__(self, n=4):
        self.n, self.told = n, []

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i

    def on_epoch_begin(self):
        self.told.append("begin")

    def on_epoch_end(self):
        self.told.append("end")


class OnlyItems:
    def __len__(self):
        return 3

    def __getitem__(self, i):
        if i >= 3:
            raise IndexError
        return i


class Endless(keras.utils.PyDataset):
    num_batches = None

    def __getitem__(self, i):
        return i


class Loader:
    def __iter__(self):
        return iter([1, 2])


class Counted(Loader):
    def __init__(self, count):
        self.count = count

    def cardinality(self):
        return self.count


def generator():
    yield 1


@pytest.mark.parametrize(
    ("data", "kind", "steps", "continues"),
    [
        (generator(), GeneratorSource, None, True), (iter([1]), GeneratorSource, None, True),
        (Numbered(), NumberedSource, 4, False), (OnlyItems(), NumberedSource, 3, False),
        (Endless(), NumberedSource, None, False), (Loader(), LoaderSource, None, False),
        ([1, 2], LoaderSource, 2, False),
        (Counted(5), LoaderSource, 5, False), (Counted(0), LoaderSource, 0, False),
        (Counted(-1), LoaderSource, None, False),
    ],
    ids=lambda v: type(v).__name__,
)  # fmt: skip
def test_kinds(data, kind, steps, continues):
    found = open_source(data)
    assert type(found) is kind and found.steps == steps and found.continues is continues
    assert open_source(found) is found


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (generator, r"generator function 'generator': call it, x=generator\(\)"), (len.__class__, "is the class"),
        (Loader().__iter__, "is the function '__iter__'"), (lambda: 1, "is the function"), (Loader, "the class Loader"),
        ("text", "got 'text' of type str"), (b"text", "of type bytes"), (3, "got 3 of type int"),
        (slice("a" * 60, None), r"got slice\('a{50}\.\.\. of type slice"),
    ],
)  # fmt: skip
def test_what_gives_no_batches(data, says):
    with pytest.raises(ValueError, match=says):
        open_source(data)


def test_numbers_in_order_and_shuffled():
    data = Numbered()
    plain, mixed = NumberedSource(data), NumberedSource(data, shuffle=True)
    assert list(plain) == [0, 1, 2, 3] == list(plain) and plain.position(False) is None and plain.order is None
    assert data.told == ["begin", "begin"]
    orders = [list(mixed) for _ in range(6)]
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders) and len(set(map(tuple, orders))) > 1
    assert Source([1, 2]).position(True) is None and Source([1, 2]).skip(1) is False and list(Source([1, 2])) == [1, 2]


def test_a_place_is_found_again():
    data = Numbered(9)
    source = NumberedSource(data, shuffle=True)
    list(source)
    between = source.position(False)
    order = list(source)
    within = source.position(True)
    assert between == within, "the state before the pass was drawn"
    assert source.position(False) != within
    other = NumberedSource(Numbered(9), shuffle=True)
    other.replay(2, within)
    assert other.data.told == ["begin", "end", "begin", "end"]
    assert other.skip(4) is True
    assert list(other) == order[4:] and sorted(other) == list(range(9)), "skipped once"
    other.replay(0, None)
    plain = NumberedSource(Numbered(3))
    plain.replay(1, within)
    assert list(plain) == [0, 1, 2]


def test_endless_numbers():
    source = NumberedSource(Endless(), shuffle=True)
    assert source.shuffle is False and source.order is None
    source.skip(3)
    batches = iter(source)
    assert [next(batches) for _ in range(3)] == [3, 4, 5]
    again = iter(source)
    assert next(again) == 0


def test_seeds_decide_the_order():
    found = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        found.append(list(NumberedSource(Numbered(20), shuffle=True)))
    assert found[0] == found[1]
    assert not np.array_equal(found[0], list(NumberedSource(Numbered(20), shuffle=True)))
