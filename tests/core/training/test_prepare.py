"""What is asked of data and models before the first step: fits, hints, and whether padding is safe."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.training import prepare
from kerasnb.core.training.prepare import _channels_moved, can_pad, check_inputs, check_takes_text, check_word_numbers


def dense(*shape, dtype=None):
    return keras.Sequential([keras.Input(shape, dtype=dtype, name="pixels"), layers.Dense(2)], name="net")


def two():
    left, right = keras.Input((2,), name="left"), keras.Input((3,), name="right")
    return keras.Model([left, right], layers.Dense(1)(layers.concatenate([left, right])), name="two")


ones = np.ones
FITS = [
    (dense(4), ones((5, 4))), (dense(4, 1), ones((5, 4))), (dense(4), ones((5, 4, 1))),
    (dense(None, 4), ones((5, 9, 4))),
    (two(), [ones((5, 2)), ones((5, 3))]), (two(), {"left": ones((5, 2)), "right": ones((5, 3)), "more": ones(5)}),
    (two(), [ones((5, 2))]), (two(), {"left": ones((5, 2)), "wrong": ones((5, 3))}), (dense(1), ones(5)),
]  # fmt: skip


@pytest.mark.parametrize(("model", "x"), FITS)
def test_what_fits(model, x):
    assert check_inputs(model, x) is None


HINTS = [
    (dense(4), ones((5, 3)), None, [r"x of shape (5, 3) does not fit model 'net': input 'pixels' takes (None, 4).",
                                    "Give the model keras.Input((3,)) if the data is right."]),
    (dense(4), ones((5, 4, 2)), None, ["keras.Input((4, 2))"]),
    (dense(8, 6, 3), ones((5, 3, 8, 6)), None, ["np.moveaxis(x, 1, -1)"]),
    (dense(3, 8, 6), ones((5, 8, 6, 3)), None, ["np.moveaxis(x, -1, 1)"]),
    (dense(12), ones((5, 4, 3)), None, ["Reshape it: x.reshape(-1, 12)."]),
    (dense(2, 6), ones((5, 4, 3)), None, ["x.reshape(-1, 2, 6)"]),
    (dense(5, 4), ones((5, 4)), ones(5), ["The batch axis does not belong into Input: write keras.Input((4,))."]),
    (dense(5, 4), ones((5, 4)), None, ["That is one sample", "x[None]"]),
    (dense(None, 4), ones((5, 4, 3, 2)), None, ["keras.Input((4, 3, 2))"]),
    (two(), [ones((5, 2)), ones((5, 4))], None, ["The part of x for input 'right' of shape (5, 4)", "takes (None, 3)"]),
    (two(), {"left": ones((5, 9)), "right": ones((5, 3))}, None, ["The part of x for input 'left' of shape (5, 9)"]),
    (dense(4), np.full((5, 4), "a"), None, ["x holds text, but input 'pixels' of model 'net' takes float32",
                                            "StringLookup"]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "x", "y", "words"), HINTS)
def test_what_does_not_fit_is_told(model, x, y, words):
    with pytest.raises(ValueError) as caught:
        check_inputs(model, x, y)
    assert all(word in str(caught.value) for word in words), caught.value


def test_text_fits_a_model_of_text():
    model = keras.Sequential([keras.Input((), dtype="string"), layers.StringLookup(vocabulary=["a"])])
    assert check_inputs(model, np.array(["a", "b"])) is None


@pytest.mark.parametrize(
    ("first", "last", "moved"),
    [
        ((5, 3, 8, 6), (None, 8, 6, 3), True), ((5, 3, 8, 6), (None, 8, 6, 4), False),
        ((5, 8, 6, 3), (None, 8, 6, 3), False),
        ((5, 3, 8), (None, 8, 3), False), ((5, 3, 8, 6), (None, None, 6, 3), False),
        ((5, 3, 8, 6), (None, 8, 6), False),
        ((5, 3, 8, 6), (None, 8, 7, 3), False), ((5, None, 8, 6), (None, 8, 6, 3), False),
    ],
)  # fmt: skip
def test_channels(first, last, moved):
    assert _channels_moved(first, last) is moved


def words(size=10):
    return keras.Sequential(
        [keras.Input((3,), dtype="int32"), layers.Embedding(size, 2, name="table"), layers.Flatten()]
    )


@pytest.mark.parametrize("x", [[[0, 5, 9]], [[0.0, 9.0, 1.0]], np.zeros((0, 3), "int32"), [["a", "b", "c"]]])
def test_words_in_the_table(x):
    assert check_word_numbers(words(), np.asarray(x)) is None
    assert check_word_numbers(dense(3), np.full((1, 3), 99)) is None


@pytest.mark.parametrize(
    ("x", "says"),
    [([[0, 5, 10]], r"numbers from 0 to 10, but the layer 'table' has rows for 0 to 9 \(input_dim=10\).* input_dim=11"),
     ([[-1, 5, 2]], "numbers from -1 to 5")],
)  # fmt: skip
def test_words_beyond_the_table(x, says):
    with pytest.raises(ValueError, match=says):
        check_word_numbers(words(), np.asarray(x))


@pytest.mark.parametrize("layer", [layers.TextVectorization(), layers.StringLookup(), layers.Hashing(4), dense(2)])
def test_layers_that_read(layer):
    assert check_takes_text(layer) is None


def test_layers_that_do_not_read():
    with pytest.raises(ValueError, match=r"first layer, 'mine' \(Dense\), takes numbers"):
        check_takes_text(layers.Dense(2, name="mine"))


class Own(layers.Dense):
    pass


def test_symbols():
    found = prepare.symbols({"a": ones((5, 2), "float64"), "b": np.array(["a"]), "c": ones((5, 1), "int64")})
    assert {k: (v.shape, v.dtype) for k, v in found.items()} == {
        "a": ((None, 2), "float32"), "b": ((None,), "string"), "c": ((None, 1), "int32"),
    }  # fmt: skip


def model_of(*inner, loss="mse", metrics=(), kind=keras.Sequential, **options):
    model = kind([keras.Input((4,)), *inner, layers.Dense(2)], **options)
    model.compile("sgd", loss, metrics=list(metrics))
    model.fit(ones((32, 4)), ones((32, 2)), verbose=0)
    return model


class Trained(keras.Sequential):
    def train_step(self, *data):
        return super().train_step(*data)


class Summed(keras.metrics.Sum):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_pred, sample_weight)


PADDING = [
    (lambda: model_of(), True), (lambda: model_of(layers.Dropout(0.5), layers.LayerNormalization()), True),
    (lambda: model_of(metrics=["mae", keras.metrics.AUC()]), True),
    (lambda: model_of(layers.BatchNormalization()), False),
    (lambda: model_of(Own(3)), False), (lambda: model_of(layers.Lambda(lambda x: x)), False),
    (lambda: model_of(layers.Dense(3, activity_regularizer="l2")), False),
    (lambda: model_of(layers.ActivityRegularization(0.1)), False), (lambda: model_of(layers.Masking()), False),
    (lambda: model_of(layers.Dense(3, activation=lambda x: x)), False),
    (lambda: model_of(layers.Dense(3, "relu")), True),
    (lambda: model_of(loss=lambda y, p: keras.ops.mean(p)), False), (lambda: model_of(kind=Trained), False),
    (lambda: model_of(loss=keras.losses.Dice()), False), (lambda: model_of(loss=keras.losses.Dice(axis=1)), True),
    (lambda: model_of(metrics=[keras.metrics.CosineSimilarity(axis=0)]), False),
    (lambda: model_of(metrics=[Summed()]), False), (lambda: model_of(metrics=[keras.metrics.CosineSimilarity()]), True),
    (lambda: model_of(model_of(layers.BatchNormalization())), False), (lambda: model_of(model_of()), True),
]  # fmt: skip


@pytest.mark.parametrize(("make", "safe"), PADDING)
def test_padding(make, safe):
    assert can_pad(make()) is safe
