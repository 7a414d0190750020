"""Callback: code of the user's that runs on the host between compiled chunks."""

from __future__ import annotations

from typing import Any

_BATCH_HOOKS = (
    "on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end",
)  # fmt: skip
_TEST_HOOKS = ("on_test_batch_begin", "on_test_batch_end")
_PREDICT_HOOKS = ("on_predict_batch_begin", "on_predict_batch_end")


class Callback:
    """Base of callbacks; every hook does nothing unless a subclass writes it.

    Attributes:
        model: the model in training.
        params: ``{"verbose", "epochs", "steps"}`` of the run.

    Set ``self.model.stop_training = True`` in a hook to end training after the epoch. A callback whose own numbers
    decide how a run goes on names them in ``remembered``, and ``BackupAndRestore`` brings them back:

    >>> class Patience(Callback):
    ...     remembered = ("waited",)
    ...     waited = 3
    >>> Patience().get_state()
    {'waited': 3}
    """

    # A replayable callback only looks at the logs. Its epoch hooks may be called a little later, all
    # epochs of a compiled block in turn, with the same numbers.
    replayable = False
    # One that observes only changes nothing in the run; it may hear of an epoch's validation when both are done.
    observes_only = False
    # Attributes that decide how a run goes on: numbers, texts, lists, dicts, arrays. Backups keep them.
    remembered: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.params: Any = None
        self._model: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Called with the parameters of the run."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Called with the model."""
        self._model = model

    @property
    def model(self) -> Any:
        """The model in training."""
        return getattr(self, "_model", None)

    def get_state(self) -> dict[str, Any]:
        """What a backup keeps of the callback: its ``remembered`` attributes."""
        return {name: getattr(self, name) for name in self.remembered}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take up what ``get_state`` gave, in a run that goes on; called after ``on_train_begin``."""
        for name, value in state.items():
            if name in self.remembered:
                setattr(self, name, value)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: dict | None = None) -> None:
        """After the last epoch; ``logs`` are its results."""

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Before an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """After an epoch and its validation (names with ``val_``)."""

    def on_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """The older name of ``on_train_batch_begin``."""

    def on_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """The older name of ``on_train_batch_end``."""

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Before a training step."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """After a training step; ``logs`` are the running means of the epoch."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Before evaluation or validation."""

    def on_test_end(self, logs: dict | None = None) -> None:
        """After it."""

    def on_test_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Before a batch of evaluation."""

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """After a batch of evaluation."""

    def on_predict_begin(self, logs: dict | None = None) -> None:
        """Before prediction."""

    def on_predict_end(self, logs: dict | None = None) -> None:
        """After it."""

    def on_predict_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Before a batch of prediction."""

    def on_predict_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """After a batch of prediction; ``logs["outputs"]`` are its outputs."""


def overrides(callback: Any, names: tuple[str, ...]) -> bool:
    """Whether a callback writes any of these hooks itself (on its class or on the object)."""
    for name in names:
        own = getattr(type(callback), name, None)
        if name in vars(callback) or (own is not None and own is not getattr(Callback, name)):
            return True
    return False
