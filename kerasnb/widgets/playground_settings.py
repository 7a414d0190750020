"""Settings of the playground: what the sliders say, checked, and the program that makes the same model."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from kerasnb.core.datasets.plane import SETS, VALUES
from kerasnb.core.registry import did_you_mean

ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear", "elu", "gelu", "silu")
OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "rmsprop": "RMSprop"}
REGULARIZATIONS = ("none", "l1", "l2")
MOST_LAYERS, MOST_UNITS, MOST_BATCH = 5, 8, 100
# Changes of these leave the model as it is and go on with it.
GENTLE = frozenset({"learning_rate", "batch_size"})


@dataclass(frozen=True)
class Settings:
    """What one playground trains.

    Attributes:
        dataset: a set of ``keras.datasets.plane``.
        noise: of the points, 0 to 0.5.
        train_share: share of the points to train on, 0.1 to 0.9.
        layers: units of each hidden layer; at most 5 layers of 1 to 8 units.
        activation: of the hidden layers.
        regularization: "none", "l1" or "l2", of the hidden layers' weights.
        regularization_rate: its factor, from 0 to 1.
        optimizer: "sgd", "adam" or "rmsprop".
        learning_rate: above 0, at most 10.
        batch_size: rows per step, 1 to 100.
        seed: of points, weights and order.
        samples: how many points, 50 to 2000.
    """

    dataset: str = "circles"
    noise: float = 0.1
    train_share: float = 0.5
    layers: tuple[int, ...] = (4, 2)
    activation: str = "tanh"
    regularization: str = "none"
    regularization_rate: float = 0.001
    optimizer: str = "sgd"
    learning_rate: float = 0.03
    batch_size: int = 10
    seed: int = 0
    samples: int = 400

    def __post_init__(self) -> None:
        self._one_of("dataset", tuple(SETS))
        self._one_of("activation", ACTIVATIONS)
        self._one_of("regularization", REGULARIZATIONS)
        self._one_of("optimizer", tuple(OPTIMIZERS))
        self._number("noise", 0, 0.5)
        self._number("train_share", 0.1, 0.9)
        self._number("regularization_rate", 0, 1)
        self._number("learning_rate", 1e-6, 10)
        self._whole("batch_size", 1, MOST_BATCH)
        self._whole("seed", 0, 2**32 - 1)
        self._whole("samples", 50, 2000)
        try:
            units = tuple(self.layers)
        except TypeError:
            units = (None,)
        good = all(_is_whole(u) and 1 <= int(u) <= MOST_UNITS for u in units)
        if isinstance(self.layers, str) or not good or len(units) > MOST_LAYERS:
            raise ValueError(
                f"Playground: layers must be a list of at most {MOST_LAYERS} numbers from 1 to {MOST_UNITS}, the units "
                f"of each hidden layer, such as [4, 2]; got layers={self.layers!r}."
            )
        object.__setattr__(self, "layers", tuple(int(u) for u in units))

    def _one_of(self, name: str, known: tuple[str, ...]) -> None:
        value = getattr(self, name)
        if value not in known:
            hint = did_you_mean(value, known) if isinstance(value, str) else ""
            raise ValueError(f"Playground: {name} must be one of {', '.join(known)}, got {name}={value!r}.{hint}")

    def _number(self, name: str, low: float, high: float) -> None:
        value = getattr(self, name)
        try:
            found = float("nan") if isinstance(value, (bool, str)) else float(value)
        except (TypeError, ValueError):
            found = float("nan")
        if not (math.isfinite(found) and low <= found <= high):
            raise ValueError(f"Playground: {name} must be a number from {low:g} to {high:g}, got {name}={value!r}.")
        object.__setattr__(self, name, found)

    def _whole(self, name: str, low: int, high: int) -> None:
        value = getattr(self, name)
        if not _is_whole(value) or not low <= int(value) <= high:
            raise ValueError(f"Playground: {name} must be an integer from {low} to {high}, got {name}={value!r}.")
        object.__setattr__(self, name, int(value))

    @property
    def regression(self) -> bool:
        """Whether a value is to be predicted, not a class."""
        return self.dataset in VALUES

    def changed(self, **changes: Any) -> Settings:
        """The settings with some of them changed.

        Raises:
            ValueError: there is no such setting, or a value makes no sense.
        """
        known = [f.name for f in fields(self)]
        for name in changes:
            if name not in known:
                hint = did_you_mean(name, known)
                raise ValueError(f"Playground: there is no setting {name!r}; there are {', '.join(known)}.{hint}")
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """The settings for JSON."""
        return {**asdict(self), "layers": list(self.layers)}


def _is_whole(value: Any) -> bool:
    return not isinstance(value, bool) and hasattr(value, "__index__")


def code_of(settings: Settings, epochs: int) -> str:
    """The program that trains the same model for so many epochs, to the same numbers."""
    s = settings
    regularizer = ""
    if s.regularization != "none" and s.regularization_rate:
        kind = s.regularization.upper()
        regularizer = f", kernel_regularizer=keras.regularizers.{kind}({s.regularization_rate:g})"
    hidden = [f'    layers.Dense({units}, activation="{s.activation}"{regularizer}),' for units in s.layers]
    last = '"tanh"' if s.regression else '"sigmoid"'
    loss = '"mse"' if s.regression else '"binary_crossentropy", metrics=["accuracy"]'
    return "\n".join([
        "import kerasnb as keras",
        "from kerasnb import layers",
        "",
        "(x_train, y_train), (x_test, y_test) = keras.datasets.plane.load_data(",
        f'    "{s.dataset}", samples={s.samples}, noise={s.noise:g}, train_share={s.train_share:g}, seed={s.seed}',
        ")",
        f"keras.utils.set_random_seed({s.seed})",
        "model = keras.Sequential([",
        "    keras.Input((2,)),",
        *hidden,
        f"    layers.Dense(1, activation={last}),",
        "])",
        "model.compile(",
        f"    keras.optimizers.{OPTIMIZERS[s.optimizer]}({s.learning_rate:g}), {loss}",
        ")",
        "history = model.fit(",
        f"    x_train, y_train, batch_size={s.batch_size}, epochs={max(epochs, 1)},",
        "    validation_data=(x_test, y_test),",
        ")",
    ])  # fmt: skip
