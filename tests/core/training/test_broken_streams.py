"""Data that breaks in the middle: the error names the batch, and the weights are those of the batches before it."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers

X = np.linspace(-1, 1, 96, dtype="float32").reshape(24, 4)
Y = (np.arange(24) % 3).astype("int32")
GOOD = [(X[i : i + 6], Y[i : i + 6]) for i in (0, 6, 12)]


class Breaks(list):
    """Batches of which the last raises when it is asked for."""

    def __getitem__(self, i):
        if i == 3:
            raise OSError("disk gone")
        return super().__getitem__(i)


# what the fourth batch is, the error, words of it
CASES = [
    ("raises", None, OSError, ["disk gone", "batch 4"]),
    ("another width", (X[:6, :3], Y[:6]), ValueError, ["batch 4", "size 4, found 3"]),
    ("another rank", (X[:6, None], Y[:6]), ValueError, ["Batch 4", "axes"]),
    ("no targets", (X[:6],), ValueError, ["Batch 4", "structure"]),
    ("two inputs", ([X[:6], X[:6]], Y[:6]), ValueError, ["Batch 4", "structure"]),
    ("two lengths", (X[:6], Y[:5]), ValueError, ["Batch 4", "[5, 6]"]),
    ("labels out of range", (X[:6], Y[:6] + 3), ValueError, ["labels from 3 to 5", "batch 4"]),
    ("text", (X[:6].astype(str), Y[:6]), (ValueError, TypeError), ["batch 4"]),
    ("no rows", (X[:0], Y[:0]), ValueError, ["Batch 4", "no rows"]),
]


def generator(batches):
    for i in range(len(batches)):
        yield batches[i]


class Loader:
    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return generator(self.batches)


class Numbered(keras.utils.PyDataset):
    def __init__(self, batches):
        super().__init__(workers=2)
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, i):
        return self.batches[i]


def classifier():
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def before():
    """The weights after the three good batches."""
    model = classifier()
    model.fit(Loader(GOOD), verbose=0)
    return model.get_weights()


@pytest.mark.parametrize("source", [generator, Loader, Numbered])
@pytest.mark.parametrize(("fourth", "error", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_weights_are_those_of_the_batches_before(source, fourth, error, words, before):
    model = classifier()
    with pytest.raises(error) as caught:
        model.fit(
            source(Breaks([*GOOD, fourth])) if fourth is None else source([*GOOD, fourth]), shuffle=False, verbose=0
        )
    told = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert all(word in told for word in words), told
    for ours, wanted in zip(model.get_weights(), before, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-6)
    model.fit(X, Y, verbose=0)
    assert np.isfinite(model.evaluate(X, Y, verbose=0))


def test_nan_in_a_batch_is_told_with_its_number():
    history = classifier().fit(Loader([*GOOD, (X[:6] * np.nan, Y[:6])]), verbose=0)
    assert "in epoch 1, step 4" in history.message and "np.isnan(x)" in history.message


def test_data_that_ends_early_is_told():
    with pytest.warns(UserWarning, match=r"had 3 of 5 steps"):
        classifier().fit(generator(GOOD), steps_per_epoch=5, verbose=0)
