"""Dataset: each verb against plain Python, again and again, and training from it."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kerasnb as keras
from kerasnb.core.data.dataset import AUTOTUNE, Dataset
from kerasnb.core.data.specs import TensorSpec


def numbers(dataset):
    return [np.asarray(v).tolist() for v in dataset]


def from_generator(n):
    return Dataset.from_generator(lambda: (np.int64(i) for i in range(n)))


SOURCES = st.sampled_from([Dataset.range, from_generator])
VERBS = {
    "take": (lambda d, n: d.take(n), lambda x, n: x[:n]),
    "skip": (lambda d, n: d.skip(n), lambda x, n: x[n:]),
    "map": (lambda d, n: d.map(lambda v: v + n), lambda x, n: [v + n for v in x]),
    "parallel map": (lambda d, n: d.map(lambda v: v * n, num_parallel_calls=3), lambda x, n: [v * n for v in x]),
    "filter": (lambda d, n: d.filter(lambda v: v % (n + 1) == 0), lambda x, n: [v for v in x if v % (n + 1) == 0]),
    "repeat": (lambda d, n: d.repeat(n), lambda x, n: x * n),
    "shard": (lambda d, n: d.shard(n + 1, n), lambda x, n: x[n :: n + 1]),
    "concatenate": (lambda d, n: d.concatenate(Dataset.range(n)), lambda x, n: x + list(range(n))),
    "cache": (lambda d, n: d.cache(), lambda x, n: x),
    "prefetch": (lambda d, n: d.prefetch(n + 1), lambda x, n: x),
    "rebatch": (lambda d, n: d.batch(n + 1).unbatch(), lambda x, n: x),
}


@given(SOURCES, st.integers(0, 7), st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 3)), max_size=4))
def test_chains_of_verbs(source, n, steps):
    dataset, expected = source(n), list(range(n))
    for verb, number in steps:
        act, model = VERBS[verb]
        dataset, expected = act(dataset, number), model(expected, number)
    assert numbers(dataset) == expected
    assert numbers(dataset) == expected, "a second run gives the same"
    assert dataset.cardinality() in (-2, len(expected))
    assert [b for batch in dataset.batch(2) for b in batch.tolist()] == expected


@given(st.integers(1, 12), st.integers(1, 15), st.integers(1, 4), SOURCES)
def test_shuffle_keeps_the_elements(n, buffer, batch, source):
    dataset = source(n).shuffle(buffer, seed=5)
    runs = [numbers(dataset) for _ in range(2)]
    assert sorted(runs[0]) == sorted(runs[1]) == list(range(n))
    again = source(n).shuffle(buffer, seed=5)
    assert [numbers(again) for _ in range(2)] == runs
    assert sorted(v for b in dataset.batch(batch) for v in b.tolist()) == list(range(n))


def test_shuffle_reshuffles_and_follows_the_global_seed():
    dataset = Dataset.range(50).shuffle(50)
    keras.utils.set_random_seed(1)
    runs = [numbers(dataset), numbers(dataset)]
    assert runs[0] != runs[1]
    keras.utils.set_random_seed(1)
    assert [numbers(dataset), numbers(dataset)] == runs
    fixed = Dataset.range(50).shuffle(50, reshuffle_each_iteration=False)
    assert numbers(fixed) == numbers(fixed)


def test_a_small_buffer_moves_elements_little():
    order = numbers(Dataset.range(100).shuffle(5, seed=1))
    assert order != list(range(100))
    assert all(value <= place + 5 for place, value in enumerate(order))


def test_structures():
    x, y = np.arange(12.0).reshape(6, 2), np.arange(6)
    dataset = Dataset.from_tensor_slices({"a": x, "b": (y, y * 2)})
    batch = next(iter(dataset.batch(4)))
    assert batch["a"].tolist() == x[:4].tolist() and batch["b"][1].tolist() == [0, 2, 4, 6]
    pairs = Dataset.from_tensor_slices((x, y)).map(lambda a, b: (a.sum(), b))
    assert [(float(a), int(b)) for a, b in pairs][1] == (5.0, 1)
    assert [int(i) for i, _ in pairs.enumerate(start=3)] == [3, 4, 5, 6, 7, 8]
    zipped = Dataset.zip(Dataset.range(3), Dataset.range(5))
    assert [tuple(map(int, pair)) for pair in zipped] == [(0, 0), (1, 1), (2, 2)] and len(zipped) == 3
    assert numbers(Dataset.range(3).flat_map(lambda n: Dataset.range(n))) == [0, 0, 1]
    assert Dataset.range(4).reduce(0, lambda s, v: s + int(v)) == 6
    assert numbers(Dataset.range(4).apply(lambda d: d.skip(2))) == [2, 3]
    assert [e.tolist() for e in Dataset.from_tensors(x)] == [x.tolist()]


def test_specs():
    dataset = Dataset.from_tensor_slices((np.zeros((6, 2), "float32"), np.zeros(6, "int32")))
    assert dataset.element_spec == (TensorSpec((2,), "float32"), TensorSpec((), "int32"))
    batched = dataset.batch(4)
    assert batched.element_spec == (TensorSpec((None, 2), "float32"), TensorSpec((None,), "int32"))
    assert dataset.batch(4, drop_remainder=True).element_spec[0].shape == (4, 2)
    assert batched.map(lambda x, y: (x.sum(1), y)).element_spec[0].shape == (None,)
    assert batched.unbatch().element_spec == dataset.element_spec
    assert Dataset.from_tensor_slices(np.array(["a", "bc"])).element_spec.dtype == "string"


def test_padded_batch():
    lists = [np.arange(n) for n in (1, 3, 2)]
    dataset = Dataset.from_generator(lambda: lists)
    assert numbers(dataset.padded_batch(2, padding_value=-1)) == [[[0, -1, -1], [0, 1, 2]], [[0, 1]]]
    pairs = Dataset.zip(dataset, Dataset.range(3)).padded_batch(3)
    assert [part.tolist() for part in next(iter(pairs))] == [[[0, 0, 0], [0, 1, 2], [0, 1, 0]], [0, 1, 2]]
    assert pairs.element_spec[0].shape == (None, None)
    with pytest.raises(ValueError, match="padded_batch"):
        list(dataset.batch(2))


def test_endless():
    dataset = Dataset.range(2).repeat()
    assert dataset.cardinality() == -1 and numbers(dataset.take(5)) == [0, 1, 0, 1, 0]
    with pytest.raises(TypeError, match="endless"):
        len(dataset)
    with pytest.raises(TypeError, match="not known"):
        len(from_generator(3))
    assert numbers(Dataset.range(0).repeat()) == []
    assert bool(from_generator(0)) and "unknown" in repr(from_generator(0))


def test_cache_makes_the_elements_once():
    made = []
    dataset = Dataset.range(3).map(lambda v: made.append(int(v)) or v).cache()
    next(iter(dataset))  # a run that is left half way keeps nothing
    made.clear()
    assert numbers(dataset) == numbers(dataset) == [0, 1, 2] and made == [0, 1, 2]


def test_prefetch_works_ahead_and_ends_with_its_reader():
    before = threading.active_count()
    iterator = iter(Dataset.range(10**9).prefetch(2))
    assert int(next(iterator)) == 0
    iterator.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("act", [lambda d: d.prefetch(2), lambda d: d.map(lambda v: v, num_parallel_calls=AUTOTUNE)])
def test_errors_arrive_at_their_place(act):
    def broken():
        yield np.int64(1)
        raise OSError("disk gone")

    seen = []
    with pytest.raises(OSError, match="disk gone"):
        for v in act(Dataset.from_generator(broken)):
            seen.append(int(v))
    assert seen in ([1], [])


def test_parallel_map_is_parallel():
    started = time.perf_counter()
    assert len(list(Dataset.range(8).map(lambda v: time.sleep(0.02) or v, num_parallel_calls=8))) == 8
    assert time.perf_counter() - started < 8 * 0.02


def test_class_names_travel():
    dataset = Dataset.range(4)
    dataset.class_names = ["a", "b"]
    assert dataset.map(lambda v: v).batch(2).cache().prefetch(AUTOTUNE).class_names == ["a", "b"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Dataset.range(3).batch(0), ValueError, "batch_size"),
        (lambda: Dataset.range(3).batch(2, size=3), TypeError, "size"),
        (lambda: Dataset.range(3).shuffle(2.5), ValueError, "buffer_size"),
        (lambda: Dataset.range(3).prefetch(0), ValueError, "buffer_size"),
        (lambda: Dataset.range(3).shard(2, 2), ValueError, "index"),
        (lambda: Dataset.from_tensor_slices((np.zeros(2), np.zeros(3))), ValueError, "different numbers of rows"),
        (lambda: Dataset.from_tensor_slices(5), ValueError, "at least one axis"),
        (lambda: Dataset.from_generator([1]), TypeError, "fresh iterable"),
        (lambda: list(Dataset.from_tensors((np.zeros(2), np.zeros(3))).unbatch()), ValueError, "unbatch"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_training_from_a_dataset():
    x = np.random.RandomState(0).rand(20, 3).astype("float32")
    y = x.sum(1, keepdims=True)
    losses = []
    for data in ((x, y), (Dataset.from_tensor_slices((x, y)).batch(8).prefetch(2),)):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        history = model.fit(*data, epochs=2, batch_size=8 if len(data) == 2 else None, shuffle=False, verbose=0)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    assert model.predict(Dataset.from_tensor_slices(x).batch(7), verbose=0).shape == (20, 1)
