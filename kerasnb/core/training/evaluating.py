"""evaluate: metrics over data, in compiled chunks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from .. import config
from ..callbacks.callback_list import CallbackList
from ..distribution.processes import LOOK_STEPS, together
from ..variable import restore
from . import programs as programs_module
from . import steps
from .feed import ArrayFeed, Part, check_count, is_array_like, to_device
from .logs import as_numbers
from .pace import ALONE, WATCHED, Pace
from .prepare import build, can_pad, require_compiled
from .process_feed import for_processes
from .progress import reporter_for
from .spans import span, timed_iterator
from .streams import StreamFeed, row_numbers
from .troubles import explained


class Evaluation:
    """One data set to evaluate on, as often as asked."""

    def __init__(self, model: Any, feed: Any, slots: steps.Slots, programs: programs_module.Programs, pad: bool):
        from .trainer import Trainer

        self.model, self.feed, self.slots, self.programs = model, feed, slots, programs
        self.pad = pad
        self.custom = type(model).test_step is not Trainer.test_step
        self.eager = programs_module.is_eager(model)
        self.pace = Pace(ALONE)
        self._index: Any = None

    def run(
        self,
        tell: Callable[..., None],
        calls: CallbackList,
        look_up: Callable[[], bool],
        reporter: Any = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """The logs of one pass over the data; inside ``fit`` the training metrics keep their state.

        Args:
            tell: calls a hook of all callbacks.
            calls: the callbacks.
            look_up: returns True where the pass shall end early.
            reporter: shows progress (for ``evaluate`` by itself).
            limit: at most so many batches.
        """
        tell("on_test_begin")
        try:
            logs, (rest, metrics) = self.measure(tell, calls.test_batch_callbacks, look_up, reporter, limit)
        except steps.NotPaddable:  # found while tracing
            self.programs.pad_refused, self.pad = True, False
            logs, (rest, metrics) = self.measure(tell, calls.test_batch_callbacks, look_up, reporter, limit)
        restore(self.slots.rest, rest)
        if reporter is not None:
            restore(self.slots.metrics, metrics)
        tell("on_test_end", logs)
        return logs

    def measure(
        self, tell: Callable[..., None], live: list[Any], look_up: Any, reporter: Any, limit: int | None
    ) -> tuple:
        """(logs, (rest, metric sums)) of one pass; the model's Variables stay as they are."""
        state = self.slots.state()
        fixed, carried = (state.trainable, state.optimizer), (state.rest, state.metrics)
        of_epoch: dict[str, Any] = {}
        step = 0
        for chunk in self.chunks(bool(live), limit, look_up):
            if live:
                tell("on_test_batch_begin", step, only=live)
            traced, began = programs_module.traces, time.perf_counter()
            carried, raw = self.call(carried, fixed, chunk, step == 0)
            logs = as_numbers(raw[0])
            of_epoch = as_numbers(raw[1]) if len(raw) > 1 else logs
            seconds = time.perf_counter() - began
            if self.eager or programs_module.traces == traced:
                self.pace.measured(chunk[3] - chunk[2], seconds)
            step += chunk[3] - chunk[2]
            if live:
                tell("on_test_batch_end", step - 1, logs, only=live)
            if reporter is not None:
                reporter.chunk(0, step, chunk[6], np.zeros(0), logs, chunk[7], seconds)
            # Processes that train together look up at the same steps only.
            if (not together() or step % LOOK_STEPS == 0) and look_up():
                break
        if step == 0:
            raise ValueError("The data for evaluation gave no batches: check the generator or data set passed as x.")
        return of_epoch, carried

    def call(self, carried: tuple, fixed: tuple, chunk: tuple, reset: bool) -> tuple[Any, tuple]:
        """One chunk on the device: (new carried, (logs of the batch, logs of the whole where they differ))."""
        batch, index, first, last, rows, pad, _, _ = chunk
        one = (carried, fixed, batch, index, np.int32(first), np.int32(last))
        if self.custom:
            found = self.programs.call(self.model, self.slots, "custom_test", *one, np.bool_(reset))
        else:
            found = self.programs.call(self.model, self.slots, "test", *one, rows, np.bool_(reset), pad=pad)
        return found[0], found[2:]

    def chunks(self, one_by_one: bool, limit: int | None, look_up: Callable[[], bool]) -> Iterator[tuple]:
        """(data, index, first, last, rows, pad, total steps, rows done) of each compiled call."""
        feed = self.feed
        if not isinstance(feed, Part):
            done = 0
            batches = feed.epoch(limit, None if together() else look_up)
            for batch in timed_iterator("waiting for data", batches):
                rows = jax.tree.leaves(batch[0])[0].shape[0]
                done += rows
                yield batch, row_numbers(rows), 0, 1, np.int32(rows), False, feed.steps, done
            feed.on_epoch_end()
            return
        if self._index is None:
            self._index = to_device(feed.index())
        index = self._index
        total = index.shape[0] if limit is None else min(limit, index.shape[0])
        pad = self.pad and not feed.even and not self.custom
        full = total if (pad or feed.even or total < index.shape[0]) else total - 1
        step = 0
        while step < full:
            count = 1 if one_by_one or self.eager else self.pace.next(full - step)
            done = min((step + count) * feed.batch_size, feed.rows)
            yield feed.data, index, step, step + count, np.int32(feed.rows), pad, total, done
            step += count
        if step < total:
            short = feed.rows - full * feed.batch_size
            yield feed.data, index[full:, :short], 0, 1, np.int32(short), False, total, feed.rows


