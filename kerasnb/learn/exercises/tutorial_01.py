"""Exercises of tutorial 01: basic classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import activation_of, kind_of, need_compiled, need_function, need_model, number, word
from ..exercise import Exercise


def one_picture(answer: Any) -> str:
    """The shape of a batch of one picture."""
    if hasattr(answer, "shape"):
        answer = tuple(answer.shape)
    if not isinstance(answer, (tuple, list)):
        return f"A shape such as (28, 28) is asked for, and this is {kind_of(answer)}."
    shape = tuple(answer)
    return {
        (1, 28, 28): "",
        (28, 28): "That is one picture. predict takes a batch of pictures, even if there is only one in it.",
        (28, 28, 1): "The batch comes first: how many pictures, then rows, then columns.",
        (60_000, 28, 28): "That is the whole training set. What about a single picture?",
        (10_000, 28, 28): "That is the whole test set. What about a single picture?",
        (1, 784): "Flatten happens inside of this model: it takes pictures as they are.",
        (784,): "Flatten happens inside of this model: it takes pictures as they are.",
    }.get(shape, "Three numbers: how many pictures are in the batch, then rows and columns of a picture.")


def with_logits(answer: Any) -> str:
    """A classifier whose last layer is linear, and whose loss knows."""
    if hint := need_model(answer) or need_compiled(answer):
        return hint
    last = answer.layers[-1]
    if type(last).__name__ in ("Softmax", "Activation") or activation_of(last) == "softmax":
        return "The last layer still turns its sums into probabilities: leave its activation out."
    if getattr(last, "units", 10) != 10:
        return f"The last layer has {last.units} units; there are ten classes."
    loss = answer.loss
    if isinstance(loss, str):
        return (
            "The loss takes what comes out for probabilities, as long as it is given by its name: "
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)."
        )
    if not getattr(loss, "from_logits", False):
        return "The loss takes what comes out for probabilities. Tell it: from_logits=True."
    if "Sparse" not in type(loss).__name__:
        return f"{type(loss).__name__} wants one-hot labels; ours are class numbers: the Sparse one."
    return ""


def confused(answer: Any) -> str:
    """A function that finds the largest count off the diagonal."""
    if hint := need_function(answer):
        return hint
    matrix = np.array([[50, 3, 0], [1, 90, 4], [9, 2, 60]])
    before = matrix.copy()
    got = answer(matrix)
    if not np.array_equal(matrix, before):
        return "The matrix that was handed in is changed afterwards: work on a copy, matrix.copy()."
    if got is None:
        return "The function gives None: is the return missing?"
    if np.ndim(got) == 0:
        if int(got) == 6:
            return "6 is the place in the matrix laid out flat. np.unravel_index(6, matrix.shape) makes a pair of it."
        return "A pair is asked for: the true class and the one it was taken for."
    pair = tuple(int(v) for v in np.ravel(got))
    if pair in ((1, 1), (0, 0), (2, 2)):
        return "That is the diagonal: pictures that were read rightly. Set it to 0 first: np.fill_diagonal(copy, 0)."
    if pair == (0, 2):
        return "The other way round: rows are what is true, columns are what was said."
    if pair != (2, 0):
        return f"For {before.tolist()} the pair (2, 0) is expected: 9 pictures of class 2 were taken for class 0."
    diagonal = np.array([[1, 7], [0, 1]])
    got = answer(diagonal)
    return (
        ""
        if tuple(int(v) for v in np.ravel(got)) == (0, 1)
        else "It works for one matrix but not for [[1, 7], [0, 1]]."
    )


EXERCISES = (
    Exercise(
        "01.1",
        "A label and its name",
        word(
            "sneaker",
            {
                "ankle boot": "That is label 9. Counting starts at 0.",
                "shirt": "That is label 6: the first name has the number 0.",
                "sandal": "That is label 5.",
                "bag": "That is label 8: the first name has the number 0, not 1.",
            },
            "class_names[7] says it: counting starts at 0.",
        ),
        "class_names[7]: the list is in the order of the labels, from 0.",
    ),
    Exercise(
        "01.2",
        "Steps in an epoch",
        number(
            1688,
            {
                1875: "60 000 / 32: but a tenth of the pictures is held back and never trained on.",
                1687: "Nearly: 54 000 / 32 is 1687.5, and the last half batch is a step as well.",
                54_000: "That is the number of pictures in an epoch. A step takes 32 of them.",
                60_000: "That is all pictures. A step takes 32, and a tenth is held back.",
                188: "60 000 / 32 / 10 would be a tenth of an epoch; a tenth is held back, nine tenths are used.",
                187.5: "60 000 / 32 / 10 would be a tenth of an epoch; a tenth is held back, nine tenths are used.",
                16_880: "That is all ten epochs.",
                1687.5: "There is no half step: the last batch has only 16 pictures, but counts.",
            },
            "How many pictures are left when a tenth is held back, and how often do 32 fit in?",
            tolerance=1e-6,
        ),
        "54 000 pictures are 1687 batches of 32 and one of 16.",
    ),
    Exercise("01.3", "A batch of one", one_picture, "A batch of one picture is a batch. x_test[:1] has that shape."),
    Exercise("01.4", "The most common mistake", confused, "Rows are the truth, columns what was said."),
    Exercise(
        "01.5", "Without softmax", with_logits,
        "Such raw sums are called logits. The loss is computed more exactly from them.",
    ),
)  # fmt: skip
