"""OrbaxCheckpoint: checkpoints that are written while training goes on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ..distribution.placement import place_rest
from ..distribution.processes import say
from ..variable import values
from .callback import Callback
from .monitoring import better, checked_mode, monitored


class OrbaxCheckpoint(Callback):
    """Write weights (and the optimizer's state) with Orbax after epochs, or every so many batches.

    Args:
        directory: a folder for this run's checkpoints; each is a numbered folder in it.
        monitor: the number that says what is best.
        verbose: 1 says what is saved.
        save_best_only: save only when the number improved.
        mode: "min", "max", or "auto" to tell from the metric.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: the number must get better than this to be saved.
        max_to_keep: checkpoints beyond so many are deleted, the oldest first; None keeps all.
        save_on_background: write while training goes on, instead of waiting.
        save_weights_only: leave out the states of the optimizer and of random numbers.
        keep_best: with ``max_to_keep``: delete those whose monitored number is worst instead of the oldest.

    The numbers of the logs lie beside each checkpoint; ``saving.checkpoints(directory)`` lists them.
    Every checkpoint appears whole or not at all, also with several processes. ``restore`` reads one back.
    """

    def __init__(
        self, directory: Any, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False,
        mode: str = "auto", save_freq: Any = "epoch", initial_value_threshold: float | None = None,
        max_to_keep: int | None = 1, save_on_background: bool = True, save_weights_only: bool = False,
        keep_best: bool = False,
    ):  # fmt: skip
        super().__init__()
        if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1):
            raise ValueError(
                f"OrbaxCheckpoint: save_freq must be 'epoch' or a number of batches, got save_freq={save_freq!r}."
            )
        self.directory, self.monitor, self.verbose = os.fspath(directory), monitor, verbose
        self.save_best_only, self.save_freq, self.max_to_keep = save_best_only, save_freq, max_to_keep
        self.mode = checked_mode(mode, "OrbaxCheckpoint")
        self.best = initial_value_threshold
        self.monitor_op: Any = None
        self.save_on_background, self.save_weights_only = save_on_background, save_weights_only
        self.keep_best = keep_best
        self._total_batches_seen = self._since = 0
        self._manager: Any = None
        if save_freq != "epoch":  # a hook that exists only where it is needed keeps the engine's chunks long
            self.on_train_batch_end = self._count_batches  # type: ignore[method-assign]

    remembered = ("best", "_total_batches_seen", "_since")

    @property
    def manager(self) -> Any:
        """The ``orbax.checkpoint.CheckpointManager`` of the folder."""
        if self._manager is None:
            import orbax.checkpoint as orbax  # two seconds, paid by those who use it

            rising = self.monitor_op is np.greater
            options = orbax.CheckpointManagerOptions(
                max_to_keep=self.max_to_keep,
                enable_async_checkpointing=self.save_on_background,
                best_fn=(lambda metrics: metrics[self.monitor]) if self.keep_best else None,
                best_mode="max" if rising else "min",
                keep_checkpoints_without_metrics=False,
            )
            self._manager = orbax.CheckpointManager(
                Path(self.directory).absolute(), options=options, item_handlers=orbax.StandardCheckpointHandler()
            )
        return self._manager

    def on_train_begin(self, logs: dict | None = None) -> None:
        if self.save_best_only or self.keep_best:
            self.monitor_op = better(self.mode, self.monitor, self.model, "OrbaxCheckpoint")

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, logs)

    def on_train_end(self, logs: dict | None = None) -> None:
        self.wait_until_finished()

    def wait_until_finished(self) -> None:
        """Return when everything is on disk."""
        if self._manager is not None:
            self._manager.wait_until_finished()

    def restore(self, model: Any = None, step: int | None = None) -> int:
        """Put a checkpoint into a built model of the same architecture; returns its number.

        Args:
            model: the callback's own model if left out. If the checkpoint has an optimizer's state and the model an
                optimizer, that is restored too.
            step: the checkpoint's number; the newest if left out.
        """
        import orbax.checkpoint as orbax

        model = self.model if model is None else model
        step = self.manager.latest_step() if step is None else step
        if step is None or step not in self.manager.all_steps():
            raise ValueError(
                f"OrbaxCheckpoint: there is no checkpoint {'at all' if step is None else step} in {self.directory!r}; "
                f"there are {sorted(self.manager.all_steps())}."
            )
        # As NumPy arrays: other devices and processes than those that wrote it may read it.
        plain = jax.tree.map(lambda a: np.empty(a.shape, a.dtype), self.manager.item_metadata(step))
        found = self.manager.restore(step, args=orbax.args.StandardRestore(plain))
        groups = {"weights": model.weights}
        if "random" in found:
            groups["random"] = random_states(model)
        if "optimizer" in found and model.optimizer is not None:
            model.optimizer.build(model.trainable_variables)
            groups["optimizer"] = model.optimizer.variables
        for name, variables in groups.items():
            arrays = [found[name][key] for key in sorted(found[name])]
            if len(arrays) != len(variables):
                raise ValueError(
                    f"OrbaxCheckpoint: the checkpoint has {len(arrays)} arrays for the {name}, the model has "
                    f"{len(variables)}: it belongs to a model of another architecture."
                )
            for variable, array in zip(variables, arrays, strict=True):
                variable.assign(np.asarray(array))
        return step

    def _count_batches(self, batch: int, logs: dict | None = None) -> None:
        self._total_batches_seen += 1
        self._since += 1
        if self._since >= self.save_freq:
            self._since = 0
            self._save(self._total_batches_seen, logs)

    def _save(self, step: int, logs: dict | None) -> None:
        import orbax.checkpoint as orbax

        if self.save_best_only:
            value = monitored(logs, self.monitor, "OrbaxCheckpoint")
            if value is None or (self.best is not None and not self.monitor_op(value, self.best)):
                return
            self.best = value
        # A run begun anew in the same folder goes on counting; Orbax would leave out a number that is no news to it.
        step = max(step, (self.manager.latest_step() or 0) + 1) if self.manager.all_steps() else step
        state = {"weights": _numbered(self.model.weights)}
        if not self.save_weights_only and random_states(self.model):
            state["random"] = _numbered(random_states(self.model))
        if not self.save_weights_only and self.model.optimizer is not None:
            state["optimizer"] = _numbered(self.model.optimizer.variables)
        if self.verbose > 0:
            say(f"OrbaxCheckpoint: saving checkpoint {step} to {self.directory}")
        numbers = {k: float(np.asarray(v)) for k, v in (logs or {}).items() if np.ndim(v) == 0}
        if self.keep_best and self.monitor not in numbers:
            monitored(logs, self.monitor, "OrbaxCheckpoint")  # warns, and says what there is
            return
        self.manager.save(
            step,
            args=orbax.args.StandardSave(state),
            metrics=numbers if self.keep_best else None,
            custom_metadata={"logs": numbers},  # what a list of checkpoints shows
        )


def random_states(model: Any) -> list[Any]:
    """The Variables of a model that are no weights: states of random numbers, such as those of dropout."""
    weights = {id(v) for v in model.weights}
    return [v for v in model.non_trainable_variables if id(v) not in weights]


def _numbered(variables: Any) -> dict[str, Any]:
    """Arrays by their places, so that order survives; in a run of several processes all laid out over them."""
    return {f"{i:06d}": array for i, array in enumerate(place_rest(values(variables)))}
