"""The front page's example on the real digits, to the accuracy it promises."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers


@pytest.mark.slow
def test_front_page(data_folder):
    with np.load(data_folder / "mnist.npz") as arrays:
        x, y, x_test, y_test = (arrays[k] for k in ("x_train", "y_train", "x_test", "y_test"))
    x, x_test = (a.reshape(-1, 784) / 255.0 for a in (x, x_test))
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(256, activation="relu"), layers.Dropout(0.4),
            layers.Dense(128, activation="relu"), layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )  # fmt: skip
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert model.count_params() == 235_146
    model.fit(x, y, epochs=30, batch_size=128, validation_split=0.2, verbose=0)
    found = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
    assert found["accuracy"] >= 0.98 and found["loss"] <= 0.13
