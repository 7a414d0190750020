"""Exercises of tutorial 05: save and restore."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..answers import kind_of, need_model, number, word
from ..exercise import Exercise


def keeps_best(answer: Any) -> str:
    """A ModelCheckpoint that keeps the model with the best validation accuracy."""
    if type(answer).__name__ != "ModelCheckpoint":
        return f"A keras.callbacks.ModelCheckpoint(...) is asked for, and this is {kind_of(answer)}."
    if not answer.filepath.endswith(".keras"):
        return f"It writes {answer.filepath!r}: whole models go into files that end in .keras."
    if answer.monitor == "val_loss":
        return "It watches val_loss, the default. The best validation *accuracy* is asked for: monitor='val_accuracy'."
    if answer.monitor != "val_accuracy":
        return f"It watches {answer.monitor!r}; 'val_accuracy' is asked for."
    if not answer.save_best_only:
        return "It saves after every epoch, better or not: save_best_only=True."
    if answer.mode == "min":
        return "mode='min' keeps the model with the lowest accuracy. 'max', or leave it to 'auto'."
    return ""


def twin(answer: Any, *, model: Any) -> str:
    """Another model with the very same weights."""
    if hint := need_model(answer):
        return hint
    if answer is model:
        return "This is the same model under another name: what happens to one happens to the other. Build a new one."
    mine, theirs = answer.get_weights(), model.get_weights()
    if [w.shape for w in mine] != [w.shape for w in theirs]:
        return "Its layers are of other sizes than the trained model's: weights only fit into the same architecture."
    if not all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True)):
        same = sum(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))
        if same <= len(mine) // 2:
            return "It has the weights it was born with. model.load_weights(file), or set_weights(...), is missing."
        return "Some of its weights differ still."
    return ""


def inside(answer: Any) -> str:
    """The names of the files in a .keras archive."""
    if isinstance(answer, (str, Path)) and Path(answer).is_file():
        return "That is the file itself. zipfile.ZipFile(file).namelist() tells what is in it."
    if isinstance(answer, zipfile.ZipFile):
        return "That is the opened archive; its method namelist() tells what is in it."
    if not isinstance(answer, (list, tuple, set)):
        return f"A list of names is asked for, and this is {kind_of(answer)}."
    names = {str(name) for name in answer}
    missing = {"config.json", "metadata.json", "model.weights.h5"} - names
    if missing:
        return f"These names of a .keras archive are not among them: {', '.join(sorted(missing))}."
    return ""


EXERCISES = (
    Exercise("05.1", "Keep the best", keeps_best, "A file appears whenever validation accuracy beats its record."),
    Exercise(
        "05.2",
        "The size of the weights",
        number(
            1_628_200,
            {
                407_050: "That is how many numbers there are. Each float32 takes four bytes.",
                13_025_600: "Those are bits. Eight of them are a byte.",
                3_256_400: "That would be eight bytes a number (float64). Weights are float32: four.",
                814_100: "That would be two bytes a number (float16). Weights are float32: four.",
                1.6282: "That is in millions. How many bytes?",
                4_884_600: "That is with Adam's two numbers for each weight. The weights alone are asked for.",
            },
            "407 050 numbers of four bytes each.",
            tolerance=1e-4,
        ),
        "The rest of a file's size is names and shapes; and, in a whole model, Adam's two numbers for each weight.",
    ),
    Exercise("05.3", "A twin", twin, "Two models, the same weights, the same predictions to the last bit."),
    Exercise("05.4", "What is in a .keras file", inside, "Plain JSON and arrays. No code: opening one runs nothing."),
    Exercise(
        "05.5",
        "What a weights file lacks",
        word(
            "architecture",
            {
                "weights": "Those are what is in it.",
                "biases": "They are weights too, and are in it.",
                "optimizer": "It may or may not be in it. Without something else you cannot use the file at all.",
                "layers": "The right thing is meant: which layers, and how they are connected. One word for it?",
                "config": "In Keras's words, yes. The plain word for what the config describes?",
                "model": "More exactly: what of the model?",
            },
            "You have to build it anew before you can load the weights. It begins with a.",
        ),
        "The code that builds the model has to be kept as well.",
    ),
)
