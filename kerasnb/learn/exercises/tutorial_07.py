"""Exercises of tutorial 07: recurrent networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import need_array, need_compiled, need_function, need_model, number, word
from ..exercise import Exercise


def one_step(answer: Any) -> str:
    """A function that computes a step of a simple recurrent layer."""
    if hint := need_function(answer):
        return hint
    rng = np.random.default_rng(0)
    x, h = rng.normal(size=(2, 3)), rng.normal(size=(2, 4))
    w, u, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)
    got = answer(x, h, w, u, b)
    if hint := need_array(got, (2, 4), "step(x, h, w, u, b)"):
        return hint
    got = np.asarray(got, float)
    if np.allclose(got, np.tanh(x @ w + h @ u + b), atol=1e-5):
        return ""
    if np.allclose(got, x @ w + h @ u + b, atol=1e-5):
        return "The sum is right. Now np.tanh of it: without, the state would grow from step to step."
    if np.allclose(got, np.tanh(x @ w + b), atol=1e-5):
        return "The old state h does not come into it: that is a Dense layer, without any memory. Add h @ u."
    if np.allclose(got, np.tanh(x @ w + h @ u), atol=1e-5):
        return "The bias is missing."
    if np.allclose(got, np.tanh(x @ w) + np.tanh(h @ u) + b, atol=1e-5) or np.allclose(
        got, np.tanh(x @ w) + np.tanh(h @ u + b), atol=1e-5
    ):
        return "Add everything up first, then take np.tanh once, of the sum."
    return "np.tanh(x @ w + h @ u + b) is what the picture above says."


def stacked(answer: Any) -> str:
    """A classifier with two recurrent layers, one upon the other."""
    if hint := need_model(answer) or need_compiled(answer):
        return hint
    layers = [layer for layer in answer.layers if type(layer).__name__ in ("LSTM", "GRU", "SimpleRNN", "Bidirectional")]
    if len(layers) < 2:
        return f"Two recurrent layers are asked for; there {'is one' if layers else 'is none'}."
    if not any(type(layer).__name__ == "Embedding" for layer in answer.layers):
        return "Word numbers need an Embedding first."
    if getattr(answer.layers[-1], "units", 1) != 1:
        return "At the end one unit is enough: the probability of praise."
    if len(answer.output_shape) != 2:
        return "It gives an answer for every word: the last recurrent layer should give its last state only."
    return ""


EXERCISES = (
    Exercise("07.1", "A step", one_step, "Old state and new input, mixed, and squeezed to between -1 and 1."),
    Exercise(
        "07.2",
        "The weights of an LSTM",
        number(
            8_320,
            {
                2_080: "That is one of its four parts: three gates and the candidate, each with its own weights.",
                8_192: "The biases are missing: 32 for each of the four parts.",
                6_240: "That is for three parts, as in a GRU. An LSTM has four.",
                6_336: "That is a GRU (three parts, two biases each). An LSTM has four parts, one bias each.",
                4_096: "That is either only the inputs or only the states; there are weights for both, and biases.",
                4_224: "That is either only the inputs or only the states; there are weights for both.",
                16_640: "That is an LSTM in both directions.",
            },
            "Four times: 32 × 32 for the input, 32 × 32 for the state, 32 biases.",
            tolerance=1e-6,
        ),
        "4 × (32 × 32 + 32 × 32 + 32).",
    ),
    Exercise(
        "07.3",
        "On which side the filling goes",
        word(
            "pre",
            {
                "post": "Then the last thing the layer reads before it answers would be a hundred zeros.",
                "left": "In Keras's words?",
                "front": "In Keras's words: the argument is padding=...",
                "before": "In Keras's words: the argument is padding=...",
            },
            "'pre' or 'post'?",
        ),
        "Zeros first, then the text: the last state is fresh from the last words. (Or mask them.)",
    ),
    Exercise("07.4", "One upon the other", stacked, "The first gives its state at every step, the second reads those."),
)
