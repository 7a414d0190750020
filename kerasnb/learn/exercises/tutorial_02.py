"""Exercises of tutorial 02: text classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import kind_of, need_array, need_compiled, need_function, need_model, number
from ..exercise import Exercise


def decoded(answer: Any) -> str:
    """A function from word numbers to text, given the word index."""
    if hint := need_function(answer):
        return hint
    index = {"the": 1, "film": 2, "is": 3, "good": 4, "bad": 5}
    got = answer([1, 4, 5, 6, 2, 8], index)
    if got is None:
        return "The function gives None: is the return missing?"
    if isinstance(got, (list, tuple)):
        return 'That is a list of words. " ".join(words) makes a text of it.'
    if not isinstance(got, str):
        return f"A text is expected, and this is {kind_of(got)}."
    words = got.split()
    if words[:2] == ["the", "good"] or "good bad" in got:
        return "The words are off by three: number 4 is the first word, because 0 to 3 are signs. Look up number - 3."
    if words[-1:] != ["bad"]:
        return f"For [1, 4, 5, 6, 2, 8] the text should end in 'bad' (8 - 3 = 5); this gives {got!r}."
    if not {"the", "film", "is"} <= set(words):
        return f"4, 5, 6 are 'the film is'; this gives {got!r}."
    return ""


def padded(answer: Any) -> str:
    """An array of sequences cut or filled to five."""
    if hint := need_array(answer, (3, 5), "Your array"):
        if np.ndim(answer) == 2 and np.shape(answer)[1] == 6:
            return "These are six columns: without maxlen=5, the longest one decides."
        return hint
    got = np.asarray(answer)
    rows = [[7, 8, 9], [1, 2, 3, 4, 5, 6], [5]]

    def pad(behind: bool, last: bool) -> list[list[int]]:
        cut = [r[-5:] if last else r[:5] for r in rows]
        return [r + [0] * (5 - len(r)) if behind else [0] * (5 - len(r)) + r for r in cut]

    if np.array_equal(got, pad(True, False)):
        return ""
    if np.array_equal(got, pad(False, True)):
        return "The zeros stand in front. padding='post' puts them behind; and truncating='post' cuts off the end."
    if np.array_equal(got, pad(True, True)):
        return "The zeros stand right. The long one lost its beginning: truncating='post' cuts off the end instead."
    if np.array_equal(got, pad(False, False)):
        return "The cut is right. The zeros stand in front: padding='post'."
    return "keras.utils.pad_sequences(sequences, maxlen=5, padding='post', truncating='post') is what is asked for."


def deeper(answer: Any) -> str:
    """A classifier of texts of any length with 32 numbers a word."""
    if hint := need_model(answer) or need_compiled(answer):
        return hint
    names = [type(layer).__name__ for layer in answer.layers]
    tables = [layer for layer in answer.layers if type(layer).__name__ == "Embedding"]
    if not tables:
        return "The word numbers go straight into arithmetic. Word 400 is not twice word 200: begin with an Embedding."
    if tables[0].output_dim != 32:
        return f"Each word has {tables[0].output_dim} numbers; 32 are asked for (output_dim)."
    if tables[0].input_dim < 10_000:
        return f"The table has {tables[0].input_dim:,} rows, but word numbers go up to 9 999."
    if not any("Pooling" in name or name in ("LSTM", "GRU", "Bidirectional", "Flatten") for name in names):
        return "After the Embedding there are 32 numbers for each word. Something must make one row of a whole text."
    last = answer.layers[-1]
    if getattr(last, "units", 1) != 1:
        return f"The last layer has {last.units} units. For yes or no, one is enough: the probability of praise."
    if "sparse" in str(answer.loss):
        return "With one unit at the end, 'binary_crossentropy' is the loss that fits."
    return ""


EXERCISES = (
    Exercise("02.1", "Numbers back to words", decoded, "Three less, because 0 to 3 are signs and no words."),
    Exercise("02.2", "One length for all", padded, "Zeros behind, and the end cut off where a text is too long."),
    Exercise(
        "02.3",
        "The size of the table",
        number(
            160_000,
            {
                10_000: "That is the number of words. Each has 16 numbers.",
                16: "That is the row of one word. There are 10 000 of them.",
                160_289: "That is the whole network.",
                160_016: "An Embedding has no biases: it only looks rows up.",
                2_560_000: "The length of a review does not count: every place in it looks into the same table.",
                4_096: "The length of a review does not count: every place in it looks into the same table.",
            },
            "One row for each of the 10 000 words, 16 numbers in each row.",
            tolerance=1e-6,
        ),
        "10 000 rows of 16 numbers: nearly all there is to learn in this network.",
    ),
    Exercise(
        "02.4",
        "Where it turns",
        number(
            4,
            {
                3: "Epochs count from 1, and Python from 0: argmin gives 3 for the fourth one.",
                0.3: "That is the loss itself. In which epoch was it reached?",
                7: "That is the last epoch. In which one was the validation loss lowest?",
                1: "That is where validation accuracy, or the loss, is highest. Where is the loss lowest?",
            },
            "The epoch, counted from 1, in which val_loss is lowest.",
            tolerance=1e-6,
        ),
        "From the fifth epoch on it learned these reviews by heart. EarlyStopping does this count for you.",
    ),
    Exercise("02.5", "More numbers for each word", deeper, "Train it: is it better, or only faster at memorising?"),
)
