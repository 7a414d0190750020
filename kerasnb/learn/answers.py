"""Checks for the usual kinds of answers; each gives a hint, or "" for a right answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasnb.core.registered import did_you_mean

Check = Callable[..., str]


def kind_of(answer: Any) -> str:
    """What an answer is, in words for a hint.

    >>> kind_of(None), kind_of(3.5), kind_of(np.zeros((2, 3)))
    ('None', 'a number', 'an array of shape (2, 3)')
    """
    if answer is None:
        return "None"
    if isinstance(answer, (bool, np.bool_)):
        return "True or False"
    if isinstance(answer, (int, float, np.number)):
        return "a number"
    if isinstance(answer, str):
        return "a text"
    if hasattr(answer, "layers") and hasattr(answer, "predict"):
        return "a model"
    if hasattr(answer, "shape"):
        return f"an array of shape {tuple(answer.shape)}"
    return "a function" if callable(answer) else f"a {type(answer).__name__}"


def number(value: float, hints: Mapping[float, str], otherwise: str, tolerance: float = 0.005) -> Check:
    """A check for a number.

    Args:
        value: the right one.
        hints: wrong numbers that betray a mistake -> what to tell whoever made it.
        otherwise: the hint for any other wrong number.
        tolerance: how far off a number may be, relative to what is expected.
    """

    def check(answer: Any) -> str:
        if hasattr(answer, "shape") and np.size(answer) == 1:
            answer = np.asarray(answer).reshape(()).item()
        if isinstance(answer, bool) or not isinstance(answer, (int, float, np.number)):
            return f"A number is asked for, and this is {kind_of(answer)}."
        near = [known for known in hints if abs(answer - known) <= tolerance * abs(known)]
        if abs(answer - value) <= tolerance * abs(value):
            return ""
        return hints[near[0]] if near else otherwise

    return check


def word(value: str, hints: Mapping[str, str], otherwise: str) -> Check:
    """A check for a text, whatever its capitals.

    Args:
        value: the right one.
        hints: wrong texts -> what to tell.
        otherwise: the hint for any other wrong text.
    """

    def check(answer: Any) -> str:
        if not isinstance(answer, str):
            return f"A text in quotes is asked for, and this is {kind_of(answer)}."
        said = " ".join(answer.casefold().split())
        if said == value.casefold():
            return ""
        known = {key.casefold(): hint for key, hint in hints.items()}
        return known.get(said) or otherwise + did_you_mean(said, [value.casefold()])

    return check


def need_function(answer: Any) -> str:
    """The hint for an answer that should be a function and is none."""
    if callable(answer) and not hasattr(answer, "predict"):
        return ""
    return f"A function is asked for, and this is {kind_of(answer)}. Hand in its name, without parentheses behind it."


def need_model(answer: Any) -> str:
    """The hint for an answer that should be a model with weights and is none."""
    if not (hasattr(answer, "layers") and hasattr(answer, "predict")):
        return f"A model is asked for, and this is {kind_of(answer)}."
    if not answer.built:
        return "The model has no weights yet, because it does not know what comes in: begin it with keras.Input(...)."
    return ""


def need_compiled(answer: Any) -> str:
    """The hint for a model that was not compiled."""
    return "" if answer.compiled else "The model is not compiled yet: model.compile(optimizer, loss, ...) is missing."


def need_array(answer: Any, shape: Sequence[int], what: str) -> str:
    """The hint for something that should be an array of a certain shape and is not.

    Args:
        answer: what came.
        shape: the shape it should have.
        what: its name in the hint, such as "prepare(images)".
    """
    if answer is None:
        return f"{what} gives None: is the return missing?"
    try:
        found = np.asarray(answer).shape
    except ValueError:
        return f"{what} gives {kind_of(answer)} that is no regular array."
    if found != tuple(shape):
        return f"{what} gives the shape {found}; {tuple(shape)} is expected."
    return ""


def kinds(model: Any) -> list[str]:
    """The class names of a model's layers, without the input."""
    return [type(layer).__name__ for layer in model.layers if type(layer).__name__ != "InputLayer"]


def activation_of(layer: Any) -> str:
    """The name of a layer's activation; "linear" where there is none."""
    function = getattr(layer, "activation", None)
    return getattr(function, "__name__", "linear") if function is not None else "linear"
