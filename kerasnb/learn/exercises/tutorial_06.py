"""Exercises of tutorial 06: convolutional networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import kinds, need_array, need_model, number
from ..exercise import Exercise


def upright_edges(answer: Any) -> str:
    """A 3 x 3 filter that answers to vertical edges only."""
    if hint := need_array(answer, (3, 3), "Your filter"):
        return hint
    kernel = np.asarray(answer, float)
    if not kernel.any():
        return "All zeros: it answers to nothing."
    if abs(kernel.sum()) > 1e-6:
        return (
            f"On an even grey surface it answers with {kernel.sum():g} times the grey. "
            "The nine numbers should add up to 0."
        )
    upright = np.array([[0, 1, 1]] * 3, float)  # dark at the left, bright at the right
    lying = upright.T
    answer_upright, answer_lying = float((kernel * upright).sum()), float((kernel * lying).sum())
    if abs(answer_upright) < 1e-6 and abs(answer_lying) > 1e-6:
        return "This one answers to horizontal edges. Turn it by a quarter: kernel.T."
    if abs(answer_upright) < 1e-6:
        return "It does not answer to a vertical edge: its left and right columns must differ."
    if abs(answer_lying) > 1e-6:
        return "It answers to horizontal edges as well: all three rows should be alike."
    return ""


def pooled(answer: Any) -> str:
    """Max pooling of a 4 x 4 array by 2."""
    if hint := need_array(answer, (2, 2), "The result"):
        return hint
    got = np.asarray(answer, float)
    if np.array_equal(got, [[6, 4], [8, 9]]):
        return ""
    if np.allclose(got, [[3.25, 2.25], [4.0, 4.5]]):
        return "These are the means of the four blocks (average pooling). The largest of each is asked for."
    if np.array_equal(got, [[6, 8], [4, 9]]):
        return "The right numbers, but rows and columns are swapped."
    return "Cut the array into four blocks of 2 x 2. What is the largest number in each?"


def small(answer: Any) -> str:
    """A convolutional classifier of at most 20 000 weights."""
    if hint := need_model(answer):
        return hint
    if tuple(answer.input_shape[1:]) != (28, 28, 1):
        return f"It takes {tuple(answer.input_shape[1:])}; pictures are (28, 28, 1): rows, columns, one channel."
    names = kinds(answer)
    if not any("Conv2D" in name for name in names):
        return "There is no Conv2D in it."
    if tuple(answer.output_shape[1:]) != (10,):
        shape = tuple(answer.output_shape[1:])
        extra = " Flatten, or GlobalAveragePooling2D, is missing before the last layer." if len(shape) == 3 else ""
        return f"For each picture it gives {shape}; ten probabilities are expected.{extra}"
    count = answer.count_params()
    if count > 20_000:
        largest = max(answer.layers, key=lambda layer: layer.count_params())
        return (
            f"It has {count:,} weights, {largest.count_params():,} of them in {largest.name}. Pool once more before "
            "Flatten, or take GlobalAveragePooling2D instead of it."
        )
    return ""


EXERCISES = (
    Exercise("06.1", "A filter for upright edges", upright_edges, "Dark on one side, bright on the other: an edge."),
    Exercise(
        "06.2",
        "The size of what comes out",
        number(
            26,
            {
                28: "That is with padding='same', where zeros are put around the picture. The default is 'valid'.",
                27: "A window of 3 that starts in column 0 covers columns 0, 1, 2. Where does the last one start?",
                25: "One less than there are: the last window starts in column 25, and counting starts at 0.",
                14: "That is after pooling by 2 with padding. The convolution alone is asked for.",
                13: "That is after the pooling. The convolution alone is asked for.",
                676: "That is 26 × 26. The width alone is asked for.",
            },
            "In how many places can a window 3 wide stand in a row of 28?",
            tolerance=1e-6,
        ),
        "28 - 3 + 1 places.",
    ),
    Exercise(
        "06.3",
        "The weights of a convolution",
        number(
            18_496,
            {
                18_432: "These are the filters. Each of the 64 has a bias as well.",
                640: "That would do if there were one channel. There are 32, and a filter looks at all of them.",
                160: "That is the first convolution. The third one is asked for.",
                4_640: "That is the second convolution. The third one is asked for.",
                576: "9 × 64 leaves the 32 channels out: each filter looks at all of them.",
                288: "9 × 32 is one single filter, without its bias. There are 64.",
                289: "That is one single filter. There are 64.",
                29_066: "That is the whole network.",
            },
            "64 filters, each 3 × 3 in size and 32 channels deep, and a bias for each.",
            tolerance=1e-6,
        ),
        "(3 × 3 × 32 + 1) × 64. The size of the picture does not come into it.",
    ),
    Exercise("06.4", "Pooling by hand", pooled, "What was found counts; where exactly, within two pixels, does not."),
    Exercise("06.5", "Small but looking", small, "Train it: a few thousand weights read digits very well."),
)