def run_evaluate(
    model: Any, *, x: Any, y: Any, batch_size: Any, verbose: Any, sample_weight: Any, steps_: int | None,
    callbacks: Any, return_dict: bool, **kwargs: Any,
) -> Any:  # fmt: skip
    """``Model.evaluate``."""
    require_compiled(model, "evaluate")
    kwargs.pop("_use_cached_eval_dataset", None)
    if kwargs:
        raise ValueError(f"evaluate does not know the argument(s) {sorted(kwargs)}.")
    steps_ = config.bounded(None if steps_ is None else check_count(steps_, "steps", 1), "max_steps_per_epoch")
    if is_array_like(x):
        whole = ArrayFeed(x, y, sample_weight, batch_size)
        feed: Any = for_processes(whole.part(0, whole.rows), limit=steps_)
        sample = whole.host
    else:
        feed = for_processes(StreamFeed(x, batch_size=batch_size, steps=steps_))
        sample = feed.sample
    with span("evaluate"), programs_module.eager_mode(model), explained(model, "evaluate", batch_size, (x, y)):
        return _evaluate(model, feed, sample, verbose, steps_, callbacks, return_dict)


def _evaluate(
    model: Any, feed: Any, sample: tuple, verbose: Any, limit: int | None, callbacks: Any, return_dict: bool
) -> Any:
    from .trainer import Trainer

    build(model, sample[0], sample[1], check=type(model).test_step is Trainer.test_step)
    slots = steps.Slots(model, with_optimizer=False)
    programs = programs_module.programs_for(model)
    reporter = reporter_for(model, verbose, "evaluate")
    calls = callbacks if isinstance(callbacks, CallbackList) else CallbackList(callbacks)
    calls.set_model(model)
    calls.set_params({"verbose": verbose, "epochs": 1, "steps": feed.steps})

    def tell(hook: str, *arguments: Any, only: list[Any] | None = None) -> None:
        for callback in calls.callbacks if only is None else only:
            getattr(callback, hook)(*arguments)

    status = "error"
    reporter.start(
        {"epochs": 1, "initial_epoch": 0, "steps": feed.steps, "batch_size": feed.batch_size,
         "samples": getattr(feed, "rows", None), "metrics": [m.name for m in model.metrics], "has_validation": False,
         "model": model, "single": True, "evaluate": True}
    )  # fmt: skip
    try:
        evaluation = Evaluation(model, feed, slots, programs, can_pad(model) and not programs.pad_refused)
        evaluation.pace = Pace(ALONE if reporter.patience is None else WATCHED)
        logs = evaluation.run(tell, calls, lambda: False, reporter, limit)
        reporter.epoch(0, logs)
        status = "done"
    finally:
        reporter.finish(status, None)
    return logs if return_dict else in_order(model, logs)


def in_order(model: Any, logs: dict[str, Any]) -> Any:
    """Logs as a list, loss first then the metrics in their order; one number if there is only one."""
    names: list[str] = []
    for metric in model.metrics:
        entries = getattr(metric, "entries", None)
        names += [metric.name] if entries is None else [name for _, name, _, _ in entries]
    names = [n for n in dict.fromkeys(names) if n in logs]
    names += [k for k in sorted(logs) if k not in names]
    found = [logs[n] for n in names]
    return found[0] if len(found) == 1 else found
