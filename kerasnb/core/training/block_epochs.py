"""Whole epochs, several in one call, where an epoch is short and no callback can change the run."""

from __future__ import annotations

import time
from typing import Any

import jax
import numpy as np

from . import programs as programs_module
from .feed import Part
from .logs import plain_number
from .pace import GROWTH, Pace
from .spans import span
from .steps import NotPaddable

EPOCHS = 256  # at most so many epochs in one compiled call
# Multiply-adds of an epoch, and its steps, up to which whole epochs run in one call: half a second at most. An
# accelerator does any small step in the time that its kernels take to start; where it knows how many steps there are
# it starts those of the next one meanwhile, in chunks of any length it cannot.
COST = 3e8
COST_ACCELERATED, STEPS_ACCELERATED = 1e12, 4000
INDEX = 500_000  # row numbers of a block at most


class BlockEpochs:
    """Runs of epochs of a ``Fit``, validation included; callbacks hear of them afterwards, in order."""

    def __init__(self, fit: Any, target: float):
        self.fit, self.pace = fit, Pace(target)

    def size(self, epoch: int) -> int:
        """How many epochs the next call may run at once; 0 for epochs in chunks."""
        fit = self.fit
        if not self.possible():
            return 0
        if not fit.replayable:
            return 1
        return self.pace.next(min(fit.epochs - epoch, self.limit))

    def possible(self) -> bool:
        """Whether the epochs of this run fit into one program and are cheap enough."""
        fit = self.fit
        feed, validation = fit.feed, fit.validation_feed
        if not isinstance(feed, Part) or fit.custom or fit.eager or fit.steps_limit:
            return False
        if fit.callbacks.batch_callbacks or fit.callbacks.test_batch_callbacks or not (fit.pad or feed.even):
            return False
        if validation is not None and (
            not isinstance(validation, Part) or not (fit.pad or validation.even) or fit.validation_freq != 1
            or fit.custom_test or fit.callbacks.test_callbacks
        ):  # fmt: skip
            return False
        # Convolutions and sequences cost more than their weights tell.
        if any(a.ndim > 2 for a in jax.tree.leaves(feed.feed.host[0])) or any(v.ndim > 2 for v in fit.slots.trainable):
            return False
        cost = 6.0 * sum(v.size for v in fit.slots.trainable) * (feed.rows + 1000)
        if jax.default_backend() == "cpu":
            return cost <= COST
        return cost <= COST_ACCELERATED and feed.steps <= STEPS_ACCELERATED

    @property
    def limit(self) -> int:
        """Epochs per call at most: the row numbers of a block stay small.

        The number of epochs asked for does not enter: it would make another program of every run.
        """
        return max(1, min(EPOCHS, INDEX // max(self.fit.feed.rows, 1)))

    def run(self, epoch: int, count: int) -> tuple[int, dict[str, Any]]:
        """``count`` epochs and their validations in one call; the hooks follow with the same numbers."""
        fit, feed, part = self.fit, self.fit.feed, self.fit.validation_feed
        replay = fit.replayable
        if not replay:
            fit.tell("on_epoch_begin", epoch)
        with span("data"):
            index = np.zeros((self.limit if replay else 1, feed.steps, feed.batch_size), np.int32)
            drawn = fit.arrays.order.bit_generator.state
            index[:count] = fit.arrays.whole_indices(count)
        validation = None if part is None else (part.data, part.index(), np.int32(part.rows))
        traced, began, before = programs_module.traces, time.perf_counter(), fit.guard.before()
        with span("steps" if part is None else "steps and validation"):
            try:
                losses, raw = self.dispatch(index, count, validation)
            except NotPaddable:  # whoever goes on shall draw the same order
                fit.arrays.order.bit_generator.state = drawn
                raise
            if replay:
                fit.arrays.draw_ahead(min(fit.epochs - epoch - count, self.limit, GROWTH * count))
            with fit.lifeline_at_hand():
                losses, host = np.asarray(losses), {k: np.asarray(v) for k, v in raw.items()}
        names = sorted(host, key=lambda k: (k.startswith("val_"), k))
        seconds = time.perf_counter() - began
        fit.note_time(self.pace, count, seconds, programs_module.traces != traced)
        bad = fit.guard.after_epochs(before, self.losses(losses, count), lambda n: self.again(index, n, validation))
        logs: dict[str, Any] = {}
        for i in range(count):
            logs = {k: plain_number(host[k][i]) for k in names}
            fit.at = (epoch + i, feed.steps)
            if bad is not None and bad[0] == i:
                fit.guard.tell(bad[1], float(self.losses(losses, count)[i][bad[1]]))
            self.report(epoch + i, fit.without_gradients(losses[i]), logs, seconds / count, announced=not replay)
            if fit.model.stop_training:
                break
        fit.look_up()
        return epoch + count, logs

    def dispatch(self, index: np.ndarray, count: int, validation: Any) -> tuple:
        """The first ``count`` epochs of a block, not waited for."""
        fit, feed, part = self.fit, self.fit.feed, self.fit.validation_feed
        return fit.dispatch(
            "epochs", feed.data, index, np.int32(0), np.int32(count), np.int32(feed.rows), validation,
            pad=not feed.even, v_pad=part is not None and not part.even, **fit.watching,
        )  # fmt: skip

    def again(self, index: np.ndarray, count: int, validation: Any) -> None:
        """Do so many epochs of a block once more."""
        losses, _ = self.dispatch(index, count, validation)
        with self.fit.lifeline_at_hand():
            np.asarray(losses)

    def losses(self, seen: np.ndarray, count: int) -> list[np.ndarray]:
        """The losses of the steps of each epoch, without what else was watched."""
        return [epoch[:, 0] if self.fit.watching else epoch for epoch in seen[:count]]

    def report(self, epoch: int, losses: Any, logs: dict[str, Any], seconds: float, announced: bool) -> None:
        """Tell the callbacks and the reporter about one epoch that is done."""
        fit, feed = self.fit, self.fit.feed
        if not announced:
            fit.tell("on_epoch_begin", epoch)
        if fit.validation_feed is not None:
            fit.tell("on_test_begin")
            fit.tell("on_test_end", {k[4:]: v for k, v in logs.items() if k.startswith("val_")})
        train_logs = {k: v for k, v in logs.items() if not k.startswith("val_")}
        fit.saw_losses(epoch, 0, losses)
        fit.reporter.chunk(epoch, feed.steps, feed.steps, losses, train_logs, feed.rows, seconds)
        fit.epoch_done(epoch, logs, seconds)
