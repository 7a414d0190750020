"""However a fit is run, it gives the same numbers: blocks of epochs, chunks of steps, single steps, eager, streams."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops

ROWS = 40
X = np.random.RandomState(0).normal(size=(ROWS, 6)).astype("float32")
Y = (np.arange(ROWS) % 3).astype("int32")
TARGET = np.stack([X[:, 0] * X[:, 1], X[:, 2]], axis=1).astype("float32")
IMAGES = np.random.RandomState(1).normal(size=(ROWS, 6, 6, 1)).astype("float32")
WORDS = np.random.RandomState(2).randint(0, 9, (ROWS, 5)).astype("int32")
FIT = {"epochs": 3, "batch_size": 16, "shuffle": False, "verbose": 0}  # 40 rows: the last batch is short


def mlp():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "tanh"), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, X, Y


def regression():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "relu", kernel_regularizer="l2"), layers.Dense(2)])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mae"], weighted_metrics=["mse"])
    return model, X, TARGET


def dropout():
    model = keras.Sequential([keras.Input((6,)), layers.Dropout(0.3, seed=4), layers.Dense(2)])
    model.compile("rmsprop", "mae")
    return model, X, TARGET


def normalized():
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(3, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(3)]
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model, IMAGES, Y


def words():
    model = keras.Sequential(
        [keras.Input((5,), dtype="int32"), layers.Embedding(9, 4, mask_zero=True), layers.GlobalAveragePooling1D(),
         layers.Dense(3, "softmax")]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    return model, WORDS, Y


def several():
    a, b = keras.Input((6,), name="a"), keras.Input((5,), name="b")
    h = layers.Concatenate()([a, b])
    outputs = {"kind": layers.Dense(3, "softmax", name="kind")(h), "size": layers.Dense(2, name="size")(h)}
    model = keras.Model({"a": a, "b": b}, outputs)
    model.compile(
        "adam", {"kind": "sparse_categorical_crossentropy", "size": "mse"}, loss_weights={"kind": 1.0, "size": 0.3},
        metrics={"kind": ["accuracy"]},
    )  # fmt: skip
    return model, {"a": X, "b": WORDS.astype("float32")}, {"kind": Y, "size": TARGET}


def added_loss():
    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(0.01 * ops.mean(ops.square(x)))
            return x

    model = keras.Sequential([keras.Input((6,)), layers.Dense(4), Penalty(), layers.Dense(2)])
    model.compile("sgd", "mse")
    return model, X, TARGET


def subclass():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = [layers.Dense(5, "tanh"), layers.Dense(2)]

        def call(self, x):
            for layer in self.inner:
                x = layer(x)
            return x

    model = Net()
    model.build((None, 6))
    model.compile("adam", "mse", metrics=["mae"])
    return model, X, TARGET


def own_step():
    class Net(keras.Model):
        def train_step(self, state, data):
            import jax

            trainable, rest, optimizer, metrics = state
            x, y = data

            def loss_of(trainable):
                outputs, new = self.stateless_call(trainable, rest, x, training=True)
                return ops.mean(ops.square(outputs - y)), new

            (loss, rest), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable)
            trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
            return {"mean": loss}, (trainable, rest, optimizer, metrics)

    inputs = keras.Input((6,))
    model = Net(inputs, layers.Dense(2)(inputs))
    model.compile("sgd")
    return model, X, TARGET


def mixed():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "relu"), layers.Dense(2, dtype="float32")])
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile("adam", "mse")
    return model, X, TARGET


def unlabelled():
    """Rows of class 0 do not count; whether a batch is padded changes nothing of that."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3, "softmax")])
    plain, weighted = (
        keras.metrics.SparseCategoricalCrossentropy(name, ignore_class=0) for name in ("plain", "weighted")
    )
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=0)
    model.compile("sgd", loss, metrics=[plain], weighted_metrics=[weighted])
    return model, X, Y


