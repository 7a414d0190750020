"""Models that the saving tests store: one of each kind, with inputs that fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import kerasnb as keras
from kerasnb import layers as L


@keras.saving.register_keras_serializable(package="saving_tests")
class Doubler(keras.layers.Layer):
    """A user's layer with a layer inside, written in Keras's way."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = L.Dense(units)

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")
        self.inner.build(input_shape)

    def call(self, x):
        return 2 * self.inner(x) * self.scale

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="saving_tests")
class TwoHeads(keras.Model):
    """A user's model whose parts hang on attributes and in a list."""

    def __init__(self, width=3, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.body = [L.Dense(width, activation="tanh"), L.Dense(width)]
        self.head = L.Dense(1)

    def call(self, x):
        for layer in self.body:
            x = layer(x)
        return self.head(x)

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@dataclass(frozen=True)
class Kind:
    """One kind of model: how to make it, and inputs for it."""

    name: str
    make: Callable[[], Any]
    inputs: Any
    outputs: int = 1
    h5: bool = True  # whether the older one-file form can hold it


def rows(*shape: int, seed: int = 0) -> np.ndarray:
    """Seeded inputs."""
    return np.random.RandomState(seed).standard_normal(shape).astype("float32")


def _sequential():
    return keras.Sequential([keras.Input((5,)), L.Dense(4, "relu"), L.BatchNormalization(), L.Dropout(0.1), L.Dense(1)])


def _convolutional():
    parts = [L.Conv2D(3, 3, padding="same"), L.MaxPooling2D(), L.SeparableConv2D(2, 2), L.Flatten(), L.Dense(1)]
    return keras.Sequential([keras.Input((6, 6, 2)), *parts])


def _functional():
    a, b = keras.Input((5,), name="a"), keras.Input((3,), name="b")
    x = L.Concatenate()([L.Dense(4, activation="relu")(a), b])
    return keras.Model([a, b], [L.Dense(1, name="first")(x), L.Dense(2, name="second")(x)])


def _shared():
    a, b = keras.Input((4,)), keras.Input((4,))
    tower = L.Dense(3, activation="tanh")
    return keras.Model([a, b], L.Dense(1)(L.Add()([tower(a), tower(b)])))


def _nested():
    inner = keras.Sequential([keras.Input((4,)), L.Dense(3, activation="relu")], name="inner")
    x = keras.Input((5,))
    return keras.Model(x, L.Dense(1)(inner(L.Dense(4)(x))))


def _operators():
    x = keras.Input((5,))
    return keras.Model(x, L.Dense(1)(keras.ops.relu(x * 2.0 + 1.0)))


def _custom_layer():
    return keras.Sequential([keras.Input((5,)), Doubler(4), L.Dense(1)])


def _subclassed():
    model = TwoHeads(4)
    model(rows(2, 5))
    return model


def _embedding():
    return keras.Sequential(
        [keras.Input((6,), dtype="int32"), L.Embedding(9, 4), L.GlobalAveragePooling1D(), L.Dense(1)]
    )


TOKENS = np.random.RandomState(1).randint(0, 9, (6, 6)).astype("int32")
KINDS = [
    Kind("sequential", _sequential, rows(6, 5)),
    Kind("convolutional", _convolutional, rows(6, 6, 6, 2)),
    Kind("functional", _functional, [rows(6, 5), rows(6, 3, seed=1)], outputs=2),
    Kind("shared", _shared, [rows(6, 4), rows(6, 4, seed=1)]),
    Kind("nested", _nested, rows(6, 5)),
    Kind("operators", _operators, rows(6, 5)),
    Kind("custom layer", _custom_layer, rows(6, 5)),
    Kind("subclassed", _subclassed, rows(6, 5), h5=False),
    Kind("embedding", _embedding, TOKENS),
]


def outputs(model: Any, inputs: Any) -> list[np.ndarray]:
    """Predictions as a list."""
    found = model.predict(inputs, verbose=0)
    return found if isinstance(found, list) else [found]


def compiled(kind: Kind) -> Any:
    """A model of a kind that was trained for one epoch."""
    keras.utils.set_random_seed(3)
    model = kind.make()
    model.compile(keras.optimizers.Adam(0.01), ["mse"] * kind.outputs if kind.outputs > 1 else "mse")
    model.fit(kind.inputs, targets(kind), epochs=1, batch_size=3, verbose=0, shuffle=False)
    return model


def targets(kind: Kind) -> Any:
    """Something to learn."""
    found = [rows(6, 1, seed=5), rows(6, 2, seed=6)][: kind.outputs]
    return found if kind.outputs > 1 else found[0]
