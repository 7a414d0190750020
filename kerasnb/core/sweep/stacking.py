"""Stacking: variants of equal shape as one compiled program, their states along a first axis.

On a CPU a stack is cut into slices that fit its caches, and each core works on its own slices; an accelerator
takes the whole stack at once. What a variant computes is the ordinary epoch (``steps.epochs``) under ``jax.vmap``,
so that its numbers are those of a ``fit`` of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import jax
import jax.numpy as jnp
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
    width = jax.tree.leaves(states)[0].shape[0]

    def spread(index: Any) -> Any:
        # Rows that all variants share would make one wide product of the first layer, whose gradient is a transposed
        # one: with rows of its own for each, a step takes 12 % less.
        return jax.lax.optimization_barrier(jnp.broadcast_to(index, (width, *index.shape)))

    def one(state: Any, index: Any, v_index: Any) -> Any:
        checked = None if validation is None else (validation[0], v_index, validation[2])
        return epochs(model, slots, state, data, index, first, last, rows, checked, pad, v_pad)

    v_index = None if validation is None else spread(validation[1])
    return jax.vmap(one)(states, spread(index) if shared else index, v_index)


programs_module._BODIES["stack"] = _stack

# Measured on a Xeon with 2 MiB of second-level cache a core, networks of two equal layers, batch 32, processor time per
# variant against a slice of one: 200 weights 3.3 times less in slices of 32, 1500 weights 1.7 times in slices of 16,
# 5000 weights 1.9 times in slices of 8 (1.7 of 4, 1.5 of 32), 18 000 weights 1.5 times in slices of 2 to 8. The rest
# of the gain is that every core has a slice, and that the host is asked less.
SLICE_BYTES = 160 * 2**10  # weights of a slice
NARROWEST, WIDEST = 4, 64  # variants in a slice
# Multiply-adds of one step (weights x rows) beyond which variants run in turn on a CPU.
STEP_COST = 2.5e6
EPOCHS = 256  # in one call at most
INDEX = 500_000  # row numbers of a block at most
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
        self.epoch = 0
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
        self.limit = max(1, min(EPOCHS, INDEX // (first.feed.rows * (1 if self.shared else len(trials)))))
        self.drawn: dict[int, np.ndarray] = {}
        self.blocks = 0  # drawn so far
        self.data: Any = None
        self.compiled = 0.0  # seconds

    def train(self, epochs: int, look_up: Callable[[], bool], told: Callable[[Sequence[Trial]], None]) -> None:
        """All epochs; the models get their states back whatever happens.

        The slices go on independently, the one that is furthest behind first, so that no core waits for another.

        Args:
            look_up: asked after every call; True ends the training.
            told: called with the trials that have new numbers.
        """
        for trial in self.trials:
            trial.status, trial.together = RUNNING, len(self.trials)
        part, feed = self.fit.validation_feed, self.fit.feed
        validation = None if part is None else (part.data, part.index(), np.int32(part.rows))
        self.data = (feed.data, np.int32(feed.rows), validation, not feed.even, part is not None and not part.even)
        side = min(workers(), len(self.slices))
        pool = ThreadPoolExecutor(side, thread_name_prefix="kerasnb-sweep")
        pending: dict[Future[Any], Slice] = {}
        noted: list[tuple[Slice, int, dict[str, np.ndarray], float]] = []  # what has come and nobody was told yet

        def tell() -> bool:
            while noted:
                self.note(*noted[0])
                told(noted.pop(0)[0].trials)
            return look_up()

        try:
            noted.append(self.take(self.slices[0], *self.run(self.slices[0], self.index(0), 0, 1), side))  # it compiles
            stop = tell()
            while True:
                idle = [s for s in self.slices if s.epoch < epochs and s not in pending.values()]
                for one in sorted(idle, key=lambda s: s.epoch)[: 0 if stop else side - len(pending)]:
                    block, first = divmod(one.epoch, self.limit)
                    count = self.pace.next(min(epochs - one.epoch, self.limit - first))
                    pending[pool.submit(self.run, one, self.index(block), first, first + count)] = one
                stop = tell() or stop  # while the cores are at work on the next
                if not pending:
                    return
                for done in wait(pending, return_when=FIRST_COMPLETED).done:
                    noted.append(self.take(pending.pop(done), *done.result(), side))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            for news in noted:
                self.note(*news)
            for one in self.slices:
                one.give_back()

    def run(self, one: Slice, index: np.ndarray, first: int, last: int) -> tuple[Any, dict[str, np.ndarray], float]:
        """Epochs ``first`` to ``last`` of a block, waited for: the new state, logs (width, epochs), seconds."""
        began, traced = time.perf_counter(), programs_module.traces
        if not self.shared:
            start = self.trials.index(one.trials[0])
            index = index[[start + row for row in one.rows]]
        data, rows, validation, pad, v_pad = self.data
        lead = one.trials[0].fit
        state, _, logs = self.programs.call(
            lead.model, lead.slots, "stack", one.state, data, index, np.int32(first), np.int32(last), rows, validation,
            pad=pad, v_pad=v_pad, shared=self.shared,
        )  # fmt: skip
        found = {k: np.asarray(v)[:, first:last] for k, v in logs.items()}
        seconds = time.perf_counter() - began
        if programs_module.traces != traced:
            self.compiled, seconds = seconds, 0.0
        return state, found, seconds

    def index(self, block: int) -> np.ndarray:
        """Row numbers of a block of epochs: (epochs, steps, batch), or the same for each variant.

        Blocks are drawn in their order, whichever slice comes to one first, and kept while some slice needs them.
        """
        while block not in self.drawn:
            feed = self.fit.feed
            makers = self.trials[:1] if self.shared else self.trials
            found = np.zeros((len(makers), self.limit, feed.steps, feed.batch_size), np.int32)
            for rows, trial in zip(found, makers, strict=True):
                for i in range(self.limit):
                    rows[i] = trial.fit.arrays.whole_index()
            self.drawn[self.blocks] = found[0] if self.shared else found
            self.blocks += 1
        oldest = min(s.epoch for s in self.slices) // self.limit
        self.drawn = {k: v for k, v in self.drawn.items() if k >= oldest}
        return self.drawn[block]

    def take(self, one: Slice, state: Any, logs: dict[str, np.ndarray], seconds: float, side: int) -> tuple:
        """What a call returned: the state is the slice's; the rest as ``note`` wants it."""
        count = next(iter(logs.values())).shape[1]
        if seconds:
            self.pace.measured(count, seconds)
        first = one.epoch
        one.state, one.epoch = state, first + count
        return one, first, logs, seconds / (count * len(one.trials) * side)

    def note(self, one: Slice, first: int, logs: dict[str, np.ndarray], seconds: float) -> None:
        """The numbers of the epochs from ``first`` on into the trials' histories."""
        names = sorted(logs, key=lambda k: (k.startswith("val_"), k))
        for row, trial in enumerate(one.trials):
            trial.add_epochs(first, {name: logs[name][row] for name in names}, seconds)
