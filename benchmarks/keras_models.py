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


def cnn(keras, variant: str = ""):
    layers = keras.layers
    kernel, padding = (5 if variant == "5x5" else 3), ("same" if variant == "same" else "valid")
    second = {
        "depthwise": lambda: layers.DepthwiseConv2D(kernel, depth_multiplier=2, activation="relu"),
        "separable": lambda: layers.SeparableConv2D(64, kernel, activation="relu"),
        "strides": lambda: layers.Conv2D(64, kernel, strides=2, activation="relu"),
    }.get(variant, lambda: layers.Conv2D(64, kernel, padding=padding, activation="relu"))
    normalize = [layers.BatchNormalization] if variant == "batchnorm" else []
    pool = [] if variant == "strides" else [lambda: layers.MaxPooling2D(2)]
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, kernel, padding=padding, activation="relu"), *(make() for make in normalize),
        second(), *(make() for make in normalize + pool),
        layers.Dropout(0.25), layers.Flatten(),
        layers.Dense(128, activation="relu"), layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def recurrent(keras, layer, variant: str):
    layers = keras.layers
    sequences = variant == "sequences"
    hidden = layer(128, return_sequences=sequences)
    return keras.Sequential([
        keras.Input((80,), dtype="int32"),
        layers.Embedding(20_000, 128),
        layers.Bidirectional(hidden) if variant == "bidirectional" else hidden,
        *([layers.GlobalAveragePooling1D()] if sequences else []),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def lstm(keras, variant: str = ""):
    return recurrent(keras, keras.layers.LSTM, variant)


def gru(keras, variant: str = ""):
    return recurrent(keras, keras.layers.GRU, variant)


def transformer(keras):
    layers = keras.layers
    words = keras.Input((128,), dtype="int32")
    x = layers.Embedding(10_000, 64)(words)  # (batch, 128, 64)
    for _ in range(2):
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 32)(x, x))
        forward = layers.Dense(64)(layers.Dense(128, activation="relu")(x))
        x = layers.LayerNormalization()(x + forward)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(words, layers.Dense(1, activation="sigmoid")(x))


def prepare(workload: Workload, module: str) -> Callable[[], None]:
    """A call that does the timed work once, with everything built that need not be timed."""
    keras = importlib.import_module(module)
    x, y = workload.data()
    model = globals()[workload.model](keras, *filter(None, [workload.variant]))
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
