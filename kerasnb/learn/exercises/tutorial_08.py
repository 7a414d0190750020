"""Exercises of tutorial 08: the functional API."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import kind_of, kinds, need_model, number
from ..exercise import Exercise


def shortcut(answer: Any) -> str:
    """A model in which something is added to what went around some layers."""
    if hint := need_model(answer):
        return hint
    names = kinds(answer)
    if type(answer).__name__ == "Sequential":
        return "A Sequential is one chain: nothing can go around. Write it as keras.Model(inputs, outputs)."
    if not any(name in ("Add", "Average", "Concatenate") or "Add" in name for name in names):
        return "Nothing is added in it: layers.Add()([x, y]), or x + y."
    if "Concatenate" in names and not any("Add" in name for name in names):
        return "Concatenate puts the two side by side. For a shortcut they are added: layers.Add()."
    if names.count("Dense") < 2:
        return "A shortcut goes around something: at least one Dense layer inside, and one for the answer."
    shape = tuple(answer.output_shape)
    return "" if shape[1:] == (10,) else f"Ten probabilities are expected at the end; this gives {shape[1:]}."


def two_losses(answer: Any) -> str:
    """A dict with a loss for each of the two outputs."""
    if not isinstance(answer, dict):
        return f"A dict from the outputs' names to their losses is asked for, and this is {kind_of(answer)}."
    missing = {"same", "total"} - set(answer)
    if missing:
        return f"There is no entry for {', '.join(map(repr, sorted(missing)))}: the keys are the names of the outputs."
    said = {k: str(v if isinstance(v, str) else getattr(v, "name", v)).lower() for k, v in answer.items()}
    if "binary" not in said["same"]:
        return "'same' is one probability for yes or no: 'binary_crossentropy'."
    if "sparse" not in said["total"]:
        if "categorical" in said["total"]:
            return "The totals are numbers from 0 to 18 and not one-hot rows: the sparse loss."
        return "'total' is one class of 19, and the labels are class numbers: 'sparse_categorical_crossentropy'."
    return ""


def from_inside(answer: Any, *, encoder: Any) -> str:
    """A model that ends in the middle of another one."""
    if hint := need_model(answer):
        return hint
    if answer is encoder:
        return "That is the whole encoder. The output of its first Dense layer is asked for."
    if tuple(answer.output_shape[1:]) != tuple(encoder.layers[-2].output.shape[1:]):
        return (
            f"It gives {tuple(answer.output_shape[1:])} for a picture; the first Dense layer of the encoder gives "
            f"{tuple(encoder.layers[-2].output.shape[1:])}."
        )
    mine = next((layer for layer in answer.layers if type(layer).__name__ == "Dense"), None)
    theirs = next(layer for layer in encoder.layers if type(layer).__name__ == "Dense")
    if mine is not theirs:
        return "It has weights of its own. Take the encoder's: keras.Model(encoder.inputs, encoder.layers[...].output)."
    return ""


def asked_pairs(answer: Any) -> str:
    """A dict of two inputs for predict."""
    if not isinstance(answer, dict):
        if isinstance(answer, (list, tuple)):
            return "A list works as well, in the order of the inputs; here the dict with their names is asked for."
        return f"A dict from the inputs' names to arrays is asked for, and this is {kind_of(answer)}."
    if set(answer) != {"left", "right"}:
        return f"The inputs are called 'left' and 'right'; the keys are {sorted(answer)}."
    shapes = [np.shape(answer[key]) for key in ("left", "right")]
    if any(len(shape) != 2 for shape in shapes):
        return f"A batch of rows is expected for each, even for a single pair; the shapes are {shapes}."
    return "" if shapes[0] == shapes[1] else f"Both need the same number of rows; the shapes are {shapes}."


EXERCISES = (
    Exercise(
        "08.1",
        "Weights that are shared",
        number(
            108_736,
            {
                217_472: "Twice would be for two encoders. It is the same one, used twice: its weights count once.",
                100_480: "That is its first layer. There is a second one, from 128 to 64.",
                8_256: "That is its second layer, from 128 to 64. There is one before it, from 784 to 128.",
                108_544: "The biases are missing: 128 and 64.",
            },
            "784 × 128 + 128 for the first layer, 128 × 64 + 64 for the second. How often do shared weights count?",
            tolerance=1e-6,
        ),
        "Used twice, counted once, and trained by both.",
    ),
    Exercise("08.2", "One loss for each output", two_losses, "By name, so that no order can be mixed up."),
    Exercise("08.3", "Two inputs by name", asked_pairs, "fit, evaluate and predict all take such a dict."),
    Exercise("08.4", "A view from inside", from_inside, "The same layers, another end: nothing has to be trained."),
    Exercise("08.5", "A shortcut", shortcut, "The layer in between only has to learn what is to be changed."),
)
