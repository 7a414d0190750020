"""Exercises of tutorial 03: basic regression."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import activation_of, need_array, need_compiled, need_function, need_model, number
from ..exercise import Exercise


def standardized(answer: Any) -> str:
    """A function that standardizes test columns by the training columns."""
    if hint := need_function(answer):
        return hint
    rng = np.random.default_rng(0)
    train, test = rng.normal(50, 9, (40, 3)) * [1, 10, 0.1], rng.normal(60, 12, (12, 3)) * [1, 10, 0.1]
    got = answer(train, test)
    if hint := need_array(got, (12, 3), "standardize(train, test)"):
        return hint
    got = np.asarray(got, float)
    right = (test - train.mean(0)) / train.std(0)
    if np.allclose(got, right, rtol=1e-3, atol=1e-3) or np.allclose(
        got, (test - train.mean(0)) / train.std(0, ddof=1), rtol=1e-3, atol=1e-3
    ):
        return ""
    if np.allclose(got, (test - test.mean(0)) / test.std(0), atol=1e-3):
        return (
            "The test columns are standardized by their own mean. When the model is used there may be a single "
            "home: take mean and deviation of the training columns."
        )
    if np.allclose(got, (test - train.mean()) / train.std(), atol=1e-3):
        return "One mean for everything: each column needs its own, train.mean(axis=0)."
    if np.allclose(got, test - train.mean(0), atol=1e-3):
        return "The means are taken off; now divide by the standard deviation of each column."
    if np.allclose(got, (test - train.mean(0)) / train.var(0), atol=1e-3):
        return "Divide by the standard deviation, not by its square (var)."
    if np.allclose(got, test / train.std(0), atol=1e-3):
        return "Take off the mean of each column first."
    return "(test - mean of the training column) / standard deviation of the training column, column by column."


def ignorance(answer: Any, *, y_train: Any, y_test: Any) -> str:
    """The mean absolute error of the training mean on the test prices."""
    train, test = np.asarray(y_train, float), np.asarray(y_test, float)
    off = test - train.mean()
    check = number(
        float(np.abs(off).mean()),
        {
            float(
                np.abs(test - test.mean()).mean()
            ): "That is with the mean of the test prices, and nobody knows it yet.",
            float(np.abs(test - np.median(train)).mean()): "That is with the median. The mean is asked for.",
            float(np.sqrt((off**2).mean())): "That is the root of the mean square. The mean of the sizes is asked for.",
            float((off**2).mean()): "Those are squared errors. Take their sizes, np.abs.",
            float(
                np.abs(train - train.mean()).mean()
            ): "Those are the training homes. How far is it off the test homes?",
            float(off.mean()): "Plus and minus cancel out: np.abs of the errors before their mean.",
        },
        "np.abs(test prices - mean of the training prices), and the mean of that.",
        tolerance=1e-3,
    )
    return check(answer)


def one_number(answer: Any) -> str:
    """A model that gives a quantity."""
    if hint := need_model(answer) or need_compiled(answer):
        return hint
    last = answer.layers[-1]
    if getattr(last, "units", 1) != 1:
        return f"The last layer has {last.units} units, but there is one price to a home."
    if activation_of(last) == "relu":
        return (
            "relu at the end: prices are not negative, but a unit that starts out negative for every home gives 0 and "
            "never learns. Leave the activation out."
        )
    if activation_of(last) in ("softmax", "sigmoid"):
        return f"{activation_of(last)} ends at 1, and a price does not. Leave the activation of the last layer out."
    loss = answer.loss if isinstance(answer.loss, str) else getattr(answer.loss, "name", "")
    if "entropy" in str(loss):
        return f"{loss} is for classes. For quantities: 'mse' or 'mae'."
    dense = [layer for layer in answer.layers if type(layer).__name__ == "Dense"]
    if len(dense) < 2:
        return "One layer alone draws straight lines: put a hidden layer with relu before it."
    return ""


def patient(answer: Any) -> str:
    """An EarlyStopping that waits and goes back."""
    if type(answer).__name__ != "EarlyStopping":
        return f"A keras.callbacks.EarlyStopping(...) is asked for, and this is a {type(answer).__name__}."
    if answer.monitor not in ("val_loss", "val_mae"):
        return f"It watches {answer.monitor!r}. What falls on rows the model does not learn from? 'val_loss'."
    if answer.patience == 0:
        return "patience=0 stops at the first epoch that is not better, and single epochs often are not."
    if answer.patience != 30:
        return f"It waits for {answer.patience} epochs; 30 are asked for."
    if not answer.restore_best_weights:
        return "It keeps the weights of the last epoch, 30 epochs after the best: restore_best_weights=True."
    return ""


EXERCISES = (
    Exercise(
        "03.1", "Standardize by the training rows", standardized,
        "What is known about new homes before they come: the means and deviations of the old ones.",
    ),
    Exercise("03.2", "What ignorance costs", ignorance, "This is what 'no idea' costs. A model has to be better."),
    Exercise("03.3", "A network for one number", one_number, "One linear unit at the end, and a loss for quantities."),
    Exercise(
        "03.4",
        "A mean error by hand",
        number(
            3.0,
            {
                11.0: "You squared the errors and took their mean: that is the mse. Here, just the size of each error.",
                3.316625: "That is the root of the mean square. Here, just the mean of the sizes.",
                0.333333: "Plus and minus cancel out: take the size of each error, np.abs, before the mean.",
                -0.333333: "Plus and minus cancel out: take the size of each error, np.abs, before the mean.",
                9.0: "That is the sum. Divide by the number of homes.",
                3000.0: "Right, in dollars. The data count in thousands of dollars: 3.",
            },
            "The errors are -2, 5 and -2. Take the size of each, then the mean of the sizes.",
        ),
        "Three thousand dollars, on average.",
    ),
    Exercise("03.5", "Stop in time", patient, "Thirty epochs of patience, then back to the best weights."),
)  # fmt: skip
