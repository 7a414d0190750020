"""What is said when the device's memory does not suffice, when there is no GPU, and when another process is gone."""

from __future__ import annotations

import doctest

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.distribution import processes
from kerasnb.core.training import troubles
from kerasnb.core.training.programs import Programs

X = np.linspace(-1, 1, 96, dtype="float32").reshape(24, 4)


def network():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def failing(monkeypatch, words):
    def call(*arguments, **static):
        raise jax.errors.JaxRuntimeError(words)

    monkeypatch.setattr(Programs, "call", call)


VERBS = [
    (
        "fit",
        lambda m: m.fit(X, X[:, :1], batch_size=12, verbose=0),
        ["batch_size (it is 12)", "optimizer"],
    ),
    ("evaluate", lambda m: m.evaluate(X, X[:, :1], verbose=0), ["weights 196 B", "a smaller batch_size"]),
    ("predict", lambda m: m.predict(X, batch_size=8, verbose=0), ["batch_size (it is 8)"]),
    ("train_on_batch", lambda m: m.train_on_batch(X, X[:, :1]), ["gradients 196 B", "mixed_bfloat16"]),
    ("predict_on_batch", lambda m: m.predict_on_batch(X), ["a smaller batch_size"]),
    ("test_on_batch", lambda m: m.test_on_batch(X, X[:, :1]), ["a smaller batch_size"]),
]


@pytest.mark.parametrize(("verb", "call", "words"), VERBS, ids=[v[0] for v in VERBS])
def test_out_of_memory_says_what_was_needed_and_what_to_try(verb, call, words, monkeypatch):
    model = network()
    model.fit(X, X[:, :1], verbose=0)
    before = model.get_weights()
    with monkeypatch.context() as patched:
        failing(patched, "RESOURCE_EXHAUSTED: Out of memory allocating 8589934592 bytes.")
        with pytest.raises(troubles.DeviceOutOfMemory) as caught:
            call(model)
    told = str(caught.value)
    for word in [f"did not suffice for {verb}: 8.0 GiB more", "cpu:0", "Try, in this order", *words]:
        assert word in told, told
    assert isinstance(caught.value, jax.errors.JaxRuntimeError), "who catches jax's error catches this one"
    for ours, wanted in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, wanted)
    model.fit(X, X[:, :1], verbose=0)


def test_data_larger_than_the_model_is_named_as_a_way_out(monkeypatch):
    failing(monkeypatch, "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1.50KiB.")
    with pytest.raises(troubles.DeviceOutOfMemory, match=r"1\.5 KiB more(.|\n)*data 480 B(.|\n)*PyDataset"):
        network().fit(X, X[:, :1], verbose=0)


def test_a_device_that_really_has_too_little():
    def widened(t):
        return keras.ops.sort(keras.ops.broadcast_to(t, (keras.ops.shape(t)[0], 2**40)), axis=-1)[:, :3]

    model = keras.Sequential([keras.Input((1,)), layers.Lambda(widened, output_shape=(3,))])
    with pytest.raises(troubles.DeviceOutOfMemory, match=r"for predict: 131072\.0 GiB more were asked for") as caught:
        model.predict(X[:, :1], batch_size=32, verbose=0)
    assert "PyDataset" not in str(caught.value)
    assert "RESOURCE_EXHAUSTED" in str(caught.value.__cause__)


def test_other_errors_stay_what_they_are(monkeypatch):
    failing(monkeypatch, "INTERNAL: something else")
    with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL") as caught:
        network().fit(X, X[:, :1], verbose=0)
    assert not isinstance(caught.value, troubles.DeviceOutOfMemory)


def test_a_lost_process_is_told(monkeypatch):
    model = network()
    failing(monkeypatch, "Gloo all-reduce failed: Connection closed by peer [127.0.0.1]:33333")
    with pytest.raises(jax.errors.JaxRuntimeError, match=r"^Gloo"):
        model.fit(X, X[:, :1], verbose=0)  # one process alone: not its business
    monkeypatch.setattr(processes, "several", lambda: True)
    with pytest.raises(troubles.ProcessLost, match=r"Another process of this run has ended(.|\n)*OrbaxCheckpoint"):
        model.fit(X, X[:, :1], verbose=0)


def test_a_gpu_that_is_not_there():
    with pytest.raises(RuntimeError, match=r"no 'gpu:7'(.|\n)*kerasnb doctor"), keras.device("gpu:7"):
        pass
    mesh = keras.distribution.DeviceMesh((1,), ["batch"], ["gpu:7"])
    with pytest.raises(ValueError, match=r"no device 'gpu:7'(.|\n)*kerasnb\[gpu\]"):
        mesh.backend_mesh


def test_doctests():
    assert doctest.testmod(troubles).failed == 0
