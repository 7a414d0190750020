"""Small trainings whose numbers a GPU and a CPU must agree on: ``python programs.py NAME`` prints them as JSON."""

from __future__ import annotations

import json
import sys

import numpy as np

import kerasnb as keras
from kerasnb import layers

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(96, 12)).astype("float32")
PICTURES = RNG.normal(size=(48, 12, 12, 3)).astype("float32")
WORDS = RNG.integers(1, 50, (64, 16)).astype("int32")


def dense():
    return keras.Sequential([
        keras.Input((12,)), layers.Dense(32, activation="relu"), layers.BatchNormalization(), layers.Dropout(0.3),
        layers.Dense(4, activation="softmax"),
    ]), ROWS  # fmt: skip


def convolutions():
    return keras.Sequential([
        keras.Input((12, 12, 3)), layers.Conv2D(8, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.SeparableConv2D(16, 3, activation="relu"), layers.DepthwiseConv2D(3), layers.BatchNormalization(),
        layers.Conv2DTranspose(8, 3, strides=2), layers.GlobalAveragePooling2D(), layers.Dense(4, activation="softmax"),
    ]), PICTURES  # fmt: skip


def words(*hidden, mask=False):
    return keras.Sequential([
        keras.Input((16,), dtype="int32"), layers.Embedding(50, 24, mask_zero=mask), *hidden,
        layers.Dense(4, activation="softmax"),
    ]), WORDS  # fmt: skip


def transformer():
    tokens = keras.Input((16,), dtype="int32")
    x = layers.Embedding(50, 24)(tokens)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 12)(x, x, use_causal_mask=True))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(tokens, layers.Dense(4, activation="softmax")(x)), WORDS


MODELS = {
    "dense": dense,
    "convolutions": convolutions,
    "mean of words": lambda: words(layers.GlobalAveragePooling1D()),
    "lstm": lambda: words(layers.LSTM(20)),
    "lstm, masked": lambda: words(layers.LSTM(20), mask=True),
    "lstm, dropped out, backwards": lambda: words(layers.LSTM(20, dropout=0.2, go_backwards=True)),
    "two lstm": lambda: words(layers.LSTM(20, return_sequences=True), layers.LSTM(8)),
    "bidirectional": lambda: words(layers.Bidirectional(layers.LSTM(20))),
    "gru": lambda: words(layers.GRU(20)),
    "transformer": transformer,
}


def losses(name: str) -> list[float]:
    """What two epochs report, the last batch of each short; then what evaluate and predict say."""
    keras.utils.set_random_seed(3)
    model, x = MODELS[name]()
    y = np.arange(len(x)) % 4
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    seen = model.fit(x, y, batch_size=20, epochs=2, validation_data=(x[:7], y[:7]), verbose=0).history
    found = [v for name in ("loss", "accuracy", "val_loss") for v in seen[name]]
    return [*found, *model.evaluate(x, y, verbose=0), *np.ravel(model.predict(x[:3], verbose=0)).tolist()]


if __name__ == "__main__":
    print(json.dumps({name: losses(name) for name in sys.argv[1:] or MODELS}))
