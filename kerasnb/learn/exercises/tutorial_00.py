"""Exercises of tutorial 00: a first network."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import activation_of, kinds, need_array, need_function, need_model, number
from ..exercise import Exercise


def prepared(answer: Any) -> str:
    """A function that flattens pictures and brings them to 0 to 1."""
    if hint := need_function(answer):
        return hint
    pictures = np.arange(3 * 28 * 28, dtype=np.int64).reshape(3, 28, 28) % 256
    pictures = pictures.astype(np.uint8)
    before = pictures.copy()
    got = answer(pictures)
    if got is not None and np.shape(got) == pictures.shape:
        return "The shape is still (3, 28, 28): each picture should become one row, with images.reshape(-1, 784)."
    if got is not None and np.shape(got) == (784, 3):
        return "Rows and columns are swapped: one row a picture, one column a pixel."
    if hint := need_array(got, (3, 784), "prepare of 3 pictures"):
        return hint
    got = np.asarray(got)
    if got.max() > 1:
        return f"The largest value is {got.max():g}: divide by 255, so that all lie between 0 and 1."
    if got.dtype.kind in "iub" or got.max() < 0.5:
        return "Nearly all values are 0: // drops everything behind the point. Divide with a single /."
    if not np.allclose(got, before.reshape(3, 784) / 255, atol=1e-4):
        return "Shape and range are right, but the pixels are not in their places: is every row one picture?"
    return ""


def chosen(answer: Any) -> str:
    """A function from probabilities to digits."""
    if hint := need_function(answer):
        return hint
    rows = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.2, 0.6, 0.2]])
    got = answer(rows)
    if np.ndim(got) == 0 and got is not None:
        return "This gives one number for all pictures: np.argmax needs axis=1 to look into each row by itself."
    if np.shape(got) == (3,):
        return "This looks down the columns (axis=0). A picture is a row: axis=1."
    if hint := need_array(got, (4,), "digits of 4 rows"):
        return hint
    if np.allclose(got, rows.max(1)):
        return "These are the highest probabilities. Where do they stand in their rows? That is what argmax tells."
    return "" if np.array_equal(got, [1, 0, 2, 1]) else f"For the first row, {rows[0].tolist()}, 1 is expected."


def without_dropout(answer: Any) -> str:
    """The front page's network, its dropout left out."""
    if hint := need_model(answer):
        return hint
    names = kinds(answer)
    if "Dropout" in names:
        return "There is a Dropout layer in it still."
    dense = [layer for layer in answer.layers if type(layer).__name__ == "Dense"]
    if [layer.units for layer in dense] != [256, 128, 10]:
        return f"Three Dense layers of 256, 128 and 10 units are asked for; these have {[d.units for d in dense]}."
    if activation_of(dense[-1]) != "softmax":
        return 'The last layer should give probabilities: activation="softmax".'
    if any(activation_of(layer) != "relu" for layer in dense[:2]):
        return 'The first two layers need activation="relu": without it, three layers can do no more than one.'
    return ""


EXERCISES = (
    Exercise("00.1", "A picture as a row of numbers", prepared, "One row a picture, every value between 0 and 1."),
    Exercise(
        "00.2",
        "The weights of one layer",
        number(
            32_896,
            {
                32_768: "These are the weights of the connections. Each of the 128 units has something beside them.",
                33_024: "There is one bias for each unit of this layer, not for each unit of the one before.",
                200_960: "That is the first layer, from 784 pixels to 256 units. The second one is asked for.",
                1_290: "That is the last layer. The second one goes from 256 to 128 units.",
                235_146: "That is the whole network.",
                384: "256 + 128 counts the units. Every unit is connected with every unit of the layer before.",
            },
            "Every one of the 128 units has a weight for each of its 256 inputs, and one bias.",
            tolerance=1e-6,
        ),
        "256 × 128 connections and 128 biases.",
    ),
    Exercise(
        "00.3",
        "The loss of a blind guess",
        number(
            2.302585,
            {
                1.0: "That is the logarithm to base 10. The loss uses the natural logarithm, np.log.",
                0.1: "0.1 is the probability itself. The loss is its logarithm with the sign turned.",
                0.9: "0.9 is how far the probability is from 1. The loss is a logarithm: -np.log(probability).",
                -2.302585: "Nearly: the loss is positive. It is minus the logarithm.",
                10.0: "There are ten digits, so each gets the probability 0.1. The loss is -np.log of that.",
                3.321928: "That is the surprise in bits, log2. The loss counts in nats: np.log.",
            },
            "Each digit gets the probability 0.1. The loss is minus the natural logarithm of what the true digit got.",
        ),
        "-log(0.1) = 2.30. A loss above that is worse than knowing nothing.",
    ),
    Exercise("00.4", "From probabilities to digits", chosen, "The place of the highest probability is the digit."),
    Exercise(
        "00.5", "The network without dropout", without_dropout,
        "Just as many weights: dropout has none. Train it and watch the two curves part.",
    ),
)  # fmt: skip
