"""Every kind of model travels to a real Keras 3 and back: equal outputs, and an epoch more ends in equal losses.

The Keras is that of the Python named by ``KERASNB_REFERENCE``; there on the JAX backend, and on PyTorch where it is
installed beside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from core.saving.models import KINDS, Kind, outputs, rows

import kerasnb as keras
from kerasnb import layers as L

REFERENCE = os.environ.get("KERASNB_REFERENCE") or sys.executable
BACKENDS = {"jax": "keras, jax", "torch": "keras, torch"}
PROGRAM = Path(__file__).with_name("keras_side.py")

pytestmark = pytest.mark.slow


def _normalized():
    parts = [L.Dense(6, use_bias=False), L.BatchNormalization(), L.ReLU(), L.LayerNormalization(), L.Dense(1)]
    return keras.Sequential([keras.Input((5,)), *parts])


def _recurrent():
    parts = [L.Bidirectional(L.LSTM(4, return_sequences=True)), L.GRU(3), L.Dense(1)]
    return keras.Sequential([keras.Input((7, 3)), *parts])


def _attention():
    x = keras.Input((5, 4))
    h = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(2, 3)(x, x)]))
    return keras.Model(x, L.Dense(1)(L.GlobalAveragePooling1D()(h)))


def _preprocessing():
    scaling = L.Normalization()
    scaling.adapt(rows(20, 5, seed=2))
    return keras.Sequential([keras.Input((5,)), scaling, L.Rescaling(0.5, offset=0.1), L.Dense(1)])


def _residual():
    x = keras.Input((6, 6, 2))
    h = L.Conv2D(4, 3, padding="same", activation="relu")(x)
    h = L.Add()([h, L.DepthwiseConv2D(3, padding="same")(h)])
    return keras.Model(x, L.Dense(1)(L.GlobalMaxPooling2D()(L.Conv2DTranspose(3, 2, strides=2)(h))))


MORE = [
    Kind("normalized", _normalized, rows(6, 5)),
    Kind("recurrent", _recurrent, rows(6, 7, 3)),
    Kind("attention", _attention, rows(6, 5, 4)),
    Kind("preprocessing", _preprocessing, rows(6, 5)),
    Kind("residual", _residual, rows(6, 6, 6, 2)),
]
# Dropout draws other numbers on each backend.
ALL = [k for k in KINDS if k.name != "sequential"] + MORE
OPTIMIZERS = {
    "recurrent": lambda: keras.optimizers.RMSprop(keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.9)),
    "attention": lambda: keras.optimizers.AdamW(0.01, clipnorm=1.0),
    "residual": lambda: keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
}


def made(kind):
    """A model of a kind that was trained for an epoch, and its targets."""
    keras.utils.set_random_seed(3)
    model = kind.make()
    optimizer = OPTIMIZERS.get(kind.name, lambda: keras.optimizers.Adam(0.01))()
    model.compile(optimizer, ["mse"] * kind.outputs if kind.outputs > 1 else "mse")
    y = [rows(6, 1, seed=5), rows(6, 2, seed=6)][: kind.outputs]
    model.fit(kind.inputs, y if len(y) > 1 else y[0], epochs=1, batch_size=3, verbose=0, shuffle=False)
    return model, y


@pytest.fixture(scope="module", params=list(BACKENDS))
def answers(request, tmp_path_factory):
    """(folder with what Keras answered on one backend, the models as they were saved)."""
    backend = request.param
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    there = [REFERENCE, "-c", f"import {BACKENDS[backend]}; assert keras.__version__[0] == '3'"]
    if subprocess.run(there, env=environment, capture_output=True, check=False).returncode:
        pytest.skip(f"there is no Keras 3 with {backend} at {REFERENCE} to compare with (KERASNB_REFERENCE)")
    folder = tmp_path_factory.mktemp(backend)
    models = {}
    for kind in ALL:
        model, y = made(kind)
        model.save(folder / f"{kind.name}.keras")
        x = kind.inputs if isinstance(kind.inputs, list) else [kind.inputs]
        named = {**{f"x{i}": a for i, a in enumerate(x)}, **{f"y{i}": a for i, a in enumerate(y)}}
        np.savez(folder / f"{kind.name}.npz", **named)
        models[kind.name] = model, y
    command = [REFERENCE, str(PROGRAM), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, models


@pytest.mark.parametrize("kind", ALL, ids=lambda k: k.name)
def test_there_and_back(kind, answers):
    folder, models = answers
    error = folder / f"{kind.name}.error.txt"
    assert not error.exists(), error.read_text()
    with np.load(folder / f"{kind.name}.answer.npz") as found:
        theirs = dict(found)
    model, y = models[kind.name]
    close = {"rtol": 1e-5, "atol": 1e-5}
    for i, output in enumerate(outputs(model, kind.inputs)):
        np.testing.assert_allclose(theirs[f"before{i}"], output, err_msg="outputs of the loaded model", **close)
    again = keras.saving.load_model(folder / f"{kind.name}.again.keras")
    history = model.fit(
        kind.inputs, y if len(y) > 1 else y[0], epochs=1, batch_size=3, shuffle=False, verbose=0
    ).history  # fmt: skip
    np.testing.assert_allclose(history["loss"], theirs["loss"], err_msg="losses of one epoch more", **close)
    assert int(theirs["iterations"]) == int(model.optimizer.iterations) == int(again.optimizer.iterations)
    for i, (ours, back) in enumerate(zip(outputs(model, kind.inputs), outputs(again, kind.inputs), strict=True)):
        np.testing.assert_allclose(theirs[f"after{i}"], ours, rtol=1e-4, atol=2e-5, err_msg="after that epoch")
        np.testing.assert_allclose(theirs[f"after{i}"], back, err_msg="what Keras saved, loaded again", **close)
