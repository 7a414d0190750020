"""The workloads in Keras's API: one program for kerasnb and for Keras on each of its backends."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np
from workloads import Workload


def mnist_mlp(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((784,)),
        layers.Dense(256, activation="relu"), layers.Dropout(0.4),
        layers.Dense(128, activation="relu"), layers.Dropout(0.3),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def boston(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((13,)),
        layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1),
    ])  # fmt: skip


def imdb(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((256,), dtype="int32"),
        layers.Embedding(10_000, 16), layers.GlobalAveragePooling1D(),
        layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def cnn(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"), layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2), layers.Dropout(0.25), layers.Flatten(),
        layers.Dense(128, activation="relu"), layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def lstm(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((80,), dtype="int32"),
        layers.Embedding(20_000, 128), layers.LSTM(128), layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def gru(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((80,), dtype="int32"),
        layers.Embedding(20_000, 128), layers.GRU(128), layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def transformer(keras):
    layers = keras.layers
    words = keras.Input((100,), dtype="int32")
    x = layers.Embedding(10_000, 32)(words)  # (batch, 100, 32)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 32)(x, x))
    forward = layers.Dense(32)(layers.Dense(32, activation="relu")(x))
    x = layers.LayerNormalization()(x + forward)
    x = layers.Dense(20, activation="relu")(layers.GlobalAveragePooling1D()(x))
    return keras.Model(words, layers.Dense(1, activation="sigmoid")(x))


def prepare(workload: Workload, module: str) -> Callable[[], None]:
    """A call that does the timed work once, with everything built that need not be timed."""
    keras = importlib.import_module(module)
    x, y = workload.data()
    model = globals()[workload.model](keras)
    model.compile(workload.optimizer, workload.loss, metrics=[workload.metric])
    if workload.unit == "predict":
        rows = x[: workload.rows]
        return lambda: np.asarray(model.predict(rows, verbose=0))
    return lambda: model.fit(
        x,
        y,
        batch_size=workload.batch,
        epochs=workload.epochs,
        validation_split=workload.validation,
        verbose=0,
    )
