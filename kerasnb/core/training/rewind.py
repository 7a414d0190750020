"""Rewind: every epoch's state of a run is kept, and any of them can be looked at or taken up again."""

from __future__ import annotations

import copy
import random as python_random
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np

from .. import random
from ..callbacks.history import History
from ..variable import restore, values
from .snapshots import DISK, MEMORY, Snapshots


@dataclass
class Position:
    """What decides how a run goes on after an epoch and does not lie in the model."""

    order: Any = None  # the place in the data (``ArrayEpochs.position``)
    callbacks: Any = ()  # what each callback remembers
    history: Any = None  # of the run that a fit goes on from
    numpy: Any = field(default_factory=lambda: np.random.get_state())
    python: Any = field(default_factory=python_random.getstate)
    keys: Any = field(default_factory=lambda: np.asarray(random.global_generator().state.numpy()))

    def find_data(self, fit: Any) -> None:
        """Let a run draw the rows or batches that followed."""
        if fit.arrays is not None:
            if "generator" in self.order:
                fit.arrays.go_to(self.order)
        elif "generator" not in self.order:
            fit.feed.begin_anew(self.order)

    def put_back(self) -> None:
        """Set the global generators as they were."""
        np.random.set_state(self.numpy)
        python_random.setstate(self.python)
        random.global_generator().state.assign(self.keys)


# Restored models whose next fit may go on at a position: model -> (epoch, position).
_resuming: weakref.WeakKeyDictionary[Any, tuple[int, Position]] = weakref.WeakKeyDictionary()


def resumed(model: Any, initial_epoch: int) -> Position | None:
    """The position at which a fit that begins there goes on; asked once per fit."""
    epoch, position = _resuming.pop(model, (None, None))
    return position if epoch == initial_epoch else None