def tagged():
    """A class for each word; the mask of the words that are there travels to the loss."""
    model = keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            layers.Embedding(9, 4, "normal", mask_zero=True),
            layers.LSTM(4, return_sequences=True),
            layers.Dense(9, "softmax", kernel_initializer=keras.initializers.RandomNormal(stddev=3.0)),
        ]
    )
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    return model, WORDS, WORDS


MODELS = [
    mlp,
    regression,
    dropout,
    normalized,
    words,
    several,
    added_loss,
    subclass,
    own_step,
    mixed,
    unlabelled,
    tagged,
]


def start(make, **compiled):
    """A model with the same first weights each time."""
    keras.utils.set_random_seed(3)
    model, x, y = make()
    if compiled:
        model.run_eagerly = compiled.get("run_eagerly", False)
        model.jit_compile = compiled.get("jit_compile", True)
    return model, x, y


class EveryBatch(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


def batches(x, y):
    """What a data loader gives: a list of dictionaries or arrays."""

    class Loader:
        def __len__(self):
            return 3

        def __iter__(self):
            for i in range(0, ROWS, 16):
                yield [
                    keras.tree.map_structure(lambda a, i=i: a[i : i + 16], part) for part in (x, y) if part is not None
                ]

    return Loader()


def by_default(make):
    model, x, y = start(make)
    return model, model.fit(x, y, **FIT)


def in_single_steps(make):
    model, x, y = start(make)
    every = EveryBatch()
    history = model.fit(x, y, **FIT, callbacks=[every])
    assert every.seen == [0, 1, 2] * 3
    return model, history


def in_single_epochs(make):
    model, x, y = start(make)
    return model, model.fit(x, y, **FIT, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: None)])


def eagerly(make):
    model, x, y = start(make, run_eagerly=True)
    return model, model.fit(x, y, **FIT)


def as_stream(make):
    model, x, y = start(make)
    return model, model.fit(batches(x, y), epochs=3, verbose=0)


WAYS = [
    *((make, in_single_steps) for make in MODELS),
    *((make, in_single_epochs) for make in (mlp, regression)),
    *((make, as_stream) for make in (mlp, several, own_step, normalized, unlabelled, tagged)),
    *((make, eagerly) for make in (regression, several, own_step)),
]


@pytest.mark.parametrize(("make", "way"), WAYS, ids=lambda f: f.__name__)
def test_same_numbers(make, way):
    model, history = by_default(make)
    other, again = way(make)
    tolerance = 2e-2 if make is mixed else 2e-5
    assert list(history.history) == list(again.history)
    for name, numbers in history.history.items():
        np.testing.assert_allclose(again.history[name], numbers, rtol=tolerance, atol=tolerance, err_msg=name)
    for a, b in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("make", [mlp, regression, several, normalized], ids=lambda f: f.__name__)
def test_validation_and_evaluate_agree(make):
    """Validation inside of fit, evaluate, evaluate eagerly and test_on_batch over the same rows."""
    model, x, y = start(make)
    history = model.fit(x, y, validation_data=(x, y), **FIT)
    last = {k.removeprefix("val_"): v[-1] for k, v in history.history.items() if k.startswith("val_")}
    found = model.evaluate(x, y, batch_size=16, verbose=0, return_dict=True)
    model.run_eagerly = True
    eager = model.evaluate(x, y, batch_size=16, verbose=0, return_dict=True)
    model.run_eagerly = False
    model.reset_metrics()
    whole = model.test_on_batch(x, y, return_dict=True)
    for other in (found, eager, whole):
        assert other == pytest.approx(last, rel=1e-4)


@pytest.mark.parametrize("make", MODELS, ids=lambda f: f.__name__)
def test_predictions_do_not_depend_on_how_they_are_asked_for(make):
    model, x, _ = start(make)
    tolerance = 2e-2 if make is mixed else 2e-5
    whole = model(x, training=False)
    for asked in (
        model.predict(x, verbose=0), model.predict(x, batch_size=7, verbose=0), model.predict_on_batch(x),
        model.predict(batches(x, None), verbose=0),
    ):  # fmt: skip
        keras.tree.map_structure(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance), asked, whole
        )
