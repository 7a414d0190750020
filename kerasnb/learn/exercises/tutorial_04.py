"""Exercises of tutorial 04: overfitting and underfitting."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import kinds, need_array, need_compiled, need_function, need_model, number, word
from ..exercise import Exercise


def multi_hot(answer: Any) -> str:
    """A function from lists of word numbers to rows of 0 and 1."""
    if hint := need_function(answer):
        return hint
    got = answer([[0, 2, 2], [3], []], 5)
    if hint := need_array(got, (3, 5), "multi_hot([[0, 2, 2], [3], []], 5)"):
        return hint
    got = np.asarray(got)
    if np.array_equal(got, [[1, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]]):
        return ""
    if got.max() > 1:
        return "A word that comes twice counts twice. Set the place to 1 instead of adding 1."
    if got.min() == 1 or not got.any():
        return "All places are the same. Start with zeros, then set the places of the words that occur to 1."
    return f"For [0, 2, 2] the row [1, 0, 1, 0, 0] is expected; yours is {got[0].tolist()}."


def weight_decay(answer: Any) -> str:
    """A model with L2 on the kernels of its hidden layers."""
    if hint := need_model(answer):
        return hint
    dense = [layer for layer in answer.layers if type(layer).__name__ == "Dense"]
    hidden = [layer for layer in dense if layer.units > 1]
    if not hidden:
        return "There is no hidden Dense layer in it."
    kernels = [layer.kernel_regularizer for layer in hidden]
    if any(k is None for k in kernels):
        if any(getattr(layer, "activity_regularizer", None) is not None for layer in hidden):
            return "activity_regularizer makes the outputs small. The weights are meant: kernel_regularizer."
        if any(getattr(layer, "bias_regularizer", None) is not None for layer in hidden):
            return "bias_regularizer is for the biases, a few numbers. The kernels are meant: kernel_regularizer."
        return "At least one hidden layer has no kernel_regularizer."
    if any(type(k).__name__ == "L1" for k in kernels):
        return "L1 adds up sizes, L2 squares: keras.regularizers.L2(0.001)."
    factors = [float(getattr(k, "l2", 0.0)) for k in kernels]
    wrong = [f for f in factors if abs(f - 0.001) > 1e-6]
    if wrong:
        default = abs(wrong[0] - 0.01) < 1e-6
        return f"The factor is {wrong[0]:g}{', the default' if default else ''}; 0.001 is asked for."
    return ""


def both(answer: Any) -> str:
    """A model with dropout between its layers, and weights kept small."""
    if hint := need_model(answer) or need_compiled(answer):
        return hint
    names = kinds(answer)
    if "Dropout" not in names:
        return "There is no Dropout layer in it."
    if names[-1] == "Dropout":
        return "Dropout after the last layer would switch off the answer itself. It belongs behind hidden layers."
    rates = [layer.rate for layer in answer.layers if type(layer).__name__ == "Dropout"]
    if max(rates) > 0.8:
        return f"A rate of {max(rates):g} leaves next to nothing: the rate is the share that is dropped."
    return weight_decay(answer)


EXERCISES = (
    Exercise("04.1", "Which words occur", multi_hot, "1 where a word occurs, however often."),
    Exercise(
        "04.2",
        "Read the curves",
        word(
            "overfitting",
            {
                "underfitting": "An underfitting model is bad at both. This one is good at what it has seen.",
                "neither": "Training loss 0.05 and validation loss 0.60: it is far better on what it has seen.",
                "both": "It is one of the two: what it has seen it knows very well.",
            },
            "'overfitting' or 'underfitting'?",
        ),
        "It knows its training rows, and little beyond them.",
    ),
    Exercise(
        "04.3",
        "Weights and reviews",
        number(
            269.18,
            {
                215.35: "That is with all 25 000 reviews. 20 000 are trained on.",
                5_383_681: "That is the number of weights. Divide by the number of reviews.",
                8.015: "That is the baseline. The bigger model has 5,383,681 weights.",
                0.003715: "The other way round: weights divided by reviews.",
            },
            "5,383,681 weights, 20,000 reviews to learn from.",
            tolerance=0.004,
        ),
        "Each review could have 269 weights to itself. No wonder that it is remembered.",
    ),
    Exercise("04.4", "Keep the weights small", weight_decay, "Each weight now costs 0.001 times its square."),
    Exercise("04.5", "Both together", both, "Try it in the sweep. Two brakes at once may be too much."),
)
