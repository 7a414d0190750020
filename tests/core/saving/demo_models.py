"""Models for demo pages: every operation of the engine at least once."""

from __future__ import annotations

from typing import Any

import numpy as np

import kerasnb as keras
from kerasnb import layers as L


def settled(model: Any, seed: int = 0) -> Any:
    """The model with weights that leave no operation idle: statistics and offsets that are not 0 and 1."""
    rng = np.random.RandomState(seed)
    for v in model.weights:
        noise = 0.3 * rng.standard_normal(v.shape)
        v.assign(np.abs(v.numpy() + noise) + 0.1 if "variance" in v.name else v.numpy() + noise)
    return model


def dense() -> Any:
    parts = [L.Dense(16, "relu"), L.Dropout(0.3), L.BatchNormalization(), L.Dense(8), L.LeakyReLU(0.1)]
    return keras.Sequential([keras.Input((64,)), *parts, L.Dense(10, "softmax")], name="digits")


def convolutional() -> Any:
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)), L.Rescaling(1 / 255),
            L.Conv2D(8, 3, strides=2, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(max_value=4.0),
            L.MaxPooling2D(), L.Conv2D(12, (3, 2), groups=2, activation="gelu"), L.SpatialDropout2D(0.2),
            L.AveragePooling2D(2, strides=1, padding="same"), L.Flatten(), L.Dense(10), L.Softmax(),
        ],
        name="numbers",
    )  # fmt: skip


def residual() -> Any:
    x = keras.Input((12, 12, 3))
    h = L.Conv2D(6, 3, padding="same", activation="silu")(x)
    h = L.Add()([h, L.SeparableConv2D(6, 3, padding="same", activation="tanh")(h)])
    h = L.Concatenate()([h, L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, dilation_rate=2)(h)])
    h = L.MaxPooling2D(3, strides=2, padding="same")(L.ZeroPadding2D(((1, 0), (2, 1)))(h))
    h = L.UpSampling2D(2)(L.Cropping2D(1)(h))
    h = L.Multiply()([h, L.Dense(18, "sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(h))])
    h = L.PReLU(shared_axes=[1, 2])(h * 1.5 - 0.25)
    both = L.Concatenate()([L.GlobalAveragePooling2D()(h), L.GlobalMaxPooling2D()(h)])
    return keras.Model(x, L.Dense(1, "sigmoid")(L.LayerNormalization()(both)), name="residual")


def tabular() -> Any:
    scaling = L.Normalization()
    scaling.adapt(np.random.RandomState(0).normal(50, 9, (40, 4)).astype("float32"))
    inner = keras.Sequential([keras.Input((6,)), L.Dense(6, "elu"), L.Activation("softplus")], name="inner")
    x = keras.Input((4,), name="house")
    h = L.Dense(6, "selu")(scaling(x))
    h = L.Average()([inner(h), inner(h + 0.5), L.Maximum()([h, L.Subtract()([h, inner(h)])])])
    return keras.Model(x, L.Dense(2)(keras.ops.relu(h)), name="prices")


def sequence() -> Any:
    parts = [L.Conv1D(5, 3, padding="same", activation="mish"), L.MaxPooling1D(2), L.DepthwiseConv1D(3, strides=2)]
    more = [L.AveragePooling1D(2, padding="same"), L.Reshape((-1,)), L.Dense(3, "log_softmax")]
    return keras.Sequential([keras.Input((24, 3)), *parts, *more], name="waves")


def several() -> Any:
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    h = L.Concatenate()([a, b])
    return keras.Model([a, b], [L.Dense(3, "softmax", name="kind")(h), L.Dense(1, name="size")(h)], name="two")


def inputs_for(model: Any, rows: int, seed: int = 3) -> list[np.ndarray]:
    """Seeded inputs, one array for each input of the model."""
    rng = np.random.RandomState(seed)
    scale = {"numbers": 255.0, "prices": 60.0}.get(model.name, 1.0)
    return [(scale * rng.rand(rows, *t.shape[1:])).astype("float32") for t in model.inputs]


MODELS = [dense, convolutional, residual, tabular, sequence, several]
