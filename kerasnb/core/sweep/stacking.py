"""Stacking: variants of equal shape as one compiled program, their states along a first axis.

On a CPU a stack is cut into slices that fit its caches, and each core works on its own slices; an accelerator
takes the whole stack at once. What a variant computes is the ordinary epoch (``steps.epochs``) under ``jax.vmap``,
so that its numbers are those of a ``fit`` of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from ..distribution.strategies import distribution
from ..training import programs as programs_module
from ..training.feed import Part
from ..training.pace import Pace
from ..variable import restore
from .trial import RUNNING, Trial


def _stack(
    model: Any, slots: Any, states: Any, data: Any, index: Any, first: Any, last: Any, rows: Any, validation: Any,
    pad: bool, v_pad: bool, shared: bool,
) -> Any:  # fmt: skip
    """The program "epochs" of several models of one kind at once.

    Args:
        states: the models' states, stacked.
        index: row numbers of each epoch, stacked too unless ``shared``.
    """
    epochs = programs_module._BODIES["epochs"]

    def one(state: Any, index: Any) -> Any:
        return epochs(model, slots, state, data, index, first, last, rows, validation, pad, v_pad)

    return jax.vmap(one, in_axes=(0, None if shared else 0))(states, index)


programs_module._BODIES["stack"] = _stack

# Measured on two cores of a Xeon with 2 MiB of second-level cache each, networks of two equal layers, batch 32,
# time per variant against one by itself: 200 weights 3.3 times less in slices of 32, 1500 weights 1.7 times in
# slices of 16, 5000 weights 1.6 times in slices of 4 (1.1 in slices of 64), 18 000 weights 1.5 times in slices of 2
# to 8. Beyond that one product fills a core.
SLICE_BYTES = 96 * 2**10  # weights of a slice
NARROWEST, WIDEST = 4, 64  # variants in a slice
# Multiply-adds of one step (weights x rows) beyond which variants run in turn on a CPU.
STEP_COST = 2.5e6
DEVICE_BYTES = 2**30  # state of a slice on an accelerator


def workers() -> int:
    """How many slices run side by side: one a core on a CPU, one on an accelerator."""
    if jax.default_backend() != "cpu":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def obstacle(fit: Any) -> str:
    """Why the variant of a ``Fit`` cannot be trained together with others; empty where it can."""
    feed, validation = fit.feed, fit.validation_feed
    if fit.custom or (validation is not None and fit.custom_test):
        return "its train_step or test_step is written by hand"
    if fit.eager:
        return "it runs eagerly"
    if not isinstance(feed, Part) or not (validation is None or isinstance(validation, Part)):
        return "its data come as batches"
    if not (fit.pad or (feed.even and (validation is None or validation.even))):
        return "its last batch is smaller than the others"
    if distribution() is not None or fit.together:
        return "it is spread over several devices or processes"
    return ""


def pays(fit: Any) -> bool:
    """Whether training together is faster than in turn, for a variant that can be."""
    if jax.default_backend() != "cpu":
        return True
    # Convolutions and sequences cost more than their weights tell.
    if any(a.ndim > 2 for a in jax.tree.leaves(fit.feed.feed.host[0])) or any(v.ndim > 2 for v in fit.slots.trainable):
        return False
    return sum(v.size for v in fit.slots.trainable) * fit.feed.batch_size <= STEP_COST


def slices(count: int, weights: int, state: int) -> tuple[int, int]:
    """(number of slices, variants in each) for so many variants; the last slices may be filled up with copies.

    Args:
        count: variants.
        weights: bytes of one variant's trainable weights.
        state: bytes of all that one variant carries.
    """
    if jax.default_backend() != "cpu":
        width = max(1, min(count, DEVICE_BYTES // max(state, 1)))
    else:
        width = min(max(SLICE_BYTES // max(weights, 1), NARROWEST), WIDEST)
    number = -(-count // width)
    side = workers()
    if number % side and count >= side:  # every worker has as much to do
        number = min(number + side - number % side, count)
    return number, -(-count // number)


class Slice:
    """Some variants of a stack, and their state.

    Args:
        trials: at most ``width`` of them.
        width: how many the program takes; the last is repeated to fill it.
    """

    def __init__(self, trials: Sequence[Trial], width: int):
        self.trials = list(trials)
        self.rows = [*range(len(trials)), *[len(trials) - 1] * (width - len(trials))]
        states = [t.fit.slots.state() for t in trials]
        self.state = jax.tree.map(lambda *a: np.stack([np.asarray(a[i]) for i in self.rows]), *states)

    def give_back(self) -> None:
        """The state of every variant into its model, as the end of ``fit`` leaves it."""
        host = jax.tree.map(np.asarray, jax.device_get(self.state))
        for i, trial in enumerate(self.trials):
            flat = [*host.trainable, *host.rest, *host.optimizer, *host.metrics]
            restore(trial.fit.slots.all(), jax.device_put([np.array(a[i]) for a in flat]))
            if getattr(trial.model.optimizer, "use_ema", False):
                trial.model.optimizer.finalize_variable_values(trial.model.trainable_variables)


class Stack:
    """Variants of one program, in training.

    Args:
        trials: equal but for the values of their weights, rates and random states; each with its ``Fit``.
        target: seconds between two looks at what a person wants.
    """

    def __init__(self, trials: Sequence[Trial], target: float):
        self.trials = list(trials)
        first = trials[0].fit
        self.fit, self.programs = first, first.programs
        state = first.slots.state()
        weights, whole = (sum(a.nbytes for a in jax.tree.leaves(s)) for s in (state.trainable, state))
        _, width = slices(len(trials), weights, whole)
        self.slices = [Slice(trials[i : i + width], width) for i in range(0, len(trials), width)]
        self.orders = [t.fit.arrays.order for t in trials]
        self.shared = all(o.bit_generator.state == self.orders[0].bit_generator.state for o in self.orders)
        self.pace = Pace(target)
        self.limit = first.blocks.limit
        self.data: Any = None
        self.compiled = 0.0  # seconds

    def train(self, epochs: int, look_up: Callable[[], bool], told: Callable[[int], None]) -> None:
        """All epochs; the models get their states back whatever happens.

        Args:
            look_up: asked between blocks of epochs; True ends the training.
            told: called with the number of epochs done.
        """
        for trial in self.trials:
            trial.status, trial.together = RUNNING, len(self.trials)
        part, feed = self.fit.validation_feed, self.fit.feed
        validation = None if part is None else (part.data, part.index(), np.int32(part.rows))
        self.data = (feed.data, np.int32(feed.rows), validation, not feed.even, part is not None and not part.even)
        pool = ThreadPoolExecutor(min(workers(), len(self.slices)), thread_name_prefix="kerasnb-sweep")
        try:
            epoch = 0
            while epoch < epochs:
                count = self.pace.next(min(epochs - epoch, self.limit))
                self.block(pool, epoch, count)
                epoch += count
                told(epoch)
                if look_up():
                    break
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            for one in self.slices:
                one.give_back()

    def block(self, pool: ThreadPoolExecutor, epoch: int, count: int) -> None:
        """Some epochs of all slices, and their numbers into the trials."""
        index = self.index(count)
        began, found = time.perf_counter(), []
        if not epoch:  # here, because it compiles
            traced = programs_module.traces
            found.append(self.run(self.slices[0], index, count))
            if programs_module.traces != traced:
                self.compiled, began = time.perf_counter() - began, time.perf_counter()
        jobs = [pool.submit(self.run, one, index, count) for one in self.slices[len(found) :]]
        found += [job.result() for job in jobs]
        seconds = time.perf_counter() - began
        if epoch:
            self.pace.measured(count, seconds)
        share = seconds / (count * len(self.trials))
        for one, (state, logs) in zip(self.slices, found, strict=True):  # all of them or none
            one.state = state
            self.note(one, epoch, count, logs, share)

    def run(self, one: Slice, index: np.ndarray, count: int) -> tuple[Any, dict[str, np.ndarray]]:
        """A block of one slice, waited for: its new state, and the logs of its variants (width, epochs)."""
        if not self.shared:
            first = self.trials.index(one.trials[0])
            index = index[[first + row for row in one.rows]]
        data, rows, validation, pad, v_pad = self.data
        lead = one.trials[0].fit
        state, _, logs = self.programs.call(
            lead.model, lead.slots, "stack", one.state, data, index, np.int32(0), np.int32(count), rows, validation,
            pad=pad, v_pad=v_pad, shared=self.shared,
        )  # fmt: skip
        return state, {k: np.asarray(v) for k, v in logs.items()}

    def index(self, count: int) -> np.ndarray:
        """Row numbers of the next epochs: (epochs, steps, batch), or the same for each variant."""
        feed = self.fit.feed
        makers = self.trials[:1] if self.shared else self.trials
        found = np.zeros((len(makers), self.limit, feed.steps, feed.batch_size), np.int32)
        for rows, trial in zip(found, makers, strict=True):
            for i in range(count):
                rows[i] = trial.fit.arrays.whole_index()
        return found[0] if self.shared else found

    def note(self, one: Slice, epoch: int, count: int, logs: dict[str, np.ndarray], share: float) -> None:
        """The numbers of a block into the trials' histories."""
        names = sorted(logs, key=lambda k: (k.startswith("val_"), k))
        columns = {name: logs[name].tolist() if logs[name].ndim == 2 else list(logs[name]) for name in names}
        for row, trial in enumerate(one.trials):
            for i in range(count):
                trial.add_epoch(epoch + i, {name: columns[name][row][i] for name in names}, share)
