"""Exercises of the tutorials: wrong answers with words of the hint they must get, and what solutions need.

``WRONG``: exercise -> (answer, words of the hint, what else ``check`` is handed), answers made when asked for.
``GIVEN``: exercise -> code that stands for what the notebook computed before its solution.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import kerasnb as keras
from kerasnb import layers, regularizers

Case = tuple[Callable[[], Any], str] | tuple[Callable[[], Any], str, Callable[[], dict[str, Any]]]


def chain(*parts: Any, loss: Any = None, shape: Any = (784,), dtype: Any = None) -> Any:
    """A sequential model, compiled where a loss is given."""
    model = keras.Sequential([keras.Input(shape, dtype=dtype), *parts])
    if loss is not None:
        model.compile("adam", loss)
    return model


def dense(units: int, activation: Any = None, **options: Any) -> Any:
    return layers.Dense(units, activation=activation, **options)


def classifier(*parts: Any, **options: Any) -> Any:
    return chain(*parts, dense(10, "softmax"), **options)


def encoder() -> Any:
    picture = keras.Input((784,))
    return keras.Model(picture, dense(64)(dense(128, "relu")(picture)))


def of_encoder() -> dict[str, Any]:
    return {"encoder": encoder()}


def twins() -> dict[str, Any]:
    return {"model": classifier(dense(4))}


def numbers(*known: tuple[Any, str]) -> list[Case]:
    """Wrong numbers with their hints, and what is no number at all."""
    return [
        *((lambda v=v: v, hint) for v, hint in known),
        (lambda: "many", "number is asked for"),
        (lambda: None, "None"),
    ]


def words(*known: tuple[Any, str]) -> list[Case]:
    return [*((lambda v=v: v, hint) for v, hint in known), (lambda: 7, "text in quotes"), (lambda: ["a"], "in quotes")]


def prices() -> dict[str, Any]:
    return {"y_train": np.array([10.0, 20.0, 60.0]), "y_test": np.array([20.0, 45.0, 70.0])}


class OneFactor(layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        return x * self.factor


class FromZero(layers.Layer):
    def build(self, input_shape):
        self.factors = self.add_weight(shape=(input_shape[-1],), initializer="zeros")

    def call(self, x):
        return x * self.factors


class Idle(layers.Layer):
    def build(self, input_shape):
        self.factors = self.add_weight(shape=(input_shape[-1],), initializer="ones")

    def call(self, x):
        return x


class Three(layers.Layer):
    def __init__(self):
        super().__init__()
        self.factors = self.add_weight(shape=(3,), initializer="ones")

    def call(self, x):
        return x * self.factors


class Bare(layers.Layer):
    def call(self, x):
        return x * np.ones(x.shape[-1], "float32")


def padded(padding: str, truncating: str, maxlen: int | None = 5) -> Any:
    rows = [[7, 8, 9], [1, 2, 3, 4, 5, 6], [5]]
    return keras.utils.pad_sequences(rows, maxlen=maxlen, padding=padding, truncating=truncating)


def decoder(shift: int, joined: bool = True) -> Any:
    def decode(numbers, word_index):
        known = {rank + shift: word for word, rank in word_index.items()}
        found = [known.get(n, "?") for n in numbers]
        return " ".join(found) if joined else found

    return decode


def review(*parts: Any, loss: Any = "binary_crossentropy") -> Any:
    return chain(*parts, shape=(None,), dtype="int32", loss=loss)


def grown(weights, gradients, rate):
    for w, g in zip(weights, gradients):
        w -= rate * g
    return weights


WRONG: dict[str, list[Case]] = {
    "00.1": [
        (lambda: np.zeros((3, 784)), "A function is asked for"),
        (lambda: lambda images: images / 255, "one row, with images.reshape"),
        (lambda: lambda images: images.reshape(784, -1) / 255, "Rows and columns are swapped"),
        (lambda: lambda images: images.reshape(-1, 784), "divide by 255"),
        (lambda: lambda images: images.reshape(-1, 784) // 255, "drops everything behind the point"),
        (lambda: lambda images: images.T.reshape(-1, 784) / 255, "not in their places"),
        (lambda: lambda images: None, "is the return missing"),
        (lambda: lambda images: images.nothing, "raised AttributeError"),
    ],
    "00.2": numbers(
        (32_768, "has something beside them"),
        (33_024, "one bias for each unit of this layer"),
        (200_960, "first layer"),
        (235_146, "whole network"),
        (384, "counts the units"),
        (12, "Every one of the 128 units"),
    ),
    "00.3": numbers(
        (1.0, "base 10"),
        (0.1, "probability itself"),
        (0.9, "how far the probability is from 1"),
        (-2.3026, "loss is positive"),
        (3.3219, "in bits"),
        (5, "minus the natural logarithm"),
    ),
    "00.4": [
        (lambda: np.argmax, "needs axis=1"),
        (lambda: lambda rows: np.argmax(rows, axis=0), "down the columns"),
        (lambda: lambda rows: rows.max(axis=1), "Where do they stand"),
        (lambda: lambda rows: rows.argmin(axis=1), "1 is expected"),
        (lambda: [1, 0, 2, 1], "A function is asked for"),
    ],
    "00.5": [
        (lambda: "model", "A model is asked for"),
        (lambda: classifier(dense(256, "relu"), layers.Dropout(0.4), dense(128, "relu")), "Dropout layer in it still"),
        (lambda: classifier(dense(128, "relu"), dense(128, "relu")), "256, 128 and 10"),
        (lambda: chain(dense(256, "relu"), dense(128, "relu"), dense(10)), "should give probabilities"),
        (lambda: classifier(dense(256), dense(128, "relu")), "three layers can do no more than one"),
        (lambda: keras.Sequential([dense(256), dense(128), dense(10)]), "begin it with keras.Input"),
    ],
    "01.1": words(("Ankle boot", "label 9"), ("shirt", "first name has the number 0"), ("hat", "class_names[7]")),
    "01.2": numbers(
        (1875, "a tenth of the pictures is held back"),
        (1687, "last half batch"),
        (1687.5, "no half step"),
        (54_000, "A step takes 32"),
        (16_880, "all ten epochs"),
        (3, "how often do 32 fit in"),
    ),
    "01.3": [
        (lambda: (28, 28), "takes a batch"),
        (lambda: (28, 28, 1), "batch comes first"),
        (lambda: (1, 784), "Flatten happens inside"),
        (lambda: 784, "A shape such as"),
        (lambda: (3, 3), "Three numbers"),
    ],
    "01.4": [
        (lambda: (2, 0), "A function is asked for"),
        (lambda: lambda m: np.unravel_index(m.argmax(), m.shape), "That is the diagonal"),
        (lambda: lambda m: (m - np.diag(np.diag(m))).argmax(), "np.unravel_index"),
        (lambda: lambda m: np.unravel_index((m - np.diag(np.diag(m))).T.argmax(), m.shape), "other way round"),
        (lambda: lambda m: np.fill_diagonal(m, 0), "work on a copy"),
        (lambda: lambda m: (2, 0), "works for one matrix"),
        (lambda: lambda m: (0, 1), "is expected"),
    ],
    "01.5": [
        (lambda: classifier(layers.Flatten(), shape=(28, 28), loss="mse"), "still turns its sums into probabilities"),
        (lambda: chain(layers.Flatten(), dense(10), shape=(28, 28)), "not compiled"),
        (
            lambda: chain(layers.Flatten(), dense(10), shape=(28, 28), loss="sparse_categorical_crossentropy"),
            "by its name",
        ),
        (
            lambda: chain(dense(10), loss=keras.losses.SparseCategoricalCrossentropy()),
            "Tell it: from_logits=True",
        ),
        (
            lambda: chain(dense(10), loss=keras.losses.CategoricalCrossentropy(from_logits=True)),
            "the Sparse one",
        ),
        (lambda: chain(dense(9), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)), "9 units"),
    ],
    "02.1": [
        (lambda: "the film", "A function is asked for"),
        (lambda: decoder(0), "off by three"),
        (lambda: decoder(3, joined=False), "list of words"),
        (lambda: decoder(2), "should end in 'bad'"),
        (lambda: lambda numbers, word_index: None, "return missing"),
        (lambda: lambda numbers, word_index: word_index["nowhere"], "raised KeyError"),
    ],
    "02.2": [
        (lambda: padded("pre", "pre"), "zeros stand in front"),
        (lambda: padded("post", "pre"), "lost its beginning"),
        (lambda: padded("pre", "post"), "The cut is right"),
        (lambda: padded("post", "post", None), "without maxlen=5"),
        (lambda: np.zeros((3, 5)), "pad_sequences"),
        (lambda: [1, 2], "shape"),
    ],
    "02.3": numbers(
        (10_000, "Each has 16 numbers"),
        (16, "row of one word"),
        (160_289, "whole network"),
        (160_016, "no biases"),
        (4_096, "length of a review"),
        (7, "One row for each"),
    ),
    "02.4": numbers((3, "Python from 0"), (0.3, "the loss itself"), (7, "the last epoch"), (6, "counted from 1")),
    "02.5": [
        (lambda: review(layers.Embedding(10_000, 16), layers.GlobalAveragePooling1D(), dense(1)), "16 numbers"),
        (lambda: review(layers.Embedding(1_000, 32), layers.GlobalAveragePooling1D(), dense(1)), "1,000 rows"),
        (lambda: review(layers.Embedding(10_000, 32), dense(1)), "one row of a whole text"),
        (lambda: review(layers.Embedding(10_000, 32), layers.GlobalMaxPooling1D(), dense(2)), "2 units"),
        (lambda: chain(dense(1), loss="mse"), "begin with an Embedding"),
        (lambda: review(layers.Embedding(10_000, 32), loss=None), "not compiled"),
        (
            lambda: review(
                layers.Embedding(10_000, 32),
                layers.GlobalMaxPooling1D(),
                dense(1),
                loss="sparse_categorical_crossentropy",
            ),
            "'binary_crossentropy'",
        ),
    ],
    "03.1": [
        (lambda: lambda train, test: (test - test.mean(0)) / test.std(0), "their own mean"),
        (lambda: lambda train, test: (test - train.mean()) / train.std(), "each column needs its own"),
        (lambda: lambda train, test: test - train.mean(0), "now divide"),
        (lambda: lambda train, test: (test - train.mean(0)) / train.var(0), "not by its square"),
        (lambda: lambda train, test: test / train.std(0), "Take off the mean"),
        (lambda: lambda train, test: (train - train.mean(0)) / train.std(0), "gives the shape (40, 3)"),
        (lambda: lambda train, test: test, "column by column"),
    ],
    "03.2": [
        (lambda: 25.331, "mean of the sizes", prices),
        (lambda: 16.6667, "mean of the test prices", prices),
        (lambda: 25.0, "with the median", prices),
        (lambda: 15.0, "Plus and minus cancel out", prices),
        (lambda: 641.667, "squared errors", prices),
        (lambda: 20.0, "training homes", prices),
        (lambda: "a lot", "number is asked for", prices),
    ],
    "03.3": [
        (lambda: chain(dense(8, "relu"), dense(2), shape=(13,), loss="mse"), "2 units"),
        (lambda: chain(dense(8, "relu"), dense(1, "relu"), shape=(13,), loss="mse"), "relu at the end"),
        (lambda: chain(dense(8, "relu"), dense(1, "sigmoid"), shape=(13,), loss="mse"), "ends at 1"),
        (lambda: chain(dense(8), dense(1), shape=(13,), loss="binary_crossentropy"), "is for classes"),
        (lambda: chain(dense(1), shape=(13,), loss="mae"), "straight lines"),
        (lambda: chain(dense(8), dense(1), shape=(13,)), "not compiled"),
    ],
    "03.4": numbers(
        (11, "squared"),
        (3.3166, "root of the mean square"),
        (1 / 3, "cancel out"),
        (9, "That is the sum"),
        (3000, "in dollars"),
        (2, "-2, 5 and -2"),
    ),
    "03.5": [
        (lambda: keras.callbacks.EarlyStopping("loss", patience=30), "watches 'loss'"),
        (lambda: keras.callbacks.EarlyStopping(), "patience=0"),
        (lambda: keras.callbacks.EarlyStopping(patience=5), "waits for 5"),
        (lambda: keras.callbacks.EarlyStopping(patience=30), "restore_best_weights=True"),
        (lambda: keras.callbacks.TerminateOnNaN(), "EarlyStopping(...) is asked for"),
    ],
    "04.1": [
        (lambda: np.eye(3), "A function is asked for"),
        (lambda: lambda rows, width: np.array([np.bincount(r, minlength=width) for r in rows]), "comes twice"),
        (lambda: lambda rows, width: np.zeros((len(rows), width)), "All places are the same"),
        (lambda: lambda rows, width: np.eye(len(rows), width), "[1, 0, 1, 0, 0] is expected"),
        (lambda: lambda rows, width: rows, "no regular array"),
    ],
    "04.2": words(
        ("underfitting", "good at what it has seen"), ("neither", "far better"), ("fine", "'overfitting' or")
    ),
    "04.3": numbers(
        (215.35, "all 25 000"), (5_383_681, "Divide by"), (8.015, "baseline"), (0.003715, "other way round")
    ),
    "04.4": [
        (lambda: chain(dense(16), dense(1)), "no kernel_regularizer"),
        (lambda: chain(dense(16, activity_regularizer="l2"), dense(1)), "activity_regularizer makes the outputs small"),
        (lambda: chain(dense(16, bias_regularizer="l2"), dense(1)), "bias_regularizer is for"),
        (lambda: chain(dense(16, kernel_regularizer="l2"), dense(1)), "0.01, the default"),
        (lambda: chain(dense(16, kernel_regularizer=regularizers.L1(0.001)), dense(1)), "L1 adds up sizes"),
        (lambda: chain(dense(1)), "no hidden Dense"),
    ],
    "04.5": [
        (lambda: chain(dense(16), dense(1), loss="mse"), "no Dropout"),
        (lambda: chain(dense(16), layers.Dropout(0.5), dense(1)), "not compiled"),
        (lambda: chain(dense(16), dense(1), layers.Dropout(0.5), loss="mse"), "switch off the answer"),
        (lambda: chain(dense(16), layers.Dropout(0.9), dense(1), loss="mse"), "share that is dropped"),
        (lambda: chain(dense(16), layers.Dropout(0.5), dense(1), loss="mse"), "no kernel_regularizer"),
    ],
    "05.1": [
        (lambda: keras.callbacks.ModelCheckpoint("a.keras"), "watches val_loss, the default"),
        (lambda: keras.callbacks.ModelCheckpoint("a.keras", monitor="val_accuracy"), "save_best_only=True"),
        (lambda: keras.callbacks.ModelCheckpoint("a.keras", monitor="accuracy", save_best_only=True), "'accuracy'"),
        (lambda: keras.callbacks.ModelCheckpoint("a.weights.h5", save_weights_only=True), "end in .keras"),
        (
            lambda: keras.callbacks.ModelCheckpoint("a.keras", "val_accuracy", save_best_only=True, mode="min"),
            "lowest accuracy",
        ),
        (lambda: "a.keras", "ModelCheckpoint(...) is asked for"),
    ],
    "05.2": numbers(
        (407_050, "four bytes"),
        (13_025_600, "Those are bits"),
        (3_256_400, "float64"),
        (4_884_600, "Adam's two numbers"),
    ),
    "05.3": [
        (lambda: classifier(dense(4)), "weights it was born with", twins),
        (lambda: classifier(dense(5)), "other sizes", twins),
        (lambda: "model", "A model is asked for", twins),
    ],
    "05.4": [
        (lambda: "digits.keras", "list of names"),
        (lambda: ["config.json"], "metadata.json, model.weights.h5"),
        (lambda: 3, "list of names"),
    ],
    "05.5": words(("weights", "what is in it"), ("layers", "One word"), ("time", "build it anew")),
    "06.1": [
        (lambda: np.zeros((3, 3)), "All zeros"),
        (lambda: np.ones((3, 3)), "add up to 0"),
        (lambda: [[-1, -1, -1], [0, 0, 0], [1, 1, 1]], "horizontal edges. Turn it"),
        (lambda: [[-1, 0, 0], [0, 0, 0], [0, 0, 1]], "answers to horizontal edges as well"),
        (lambda: [[0, -1, 0], [0, 1, 0], [0, 0, 0]], "horizontal"),
        (lambda: [[0, 0, 0], [1, -2, 1], [0, 0, 0]][:2], "shape"),
    ],
    "06.2": numbers(
        (28, "padding='same'"),
        (27, "last one start"),
        (25, "counting starts at 0"),
        (13, "after the pooling"),
        (676, "width alone"),
        (4, "In how many places"),
    ),
    "06.3": numbers(
        (18_432, "has a bias"),
        (640, "one channel"),
        (160, "first convolution"),
        (4_640, "second convolution"),
        (288, "one single filter"),
        (29_066, "whole network"),
        (1, "32 channels deep"),
    ),
    "06.4": [
        (lambda: [[3.25, 2.25], [4.0, 4.5]], "average pooling"),
        (lambda: [[6, 8], [4, 9]], "swapped"),
        (lambda: [[1, 2], [3, 4]], "four blocks"),
        (lambda: [6, 4, 8, 9], "shape"),
    ],
    "06.5": [
        (lambda: classifier(layers.Flatten(), shape=(28, 28, 1)), "no Conv2D"),
        (lambda: classifier(layers.Conv2D(4, 3), shape=(28, 28, 1)), "Flatten, or GlobalAveragePooling2D, is missing"),
        (
            lambda: classifier(layers.Conv2D(32, 3), layers.Flatten(), shape=(28, 28, 1)),
            "weights, 216,330 of them",
        ),
        (lambda: classifier(dense(4)), "pictures are (28, 28, 1)"),
    ],
    "07.1": [
        (lambda: lambda x, h, w, u, b: x @ w + h @ u + b, "Now np.tanh"),
        (lambda: lambda x, h, w, u, b: np.tanh(x @ w + b), "without any memory"),
        (lambda: lambda x, h, w, u, b: np.tanh(x @ w + h @ u), "bias is missing"),
        (lambda: lambda x, h, w, u, b: np.tanh(x @ w) + np.tanh(h @ u + b), "Add everything up first"),
        (lambda: lambda x, h, w, u, b: np.sin(x @ w + h @ u + b), "np.tanh(x @ w + h @ u + b)"),
        (lambda: lambda x, h, w, u, b: x @ u, "raised ValueError"),
    ],
    "07.2": numbers(
        (2_080, "one of its four parts"),
        (8_192, "biases are missing"),
        (6_240, "as in a GRU"),
        (6_336, "is a GRU"),
        (16_640, "both directions"),
        (5, "Four times"),
    ),
    "07.3": words(("post", "a hundred zeros"), ("left", "Keras's words"), ("top", "'pre' or 'post'")),
    "07.4": [
        (lambda: review(layers.Embedding(9, 4), layers.LSTM(4), dense(1)), "there is one"),
        (lambda: review(layers.Embedding(9, 4), layers.GlobalMaxPooling1D(), dense(1)), "there is none"),
        (
            lambda: review(
                layers.Embedding(9, 4),
                layers.GRU(4, return_sequences=True),
                layers.GRU(4, return_sequences=True),
                dense(1),
            ),
            "an answer for every word",
        ),
        (
            lambda: review(layers.Embedding(9, 4), layers.GRU(4, return_sequences=True), layers.GRU(4), dense(2)),
            "one unit is enough",
        ),
        (
            lambda: chain(layers.GRU(4, return_sequences=True), layers.GRU(4), dense(1), shape=(5, 3), loss="mse"),
            "need an Embedding",
        ),
    ],
    "08.1": numbers(
        (217_472, "used twice"), (100_480, "first layer"), (8_256, "second layer"), (108_544, "biases are missing")
    ),
    "08.2": [
        (lambda: "binary_crossentropy", "A dict"),
        (lambda: {"same": "binary_crossentropy"}, "no entry for 'total'"),
        (lambda: {"same": "mse", "total": "sparse_categorical_crossentropy"}, "yes or no"),
        (lambda: {"same": "binary_crossentropy", "total": "categorical_crossentropy"}, "the sparse loss"),
        (lambda: {"same": "binary_crossentropy", "total": "mse"}, "one class of 19"),
    ],
    "08.3": [
        (lambda: [np.zeros((1, 784))] * 2, "A list works as well"),
        (lambda: {"left": np.zeros((1, 784))}, "'left' and 'right'"),
        (lambda: dict.fromkeys(("left", "right"), np.zeros(784)), "A batch of rows"),
        (lambda: {"left": np.zeros((1, 784)), "right": np.zeros((2, 784))}, "same number of rows"),
    ],
    "08.4": [
        (lambda: encoder(), "It gives (64,)", of_encoder),
        (lambda: chain(dense(128)), "weights of its own", of_encoder),
        (lambda: 3, "A model is asked for", of_encoder),
    ],
    "08.5": [
        (lambda: classifier(dense(4)), "A Sequential is one chain"),
        (lambda: keras.Model(i := keras.Input((784,)), dense(10)(i)), "Nothing is added"),
        (
            lambda: keras.Model(i := keras.Input((784,)), dense(10)(layers.Concatenate()([i, dense(4)(i)]))),
            "side by side",
        ),
        (
            lambda: keras.Model(i := keras.Input((10,)), layers.Add()([i, dense(10)(i)])),
            "at least one Dense layer inside",
        ),
        (
            lambda: keras.Model(i := keras.Input((4,)), dense(3)(layers.Add()([i, dense(4)(i)]))),
            "Ten probabilities",
        ),
    ],
    "09.1": [
        (lambda: OneFactor, "each column needs its own"),
        (lambda: FromZero, "begin at 0"),
        (lambda: Idle, "Does call use the weight"),
        (lambda: Three, "raised"),
        (lambda: Bare, "no trainable weight"),
        (lambda: OneFactor(), "Hand in the class"),
        (lambda: dict, "does not inherit"),
        (lambda: 3, "A class is asked for"),
    ],
    "09.2": [
        (lambda: lambda t, s, q: np.maximum(q * (s - t), (q - 1) * (s - t)).mean(), "Sides swapped"),
        (lambda: lambda t, s, q: np.abs(t - s).mean(), "both sides cost the same"),
        (lambda: lambda t, s, q: np.maximum(q * (t - s), (q - 1) * (t - s)), "The loss is their mean"),
        (lambda: lambda t, s, q: np.minimum(q * (t - s), (q - 1) * (t - s)).mean(), "negative"),
        (lambda: lambda t, s, q: 7.0, "the larger of"),
        (lambda: 0.9, "A function is asked for"),
    ],
    "09.3": [
        (lambda: lambda t, low, high: (t >= low) & (t <= high), "one answer for each home"),
        (lambda: lambda t, low, high: ((t >= low) & (t <= high)).sum(), "the share is asked for"),
        (lambda: lambda t, low, high: (t <= high).mean(), "Both must hold"),
        (lambda: lambda t, low, high: 0.1, "0.5 is expected"),
        (lambda: 0.5, "A function is asked for"),
    ],
    "09.4": [
        (lambda: lambda w, g, r: [a + r * b for a, b in zip(w, g)], "uphill"),
        (lambda: lambda w, g, r: [a - b for a, b in zip(w, g)], "times the learning rate"),
        (lambda: lambda w, g, r: [-r * b for b in g], "the step alone"),
        (lambda: grown, "make new ones"),
        (lambda: lambda w, g, r: [w[0] - r * g[0], w[1]], "the second is not"),
        (lambda: lambda w, g, r: w[:1], "1 came out"),
    ],
}

GIVEN = {
    "03.2": "y_train, y_test = np.array([10.0, 20.0, 60.0]), np.array([20.0, 45.0, 70.0])",
    "05.3": "pixels = 784\nmodel = build()",
    "05.4": "pixels = 784\nfolder = Path.cwd()\nbuild().save(folder / 'digits.keras')",
    "08.3": "test = {'left': np.zeros((3, 784)), 'right': np.zeros((3, 784))}",
    "08.4": "picture = keras.Input((784,))\nhidden = layers.Dense(128, activation='relu')(picture)\n"
    "encoder = keras.Model(picture, layers.Dense(64)(hidden))",
}
