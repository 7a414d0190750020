"""Epochs over batches that come one by one, prepared ahead by a thread while the device works."""

from __future__ import annotations

import time
import warnings
from typing import Any

import jax
import numpy as np

from ..distribution import processes
from ..distribution.processes import LOOK_STEPS, host_array
from . import programs as programs_module
from .array_epochs import RAN_OUT
from .logs import as_numbers
from .spans import span, timed_iterator
from .streams import row_numbers


class StreamEpochs:
    """The training epochs of a ``Fit`` over a ``StreamFeed``."""

    def __init__(self, fit: Any):
        self.fit, self.feed = fit, fit.feed

    def run(self, epoch: int) -> tuple[dict[str, Any], int]:
        """One epoch: its logs and how many steps were done (0 when the data has come to its end)."""
        fit, feed = self.fit, self.feed
        live = fit.callbacks.batch_callbacks
        raw: Any = ()
        step, of_epoch = fit.backups.take_start()
        done, looked_at = step * (feed.batch_size or 0), step
        pending: list[Any] = []
        last_look = time.perf_counter()
        together = processes.together()  # then all must look up at the same step, and nobody may go alone
        batches = feed.epoch(fit.steps_limit, None if together else fit.look_up, step)
        for batch in timed_iterator("waiting for data", batches):
            if live:
                fit.tell("on_train_batch_begin", step, only=live)
            rows = jax.tree.leaves(batch[0])[0].shape[0]
            began, traced = time.perf_counter(), programs_module.traces
            try:
                with span("steps"):
                    loss, *raw = self.step(batch, rows, step == 0)
            except Exception as error:
                error.add_note(f"In batch {step + 1} of epoch {epoch + 1}.")
                raise
            pending.append(loss)
            step, done = step + 1, done + rows
            if programs_module.traces != traced and not fit.eager:
                with span("steps"):
                    jax.block_until_ready(loss)
                fit.reporter.compiling(time.perf_counter() - began)
            now = time.perf_counter()
            due = step % LOOK_STEPS == 0 if together else now - last_look > fit.pace.target
            if live or fit.eager or due:
                before = fit.guard.before()
                logs, of_epoch, losses = self.wait(raw, pending)
                pending = []
                fit.at = (epoch, step)
                if live:
                    fit.tell("on_train_batch_end", step - 1, logs, only=live)
                    fit.backups.after_batch(epoch, step, of_epoch)
                fit.saw_losses(epoch, looked_at, losses)
                fit.guard.after(before, losses, logs, looked_at)
                fit.reporter.chunk(epoch, step, fit.steps, losses, logs, done, now - last_look)
                last_look, looked_at = now, step
                ended = fit.guard.caught or (live and fit.model.stop_training)
                if ((due or not together) and fit.look_up()) or ended:
                    break
        if step and pending:
            before = fit.guard.before()
            logs, of_epoch, losses = self.wait(raw, pending)
            fit.saw_losses(epoch, looked_at, losses)
            fit.guard.after(before, losses, logs, looked_at)
            fit.reporter.chunk(epoch, step, fit.steps or step, losses, logs, done, time.perf_counter() - last_look)
        fit.look_up()  # a short epoch may have come to its end without: an interrupt must not wait for a long one
        self.finish(step)
        return of_epoch, step

    def position(self, within: bool) -> dict[str, Any]:
        """The place in the data; within an epoch as well as between two."""
        return self.feed.position()

    def go_to(self, position: dict[str, Any]) -> None:
        """Give the batches that follow on that place."""
        self.feed.go_to(position)

    def step(self, batch: tuple, rows: int, reset: bool) -> tuple:
        """One optimizer step: (losses, logs of the batch, logs of the epoch where they differ), not waited for."""
        one = (batch, row_numbers(rows), np.int32(0), np.int32(1))
        if self.fit.custom:
            return self.fit.dispatch("custom_train", *one, np.bool_(reset))
        return self.fit.dispatch("train", *one, np.int32(rows), np.bool_(reset), pad=False, **self.fit.watching)

    def wait(self, raw: Any, pending: list[Any]) -> tuple[dict[str, Any], dict[str, Any], np.ndarray]:
        """Numbers of what was dispatched: logs of the batch and the epoch, losses since the last look."""
        with span("steps"), self.fit.lifeline_at_hand():
            logs = as_numbers(raw[0])
            of_epoch = as_numbers(raw[1]) if len(raw) > 1 else logs
            seen = np.concatenate([host_array(v) for v in pending])
            return logs, of_epoch, self.fit.without_gradients(seen)

    def finish(self, step: int) -> None:
        """At the end of an epoch: note its length, tell the source, warn where it was too short."""
        fit, feed = self.fit, self.feed
        if feed.steps is None and fit.steps_limit is None and not fit.stopped:
            feed.steps = step
        if 0 < step < (fit.steps_limit or 0) and not fit.stopped and not fit.model.stop_training:
            if processes.together():
                raise RuntimeError(
                    f"{RAN_OUT.format(got=step, wanted=fit.steps_limit)} In a run of several processes the others "
                    "would wait for the missing steps, so it ends here."
                )
            warnings.warn(RAN_OUT.format(got=step, wanted=fit.steps_limit), stacklevel=5)
        feed.on_epoch_end()
