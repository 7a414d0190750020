"""Epochs over arrays that lie on the device: chunks of steps, as long as the clock allows."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np

from . import steps
from .feed import to_device
from .spans import span

RAN_OUT = (
    "The data ended before steps_per_epoch was reached: this epoch had {got} of {wanted} steps. Lower "
    "steps_per_epoch, pass more data, or let the data repeat."
)


class ArrayEpochs:
    """The training epochs of a ``Fit`` over a ``Part`` of an ``ArrayFeed``."""

    def __init__(self, fit: Any):
        self.fit, self.feed = fit, fit.feed
        # Seeded by utils.set_random_seed through NumPy's global generator.
        self.order = np.random.default_rng(0 if fit.position else np.random.randint(0, 2**31 - 1))
        self._left = np.zeros((0, fit.feed.batch_size), np.int32)
        self._left_rows = 0
        self._pass: Any = None  # the generator's state before the pass in use was drawn
        self._taken = self._began = 0  # steps of that pass that are given out; how many were when the epoch began
        # Orders drawn ahead: the generator's state before the first, and each with the state after it.
        self._ahead: tuple[Any, list[tuple[np.ndarray, Any]]] = (None, [])

    def run(self, epoch: int) -> tuple[dict[str, Any], int]:
        """One epoch: its logs and how many steps were done."""
        fit, feed = self.fit, self.feed
        with span("data"):
            index, rows = self.next_index()
            device_index = to_device(index)
        total, even = index.shape[0], rows % feed.batch_size == 0
        full = total if (fit.pad or even) else total - 1
        live = fit.callbacks.batch_callbacks
        logs: dict[str, Any] = {}
        step, of_epoch = fit.backups.take_start()
        while step < total:
            if step < full:
                count = 1 if live or fit.eager else fit.pace.next(full - step)
                block, first, last, pad = device_index, step, step + count, fit.pad and not even
            else:  # the short last batch of a model for which padding is not safe
                block, first, last, pad, count = device_index[full:, : rows - full * feed.batch_size], 0, 1, False, 1
            if live:
                fit.tell("on_train_batch_begin", step, only=live)
            before = fit.guard.before()
            try:
                logs, of_epoch, losses, seconds = self.chunk(block, first, last, rows, step == 0, pad)
            except steps.NotPaddable:
                fit.programs.pad_refused, fit.pad = True, False
                full = total if even else total - 1
                continue
            step += count
            fit.at = (epoch, step)
            if live:
                fit.tell("on_train_batch_end", step - 1, logs, only=live)
                fit.backups.after_batch(epoch, step, of_epoch)
            done = min(step * feed.batch_size, rows)
            losses = fit.without_gradients(losses[first:last])
            fit.saw_losses(epoch, step - count, losses)
            again = partial(self.again, block, first, rows, step == count, pad)
            fit.guard.after(before, losses, logs, step - count, again)
            fit.reporter.chunk(epoch, step, total, losses, logs, done, seconds)
            if fit.look_up() or fit.guard.caught or (live and fit.model.stop_training):
                break
        return of_epoch, step

    def chunk(self, index: Any, first: int, last: int, rows: int, reset: bool, pad: bool) -> tuple:
        """Steps ``first`` to ``last`` in one call: (logs of batches, of the epoch, losses, seconds)."""
        fit = self.fit
        if fit.custom:
            arguments: tuple = (self.feed.data, index, np.int32(first), np.int32(last), np.bool_(reset))
            return fit.call("custom_train", *arguments, units=last - first)
        arguments = (self.feed.data, index, np.int32(first), np.int32(last), np.int32(rows), np.bool_(reset))
        return fit.call("train", *arguments, units=last - first, pad=pad, **fit.watching)

    def again(self, index: Any, first: int, rows: int, reset: bool, pad: bool, count: int) -> None:
        """Do so many steps of a chunk once more."""
        self.chunk(index, first, first + count, rows, reset, pad)

    def next_index(self) -> tuple[np.ndarray, int]:
        """(steps, batch) row numbers of the next epoch, and how many of them are real.

        With ``steps_per_epoch`` an epoch takes up where the one before left off, as in Keras.
        """
        limit = self.fit.steps_limit
        if limit is None or not len(self._left):
            self._pass, self._taken = self.order.bit_generator.state, 0
            self._left, self._left_rows = self.whole_index(), self.feed.rows
        self._began = self._taken
        if limit is None:
            index, self._left = self._left, self._left[:0]
            return index, self.feed.rows
        if limit > len(self._left):
            warnings.warn(RAN_OUT.format(got=len(self._left), wanted=limit), stacklevel=5)
        index, rows = self._left[:limit], min(self._left_rows, limit * self.feed.batch_size)
        self._left, self._left_rows, self._taken = self._left[limit:], self._left_rows - rows, self._taken + limit
        return index, rows

    def position(self, within: bool) -> dict[str, Any]:
        """Where the next epoch begins, or with ``within`` the present one did: what ``go_to`` finds again."""
        if within:
            return {"generator": self._pass, "taken": self._began}
        if len(self._left):
            return {"generator": self._pass, "taken": self._taken}
        return {"generator": self.order.bit_generator.state, "taken": 0}

    def go_to(self, position: dict[str, Any]) -> None:
        """Draw the same orders as from that place on."""
        self.order.bit_generator.state = position["generator"]
        self._left, self._left_rows, self._taken = self._left[:0], 0, int(position["taken"])
        if self._taken:
            self._pass = position["generator"]
            self._left = self.whole_index()[self._taken :]
            self._left_rows = self.feed.rows - self._taken * self.feed.batch_size

    def whole_indices(self, count: int) -> list[np.ndarray]:
        """Row numbers of so many passes over the data."""
        generator, drawn = self.order.bit_generator, self.drawn_ahead()
        taken, left = drawn[:count], drawn[count:]
        if taken:
            generator.state = taken[-1][1]
        found = [index for index, _ in taken] + [self.whole_index() for _ in range(count - len(taken))]
        self._ahead = (generator.state, left)
        return found

    def drawn_ahead(self) -> list[tuple[np.ndarray, Any]]:
        """The orders that come next, as far as they are drawn: none where another was drawn since, or one went back."""
        before, drawn = self._ahead
        return drawn if before == self.order.bit_generator.state else []

    def draw_ahead(self, count: int) -> None:
        """See to it that so many of the next orders are drawn; for while the device works."""
        generator, drawn = self.order.bit_generator, self.drawn_ahead()
        before = generator.state
        try:
            if drawn:
                generator.state = drawn[-1][1]
            while len(drawn) < count:
                drawn.append((self.whole_index(), generator.state))
        finally:  # an interrupt finds the generator where it was
            generator.state = before
        self._ahead = (before, drawn)

    def whole_index(self) -> np.ndarray:
        """Row numbers of one pass over the data, shuffled if asked for."""
        feed, shuffle = self.feed, self.fit.shuffle
        if shuffle == "batch":
            index = feed.index()
            full = feed.rows // feed.batch_size
            return np.concatenate([self.order.permutation(index[:full]), index[full:]])
        return feed.index(self.order.permutation(feed.rows).astype(np.int32) if shuffle else None)
