"""Run by a real Keras: load what kerasnb saved, predict, train on for an epoch, save again.

    KERAS_BACKEND=jax python keras_side.py FOLDER

For each ``NAME.keras`` with inputs and targets in ``NAME.npz`` it leaves ``NAME.answer.npz`` and ``NAME.again.keras``.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="saving_tests")
class Doubler(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = keras.layers.Dense(units)

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")
        self.inner.build(input_shape)

    def call(self, x):
        return 2 * self.inner(x) * self.scale

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="saving_tests")
class TwoHeads(keras.Model):
    def __init__(self, width=3, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.body = [keras.layers.Dense(width, activation="tanh"), keras.layers.Dense(width)]
        self.head = keras.layers.Dense(1)

    def call(self, x):
        for layer in self.body:
            x = layer(x)
        return self.head(x)

    def get_config(self):
        return {**super().get_config(), "width": self.width}


def listed(archive, start):
    """The arrays named x0, x1, ... of a file; one alone stands for itself."""
    found = [archive[k] for k in sorted(archive.files) if k.startswith(start)]
    return found[0] if len(found) == 1 else found


def answer(path: Path) -> dict:
    """What Keras makes of one archive."""
    with np.load(path.with_suffix(".npz")) as archive:
        x, y = listed(archive, "x"), listed(archive, "y")
    model = keras.saving.load_model(path)
    before = model.predict(x, verbose=0)
    loss = model.fit(x, y, epochs=1, batch_size=3, shuffle=False, verbose=0).history["loss"]
    model.save(path.with_suffix(".again.keras"))
    after = model.predict(x, verbose=0)
    found = {
        "loss": np.array(loss),
        "iterations": np.array(int(keras.ops.convert_to_numpy(model.optimizer.iterations))),
    }
    for name, outputs in (("before", before), ("after", after)):
        for i, output in enumerate(outputs if isinstance(outputs, (list, tuple)) else [outputs]):
            found[f"{name}{i}"] = np.asarray(output)
    return found


if __name__ == "__main__":
    for file in sorted(Path(sys.argv[1]).glob("*.keras")):
        if file.name.endswith(".again.keras"):
            continue
        try:
            np.savez(file.with_suffix(".answer.npz"), **answer(file))
        except Exception:
            file.with_suffix(".error.txt").write_text(traceback.format_exc())
