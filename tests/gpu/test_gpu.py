"""On an NVIDIA GPU (``JAX_PLATFORMS=cuda,cpu pytest tests/gpu``): the numbers of a CPU, memory, stopping."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.training import troubles

from . import programs

pytestmark = pytest.mark.skipif(
    jax.default_backend() != "gpu", reason="needs an NVIDIA GPU, and JAX_PLATFORMS=cuda,cpu"
)
RNG = np.random.default_rng(1)
PATH = os.pathsep.join(filter(None, (str(Path(keras.__file__).parent.parent), os.environ.get("PYTHONPATH"))))


def program(*arguments: str, **env: str) -> str:
    """What a program prints that starts afresh."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("XLA_PYTHON_CLIENT")}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False,
        env={**plain, "PYTHONPATH": PATH, **env},
    )  # fmt: skip
    assert not done.returncode, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", programs.MODELS)
def test_trains_as_on_a_cpu(name):
    wanted = json.loads(program(str(Path(programs.__file__)), name, JAX_PLATFORMS="cpu"))
    with jax.default_matmul_precision("highest"):
        found = programs.losses(name)
    np.testing.assert_allclose(found, wanted[name], rtol=5e-3, atol=5e-4)


def test_an_exported_lstm_runs_elsewhere(tmp_path):
    model, _ = programs.words(layers.LSTM(20))
    model.export(tmp_path / "model.stablehlo", format="stablehlo", verbose=False)
    text = """
import sys, jax, numpy as np
program = jax.export.deserialize(open(sys.argv[1], "rb").read())
print(np.asarray(program.call(np.ones((2, 16), "int32"))).tolist())
"""
    found = json.loads(program("-c", text, str(tmp_path / "model.stablehlo"), JAX_PLATFORMS="cpu"))
    np.testing.assert_allclose(found, model.predict(np.ones((2, 16), "int32"), verbose=0), rtol=5e-3, atol=1e-3)


def test_memory_is_taken_as_needed():
    text = """
import jax, kerasnb as keras, numpy as np
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8)])
model.compile("adam", "mse")
model.fit(np.ones((64, 8)), np.ones((64, 8)), verbose=0)
print(jax.devices()[0].memory_stats()["pool_bytes"], keras.config.gpu_memory()["in_use"])
"""
    taken, in_use = program("-c", text).split()
    assert int(taken) < 2**30, taken
    assert in_use == "True"
    first = "import kerasnb as keras; keras.config.set_gpu_memory(preallocate=True, fraction=0.1)\n"
    taken, _ = program("-c", first + text).split()
    assert int(taken) > 2**30, taken


def test_too_little_memory_says_what_was_needed():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(2**20, use_bias=False), layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    x = np.ones((2**18, 1), "float32")
    with pytest.raises(troubles.DeviceOutOfMemory) as caught:  # a terabyte between the layers
        model.fit(x, x, batch_size=len(x), verbose=0)
    told = str(caught.value)
    assert "did not suffice for fit" in told, told
    assert "batch_size (it is 262144)" in told, told
    for ours, wanted in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, wanted)
    assert model.evaluate(x[:8], x[:8], verbose=0) > 0


def test_ctrl_c_keeps_the_weights_of_a_model_that_hands_its_state_over():
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    model = keras.Sequential([
        keras.Input((4,), dtype="int32"), layers.Embedding(600_000, 32), layers.GlobalAveragePooling1D(),
        layers.Dense(1),
    ])  # fmt: skip
    model.compile("adam", "mse")
    x, y = RNG.integers(0, 600_000, (256, 4)), RNG.normal(size=(256, 1))
    before = model.get_weights()
    try:
        model.fit(x, y, epochs=4, verbose=0, callbacks=[Stop()])
    except KeyboardInterrupt:
        pass
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert not np.array_equal(model.get_weights()[1], before[1])
    assert len(model.fit(x, y, epochs=1, verbose=0).history["loss"]) == 1


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_and_flash_attention(policy):
    tokens = keras.Input((16, 64))
    attention = layers.MultiHeadAttention(2, 32, flash_attention=True, dtype=policy)
    hidden = layers.LSTM(16, dtype=policy)(attention(tokens, tokens))
    model = keras.Model(tokens, layers.Dense(1)(hidden))
    optimizer = keras.optimizers.Adam(1e-2)
    if policy == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(optimizer, "mse")
    x = RNG.normal(size=(64, 16, 64)).astype("float32")
    losses = model.fit(x, x[:, 0, :1], epochs=6, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
