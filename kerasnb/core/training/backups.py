"""Backups: what a run of ``fit`` is made of, taken down while it runs and taken up again by another process.

A callback that keeps backups has a method ``begin_run(backups)``. It asks ``capture`` for the run's state after a
batch or an epoch, when every callback has heard of it, and hands back what it finds at the beginning of a new run.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from .. import random as random_module
from ..saving.plain_values import PlainValues
from ..saving.weights import Snapshot, covered, snapshot
from ..variable import restore
from . import steps


@dataclass
class RunState:
    """Everything that decides how a run goes on.

    Attributes:
        facts: what JSON can hold: "epoch", "step" and the rest.
        arrays: what ``facts`` refers to by number, and the arrays that the weights' layout has no place for.
        weights: the model's and optimizer's weights in the layout of ``.weights.h5``; empty when read back, because
            they are in the model then.
    """

    facts: dict[str, Any]
    arrays: list[np.ndarray]
    weights: list[Snapshot] = field(default_factory=list)


class Backups:
    """The backups of one ``Fit``: whom to tell, and where to go on."""

    def __init__(self, fit: Any):
        self.fit = fit
        self.savers = [c for c in fit.callbacks.callbacks if hasattr(c, "begin_run")]
        self.found: RunState | None = None
        self.within = False  # whether the next epoch begins in its middle
        self._start: tuple[int, dict[str, Any]] = (0, {})
        self._arrays: list[Any] = []

    def open(self) -> None:
        """Before ``on_train_begin``: ask for a state to go on from; the model has its weights then."""
        for saver in self.savers:
            found = saver.begin_run(self)
            if found is not None:
                self.found = found
                self.fit.model.__dict__["_resuming"] = True  # so that nobody begins a file anew
        if self.found is not None:
            arrays, variables = self._values().read(self.found.facts["variables"]), _uncovered(self.fit)
            if [np.shape(a) for a in arrays] != [v.shape for v in variables]:
                raise ValueError(
                    "The backup belongs to a run with other metrics: compile the model as that run did, or delete the "
                    "folder of the backup to begin anew."
                )
            for variable, array in zip(variables, arrays):
                variable.assign(array)
            self._arrays = [v._raw_value for v in self.fit.slots.all()]

    def close(self) -> None:
        """When the run is over, well or not."""
        self.fit.model.__dict__.pop("_resuming", None)
        for saver in self.savers:
            saver.end_run()
        self.found, self.savers = None, []

    # --- going on ------------------------------------------------------------------------------------

    def first_epoch(self) -> int:
        """After ``on_train_begin``: the epoch to begin with, and the state of a run that stopped between two epochs."""
        if self.found is None:
            return 0
        self.within = bool(self.found.facts.get("step"))
        if not self.within:
            self._restore()
        return int(self.found.facts["epoch"])

    def epoch_begins(self) -> None:
        """After ``on_epoch_begin``: the state of a run that stopped within this epoch."""
        if self.within:
            self.within = False
            if self._restore():
                facts = self.found.facts  # type: ignore[union-attr]
                self._start = int(facts["step"]), self._values().read(facts["logs"])

    def take_start(self) -> tuple[int, dict[str, Any]]:
        """The step at which the epoch begins, and its logs up to there."""
        start, self._start = self._start, (0, {})
        return start

    def _values(self) -> PlainValues:
        return PlainValues(self.found.arrays)  # type: ignore[union-attr]

    def _restore(self) -> bool:
        """Put the state into model, callbacks and data; whether the place in the data could be found again."""
        fit, facts, values = self.fit, self.found.facts, self._values()  # type: ignore[union-attr]
        # Callbacks may have done something to the weights when they were told of the beginning.
        restore(fit.slots.all(), self._arrays)
        steps.Slots(fit.model)  # puts the arrays where a distribution wants them
        fit.lifeline.epoch_finished()
        for callback, key in _keyed(fit.callbacks.callbacks):
            state = facts["callbacks"].get(key)
            if state is not None and hasattr(callback, "set_state"):
                callback.set_state(values.read(state))
        fit.model.stop_training = bool(facts["stop_training"])
        fit.last_logs = values.read(facts["logs"])
        _set_random_state(facts["random"])
        if facts["data"] != data_facts(fit):
            return False  # other data, or other batches: the epoch begins anew
        fit.epochs_of_steps.go_to(facts["position"])
        if facts.get("validation") is not None and hasattr(fit.validation_feed, "go_to"):
            fit.validation_feed.go_to(facts["validation"])
        return True

    # --- taking down ---------------------------------------------------------------------------------

    def after_batch(self, epoch: int, step: int, logs: dict[str, Any]) -> None:
        """Every callback has heard of a batch; ``step`` of them are done in this epoch."""
        if not self.fit.model.stop_training:  # the epoch ends here, and its end is what counts
            for saver in self.savers:
                saver.after_batch(epoch, step, logs)

    def after_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """Every callback has heard of an epoch."""
        if not self.fit.stopped:  # a person's stop may have cut it short
            for saver in self.savers:
                saver.after_epoch(epoch, logs)

    def capture(self, epoch: int, step: int, logs: dict[str, Any]) -> RunState:
        """The run as it stands: it would go on in ``epoch`` after ``step`` batches."""
        fit, values = self.fit, PlainValues()
        validation = fit.validation_feed
        callbacks = {}
        for callback, key in _keyed(fit.callbacks.callbacks):
            state = callback.get_state() if hasattr(callback, "get_state") else None
            if state:
                callbacks[key] = values.plain(state, f"{type(callback).__name__}.get_state()")
        facts = {
            "epoch": epoch,
            "step": step,
            "logs": values.plain(logs, "the logs"),
            "stop_training": bool(fit.model.stop_training),
            "callbacks": callbacks,
            "variables": values.plain([v._raw_value for v in _uncovered(fit)], "the variables"),
            "data": data_facts(fit),
            "position": fit.epochs_of_steps.position(within=step > 0),
            "validation": validation.position() if hasattr(validation, "position") else None,
            "random": _random_state(),
        }
        donated = fit.lifeline.donated  # the next chunk takes the arrays over
        arrays = [np.array(a) if donated else np.asarray(a) for a in jax.device_get(values.arrays)]
        return RunState(facts, arrays, snapshot(fit.model, copy=donated))


def data_facts(fit: Any) -> list[Any]:
    """What must be equal for a place in the data to mean the same."""
    return [getattr(fit.feed, "rows", None), fit.feed.batch_size, fit.steps_limit, str(fit.shuffle)]


def _uncovered(fit: Any) -> list[Any]:
    """The Variables of a run that ``.weights.h5`` has no place for: metric sums above all."""
    known = covered(fit.model)
    return [v for v in fit.slots.all() if id(v) not in known]


def _keyed(callbacks: list[Any]) -> list[tuple[Any, str]]:
    """Callbacks with the names of their classes, numbered."""
    used: dict[str, int] = {}
    found = []
    for callback in callbacks:
        name = type(callback).__name__
        used[name] = used.get(name, 0) + 1
        found.append((callback, f"{name} {used[name]}"))
    return found


def _random_state() -> dict[str, Any]:
    """The generators of the process that callbacks, data and unseeded layers draw from."""
    name, keys, *rest = np.random.get_state()
    version, numbers, gauss = random.getstate()
    generator = random_module._global_generator
    return {
        "numpy": [name, np.asarray(keys).tolist(), *(float(r) if isinstance(r, float) else int(r) for r in rest)],
        "python": [version, list(numbers), gauss],
        "kerasnb": None if generator is None else np.asarray(generator.state._raw_value).tolist(),
    }


def _set_random_state(state: dict[str, Any]) -> None:
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, np.asarray(keys, np.uint32), *rest))  # type: ignore[arg-type]
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    if state["kerasnb"] is not None:
        random_module.global_generator().state.assign(np.asarray(state["kerasnb"], np.uint32))
