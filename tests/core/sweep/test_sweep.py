"""sweep: the numbers are those of fit, nothing one variant does harms another, whoever stops keeps what is there."""

from __future__ import annotations

import io
import os
import signal

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.display import hooks
from kerasnb.core.sweep import reporting, stacking
from kerasnb.core.training.progress import Commands

draw = np.random.default_rng(0)
X = draw.normal(size=(53, 3)).astype("float32")
Y = (X @ [[1.0], [-2.0], [0.5]] + 0.1 * draw.normal(size=(53, 1))).astype("float32")


def build(units=4, learning_rate=0.01, dropout=0.0):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(units, "tanh"), layers.Dropout(dropout), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(learning_rate), "mse", metrics=["mae"])
    return model


def run(make=build, **options):
    given = {"epochs": 3, "batch_size": 8, "validation_split": 0.2, "verbose": 0, "seed": 1, **options}
    return keras.sweep(make, X, Y, **given)


def alone(seed=1, batch_size=8, epochs=3, validation_split=0.2, **variant):
    keras.utils.set_random_seed(seed)
    model = build(**variant)
    history = model.fit(X, Y, batch_size=batch_size, epochs=epochs, validation_split=validation_split, verbose=0)
    return model, history


def same(trial, model, history):
    assert trial.history.epoch == history.epoch and set(trial.history.history) == set(history.history)
    for name, values in history.history.items():
        np.testing.assert_allclose(trial.values(name), values, rtol=2e-5, atol=1e-6)
    for a, b in zip(trial.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert int(trial.model.optimizer.iterations) == int(model.optimizer.iterations)


@pytest.mark.parametrize("together", ["auto", False])
def test_numbers_are_those_of_fit(together):
    axes = {"units": [3, 5], "learning_rate": [1e-3, 1e-2, 1e-1], "dropout": 0.4}
    result = run(**axes, together=together)
    assert len(result) == 6 and {t.status for t in result.trials} == {"done"}
    assert [t.together for t in result.trials] == [3 if together else 0] * 6
    for trial in (result.trials[0], result.trials[2], result.trials[4]):
        same(trial, *alone(**trial.arguments))


def test_averaged_weights_at_the_end():
    def make(learning_rate):
        model = build()
        model.compile(keras.optimizers.SGD(learning_rate, use_ema=True, ema_momentum=0.9), "mse")
        return model

    both = [run(make, learning_rate=[0.01, 0.1], together=t).models[1].get_weights() for t in (True, False)]
    for a, b in zip(*both, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_seeds_and_batch_sizes_vary_too():
    result = run(seed=[1, 2], batch_size=[8, 16], learning_rate=[1e-2, 3e-2], epochs=2)
    assert result.names == ["learning_rate", "batch_size", "seed"] and len(result) == 8
    assert [t.together for t in result.trials] == [4] * 8  # both seeds and rates; each size is a program
    for trial in (result.trials[1], result.trials[6]):
        same(trial, *alone(epochs=2, **trial.arguments))


def test_slices_side_by_side(monkeypatch):
    """Seven variants as three slices on two threads, the last one filled up."""
    monkeypatch.setattr(stacking, "workers", lambda: 2)
    monkeypatch.setattr(stacking, "WIDEST", 2)
    rates = np.geomspace(1e-3, 1e-1, 7)
    result = run(learning_rate=rates, epochs=4)
    assert stacking.slices(7, 100, 1000) == (4, 2)
    for trial in (result.trials[1], result.trials[6]):
        same(trial, *alone(epochs=4, **trial.arguments))


def test_the_caller_s_random_numbers_go_on():
    keras.utils.set_random_seed(5)
    first = np.random.rand(), float(keras.random.uniform(()))
    keras.utils.set_random_seed(5)
    run(learning_rate=[0.1, 0.2], epochs=1)
    assert (np.random.rand(), float(keras.random.uniform(()))) == first


def test_an_equal_sweep_compiles_nothing():
    from kerasnb.core.training import programs

    run(learning_rate=[0.1, 0.2])
    before = programs.traces
    run(learning_rate=[0.3, 0.4])
    assert programs.traces == before


def test_the_best_is_ready_to_use():
    result = run(learning_rate=[1e-4, 1e-1], epochs=8)
    assert result.best == {"learning_rate": 0.1} and result.best_model is result.models[1]
    row = result.table()[0]
    assert (
        row["variant"] == 1
        and row["status"] == "done"
        and row["val_loss"] == result.best_history.history["val_loss"][-1]
    )
    loss = result.best_model.evaluate(X[-11:], Y[-11:], verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(row["val_loss"], rel=1e-4)
    assert result.best_model.predict(X[:2], verbose=0).shape == (2, 1)
    result.best_model.fit(X, Y, verbose=0)
    again = build(**result.best)
    assert again.count_params() == result.best_model.count_params() == row["parameters"]
    assert result.table(sort="val_loss")[0]["val_loss"] <= result.table(sort="val_loss")[1]["val_loss"]
    with pytest.raises(ValueError, match=r"no column 'val_los'.*Did you mean"):
        result.table(sort="val_los")
    assert list(result.to_pandas().index) == [1, 0]


def test_rising_objective_and_best_only():
    def classify(units):
        model = keras.Sequential([keras.Input((3,)), layers.Dense(units, "relu"), layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        return model

    result = keras.sweep(
        classify,
        X,
        (Y > 0).astype("float32"),
        units=[1, 16],
        epochs=6,
        objective="accuracy",
        keep="best",
        verbose=0,
        seed=0,
    )
    assert result.rising and sum(m is not None for m in result.models) == 1
    scores = [h.history["accuracy"][-1] for h in result.histories]
    assert result.best_trial.number == int(np.argmax(scores)) and result.best_model is not None


def test_what_fails_or_diverges_is_told_and_harms_nobody():
    def make(learning_rate):
        if learning_rate == 7:
            raise RuntimeError("seven <b>is</b> too many\nlines")
        model = build(units=4)
        model.compile(keras.optimizers.SGD(learning_rate), "mse")
        return model

    for together in (True, False):
        result = run(make, learning_rate=[0.01, 7, 1e20, 0.02], epochs=6, together=together)
        assert [t.status for t in result.trials] == ["done", "failed", "diverged", "done"]
        assert result.trials[1].message == "RuntimeError: seven <b>is</b> too many" and result.models[1] is None
        assert "learning rate 1e+20" in result.trials[2].message and 0 < result.trials[2].epochs < 6
        assert [row["variant"] for row in result.table()][2:] == [1, 2]
        assert "1 failed" in result.text() and "variant 2: The loss became" in result.text()


def test_when_all_fail_the_first_error_is_raised():
    def make(units):
        raise RuntimeError(f"no {units}")

    with pytest.raises(RuntimeError, match="no 1") as caught:
        run(make, units=[1, 2])
    assert "all 2 variants failed" in caught.value.__notes__[0]


def test_callbacks_of_each_variant():
    made = []

    def callbacks(learning_rate):
        made.append(keras.callbacks.EarlyStopping(patience=0, min_delta=1e9))
        return made[-1:]

    result = run(learning_rate=[0.01, 0.02], callbacks=callbacks, epochs=6)
    assert len(made) == 2 and all(t.status == "done" and t.epochs == 2 and t.together == 0 for t in result.trials)


def test_models_that_cannot_be_stacked_train_in_turn():
    class Own(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.out = layers.Dense(units)

        def call(self, x):
            return self.out(x)

        def train_step(self, state, data):
            return super().train_step(state, data)

    def make(learning_rate):
        model = Own(1)
        model.compile(keras.optimizers.SGD(learning_rate), "mse")
        return model

    result = run(make, learning_rate=[0.01, 0.02])
    assert [t.together for t in result.trials] == [0, 0] and {t.status for t in result.trials} == {"done"}


def test_large_products_train_in_turn_on_a_cpu():
    class Wide:
        feed = type("Feed", (), {"batch_size": 128, "feed": type("Whole", (), {"host": (X,)})})
        slots = type("Slots", (), {"trainable": [np.zeros((784, 256))]})

    class Small(Wide):
        slots = type("Slots", (), {"trainable": [np.zeros((13, 64)), np.zeros((64, 64))]})

    assert not stacking.pays(Wide) and stacking.pays(Small)


def test_a_model_and_its_compile_arguments():
    def make(units):
        return keras.Sequential([keras.Input((3,)), layers.Dense(units), layers.Dense(1)]), {
            "optimizer": "sgd",
            "loss": "mse",
        }

    assert {t.status for t in run(make, units=[1, 2]).trials} == {"done"}


class Stopper(reporting.SweepReporter):
    """Presses Stop, or Ctrl-C, when so many epochs of some variant are done."""

    patience = 0.01

    def __init__(self, epochs, key=False):
        self.wanted, self.key, self.commanded, self.statuses = epochs, key, Commands(), []

    def progress(self, trials):
        if any(t.epochs >= self.wanted for t in trials):
            if self.key and not self.commanded.save:
                self.commanded.save = True  # once
                os.kill(os.getpid(), signal.SIGINT)
            elif not self.key:
                self.commanded.stop = True

    def poll(self):
        return self.commanded

    def finish(self, status, result):
        self.statuses.append(status)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("key", [False, True], ids=["button", "interrupt"])
@pytest.mark.parametrize("together", [True, False])
def test_a_stop_keeps_what_is_trained(monkeypatch, together, key):
    stopper = Stopper(3, key)
    monkeypatch.setitem(hooks, "sweep_reporter", lambda verbose: stopper)
    handler = signal.getsignal(signal.SIGINT)
    result = run(learning_rate=[0.1, 0.2, 0.3], epochs=100_000, together=together, verbose="auto")
    assert result.stopped and stopper.statuses == ["stopped"] and signal.getsignal(signal.SIGINT) is handler
    expected = ["stopped"] * 3 if together else ["stopped", "waiting", "waiting"]
    assert [t.status for t in result.trials] == expected
    trial = result.best_trial
    assert 3 <= trial.epochs < 100_000 and result.best_model.predict(X, verbose=0).shape == (53, 1)
    if not together:
        assert result.models[1:] == [None, None] and result.table()[-1]["status"] == "not trained"


def test_nothing_trained_has_no_best(monkeypatch):
    stopper = Stopper(0)
    stopper.commanded.stop = True
    monkeypatch.setitem(hooks, "sweep_reporter", lambda verbose: stopper)
    result = run(learning_rate=[0.1, 0.2], verbose="auto")
    with pytest.raises(ValueError, match="none finished an epoch"):
        result.best_model
    assert "not trained" in result.text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"together": "yes"}, "together must be one of"),
        ({"keep": 3}, "keep must be one of"),
        ({"mode": "up"}, "mode must be one of"),
        ({"callbacks": [1]}, "callbacks must be a function"),
        ({"seed": -1}, "seed must be an integer"),
        ({"seed": [1, 0.5]}, "seed must be an integer"),
        ({"epochs": 0}, "epochs must be an integer of at least 1"),
        ({"objective": "val_los"}, "'val_los' is not among the numbers of an epoch.*Did you mean 'val_loss'"),
        ({"objective": "val_loss", "validation_split": 0.0}, "Pass validation_data or validation_split"),
        ({"unit": [1]}, "'unit' is neither an argument"),
    ],
    ids=lambda v: next(iter(v)) if isinstance(v, dict) else "",
)
def test_bad_arguments(options, said):
    with pytest.raises(ValueError, match=said):
        run(**options)


def test_data_that_can_be_read_once_only():
    with pytest.raises(ValueError, match="x is a generator, which can be read only once"):
        keras.sweep(build, (b for b in [(X, Y)]), units=[1, 2])


def test_build_that_returns_nothing():
    with pytest.raises(TypeError, match="does it end in return model"):
        run(lambda units: None, units=[1, 2])


def test_text_while_it_runs_and_at_the_end(monkeypatch):
    monkeypatch.delitem(hooks, "sweep_reporter", raising=False)
    stream, now = io.StringIO(), iter(np.arange(0, 1000, 1.0))
    stream.isatty = lambda: True
    text = reporting.TextSweep(stream, now.__next__)
    monkeypatch.setattr(reporting, "TextSweep", lambda: text)
    result = run(learning_rate=[0.01, 0.02], verbose=1)
    said = stream.getvalue()
    assert "Sweep · 2 variants · 3 epochs each" in said and "in training, epoch 1 of 3" in said
    assert said.endswith(result.text() + "\n") and "Best: learning_rate=" in said
