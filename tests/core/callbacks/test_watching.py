"""Callbacks that watch a number of the logs, on scripted histories."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.callbacks.monitoring import better


def model(optimizer="sgd", **compile_):
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.compile(optimizer, "mse", **compile_)
    return made


def play(callback, values, name="val_loss", made=None):
    """Feed a history; the weights of each epoch are its number. Returns epochs run and rates."""
    made = made or model(keras.optimizers.SGD(0.1))
    callback.set_model(made)
    callback.set_params({"epochs": len(values), "steps": 1, "verbose": 0})
    made.stop_training = False
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch)
        made.set_weights([np.full((2, 1), float(epoch)), np.zeros(1)])
        callback.on_epoch_end(epoch, {name: value, "loss": value})
        rates.append(round(float(np.asarray(made.optimizer.learning_rate)), 6))
        if made.stop_training:
            break
    callback.on_train_end()
    return len(rates), rates, float(made.get_weights()[0][0, 0])


FALLING = [1.0, 0.8, 0.7, 0.75, 0.71, 0.72, 0.69]


@pytest.mark.parametrize(
    ("options", "values", "epochs", "weight"),
    [
        ({"patience": 2}, FALLING, 5, 4),
        ({"patience": 2, "restore_best_weights": True}, FALLING, 5, 2),
        ({"patience": 9, "restore_best_weights": True}, FALLING, 7, 6),
        ({"patience": 2, "start_from_epoch": 3}, FALLING, 7, 6),
        ({"patience": 2, "min_delta": 0.25}, FALLING, 5, 4),
        ({"patience": 2, "baseline": 0.5}, FALLING, 4, 3),
        ({"patience": 1, "mode": "max"}, [0.1, 0.3, 0.2, 0.4], 3, 2),
    ],
)
def test_early_stopping(options, values, epochs, weight):
    assert play(keras.callbacks.EarlyStopping(**options), values)[::2] == (epochs, weight)


@pytest.mark.parametrize(
    ("options", "rates"),
    [
        ({"patience": 2}, [0.1] * 4 + [0.01] * 3),
        ({"patience": 1, "factor": 0.5}, [0.1, 0.1, 0.1, 0.05, 0.025, 0.0125, 0.0125]),
        ({"patience": 1, "factor": 0.5, "cooldown": 2}, [0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025]),
        ({"patience": 1, "factor": 0.5, "min_lr": 0.04}, [0.1, 0.1, 0.1, 0.05, 0.04, 0.04, 0.04]),
    ],
)
def test_reduce_lr_on_plateau(options, rates, capsys):
    assert play(keras.callbacks.ReduceLROnPlateau(verbose=1, **options), FALLING)[1] == rates
    assert "learning rate from 0.1 to" in capsys.readouterr().out


def test_a_reduced_rate_stands_in_the_history_and_compiles_nothing():
    from kerasnb.core.training import programs

    x, y = np.ones((8, 2), "float32"), np.zeros((8, 1), "float32")
    made = model(keras.optimizers.SGD(0.1))
    made.fit(x, y, verbose=0)
    before = programs.traces
    watch = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=0, min_delta=100.0)
    history = made.fit(x, y, epochs=3, verbose=0, callbacks=[watch]).history
    np.testing.assert_allclose(history["learning_rate"], [0.1, 0.1, 0.01], rtol=1e-5)
    assert programs.traces - before <= 1  # a run with such a callback is one more kind of program, whatever the rates


def test_the_direction_of_a_number():
    made = model(metrics=["mae", keras.metrics.AUC(name="area")])
    made.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    for name, wanted in (
        ("val_loss", np.less), ("mae", np.less), ("area", np.greater), ("val_area", np.greater),
        ("val_accuracy", np.greater), ("my_error", np.less), ("val_f1_score", np.greater),
    ):  # fmt: skip
        assert better("auto", name, made) is wanted, name
    assert better("max", "loss", made) is np.greater
    with pytest.raises(ValueError, match="mode='max'"):
        better("auto", "val_happiness", made, "EarlyStopping")


def test_bad_arguments():
    with pytest.raises(ValueError, match="factor"):
        keras.callbacks.ReduceLROnPlateau(factor=1.0)
    with pytest.raises(TypeError, match="patients"):
        keras.callbacks.ReduceLROnPlateau(patients=3)
    with pytest.warns(UserWarning, match="mode"):
        assert keras.callbacks.EarlyStopping(mode="fastest").mode == "auto"
    watch = keras.callbacks.EarlyStopping(monitor="val_losss")
    with pytest.warns(UserWarning, match="val_loss"):
        play(watch, [1.0], "val_loss")
