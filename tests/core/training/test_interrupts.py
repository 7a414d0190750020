"""Ctrl-C and the kernel's stop button: fit ends soon, the weights stay, the history says so."""

from __future__ import annotations

import os
import signal
import threading
import time

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.training.interrupts import GracefulInterrupt, tracing

X = np.random.RandomState(0).normal(size=(512, 16)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")
# An interrupt may strike while the garbage collector runs a callback of jax's: Python prints it there and goes
# on. The flag is set all the same, so the run ends after its chunk.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SOON = 5.0  # seconds; a second or a chunk on a quiet machine


def press(after: float = 0.0):
    """One interrupt of this process, as the stop button sends it."""
    thread = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    thread.start()
    return thread


def network(units: int = 8, **compiled):
    model = keras.Sequential([keras.Input((16,)), layers.Dense(units, "tanh"), layers.Dense(1)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


class PressIn(keras.callbacks.Callback):
    """Presses in one of its hooks and notes when."""

    def __init__(self, hook: str, at: int = 1, wait: float = 0.0):
        super().__init__()
        self.count, self.at, self.wait, self.pressed = 0, at, wait, 0.0
        setattr(self, hook, self._press)

    def _press(self, *arguments, **keywords):
        self.count += 1
        if self.count == self.at:
            self.pressed = time.perf_counter()
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(self.wait)


def ended_well(model, history, before):
    assert history.stopped and history.status == "stopped" and "keeps what it learned" in history.message
    weights = model.get_weights()
    assert all(np.isfinite(w).all() for w in weights)
    assert any((w != b).any() for w, b in zip(weights, before))
    model.fit(X, Y, verbose=0)
    assert np.isfinite(model.predict(X, verbose=0)).all()


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_epoch_end", "on_test_begin", "on_test_batch_end"])
def test_in_a_hook(hook):
    model = network()
    before = model.get_weights()
    callback = PressIn(hook, at=2, wait=60)  # an interrupt ends the callback's own waiting too
    history = model.fit(X, Y, epochs=1000, validation_split=0.5, verbose=0, callbacks=[callback])
    assert time.perf_counter() - callback.pressed < SOON
    ended_well(model, history, before)


def test_while_the_device_works():
    model = network(256)
    before = model.get_weights()
    thread = press(1.0)
    began = time.perf_counter()
    history = model.fit(X, Y, epochs=10**6, batch_size=32, verbose=0)
    assert time.perf_counter() - began < 1.0 + SOON
    thread.join()
    ended_well(model, history, before)


def test_while_tracing():
    class Slow(layers.Layer):
        waiting = False

        def call(self, x):
            if Slow.waiting:
                Slow.waiting = False
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(60)
            return x * 1.0

    model = keras.Sequential([keras.Input((16,)), Slow(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.predict(X, verbose=0)  # built: what follows traces the training program alone
    model.train_on_batch(X, Y)
    Slow.waiting = True
    model.compile("rmsprop", "mae")
    before = model.get_weights()
    began = time.perf_counter()
    history = model.fit(X, Y, epochs=3, verbose=0)
    assert time.perf_counter() - began < SOON
    assert history.stopped and history.epoch == []
    assert all((w == b).all() for w, b in zip(model.get_weights(), before))
    assert len(model.fit(X, Y, epochs=2, verbose=0).epoch) == 2


def test_while_a_generator_hangs():
    def batches():
        yield X[:32], Y[:32]
        press(0.1)
        time.sleep(20)
        yield X[:32], Y[:32]

    model = network()
    before = model.get_weights()
    began = time.perf_counter()
    history = model.fit(batches(), steps_per_epoch=5, verbose=0)
    assert time.perf_counter() - began < SOON
    ended_well(model, history, before)


def test_while_validating_a_stream():
    class Data(keras.utils.PyDataset):
        def __len__(self):
            return 10**6

        def __getitem__(self, i):
            if i == 3:
                os.kill(os.getpid(), signal.SIGINT)
            return X[:32], Y[:32]

    model = network()
    before = model.get_weights()
    began = time.perf_counter()
    history = model.fit(X, Y, validation_data=Data(), epochs=3, verbose=0)
    assert time.perf_counter() - began < SOON
    assert history.epoch == [0] and list(history.history) == ["loss"], "half a validation is no validation"
    ended_well(model, history, before)


def test_the_handler_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    network().fit(X, Y, verbose=0)
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(RuntimeError, match="mine"):
        network().fit(X, Y, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=_fail)])
    assert signal.getsignal(signal.SIGINT) is before


def _fail(*arguments):
    raise RuntimeError("mine")


@pytest.mark.parametrize(
    ("verb", "data", "hook"), [("evaluate", (X, Y), "on_test_batch_end"), ("predict", (X,), "on_predict_batch_end")]
)
def test_evaluate_and_predict_raise_at_once(verb, data, hook):
    """Half an evaluation would look like a whole one."""
    model = network()
    with pytest.raises(KeyboardInterrupt):
        getattr(model, verb)(*data, verbose=0, callbacks=[PressIn(hook, at=2, wait=60)])
    assert np.isfinite(getattr(model, verb)(*data, verbose=0)).all()


def test_in_another_thread_fit_leaves_signals_alone():
    result = []
    thread = threading.Thread(target=lambda: result.append(network().fit(X, Y, verbose=0)))
    thread.start()
    thread.join()
    assert result[0].status == "done"


def test_a_run_inside_a_callback_passes_the_stop_on():
    model, inner = network(), network()
    callback = PressIn("on_train_batch_end", at=2)
    outer = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: inner.fit(X, Y, epochs=3, verbose=0, callbacks=[callback])
    )
    history = model.fit(X, Y, epochs=50, verbose=0, callbacks=[outer])
    assert inner.history.stopped and history.stopped and len(history.epoch) == 1


def test_shield_and_tracing():
    """Nothing raises between giving arrays away and keeping what comes back, unless it is tracing."""
    with GracefulInterrupt() as interrupt:
        with interrupt.shield():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            assert interrupt.pressed
        with pytest.raises(KeyboardInterrupt), interrupt.shield():
            os.kill(os.getpid(), signal.SIGINT)  # the second time
            time.sleep(0.01)
            kept = True
        assert kept
        interrupt.pressed = False
        with pytest.raises(KeyboardInterrupt), interrupt.shield(), tracing():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)


# --- faults that are not interrupts -----------------------------------------------------------------------


@pytest.mark.parametrize("hook", ["on_train_begin", "on_train_batch_begin", "on_epoch_begin", "on_epoch_end"])
def test_an_exception_in_a_callback_leaves_the_model_usable(hook):
    model = network(metrics=["mae"])
    with pytest.raises(RuntimeError, match="mine"):
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[keras.callbacks.LambdaCallback(**{hook: _fail})])
    assert model.history.status == "error"
    history = model.fit(X, Y, epochs=2, verbose=0)
    assert history.status == "done" and len(history.epoch) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_work_that_fails_on_the_device_gives_the_last_good_weights_back(stream):
    """A host callback that raises leaves arrays nobody can read; the model must not keep them."""
    model = network()
    model.fit(X, Y, verbose=0)
    good = model.get_weights()
    failing = {"on": False}

    def check(x):
        if failing["on"]:
            raise RuntimeError("on the device")
        return x

    class Probe(layers.Layer):
        def call(self, x):
            return x + 0.0 * jax.pure_callback(check, jax.ShapeDtypeStruct((), "float32"), np.float32(0))

    probed = keras.Sequential([keras.Input((16,)), Probe(), *model.layers])
    probed.compile("sgd", "mse")
    failing["on"] = True
    data = ((X[:32], Y[:32]) for _ in range(4)) if stream else X
    with pytest.raises(Exception, match="on the device"):
        probed.fit(data, None if stream else Y, verbose=0)
    assert all((w == g).all() for w, g in zip(probed.get_weights(), good))
    failing["on"] = False
    assert np.isfinite(probed.fit(X, Y, verbose=0).history["loss"][0])
