"""Search: one sweep at work: building its variants, putting them into groups, training."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..callbacks.monitoring import better
from ..models.functional import Functional
from ..models.sequential import Sequential
from ..registry import did_you_mean
from ..training.fitting import Fit, log_names
from ..training.interrupts import GracefulInterrupt
from ..training.pace import ALONE, WATCHED
from ..training.prepare import require_compiled, symbols
from ..training.programs import eager_mode
from ..training.progress import Commands, register_reporter
from ..utils.session import set_random_seed
from .grid import FIT_ARGUMENTS, is_list
from .reporting import TrialReporter, sweep_reporter
from .result import SweepResult
from .seeds import kept_randomness, put_back, standing
from .stacking import Stack, obstacle, pays
from .trial import FAILED, RUNNING, WAITING, Trial, Watch

LARGE = 64 * 2**20  # bytes of a model that is not kept while it waits for its turn


class Search:
    """One call of ``sweep``: building, grouping, training."""

    def __init__(
        self, build: Any, trials: list[Trial], names: list[str], data: dict[str, Any], epochs: int, batch_size: Any,
        callbacks: Any, objective: str, mode: str, together: Any, keep: str, taken: list[str], has_validation: bool,
    ):  # fmt: skip
        self.build, self.trials, self.names, self.data, self.epochs = build, trials, names, data, epochs
        self.batch_size = None if is_list(batch_size) else batch_size
        self.callbacks, self.objective, self.mode, self.together, self.keep = (
            callbacks, objective, mode, together, keep,
        )  # fmt: skip
        self.taken, self.has_validation = taken, has_validation
        self.rising: bool | None = None
        self.interrupt = GracefulInterrupt()
        self.reporter: Any = None
        self.stopped = False

    def run(self, verbose: Any) -> SweepResult:
        """Train; return what there is, whole or stopped."""
        self.reporter = sweep_reporter(verbose)
        began = time.perf_counter()
        result, status = None, "error"
        with self.interrupt, kept_randomness():
            self.reporter.start(self)
            try:
                try:
                    self.train()
                except KeyboardInterrupt:
                    if not self.interrupt.pressed:
                        raise
                    self.stopped = True
                for trial in self.trials:
                    self.ended(trial)
                result = self.result()
                result.seconds = time.perf_counter() - began
                self.check_any()
                status = "stopped" if self.stopped else "done"
            finally:
                self.reporter.finish(status, result if status != "error" else None)
        assert result is not None
        return result

    def result(self) -> SweepResult:
        """What there is now."""
        found = SweepResult(self.trials, self.names, self.objective, bool(self.rising), self.epochs)
        found.stopped = self.stopped
        self.let_go()
        return found

    def let_go(self) -> None:
        """Of models that are trained keep the best, if that is all that is wanted."""
        if self.keep == "best":
            best = self.best_trial()
            for trial in self.trials:
                if trial is not best and trial.status not in (WAITING, RUNNING):
                    trial.model = None

    def check_any(self) -> None:
        """Where no variant could even be built, the first error is the answer."""
        errors = [t.error for t in self.trials if t.status == FAILED and t.error is not None]
        if len(errors) == len(self.trials):
            errors[0].add_note(f"sweep: all {len(errors)} variants failed; this is what happened to the first.")
            raise errors[0]

    # --- training ------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Build all variants, put those of a kind together, train."""
        for trial in self.trials:
            self.prepare(trial)
            if self.look_up():
                return
        for group in self.groups():
            if self.stopped:
                return
            if len(group) > 1:
                self.train_together(group)
            else:
                self.train_alone(group[0])

    def prepare(self, trial: Trial) -> None:
        """Build a variant's model and open its ``Fit``, as if it were alone."""
        try:
            with self.interrupt.raising():
                set_random_seed(trial.seed)
                arguments = {k: v for k, v in trial.arguments.items() if k not in FIT_ARGUMENTS or k in self.taken}
                trial.model = compiled(self.build(**arguments))
                calls = self.callbacks(**arguments) if self.callbacks else None
                trial.fit = self.open(trial, calls)
                trial.standing = standing()
        except Exception as error:
            trial.failed(error)
            self.told([trial])
            return
        trial.parameters = int(trial.model.count_params())
        trial.solo = bool(calls) or self.together is False or bool(obstacle(trial.fit))
        if not trial.solo and self.together == "auto":
            trial.solo = not pays(trial.fit)
        self.check_objective(trial)
        size = sum(v._raw_value.nbytes for v in trial.fit.slots.all())
        trial.key = self.key(trial)
        if trial.solo and size > LARGE:  # built again when its turn comes
            trial.fit.release()
            trial.model = trial.fit = None

    def open(self, trial: Trial, calls: Any) -> Fit:
        """The ``Fit`` of a variant; what it reports comes here."""
        remember_outputs(trial.model, self.data["x"])
        given = list(calls) if isinstance(calls, (list, tuple)) else [] if calls is None else [calls]
        undo = register_reporter(lambda *_: TrialReporter(self, trial))
        try:
            return Fit(
                trial.model, batch_size=trial.arguments.get("batch_size", self.batch_size), epochs=self.epochs,
                verbose=1, callbacks=[*given, trial.history, Watch(trial)], initial_epoch=0, steps_per_epoch=None,
                validation_steps=None, validation_batch_size=None, validation_freq=1, **self.data,
            )  # fmt: skip
        finally:
            undo()

    def key(self, trial: Trial) -> Any:
        """Equal for variants that one program can train together."""
        if trial.solo:
            return trial.number
        fit = trial.fit
        shapes = tuple((v.shape, str(v._raw_value.dtype)) for v in fit.slots.all())
        return id(fit.programs), fit.feed.batch_size, fit.pad, shapes

    def groups(self) -> list[list[Trial]]:
        """The variants that are trained together, in the order of their first."""
        found: dict[Any, list[Trial]] = {}
        for trial in self.trials:
            if trial.status == WAITING:
                found.setdefault(trial.key, []).append(trial)
        return list(found.values())

    def train_together(self, group: list[Trial]) -> None:
        """Variants of equal shape at once; one by one where their program cannot be made."""
        target = ALONE if self.reporter.patience is None else WATCHED
        try:
            Stack(group, target).train(self.epochs, self.look_up, self.told)
        except Exception as error:
            if any(t.epochs for t in group):
                for trial in group:
                    trial.failed(error)
            else:  # alone each meets its own problem, if it has one
                for trial in group:
                    trial.status, trial.together = WAITING, 0
                    self.prepare(trial)
                    if trial.status == WAITING and not self.stopped:
                        self.train_alone(trial)
        for trial in group:
            if trial.fit is not None:
                trial.fit.release()
            self.ended(trial)
        self.told(group)

    def train_alone(self, trial: Trial) -> None:
        """One variant by its own ``fit``."""
        if trial.fit is None:
            self.prepare_again(trial)
        if trial.status != WAITING:
            return
        trial.status = RUNNING
        self.told([trial])
        put_back(trial.standing)
        try:
            with eager_mode(trial.model):
                trial.fit.run()
        except Exception as error:
            trial.failed(error)
        finally:
            if trial.fit is not None:
                trial.fit.release()
        self.look_up()
        self.ended(trial)
        self.let_go()
        self.told([trial])

    def prepare_again(self, trial: Trial) -> None:
        """Build a large model when its turn has come."""
        set_random_seed(trial.seed)
        arguments = {k: v for k, v in trial.arguments.items() if k not in FIT_ARGUMENTS or k in self.taken}
        try:
            with self.interrupt.raising():
                trial.model = compiled(self.build(**arguments))
                trial.fit = self.open(trial, self.callbacks(**arguments) if self.callbacks else None)
                trial.standing = standing()
        except Exception as error:
            trial.failed(error)

    def ended(self, trial: Trial) -> None:
        """A variant is over, or never began."""
        early = trial.epochs < self.epochs and not self.stopped  # a callback of its own ended it
        trial.ended(trial.epochs if early and trial.epochs else self.epochs)
        if trial.status == WAITING:
            trial.model = trial.fit = None

    # --- the objective ---------------------------------------------------------------------------------------

    def check_objective(self, trial: Trial) -> None:
        """Whether there is such a number, and which way it improves; told at the first model."""
        if self.rising is not None:
            return
        known = log_names(trial.model)
        if self.has_validation:
            known += [f"val_{name}" for name in known]
        if self.objective not in known and not trial.fit.custom:
            hint = did_you_mean(self.objective, known)
            if self.objective.startswith("val_") and not self.has_validation:
                hint = " Pass validation_data or validation_split."
            raise ValueError(
                f"sweep: objective {self.objective!r} is not among the numbers of an epoch, which are "
                f"{', '.join(known)}.{hint}"
            )
        self.rising = better(self.mode, self.objective, trial.model, "sweep") is np.greater

    def best_trial(self) -> Trial | None:
        """The best variant so far."""
        scored = [t for t in self.trials if t.status in ("done", "stopped", "running") and t.epochs]
        scored = [t for t in scored if np.isfinite(t.last(self.objective))]
        if not scored:
            return None
        sign = -1 if self.rising else 1
        return min(scored, key=lambda t: sign * t.last(self.objective))

    # --- people ----------------------------------------------------------------------------------------------

    def told(self, trials: Sequence[Trial]) -> None:
        """Pass news on."""
        self.reporter.progress(trials)

    def commands(self) -> Commands | None:
        """What a person wants; a stop is remembered, for it means the whole sweep."""
        found = self.reporter.poll()
        if found is not None and found.stop:
            self.stopped = True
        return found

    def look_up(self) -> bool:
        """See what the person wants; True where the sweep shall end now."""
        found = self.commands()
        while found is not None and found.pause and not (self.stopped or self.interrupt.pressed):
            time.sleep(0.05)
            found = self.commands() or found
        if self.interrupt.pressed:
            self.stopped = True
        return self.stopped


def remember_outputs(model: Any, x: Any) -> None:
    """Spare ``fit`` the tracing of a model that knows its outputs since it was made (a third of what opening costs)."""
    if type(model) not in (Functional, Sequential) or not model.built or not hasattr(x, "shape"):
        return
    given, wanted = symbols(x), model.inputs
    if len(wanted) == 1 and (given.shape, given.dtype) == (wanted[0].shape, wanted[0].dtype):
        model.__dict__.setdefault("_output_symbols", (repr((given.shape, given.dtype)), model.output))


def compiled(built: Any) -> Any:
    """The model that ``build`` returned, compiled."""
    arguments = None
    if isinstance(built, tuple) and len(built) == 2 and isinstance(built[1], dict):
        built, arguments = built
    if not hasattr(built, "compile") or not hasattr(built, "fit"):
        raise TypeError(
            "sweep: build must return a compiled model, or (model, {'optimizer': ..., 'loss': ...}), got "
            f"{'nothing: does it end in return model?' if built is None else type(built).__name__}"
        )
    if arguments is not None:
        built.compile(**arguments)
    require_compiled(built, "fit")
    return built
