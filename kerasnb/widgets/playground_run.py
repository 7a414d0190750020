"""One network of the playground: its points, its training, what it sees of the plane."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.core.datasets.plane import SIDE, load_data
from kerasnb.core.sweep.seeds import kept_randomness
from kerasnb.core.training.fitting import Fit

from .playground_settings import OPTIMIZERS, Settings

GRID = 50  # pixels of the boundary on each side
UNIT = 25  # of what a single unit sees
KEPT = 4000  # epochs whose losses are kept; of a longer run every second goes
FOREVER = 10**9  # epochs


def grid(side: int = GRID) -> np.ndarray:
    """The plane in pixels, (side * side, 2), from top left, by rows."""
    places = (np.arange(side) + 0.5) / side * 2 * SIDE - SIDE
    x, y = np.meshgrid(places, -places)
    return np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)


class Run:
    """A model under training.

    Args:
        settings: what to train.
        model: one to go on with, with the epochs it has; a fresh one without.

    Attributes:
        epoch: how many epochs are done.
        losses: of some epochs, (epoch, training loss, test loss, training accuracy, test accuracy).
    """

    def __init__(self, settings: Settings, before: Run | None = None):
        import kerasnb as keras

        self.settings = settings
        self.train, self.test = load_data(
            settings.dataset, settings.samples, settings.noise, settings.train_share, settings.seed
        )
        self.rate: float | None = None  # to be set before the next epochs
        self.every = 1
        self.epoch, self.losses = (0, []) if before is None else (before.epoch, before.losses)
        if before is not None:
            self.every = before.every
        with kept_randomness():
            keras.utils.set_random_seed(settings.seed if before is None else settings.seed + 1)
            self.model = self._model(keras) if before is None else before.model
            self.fit = self._open()
        hidden = [layer.output for layer in self.model.layers]
        self.probe = keras.Model(self.model.inputs, hidden, name="probe")
        self._grid = grid()

    def _model(self, keras: Any) -> Any:
        s = self.settings
        regularizer = None
        if s.regularization != "none" and s.regularization_rate:
            regularizer = getattr(keras.regularizers, s.regularization.upper())
        layers = [
            keras.layers.Dense(
                units, activation=s.activation,
                kernel_regularizer=regularizer(s.regularization_rate) if regularizer else None,
            )
            for units in s.layers
        ]  # fmt: skip
        last = keras.layers.Dense(1, activation="tanh" if s.regression else "sigmoid")
        model = keras.Sequential([keras.Input((2,)), *layers, last], name="playground")
        optimizer = getattr(keras.optimizers, OPTIMIZERS[s.optimizer])(s.learning_rate)
        if s.regression:
            model.compile(optimizer, "mse")
        else:
            model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
        return model

    def _open(self) -> Fit:
        (x, y), s = self.train, self.settings
        return Fit(
            self.model, x=x, y=y, batch_size=s.batch_size, epochs=FOREVER, verbose=0, callbacks=None,
            validation_split=0.0, validation_data=self.test, shuffle=True, class_weight=None, sample_weight=None,
            initial_epoch=0, steps_per_epoch=None, validation_steps=None, validation_batch_size=s.samples,
            validation_freq=1,
        )  # fmt: skip

    @property
    def most(self) -> int:
        """How many epochs ``advance`` can do at once."""
        return self.fit.blocks.limit

    def advance(self, epochs: int) -> None:
        """Train; the history grows by so many epochs."""
        if self.rate is not None:
            self.model.optimizer.learning_rate, self.rate = self.rate, None
        history = self.fit.callbacks.history
        while epochs > 0:
            count = min(epochs, self.most)
            begun = len(history.epoch)
            self.fit.blocks.run(self.epoch, count)
            for i in range(begun, begun + count):
                self.epoch += 1
                if self.epoch % self.every == 0:
                    row = [history.history.get(n, [0.0] * (i + 1))[i] for n in ROWS]
                    self.losses.append((self.epoch, *row))
            while len(self.losses) > KEPT:
                del self.losses[::2]
                self.every *= 2
            if begun > KEPT:
                history.on_train_begin()
            epochs -= count

    def look(self) -> tuple[np.ndarray, np.ndarray]:
        """What the network says of the plane, and what each hidden unit does.

        Returns: (GRID, GRID) bytes, 0 for class 0 or -1 and 255 for class 1 or 1; (units, UNIT, UNIT) bytes, each unit
            from its lowest to its highest output with 0 at 128 where it has both signs.
        """
        outputs = self.probe.predict_on_batch(self._grid)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        last = outputs[-1].reshape(GRID, GRID)
        last = (last + 1) / 2 if self.settings.regression else last
        units = [o.reshape(GRID, GRID, -1)[::2, ::2].transpose(2, 0, 1) for o in outputs[:-1]]
        seen = np.concatenate(units) if units else np.zeros((0, UNIT, UNIT))
        return as_bytes(last), as_bytes(0.5 + 0.5 * seen / np.maximum(np.abs(seen).max((1, 2), keepdims=True), 1e-6))

    def weights(self) -> np.ndarray:
        """All kernels in a row, (2 x units, units x units, ..., units x 1)."""
        return np.concatenate([np.asarray(layer.kernel).ravel() for layer in self.model.layers]).astype(np.float32)


ROWS = ("loss", "val_loss", "accuracy", "val_accuracy")


def as_bytes(values: np.ndarray) -> np.ndarray:
    """Values from 0 to 1 as bytes; what is no number becomes the middle."""
    return (np.clip(np.nan_to_num(values, nan=0.5), 0, 1) * 255 + 0.5).astype(np.uint8)
