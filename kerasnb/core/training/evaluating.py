"""evaluate: metrics over data, in compiled chunks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from ..callbacks.callback_list import CallbackList
from ..variable import restore
from . import programs as programs_module
from . import steps
from .feed import ArrayFeed, Part, is_array_like
from .interrupts import GracefulInterrupt
from .pace import ALONE, WATCHED, Pace
from .prepare import build, can_pad, require_compiled
from .progress import reporter_for
from .streams import StreamFeed


class Evaluation:
    """One data set to evaluate on, as often as asked."""

    def __init__(self, model: Any, feed: Any, slots: steps.Slots, programs: programs_module.Programs, pad: bool):
        from .trainer import Trainer

        self.model, self.feed, self.slots, self.programs = model, feed, slots, programs
        self.pad = pad
        self.custom = type(model).test_step is not Trainer.test_step
        self.pace = Pace(ALONE)
        self._index: Any = None

    def run(
        self,
        calls: CallbackList,
        look_up: Callable[[], bool] | None = None,
        reporter: Any = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """The logs of one pass over the data; the training metrics keep their state.

        Args:
            calls: callbacks to tell.
            look_up: returns True where the pass shall end early.
            reporter: shows progress (for ``evaluate`` by itself).
            limit: at most so many batches.
        """
        calls.on_test_begin()
        slots = self.slots
        before = [v._raw_value for v in slots.metrics]
        fixed = (
            [v._raw_value for v in slots.trainable],
            [v._raw_value for v in slots.rest],
            [v._raw_value for v in slots.optimizer],
        )
        metrics = list(before)
        logs: dict[str, Any] = {}
        live = calls.test_batch_callbacks
        step = 0
        try:
            for batch, index, first, last, rows, pad, total, done in self.chunks(bool(live), limit):
                for c in live:
                    c.on_test_batch_begin(step)
                traced, began = programs_module.traces, time.perf_counter()
                if self.custom:
                    part = steps.gather(batch, index[first]) if index is not None else batch
                    metrics, raw = self.programs.call(
                        self.model, slots, "custom_test", metrics, fixed[:2] + ([],), part, np.bool_(step == 0)
                    )
                else:
                    metrics, _, raw = self.programs.call(
                        self.model, slots, "test", metrics, fixed, batch, index, np.int32(first), np.int32(last), rows,
                        np.bool_(step == 0), pad=pad,
                    )  # fmt: skip
                from .fitting import as_numbers

                logs = as_numbers(raw)
                seconds = time.perf_counter() - began
                if programs_module.traces == traced:
                    self.pace.measured(last - first, seconds)
                step += last - first
                for c in live:
                    c.on_test_batch_end(step - 1, logs)
                if reporter is not None:
                    reporter.chunk(0, step, total, np.zeros(0), logs, done, seconds)
                if look_up is not None and look_up():
                    break
        except steps.NotPaddable:
            self.programs.pad_refused, self.pad = True, False
            restore(slots.metrics, before)
            return self.run(CallbackList(), look_up, reporter, limit)
        finally:
            restore(slots.metrics, before if reporter is None else metrics)
        if step == 0:
            raise ValueError("The data for evaluation gave no batches.")
        calls.on_test_end(logs)
        return logs

    def chunks(self, one_by_one: bool, limit: int | None) -> Any:
        """(data, index, first, last, rows, pad, total steps, rows done) of each compiled call."""
        feed = self.feed
        if not isinstance(feed, Part):
            done = 0
            for batch in feed.epoch(limit):
                rows = jax.tree.leaves(batch[0])[0].shape[0]
                done += rows
                yield batch, np.arange(rows, dtype=np.int32)[None], 0, 1, np.int32(rows), False, feed.steps, done
            feed.on_epoch_end()
            return
        if self._index is None:
            self._index = jax.numpy.asarray(feed.index())
        index = self._index
        total = index.shape[0] if limit is None else min(limit, index.shape[0])
        pad = self.pad and not feed.even and not self.custom
        full = total if (pad or feed.even or total < index.shape[0]) else total - 1
        step = 0
        while step < full:
            count = 1 if one_by_one or self.custom else self.pace.next(full - step)
            done = min((step + count) * feed.batch_size, feed.rows)
            yield feed.data, index, step, step + count, np.int32(feed.rows), pad, total, done
            step += count
        if step < total:
            short = feed.rows - full * feed.batch_size
            yield feed.data, index[full:, :short], 0, 1, np.int32(short), False, total, feed.rows


def run_evaluate(
    model: Any, *, x: Any, y: Any, batch_size: Any, verbose: Any, sample_weight: Any, steps_: int | None, callbacks: Any,
    return_dict: bool, **kwargs: Any,
) -> Any:  # fmt: skip
    """``Model.evaluate``."""
    require_compiled(model, "evaluate")
    kwargs.pop("_use_cached_eval_dataset", None)
    if kwargs:
        raise ValueError(f"evaluate does not know the argument(s) {sorted(kwargs)}.")
    if is_array_like(x):
        whole = ArrayFeed(x, y, sample_weight, batch_size)
        feed: Any = whole.part(0, whole.rows)
        sample = whole.host
    else:
        feed = StreamFeed(x, batch_size=batch_size, steps=steps_)
        sample = feed.sample
    if model.run_eagerly or model.jit_compile is False:
        with jax.disable_jit():
            return _evaluate(model, feed, sample, verbose, steps_, callbacks, return_dict)
    return _evaluate(model, feed, sample, verbose, steps_, callbacks, return_dict)


def _evaluate(
    model: Any, feed: Any, sample: tuple, verbose: Any, limit: int | None, callbacks: Any, return_dict: bool
) -> Any:
    build(model, sample[0], sample[1])
    slots = steps.Slots(model, with_optimizer=False)
    programs = programs_module.programs_for(model)
    evaluation = Evaluation(model, feed, slots, programs, can_pad(model) and not programs.pad_refused)
    reporter = reporter_for(model, verbose, "evaluate")
    evaluation.pace = Pace(ALONE if reporter.patience is None else WATCHED)
    calls = callbacks if isinstance(callbacks, CallbackList) else CallbackList(callbacks)
    calls.set_model(model)
    calls.set_params({"verbose": verbose, "epochs": 1, "steps": feed.steps})
    status = "error"
    with GracefulInterrupt() as interrupt:
        if hasattr(reporter, "start"):
            reporter.start(
                {"epochs": 1, "initial_epoch": 0, "steps": feed.steps, "batch_size": feed.batch_size, "samples": getattr(feed, "rows", None),
                 "metrics": [m.name for m in model.metrics], "has_validation": False, "model": model, "single": True, "evaluate": True}
            )  # fmt: skip
        try:
            logs = evaluation.run(calls, lambda: interrupt.pressed, reporter, limit)
            reporter.epoch(0, logs)
            status = "stopped" if interrupt.pressed else "done"
        finally:
            reporter.finish(status, None)
    if return_dict:
        return logs
    return in_order(model, logs)


def in_order(model: Any, logs: dict[str, Any]) -> Any:
    """Logs as a list, loss first then the metrics in their order; one number if there is only one."""
    names = ["loss"] if "loss" in logs else []
    own = [m.name for m in model.metrics]
    compiled = [name for _, name, _, _ in model._compile_metrics.entries] if model._compile_metrics is not None else []
    for name in [*own, *compiled]:
        if name in logs and name not in names:
            names.append(name)
    names += [k for k in sorted(logs) if k not in names]
    found = [logs[n] for n in names]
    return found[0] if len(found) == 1 else found