class Rewind:
    """The states of one ``fit(..., rewind=True)``, which is ``history.rewind``.

    Epochs are counted as the charts and the progress bar count them: 1 is the state after the first epoch, 0 the one
    before it. So ``restore(12)`` gives the model as it was after 12 epochs, and ``fit(..., initial_epoch=12)`` goes on
    from there: with the same arguments to the same weights, to the bit.

    Args:
        memory: bytes of states held in memory; older ones go to a temporary folder, which is deleted with this object
            or at the end of the process.
        disk: bytes held in that folder. Beyond that epochs are given up, evenly over the run, never the best one.

    Attributes:
        looking: the epoch that is looked at while the model goes on; None where it is the newest.
        branches: what was left behind where a run went on from an earlier epoch: dicts of ``epoch`` (from where),
            ``history``.

    Example: ``history = model.fit(x, y, epochs=30, validation_split=0.2, rewind=True)``, then
    ``history.rewind.predict(3, x_new)``, or ``model.fit(x, y, epochs=30,
    initial_epoch=history.rewind.restore(history.rewind.best))``.
    """

    def __init__(self, memory: int = MEMORY, disk: int = DISK):
        for name, value in (("memory", memory), ("disk", disk)):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                raise ValueError(f"Rewind: {name} must be a number of bytes, at least 0, got {name}={value!r}.")
        self._states = Snapshots(int(memory), int(disk))
        self._positions: dict[int, Position] = {}
        self._losses: dict[int, float] = {}
        self._slots: Any = None
        self._model: Any = None
        self._optimizer: Any = None
        self.history: Any = None  # of the run
        self.looking: int | None = None
        self.branches: list[dict[str, Any]] = []
        self.views: list[Any] = []

    # --- what fit does -----------------------------------------------------------------------------------

    def begin(self, fit: Any) -> None:
        """Keep the state before the first epoch, and meet the views that shall show former epochs."""
        self._states.close()
        self._positions, self._losses, self.branches = {}, {}, []
        self.history = fit.callbacks.history
        self._model, self._slots, self._optimizer = fit.model, fit.slots, fit.model.optimizer
        found = (getattr(c, "view", None) for c in fit.callbacks.callbacks)
        self.views = [v for v in found if hasattr(v, "refresh")]
        self.keep(fit, fit.initial_epoch, {})

    def keep(self, fit: Any, epoch: int, logs: dict[str, Any]) -> None:
        """Keep the state after so many epochs."""
        # On a CPU these are views of the device's own memory: no copy.
        self._states.put(epoch, [np.asarray(a) for a in jax.device_get(values(self._variables))])
        self._positions[epoch] = Position(
            order=fit.epochs_of_steps.position(within=False),
            callbacks=[copy.deepcopy(c.get_state()) if _remembers(c) else None for c in fit.callbacks.callbacks],
        )
        loss = logs.get("val_loss", logs.get("loss"))
        if loss is not None and np.isfinite(np.mean(loss)):
            self._losses[epoch] = float(np.mean(loss))
            self._states.protected = {self.best, min(self._positions)}
        kept = set(self._states.numbers)
        self._positions = {k: v for k, v in self._positions.items() if k in kept}

    def back(self, fit: Any, epoch: int) -> None:
        """Take a running fit back to an epoch; what it learned since then becomes a branch."""
        position = self._put_back(epoch)
        position.find_data(fit)
        for callback, state in zip(fit.callbacks.callbacks, position.callbacks, strict=True):
            if state is not None:
                callback.set_state(copy.deepcopy(state))
        fit.lifeline.epoch_finished()
        self.cut(epoch, fit)
        self.looking = None

    def cut(self, epoch: int, fit: Any) -> None:
        """Forget the states after an epoch, and move the history's numbers after it to a branch."""
        history = fit.callbacks.history
        for later in [n for n in self.epochs if n > epoch]:
            self._states.drop(later)
            self._positions.pop(later, None)
            self._losses.pop(later, None)
        if history is None:
            return
        kept = sum(e < epoch for e in history.epoch)
        validated = sum(fit.validate_now(e) for e in history.epoch[:kept])  # fewer where validation_freq says so
        whole = len(history.epoch)
        share = {name: kept if len(v) == whole else validated for name, v in history.history.items()}
        left = {name: v[share[name] :] for name, v in history.history.items()}
        self.branches.append({"epoch": epoch, "epochs": history.epoch[kept:], "history": left})
        history.epoch = history.epoch[:kept]
        history.history = {name: v[: share[name]] for name, v in history.history.items()}
        history.seconds = history.seconds[:kept]

    # --- what a person does ---------------------------------------------------------------------------------

    @property
    def epochs(self) -> list[int]:
        """The epochs whose states are there."""
        return self._states.numbers

    @property
    def model(self) -> Any:
        """The model that the states are of."""
        return self._model

    def nearest(self, epoch: int) -> int:
        """The epoch nearest to a number whose state is there."""
        if not self.epochs:
            self._arrays(epoch)  # says that there are none
        return min(self.epochs, key=lambda e: (abs(e - epoch), e))

    @property
    def best(self) -> int | None:
        """The epoch of the lowest validation loss (of the lowest loss where there is no validation)."""
        return min(self._losses, key=lambda e: (self._losses[e], e)) if self._losses else None

    @property
    def bytes(self) -> tuple[int, int]:
        """How much is kept: (bytes in memory, bytes on disk)."""
        return self._states.bytes

    def restore(self, epoch: int) -> int:
        """Put the model back as it was after an epoch: weights, optimizer, random states.

        Returns: the epoch, for ``fit(..., initial_epoch=...)``.

        Raises:
            ValueError: the state of that epoch was not kept, or the model was compiled anew since.
        """
        _resuming[self._model] = (epoch, replace(self._put_back(epoch), history=self.history))
        return epoch

    @contextmanager
    def at(self, epoch: int) -> Iterator[Any]:
        """Within it the model is as it was after an epoch; afterwards it is as before.

        Example: ``with history.rewind.at(5) as model: model.evaluate(x_test, y_test)``.
        """
        arrays = self._arrays(epoch)
        metrics = self._slots.metrics
        before, sums = values(self._variables), values(metrics)
        generators = Position()
        self._place(arrays)
        try:
            yield self._model
        finally:
            restore(self._variables, before)
            restore(metrics, sums)
            generators.put_back()

    def predict(self, epoch: int, x: Any, **options: Any) -> Any:
        """What the model said of inputs after an epoch; ``options`` of ``Model.predict``."""
        with self.at(epoch) as model:
            return model.predict(x, **{"verbose": 0, **options})

    def weights(self, epoch: int) -> list[np.ndarray]:
        """The weights after an epoch, as ``model.get_weights()`` gives them."""
        with self.at(epoch) as model:
            return [np.array(w) for w in model.get_weights()]

    def look(self, epoch: int | None) -> None:
        """Let the attached views (a gallery whose callback was in ``fit``) show an epoch; None for the newest."""
        self.looking = epoch
        for view in self.views:
            if epoch is None:
                view.refresh()
            else:
                with self.at(epoch):
                    view.refresh(note=f"as after epoch {epoch}")

    def explore(self, x: Any, y: Any = None, **options: Any) -> Any:
        """A chart of the run to drag along, with the gallery of each epoch below it.

        Args:
            x, y, options: as in ``model.gallery``.
        """
        from ..display import view

        return view("rewind")(self, x, y, **options)

    def close(self) -> None:
        """Give all states up and delete the temporary folder."""
        self._states.close()
        self._positions = {}

    def __len__(self) -> int:
        return len(self._states)

    def __contains__(self, epoch: Any) -> bool:
        return epoch in self._states

    def __repr__(self) -> str:
        epochs = self.epochs
        if not epochs:
            return "<Rewind: nothing kept>"
        held, spilled = self.bytes
        span = f"{len(epochs)} states, epochs {epochs[0]} to {epochs[-1]}"
        best = f", best {self.best}" if self.best is not None else ""
        return f"<Rewind: {span}{best}, {held / 2**20:.1f} MB in memory, {spilled / 2**20:.1f} MB on disk>"

    # --- inside ---------------------------------------------------------------------------------------------

    @property
    def _variables(self) -> list[Any]:
        slots = self._slots
        return [*slots.trainable, *slots.rest, *slots.optimizer]

    def _arrays(self, epoch: Any) -> list[np.ndarray]:
        if isinstance(epoch, bool) or not hasattr(epoch, "__index__") or int(epoch) not in self._states:
            known = self.epochs
            if not known:
                raise ValueError(f"rewind: there is no state of epoch {epoch!r}: none is kept (any more).")
            whole = known == list(range(known[0], known[-1] + 1))
            there = f"those of the epochs {known[0]} to {known[-1]}" if whole else f"those of the epochs {known}"
            raise ValueError(f"rewind: there is no state of epoch {epoch!r}; there are {there} (0: before the first).")
        return self._states.get(int(epoch))

    def _place(self, arrays: list[np.ndarray]) -> None:
        """Let the Variables hold arrays, each where its own lies."""
        placed = []
        for variable, array in zip(self._variables, arrays, strict=True):
            now = variable._raw_value
            placed.append(jax.device_put(array, now.sharding if getattr(now, "committed", False) else None))
        restore(self._variables, placed)

    def _put_back(self, epoch: int) -> Position:
        arrays = self._arrays(epoch)
        if self._model.optimizer is not self._optimizer:
            raise ValueError(
                "rewind: the model was compiled anew since that fit, and its optimizer is another. Use "
                f"model.set_weights(history.rewind.weights({epoch})) to get the weights alone."
            )
        self._place(arrays)
        position = self._positions[epoch]
        position.put_back()
        return position


def _remembers(callback: Any) -> bool:
    # The history is cut by ``cut``, which keeps what is cut off.
    return hasattr(callback, "get_state") and not isinstance(callback, History)


def rewind_of(argument: Any) -> Rewind | None:
    """The Rewind that ``fit(rewind=...)`` asks for.

    Raises:
        TypeError: neither a bool nor a Rewind.
    """
    if argument is None or argument is False:
        return None
    if argument is True:
        return Rewind()
    if isinstance(argument, Rewind):
        return argument
    raise TypeError(
        f"fit: rewind must be True, False or a keras.callbacks.Rewind(memory=..., disk=...), got rewind={argument!r}."
    )
