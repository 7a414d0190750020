"""fit: the host loop between compiled chunks."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from .. import config
from ..callbacks.callback import overrides
from ..callbacks.callback_list import CallbackList
from ..callbacks.history import History
from ..distribution import processes
from ..variable import restore
from . import programs as programs_module
from . import steps
from .array_epochs import ArrayEpochs
from .backups import Backups
from .block_epochs import BlockEpochs
from .diagnosis import diagnose
from .evaluating import Evaluation
from .feed import Part, check_count
from .interrupts import GracefulInterrupt
from .lifeline import Lifeline
from .logs import WEIGHTS_LOST, as_numbers, bad_loss_message, first_bad
from .nan_guard import NanGuard
from .observers import observed, told
from .opening import open_feeds
from .pace import ALONE, WATCHED, Pace
from .prepare import build, can_pad, require_compiled
from .programs import eager_mode
from .progress import Commands, reporter_for
from .rewind import resumed, rewind_of
from .seen_rows import keep_rows
from .spans import measured_fit, span, timed_calls
from .steering import Steering
from .stream_epochs import StreamEpochs
from .suspicions import suspicions
from .targets import check_targets
from .trainer import Trainer
from .troubles import explained
from .watched import watched_every


class StopTraining(Exception):
    """Raised in a callback: end training now, keep everything."""


def run_fit(model: Any, **arguments: Any) -> History:
    """``Model.fit``."""
    require_compiled(model, "fit")
    size, data = arguments.get("batch_size") or 32, (arguments.get("x"), arguments.get("y"))
    with measured_fit(model.name), explained(model, "fit", size, data):
        fit = Fit(model, **arguments)
        try:
            with eager_mode(model), observed(fit, arguments):
                return fit.run()
        finally:
            fit.release()


class Fit:
    """One call of ``fit``: the data, the program, and the loop."""

    def __init__(
        self, model: Any, *, x: Any, y: Any, batch_size: Any, epochs: int, verbose: Any, callbacks: Any,
        validation_split: float, validation_data: Any, shuffle: bool, class_weight: Any, sample_weight: Any,
        initial_epoch: int, steps_per_epoch: int | None, validation_steps: int | None,
        validation_batch_size: int | None, validation_freq: Any, rewind: Any = False,
    ):  # fmt: skip
        self.model = model
        self.epochs, self.initial_epoch = check_count(epochs, "epochs"), check_count(initial_epoch, "initial_epoch")
        self.epochs = config.bounded(self.epochs, "max_epochs")
        self.shuffle, self.validation_freq = shuffle, validation_freq
        self.rewind, self.position = rewind_of(rewind), resumed(model, self.initial_epoch)
        if self.position:  # goes on from a restored state
            self.position.put_back()
        steps_limit = None if steps_per_epoch is None else check_count(steps_per_epoch, "steps_per_epoch", 1)
        self.steps_limit = config.bounded(steps_limit, "max_steps_per_epoch")
        validation_steps = config.bounded(validation_steps, "max_steps_per_epoch")
        self.together = processes.together()
        if self.together:
            self.prepare_together(callbacks)
        with span("data"):
            self.feed, self.validation_feed = open_feeds(
                x, y, sample_weight, class_weight, batch_size, self.steps_limit, validation_split, validation_data,
                validation_batch_size, validation_steps, shuffle,
            )  # fmt: skip
        self.custom = type(model).train_step is not Trainer.train_step
        self.custom_test = type(model).test_step is not Trainer.test_step
        self.eager = programs_module.is_eager(model)
        with span("building"):
            self.prepare()
        self.callbacks = callbacks if isinstance(callbacks, CallbackList) else CallbackList(callbacks, add_history=True)
        shown = any(getattr(c, "shows_progress", False) for c in self.callbacks.callbacks)
        self.reporter = timed_calls("display", reporter_for(model, 0 if shown else verbose))
        self.verbose = 1 if verbose == "auto" else int(verbose)  # what callbacks are told
        if not processes.speaks():
            self.verbose = 0
        target = ALONE if self.reporter.patience is None else WATCHED
        self.pace = Pace(target)
        self.blocks: Any = BlockEpochs(self, target)
        self.arrays: Any = ArrayEpochs(self) if isinstance(self.feed, Part) else None
        self.epochs_of_steps: Any = self.arrays or StreamEpochs(self)
        if self.position:
            self.position.find_data(self)
        self.evaluation: Evaluation | None = None
        self.backups = Backups(self)
        self.interrupt = GracefulInterrupt()
        self.steering = Steering(self)
        self.at = (self.initial_epoch, 0)  # the epoch, and how many of its steps are done
        watched = self.reporter.watches_gradients and not (self.custom or self.eager)
        self.watching: dict[str, Any] = {"watch": watched_every(self.steps)} if watched else {}
        self.stopped = False
        self.new_rate: float | None = None  # asked for, and not yet known to the other processes
        self.warning = ""
        self.guard = NanGuard(self)
        self.found = suspicions(self, class_weight)  # what can be said before the first step

    def prepare_together(self, callbacks: Any) -> None:
        """What processes that train together need: the same order of rows, and nothing that only one of them can do."""
        if self.rewind is not None:
            raise ValueError("rewind=True keeps the states of a run of one process; this run has several.")
        for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
            if hasattr(callback, "begin_run"):
                raise ValueError(
                    f"{type(callback).__name__} takes up runs of one process; this run has several. Use "
                    "OrbaxCheckpoint, and its restore() before fit."
                )
        processes.agree_on_draws()

    def prepare(self) -> None:
        """Build what learns its shapes from data, and check the data against it."""
        model = self.model
        for feed in (self.feed, self.validation_feed):
            if feed is not None:
                sample = feed.feed.host if isinstance(feed, Part) else feed.sample
                outputs = build(model, sample[0], sample[1], check=not self.custom)
                if not isinstance(feed, Part) and not self.custom and model._compile_loss is not None:
                    feed.inspect = lambda y, outputs=outputs: check_targets(model, y, outputs)
        if model.optimizer is not None:
            model.optimizer.build(model.trainable_variables)
        self.slots = steps.Slots(model)
        self.programs = programs_module.programs_for(model)
        self.pad = can_pad(model) and not self.programs.pad_refused
        self.lifeline = Lifeline(self.slots)
        self.observers: list[Any] = []

    # --- the run ---------------------------------------------------------------------------------------

    def run(self) -> History:
        """Train; return the history, whole or stopped."""
        calls = self.callbacks
        calls.set_params({"verbose": self.verbose, "epochs": self.epochs, "steps": self.steps})
        calls.set_model(self.model)
        history = calls.history or History()
        history.rewind = self.rewind
        self.model.stop_training = False
        status, message = "error", ""
        with self.interrupt:
            self.reporter.start(self.plan())
            try:
                try:
                    message = self.train()
                except KeyboardInterrupt:
                    if not self.interrupt.pressed:
                        raise
                    self.stopped = True
                    message = "Stopped: the model keeps what it learned so far."
                except StopTraining as reason:
                    message = str(reason)
                status = "stopped" if self.stopped else "done"
                self.look_for_causes(history)
                message = "\n".join(m for m in (message, self.warning) if m)
                history.stopped, history.status, history.message = self.stopped, status, message
                self.finish()
            finally:
                history.found = self.found
                if status == "error":
                    history.status, history.message = "error", self.warning
                self.reporter.finish(status, history, message)
        return history

    def train(self) -> str:
        """All epochs; returns what to say at the end."""
        model = self.model
        self.last_logs: dict[str, Any] = {}
        self.backups.open()
        self.tell("on_train_begin")
        if self.together:  # a callback may have loaded weights
            self.slots.place()
        # A callback of the user's that resumes an interrupted run says so by model._initial_epoch.
        asked = model.__dict__.pop("_initial_epoch", 0)
        epoch = self.initial_epoch = max(self.initial_epoch, asked, self.backups.first_epoch())
        if self.rewind is not None:
            self.rewind.begin(self)
        while epoch < self.epochs and not model.stop_training and not self.stopped:
            count = 0 if self.backups.within else self.blocks.size(epoch)
            if count:
                try:
                    epoch, self.last_logs = self.blocks.run(epoch, count)
                    epoch = self.steering.take_back(epoch)
                    continue
                except steps.NotPaddable:  # found while tracing: go on in chunks
                    self.programs.pad_refused, self.pad = True, False
            if not self.run_epoch(epoch, announced=bool(count) and not self.replayable):
                return self.warning
            epoch = self.steering.take_back(epoch + 1)
        return f"Stopped in epoch {epoch}: the model keeps what it learned so far." if self.stopped else ""

    def finish(self) -> None:
        """The end of training, also after a stop."""
        if getattr(self.model.optimizer, "use_ema", False):
            self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
        self.callbacks.on_train_end(self.last_logs)

    def look_for_causes(self, history: History) -> None:
        """Where the losses say that something went wrong: what data and weights say to that."""
        self.found = [*self.found, *diagnose(self, history.history, history.hints())]
        self.warning += self.guard.words
        if self.warning and not self.guard.caught and not self.together and not self.lifeline.finite():
            self.warning += WEIGHTS_LOST

    def release(self) -> None:
        """Let go of the data: its copy on the device must not wait for the garbage collector."""
        self.backups.close()
        keep_rows(self.model, self.feed)
        self.feed = self.validation_feed = self.evaluation = None
        self.arrays = self.blocks = self.epochs_of_steps = None

    @property
    def steps(self) -> int | None:
        """Steps of one epoch, where known."""
        return self.steps_limit or self.feed.steps

    def plan(self) -> dict[str, Any]:
        """What a reporter needs to know beforehand."""
        return {
            "epochs": self.epochs, "initial_epoch": self.initial_epoch, "steps": self.steps,
            "batch_size": self.feed.batch_size, "samples": getattr(self.feed, "rows", None), "model": self.model,
            "metrics": log_names(self.model), "has_validation": self.validation_feed is not None,
            "rewind": self.rewind is not None, "resumed": self.position and self.position.history,
            "hints": self.found,
        }  # fmt: skip

    def run_epoch(self, epoch: int, announced: bool = False) -> bool:
        """One epoch and its validation; False where the data has come to its end."""
        began = time.perf_counter()
        if not announced:
            self.tell("on_epoch_begin", epoch)
        self.backups.epoch_begins()
        logs, done = self.epochs_of_steps.run(epoch)
        if self.steering.target is not None and not self.stopped:
            return True  # what this epoch did so far is left behind
        if not done:
            if self.stopped:
                return True
            return self.data_ended(epoch)
        if not self.stopped and self.validation_feed is not None and self.validate_now(epoch):
            with span("validation"):
                logs = {**logs, **self.validate()}
            if self.steering.target is not None and not self.stopped:
                return True
        self.epoch_done(epoch, logs, time.perf_counter() - began)
        self.last_logs = logs
        return True

    def data_ended(self, epoch: int) -> bool:
        """No batch came in this epoch."""
        problem = (
            f"The data gave no batches in epoch {epoch + 1}. A generator can be read only once: pass steps_per_epoch "
            "and let it repeat, or use a keras.utils.PyDataset or an object whose __iter__ starts anew."
        )
        if epoch == self.initial_epoch:
            raise ValueError(problem)
        warnings.warn(problem + " Training ends here.", stacklevel=5)
        return False

    def epoch_done(self, epoch: int, logs: dict[str, Any], seconds: float) -> None:
        """Tell everybody that an epoch is over."""
        if self.callbacks.history is not None:
            self.callbacks.history.seconds.append(seconds)
        if self.lifeline.donated:
            self.lifeline.epoch_finished()
        self.tell("on_epoch_end", epoch, logs)
        self.reporter.epoch(epoch, logs)
        with span("record of runs"):
            told(self.observers, epoch, logs, seconds)
        with span("keeping states"):
            self.backups.after_epoch(epoch, logs)
            if self.rewind is not None:
                self.rewind.keep(self, epoch + 1, logs)

    # --- calling programs --------------------------------------------------------------------------------

    def dispatch(self, kind: str, *arguments: Any, **static: Any) -> tuple:
        """Run a program on the model's state and keep the state it returns; the rest comes back unwaited."""
        with self.interrupt.shield():
            try:
                arrays = self.slots.state()
                state, *rest = self.programs.call(self.model, self.slots, kind, arrays, *arguments, **static)
            except BaseException:  # also an interrupt: the program may have taken the arrays over
                self.lifeline.mend()
                raise
            restore(self.slots.all(), [*state.trainable, *state.rest, *state.optimizer, *state.metrics])
        return tuple(rest)

    def call(self, kind: str, *arguments: Any, units: int, **static: Any) -> tuple[dict, dict, Any, float]:
        """One chunk, waited for: (logs for batches, logs for the epoch, losses, seconds)."""
        traced, began = programs_module.traces, time.perf_counter()
        with span("steps"):
            losses, logs, *epoch_logs = self.dispatch(kind, *arguments, **static)
            with self.lifeline_at_hand():
                losses, logs = np.asarray(losses), as_numbers(logs)
                of_epoch = as_numbers(epoch_logs[0]) if epoch_logs else logs
        seconds = time.perf_counter() - began
        self.note_time(self.pace, units, seconds, programs_module.traces != traced)
        return logs, of_epoch, losses, seconds

    @contextmanager
    def lifeline_at_hand(self) -> Iterator[None]:
        """Around waiting for the device: where its work failed, the model gets its last good arrays back."""
        try:
            yield
        except Exception:
            self.lifeline.pull()
            raise
        self.lifeline.chunk_finished()

    def note_time(self, pace: Pace, count: int, seconds: float, compiled: bool) -> None:
        """Chunks that compiled say nothing about speed; the reporter hears of them."""
        if self.eager or not compiled:
            pace.measured(count, seconds)
        else:
            self.reporter.compiling(seconds)

    @property
    def replayable(self) -> bool:
        """Whether several epochs may be computed at once and told of afterwards."""
        return self.callbacks.replayable and self.rewind is None

    def without_gradients(self, seen: Any) -> Any:
        """The losses of steps; what else watched steps gave goes to the reporter."""
        if not self.watching:
            return seen
        self.reporter.gradients(seen[:, 1])
        return seen[:, 0]

    def saw_losses(self, epoch: int, first_step: int, losses: Any) -> None:
        """Remember the first loss that is no number."""
        if self.warning or (bad := first_bad(losses)) is None:
            return
        value = float(np.ravel(losses)[bad])
        if self.custom and np.isnan(value):
            return  # a step of the user's may report no loss at all
        self.warning = bad_loss_message(value, epoch, first_step + bad, self.steps, self.model.optimizer)
        if self.callbacks.history is not None:
            self.callbacks.history.message = self.warning

    # --- validation ----------------------------------------------------------------------------------------

    def validate_now(self, epoch: int) -> bool:
        """Whether this epoch is one of those to validate after."""
        freq = self.validation_freq
        if isinstance(freq, (list, tuple, set)):
            return epoch + 1 in freq
        return (epoch + 1) % int(freq) == 0

    def validate(self) -> dict[str, Any]:
        """Loss and metrics on the validation data, named ``val_...``; nothing if it was interrupted."""
        if self.evaluation is None:
            self.evaluation = Evaluation(self.model, self.validation_feed, self.slots, self.programs, self.pad)
            self.evaluation.pace = Pace(self.pace.target)
        try:
            logs = self.evaluation.run(self.tell, self.callbacks, self.look_up)
        except KeyboardInterrupt:
            if not self.interrupt.pressed:
                raise
            self.stopped = True  # the epoch itself is done and counts
            return {}
        return {} if self.stopped else {f"val_{k}": v for k, v in logs.items()}

    # --- people and callbacks --------------------------------------------------------------------------------

    def tell(self, hook: str, *arguments: Any, only: list[Any] | None = None) -> None:
        """Call a hook of the callbacks; an interrupt in their code raises at once."""
        asked = [c for c in (self.callbacks.callbacks if only is None else only) if overrides(c, (hook,))]
        if not asked:
            return
        # Of processes that train together none may go its own way in the middle of an epoch.
        with nullcontext() if self.together else self.interrupt.raising(), span("callbacks"):
            for callback in asked:
                with span(type(callback).__name__):
                    getattr(callback, hook)(*arguments)

    def look_up(self) -> bool:
        """See what the person wants; True where the run shall end now."""
        commands = self.reporter.poll()
        if commands is not None:
            self.obey(commands)
            while commands is not None and commands.pause and not self.ending:
                with span("paused"):
                    time.sleep(0.05)
                commands = self.reporter.poll() or commands
                self.obey(commands)
        if self.interrupt.pressed:
            self.stopped = True
        if self.together:
            self.do_as_all()
        if self.stopped:
            self.model.stop_training = True
        return self.stopped or self.steering.target is not None

    @property
    def ending(self) -> bool:
        """Whether what is under way shall end now: the run, or the part of it that somebody goes back behind."""
        return self.stopped or self.interrupt.pressed or self.steering.target is not None

    def do_as_all(self) -> None:
        """Stop if one of the processes was told to; take over the learning rate that process 0 was given."""
        rate = np.nan if self.new_rate is None else self.new_rate
        wishes = processes.gathered(np.array([self.stopped, rate], np.float32))  # (processes, 2)
        self.new_rate, self.stopped = None, bool(wishes[:, 0].any())
        if not np.isnan(wishes[0, 1]):
            self.model.optimizer.learning_rate = float(wishes[0, 1])

    def obey(self, commands: Commands) -> None:
        """Apply what was asked for."""
        if commands.learning_rate is not None:
            if self.together:
                self.new_rate = commands.learning_rate
            else:
                self.model.optimizer.learning_rate = commands.learning_rate
            commands.learning_rate = None
        if commands.stop:
            self.stopped = True
        if not self.together:
            self.steering.obey(commands)


def log_names(model: Any) -> list[str]:
    """Names of the numbers that an epoch reports, as far as they are known before it."""
    names: list[str] = []
    for metric in model.metrics:
        entries = getattr(metric, "entries", None)
        names += [metric.name] if entries is None else [name for _, name, _, _ in entries]
    return names
