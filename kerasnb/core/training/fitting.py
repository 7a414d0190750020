"""fit: the host loop between compiled chunks."""

from __future__ import annotations

import time
from typing import Any

import jax
import numpy as np

from ..callbacks.callback_list import CallbackList
from ..callbacks.history import History
from ..variable import restore
from . import programs as programs_module
from . import steps
from .evaluating import Evaluation
from .feed import ArrayFeed, Part, is_array_like, split
from .interrupts import GracefulInterrupt
from .pace import ALONE, WATCHED, Pace
from .prepare import build, can_pad, require_compiled
from .progress import Commands, reporter_for
from .streams import StreamFeed
from .trainer import Trainer, unpack

BLOCK_EPOCHS = 64  # at most so many epochs in one compiled call
BLOCK_COST = 3e8  # multiply-adds of an epoch up to which whole epochs run in one call


class StopTraining(Exception):
    """Raised in a callback: end training now, keep everything."""


def run_fit(model: Any, **arguments: Any) -> History:
    """``Model.fit``."""
    require_compiled(model, "fit")
    if model.run_eagerly or model.jit_compile is False:
        with jax.disable_jit():
            return Fit(model, **arguments).run()
    return Fit(model, **arguments).run()


class Fit:
    """One call of ``fit``: the data, the program, and the loop."""

    def __init__(
        self, model: Any, *, x: Any, y: Any, batch_size: Any, epochs: int, verbose: Any, callbacks: Any,
        validation_split: float, validation_data: Any, shuffle: bool, class_weight: Any, sample_weight: Any,
        initial_epoch: int, steps_per_epoch: int | None, validation_steps: int | None,
        validation_batch_size: int | None, validation_freq: Any,
    ):  # fmt: skip
        self.model = model
        self.epochs, self.initial_epoch = _count(epochs, "epochs"), initial_epoch
        self.shuffle, self.validation_freq = shuffle, validation_freq
        self.feed, self.validation_feed = open_feeds(
            x, y, sample_weight, class_weight, batch_size, steps_per_epoch, validation_split, validation_data,
            validation_batch_size, validation_steps,
        )  # fmt: skip
        sample = self.feed.feed.host if isinstance(self.feed, Part) else self.feed.sample
        build(model, sample[0], sample[1])
        model.optimizer.build(model.trainable_variables)
        self.slots = steps.Slots(model)
        self.programs = programs_module.programs_for(model)
        self.pad = can_pad(model) and not self.programs.pad_refused
        self.custom = type(model).train_step is not Trainer.train_step
        self.eager = model.run_eagerly or model.jit_compile is False
        self.callbacks = callbacks if isinstance(callbacks, CallbackList) else CallbackList(callbacks, add_history=True)
        self.reporter = reporter_for(model, verbose)
        watched = self.reporter.patience is not None
        self.pace = Pace(WATCHED if watched else ALONE, first=1)
        self.block_pace = Pace(WATCHED if watched else ALONE, first=1)
        # Seeded by utils.set_random_seed through NumPy's global generator.
        self.order = np.random.default_rng(np.random.randint(0, 2**31 - 1))
        self.steps_limit = steps_per_epoch
        self.evaluation: Evaluation | None = None
        self.interrupt: GracefulInterrupt
        self._stopped = False

    # --- the run ---------------------------------------------------------------------------------------

    def run(self) -> History:
        """Train; return the history, whole or stopped."""
        model, calls = self.model, self.callbacks
        calls.set_params(
            {"verbose": 0 if self.reporter.patience is None else 1, "epochs": self.epochs, "steps": self.steps}
        )
        calls.set_model(model)
        history = calls.history or History()
        model.stop_training = False
        status, message = "error", ""
        with GracefulInterrupt() as self.interrupt:
            self.reporter.start(self.plan())
            try:
                calls.on_train_begin()
                logs: dict[str, Any] = {}
                epoch = self.initial_epoch
                while epoch < self.epochs and not model.stop_training:
                    count = self.block_size(epoch)
                    if count:
                        epoch, logs = self.run_block(epoch, count)
                    else:
                        logs = self.run_epoch(epoch)
                        epoch += 1
                    if self._stopped:
                        break
                if getattr(model.optimizer, "use_ema", False):
                    model.optimizer.finalize_variable_values(model.trainable_variables)
                status = "stopped" if self._stopped else "done"
                message = (
                    f"Stopped in epoch {epoch + 1}: the model keeps what it learned so far." if self._stopped else ""
                )
                history.stopped, history.status, history.message = self._stopped, status, message
                calls.on_train_end(logs)
            except StopTraining as reason:
                status, message = "done", str(reason)
                history.status, history.message = status, message
                calls.on_train_end({})
            finally:
                if status == "error":
                    history.status = "error"
                self.reporter.finish(status, history, message)
        return history

    @property
    def steps(self) -> int | None:
        """Steps of one epoch, where known."""
        return self.steps_limit or self.feed.steps

    def plan(self) -> dict[str, Any]:
        """What a reporter needs to know beforehand."""
        model = self.model
        return {
            "epochs": self.epochs, "initial_epoch": self.initial_epoch, "steps": self.steps,
            "batch_size": self.feed.batch_size, "samples": getattr(self.feed, "rows", None), "model": model,
            "metrics": [m.name for m in model.metrics], "has_validation": self.validation_feed is not None,
        }  # fmt: skip

    # --- one epoch, in chunks ----------------------------------------------------------------------------

    def run_epoch(self, epoch: int) -> dict[str, Any]:
        """One epoch and its validation; the hooks are called as they happen."""
        calls = self.callbacks
        began = time.perf_counter()
        calls.on_epoch_begin(epoch)
        if isinstance(self.feed, Part):
            logs = self.run_chunks(epoch)
        else:
            logs = self.run_stream(epoch)
        if self._stopped and not logs:
            return {}
        if not self._stopped and self.validation_feed is not None and self.validate_now(epoch):
            logs = {**logs, **self.validate()}
        if calls.history is not None:
            calls.history.seconds.append(time.perf_counter() - began)
        calls.on_epoch_end(epoch, logs)
        self.reporter.epoch(epoch, logs)
        return logs

    def run_chunks(self, epoch: int) -> dict[str, Any]:
        """The training steps of one epoch over arrays."""
        feed, calls = self.feed, self.callbacks
        index = self.epoch_index()
        total = index.shape[0]
        full = total if (self.pad or feed.even) else total - 1
        rows = np.int32(min(feed.rows, total * feed.batch_size))
        live = calls.batch_callbacks
        device_index = jax.numpy.asarray(index)
        logs: dict[str, Any] = {}
        step = 0
        while step < total:
            if step < full:
                count = 1 if live or self.eager else self.pace.next(full - step)
                block, first, last, pad = device_index, step, step + count, self.pad and not feed.even
            else:  # the short last batch of a model for which padding is not safe
                short = feed.rows - full * feed.batch_size
                block, first, last, pad, count = device_index[full:, :short], 0, 1, False, 1
            for c in live:
                c.on_train_batch_begin(step)
            logs, losses, seconds = self.call_train(block, first, last, rows, step == 0, pad, count)
            step += count
            for c in live:
                c.on_train_batch_end(step - 1, logs)
            done = min(step * feed.batch_size, feed.rows)
            self.reporter.chunk(epoch, step, total, losses[first:last], logs, done, seconds)
            if self.look_up() or (model_stop := self.model.stop_training and live):
                if self._stopped or model_stop:
                    break
        return logs

    def call_train(self, index: Any, first: int, last: int, rows: Any, reset: bool, pad: bool, count: int) -> tuple:
        """Run one chunk on the device; the model's Variables hold the result."""
        traced, began = programs_module.traces, time.perf_counter()
        state = self.slots.state()
        try:
            if self.custom:
                batch = steps.gather(self.feed.data, index[first])
                state, logs = self.programs.call(self.model, self.slots, "custom_train", state, batch, np.bool_(reset))
                losses = np.full(index.shape[0], float(np.asarray(logs.get("loss", np.nan))), np.float32)
            else:
                state, losses, logs = self.programs.call(
                    self.model, self.slots, "train", state, self.feed.data, index, np.int32(first), np.int32(last), rows,
                    np.bool_(reset), pad=pad,
                )  # fmt: skip
        except steps.NotPaddable:
            self.programs.pad_refused, self.pad = True, False
            return self.repair(index, first, last, rows, reset, count)
        self.keep(state)
        logs = as_numbers(logs)  # waits for the device
        seconds = time.perf_counter() - began
        self.note_time(self.pace, count, seconds, programs_module.traces != traced)
        return logs, np.asarray(losses), seconds

    def repair(self, index: Any, first: int, last: int, rows: Any, reset: bool, count: int) -> tuple:
        """Padding turned out not to be safe: run the chunk without it (its short batch comes by itself)."""
        if last == index.shape[0] and not self.feed.even:
            last = max(last - 1, first)
            if last == first:
                short = self.feed.rows - first * self.feed.batch_size
                return self.call_train(index[first:, :short], 0, 1, rows, reset, False, count)
            logs, losses, seconds = self.call_train(index, first, last, rows, reset, False, count)
            short = self.feed.rows - last * self.feed.batch_size
            logs, rest, more = self.call_train(index[last:, :short], 0, 1, rows, False, False, 1)
            losses = losses.copy()
            losses[last] = rest[0]
            return logs, losses, seconds + more
        return self.call_train(index, first, last, rows, reset, False, count)

    def keep(self, state: Any) -> None:
        """Write a program's result into the model."""
        restore(self.slots.all(), [*state.trainable, *state.rest, *state.optimizer, *state.metrics])

    def note_time(self, pace: Pace, count: int, seconds: float, compiled: bool) -> None:
        """Chunks that compiled say nothing about speed; the reporter hears of them."""
        if compiled:
            self.reporter.compiling(seconds)
        else:
            pace.measured(count, seconds)

    def run_stream(self, epoch: int) -> dict[str, Any]:
        """The training steps of one epoch over batches that come one by one."""
        calls, live = self.callbacks, self.callbacks.batch_callbacks
        logs: dict[str, Any] = {}
        step = done = 0
        pending: list[Any] = []
        last_look = time.perf_counter()
        for batch in self.feed.epoch(self.steps_limit):
            for c in live:
                c.on_train_batch_begin(step)
            began, traced = time.perf_counter(), programs_module.traces
            state = self.slots.state()
            rows = jax.tree.leaves(batch[0])[0].shape[0]
            if self.custom:
                state, raw = self.programs.call(
                    self.model, self.slots, "custom_train", state, batch, np.bool_(step == 0)
                )
                loss = raw.get("loss", np.nan)
            else:
                index = np.arange(rows, dtype=np.int32)[None]
                state, loss, raw = self.programs.call(
                    self.model, self.slots, "train", state, batch, index, np.int32(0), np.int32(1), np.int32(rows),
                    np.bool_(step == 0), pad=False,
                )  # fmt: skip
            self.keep(state)
            pending.append(loss)
            step, done = step + 1, done + rows
            if programs_module.traces != traced:
                jax.block_until_ready(loss)
                self.reporter.compiling(time.perf_counter() - began)
            now = time.perf_counter()
            if live or now - last_look > self.pace.target:
                logs = as_numbers(raw)
                losses = np.concatenate([np.ravel(np.asarray(v)) for v in pending])
                pending = []
                for c in live:
                    c.on_train_batch_end(step - 1, logs)
                self.reporter.chunk(epoch, step, self.steps, losses, logs, done, now - last_look)
                last_look = now
                if self.look_up() or (live and self.model.stop_training):
                    break
        if step == 0:
            raise ValueError(
                "The data gave no batches in this epoch. A generator can be read only once: pass steps_per_epoch and let it repeat, "
                "or use a keras.utils.PyDataset or an object whose __iter__ starts anew."
            )
        logs = as_numbers(raw)
        if pending:
            losses = np.concatenate([np.ravel(np.asarray(v)) for v in pending])
            self.reporter.chunk(epoch, step, self.steps or step, losses, logs, done, time.perf_counter() - last_look)
        if self.feed.steps is None and self.steps_limit is None:
            self.feed.steps = step
        self.feed.on_epoch_end()
        return logs

    def epoch_index(self) -> np.ndarray:
        """Row numbers of the next epoch."""
        feed = self.feed
        order = self.order.permutation(feed.rows).astype(np.int32) if self.shuffle and self.shuffle != "batch" else None
        index = feed.index(order)
        if self.shuffle == "batch":
            whole = index[: feed.rows // feed.batch_size]
            index = np.concatenate([self.order.permutation(whole), index[len(whole) :]])
        if self.steps_limit is not None:
            if self.steps_limit > index.shape[0]:
                times = -(-self.steps_limit // index.shape[0])
                index = np.concatenate([index] * times)
            index = index[: self.steps_limit]
        return index

    # --- whole epochs in one call ------------------------------------------------------------------------

    def block_size(self, epoch: int) -> int:
        """How many epochs the next call may run at once; 0 for epochs in chunks."""
        feed = self.feed
        if (
            not isinstance(feed, Part)
            or self.custom
            or self.eager
            or self.steps_limit
            or self.callbacks.batch_callbacks
        ):
            return 0
        if not (self.pad or feed.even) or self.callbacks.test_batch_callbacks:
            return 0
        validation = self.validation_feed
        if validation is not None and (
            not isinstance(validation, Part) or not (self.pad or validation.even) or self.validation_freq != 1
            or self.limit_validation
        ):  # fmt: skip
            return 0
        if any(a.ndim > 2 for a in jax.tree.leaves(feed.feed.host[0])) or any(v.ndim > 2 for v in self.slots.trainable):
            return 0
        if 6.0 * sum(v.size for v in self.slots.trainable) * (feed.rows + 1000) > BLOCK_COST:
            return 0
        if not self.callbacks.replayable:
            return 1
        return self.block_pace.next(min(self.epochs - epoch, self.block_limit))

    limit_validation = False

    @property
    def block_limit(self) -> int:
        """Epochs per call at most: the row numbers of a block stay small."""
        return max(1, min(BLOCK_EPOCHS, 2_000_000 // max(self.feed.rows, 1), self.epochs - self.initial_epoch))

    def run_block(self, epoch: int, count: int) -> tuple[int, dict[str, Any]]:
        """``count`` epochs and their validations in one call; the hooks follow with the same numbers."""
        feed, calls = self.feed, self.callbacks
        held = self.block_limit if calls.replayable else 1
        if count == 1:
            calls.on_epoch_begin(epoch)
        index = np.zeros((held, feed.steps, feed.batch_size), np.int32)
        for i in range(count):
            index[i] = self.epoch_index()
        validation, v_pad = None, False
        part = self.validation_feed
        if part is not None:
            v_pad = not part.even
            validation = (part.data, part.index(), np.int32(part.rows))
        traced, began = programs_module.traces, time.perf_counter()
        try:
            state, losses, raw = self.programs.call(
                self.model, self.slots, "epochs", self.slots.state(), feed.data, index, np.int32(0), np.int32(count),
                np.int32(feed.rows), validation, pad=not feed.even, v_pad=v_pad,
            )  # fmt: skip
        except steps.NotPaddable:
            self.programs.pad_refused, self.pad = True, False
            logs = self.run_epoch(epoch) if feed.even or count > 1 else self._epoch_after_refusal(epoch)
            return epoch + 1, logs
        self.keep(state)
        losses = np.asarray(losses)
        host = {k: np.asarray(v) for k, v in raw.items()}
        seconds = time.perf_counter() - began
        self.note_time(self.block_pace, count, seconds, programs_module.traces != traced)
        logs: dict[str, Any] = {}
        for i in range(count):
            number = epoch + i
            logs = {
                k: plain_number(v[i]) for k, v in sorted(host.items(), key=lambda kv: (kv[0].startswith("val_"), kv[0]))
            }
            if count > 1:
                calls.on_epoch_begin(number)
            if part is not None:
                calls.on_test_begin()
                calls.on_test_end({k[4:]: v for k, v in logs.items() if k.startswith("val_")})
            if calls.history is not None:
                calls.history.seconds.append(seconds / count)
            train_logs = {k: v for k, v in logs.items() if not k.startswith("val_")}
            self.reporter.chunk(number, feed.steps, feed.steps, losses[i], train_logs, feed.rows, seconds / count)
            calls.on_epoch_end(number, logs)
            self.reporter.epoch(number, logs)
            if self.model.stop_training:
                break
        self.look_up()
        return epoch + count, logs

    def _epoch_after_refusal(self, epoch: int) -> dict[str, Any]:
        return self.run_epoch(epoch)

    # --- validation ----------------------------------------------------------------------------------------

    def validate_now(self, epoch: int) -> bool:
        """Whether this epoch is one of those to validate after."""
        freq = self.validation_freq
        if isinstance(freq, (list, tuple, set)):
            return epoch + 1 in freq
        return (epoch + 1) % int(freq) == 0

    def validate(self) -> dict[str, Any]:
        """Loss and metrics on the validation data, named ``val_...``."""
        if self.evaluation is None:
            self.evaluation = Evaluation(self.model, self.validation_feed, self.slots, self.programs, self.pad)
        logs = self.evaluation.run(self.callbacks, self.look_up)
        return {f"val_{k}": v for k, v in logs.items()}

    # --- looking up ----------------------------------------------------------------------------------------

    def look_up(self) -> bool:
        """See what the person wants; True where the run shall end now."""
        commands = self.reporter.poll()
        if commands is not None:
            self.obey(commands)
            while commands is not None and commands.pause and not self._stopped and not self.interrupt.pressed:
                time.sleep(0.05)
                commands = self.reporter.poll() or commands
                self.obey(commands)
        if self.interrupt.pressed:
            self._stopped = True
        if self._stopped:
            self.model.stop_training = True
        return self._stopped

    def obey(self, commands: Commands) -> None:
        """Apply what was asked for."""
        if commands.learning_rate is not None:
            self.model.optimizer.learning_rate = commands.learning_rate
            commands.learning_rate = None
        if commands.stop:
            self._stopped = True


def open_feeds(
    x: Any, y: Any, sample_weight: Any, class_weight: Any, batch_size: Any, steps_per_epoch: int | None,
    validation_split: float, validation_data: Any, validation_batch_size: Any, validation_steps: int | None,
) -> tuple[Any, Any]:  # fmt: skip
    """The feeds of training and validation."""
    if x is None:
        raise ValueError("fit needs data: pass x (and y), or something that gives batches.")
    validation: Any = None
    if is_array_like(x):
        whole = ArrayFeed(x, y, sample_weight, batch_size, class_weight)
        feed: Any = whole.part(0, whole.rows)
        if validation_split and validation_data is None:
            feed, validation = split(whole, validation_split)
            if validation_batch_size:
                validation.batch_size = int(validation_batch_size)
    else:
        if y is not None:
            raise ValueError(
                f"y must not be given when x is a {type(x).__name__}: it has to give (inputs, targets) itself."
            )
        if validation_split:
            raise ValueError(
                f"validation_split needs arrays, and x is a {type(x).__name__}: use validation_data instead."
            )
        feed = StreamFeed(x, class_weight=class_weight, batch_size=batch_size, steps=steps_per_epoch)
    if validation_data is not None:
        validation = open_validation(validation_data, validation_batch_size or batch_size, validation_steps)
    return feed, validation


def open_validation(data: Any, batch_size: Any, steps_: int | None) -> Any:
    """The feed of ``validation_data``."""
    if isinstance(data, (tuple, list)) and len(data) in (2, 3) and is_array_like(data[0]):
        vx, vy, vw = unpack(tuple(data))
        part: Any = ArrayFeed(vx, vy, vw, batch_size)
        part = part.part(0, part.rows)
        if steps_ is not None:
            part.last = min(part.last, steps_ * part.batch_size)
        return part
    return StreamFeed(data, batch_size=batch_size, steps=steps_)


def as_numbers(logs: dict[str, Any]) -> dict[str, Any]:
    """Logs as Python numbers (arrays stay arrays), sorted by name as Keras has them."""
    return {k: plain_number(v) for k, v in sorted(logs.items())}


def plain_number(value: Any) -> Any:
    """A scalar array as a float; other arrays as NumPy arrays."""
    host = np.asarray(value)
    return float(host) if host.ndim == 0 else host


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < 0:
        raise ValueError(f"{name} must be an integer of at least 0, got {name}={value!r}.")
    return int(value)
