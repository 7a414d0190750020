"""Exercises of tutorial 09: layers, losses and training steps of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import kind_of, need_array, need_function
from ..exercise import Exercise


def scale_layer(answer: Any) -> str:
    """A layer class with one learned factor for each column."""
    if not isinstance(answer, type):
        if hasattr(answer, "add_weight"):
            return "That is a layer. Hand in the class, without parentheses: it is tried on several widths."
        return f"A class is asked for, and this is {kind_of(answer)}."
    if not hasattr(answer, "add_weight"):
        return "The class does not inherit from keras.layers.Layer (or layers.Layer)."
    rows = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "float32")
    layer = answer()
    got = layer(rows)
    if hint := need_array(got, (2, 3), "The layer, called on 2 rows of 3 columns,"):
        return hint
    if not layer.trainable_weights:
        return "It has no trainable weight: self.add_weight(shape=..., initializer=...) in build, not a plain array."
    count = sum(int(np.prod(w.shape)) for w in layer.trainable_weights)
    if count == 1:
        return "There is one factor for everything; each column needs its own: shape=(input_shape[-1],)."
    if count == 6:
        return "The weights depend on the number of rows. Only the columns count: input_shape[-1]."
    if count != 3:
        return f"For 3 columns there are {count} weights; 3 are expected."
    got = np.asarray(got)
    if not got.any():
        return "The factors begin at 0, so that nothing comes through: initializer='ones'."
    if not np.allclose(got, rows):
        return "At the beginning every factor should be 1: initializer='ones'."
    layer.set_weights([np.array([2.0, 0.0, -1.0], "float32").reshape(layer.get_weights()[0].shape)])
    if not np.allclose(np.asarray(layer(rows)), rows * [2, 0, -1]):
        return "With the factors 2, 0, -1 the columns should be multiplied by them. Does call use the weight?"
    if np.shape(answer()(np.ones((2, 5), "float32"))) != (2, 5):
        return "It works for 3 columns only. Make the weight in build(self, input_shape), where the width is known."
    return ""


def pinball(answer: Any) -> str:
    """The quantile loss of one quantile."""
    if hint := need_function(answer):
        return hint
    true, said = np.array([10.0, 10.0, 10.0, 10.0]), np.array([8.0, 12.0, 10.0, 6.0])
    got = answer(true, said, 0.9)
    if got is None:
        return "The function gives None: is the return missing?"
    if np.ndim(got):
        if np.shape(got) == (4,):
            return "That is one number for each home. The loss is their mean."
        return f"One number is expected; this gives {kind_of(got)}."
    got = float(got)
    if np.isclose(got, (1.8 + 0.2 + 0 + 3.6) / 4):
        return ""
    if np.isclose(got, (0.2 + 1.8 + 0 + 0.4) / 4):
        return (
            "Sides swapped. At q = 0.9 being too low must cost 0.9 for each unit, so that the answer is pushed up "
            "until only a tenth of the homes lies above it."
        )
    if np.isclose(got, 2.0):
        return "That is the plain absolute error: both sides cost the same, and the median comes out. Weigh the sides."
    if got < 0:
        return "It is negative: take the larger of the two, np.maximum(q * error, (q - 1) * error)."
    return "With error = true - said: the larger of q * error and (q - 1) * error, and the mean of that."


def covered(answer: Any) -> str:
    """The share of truths between two bounds."""
    if hint := need_function(answer):
        return hint
    true = np.array([1.0, 2.0, 3.0, 4.0])
    low, high = np.array([0.0, 2.5, 2.0, 5.0]), np.array([2.0, 3.0, 4.0, 6.0])
    got = answer(true, low, high)
    if got is None:
        return "The function gives None: is the return missing?"
    if np.ndim(got):
        return "That is one answer for each home. The share is their mean."
    got = float(got)
    if got == 2:
        return "That is how many; the share is asked for: the mean."
    if np.isclose(got, 0.75):
        return "Both must hold, above low and below high: (low <= true) & (true <= high)."
    if got == 1.0:
        return "Both must hold, and here they do not always: above low and below high."
    return "" if np.isclose(got, 0.5) else "Of these four homes two lie between their bounds: 0.5 is expected."


def descent(answer: Any) -> str:
    """One step of gradient descent on a list of arrays."""
    if hint := need_function(answer):
        return hint
    weights, gradients = [np.array([1.0, 2.0]), np.array([[3.0]])], [np.array([10.0, -10.0]), np.array([[1.0]])]
    before = [w.copy() for w in weights]
    got = answer(weights, gradients, 0.1)
    if got is None:
        return "The function gives None: is the return missing?"
    if len(got) != 2:
        return f"A list of two arrays went in; {len(got)} came out."
    if not all(np.array_equal(a, b) for a, b in zip(weights, before, strict=True)):
        return "It changes the arrays it was given (-=). JAX's arrays do not allow that: make new ones."
    if any(np.shape(g) != np.shape(w) for g, w in zip(got, weights, strict=True)):
        return "The new weights do not have the shapes of the old ones."
    if np.allclose(got[0], [2.0, 1.0]):
        return "That goes uphill: minus the gradient."
    if np.allclose(got[0], [-9.0, 12.0]):
        return "That is the whole gradient: times the learning rate."
    if np.allclose(got[0], [-1.0, 1.0]):
        return "That is the step alone. Take it off the old weights."
    if not np.allclose(got[0], [0.0, 3.0]):
        return "For the weights [1, 2], the gradients [10, -10] and the rate 0.1, [0, 3] is expected."
    return "" if np.allclose(got[1], [[2.9]]) else "The first array is right, the second is not."


EXERCISES = (
    Exercise("09.1", "A layer that scales", scale_layer, "Weights made in build, used in call: that is a layer."),
    Exercise("09.2", "A loss that takes sides", pinball, "Too low costs q, too high 1 - q: the q-quantile comes out."),
    Exercise("09.3", "How many are covered", covered, "Compare it with what was promised: 80 %."),
    Exercise("09.4", "A step downhill", descent, "Every optimizer is a refinement of this line."),
)
