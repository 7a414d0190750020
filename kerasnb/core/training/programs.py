"""Compiled programs and their cache: one set per kind of model, whatever object asks.

A program is traced with the model at hand and holds no weights; an equal model built later (another
run of the same cell) is lent to the same program. The cache keeps the last ``KEPT`` kinds.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import jax
import jax.numpy as jnp

from .. import compile_cache
from ..distribution.placement import keep_layouts, place_rest, spread_batch
from ..distribution.strategies import distribution
from ..variable import Changes
from . import steps
from .compiler_options import compiler_options
from .fingerprint import fingerprint
from .interrupts import tracing
from .packing import pack
from .spans import span
from .watched import watched_shape

KEPT = 32
# On an accelerator a state beyond this is handed over to the program (no second copy of it in its memory);
# a smaller one is kept, so that nobody who holds one of its arrays finds it deleted.
DONATE_BYTES = 64 * 2**20

_cache: OrderedDict[Any, Programs] = OrderedDict()
_lock = threading.Lock()
traces = 0  # how many programs were traced in this process (tests read it)


class Programs:
    """The compiled functions of one kind of model."""

    def __init__(self, kept: list[Any]):
        self._kept = kept  # objects whose identity the cache key names
        self._local = threading.local()
        self._functions: dict[Any, Callable] = {}
        self.pad_refused = False

    def call(self, model: Any, slots: steps.Slots, kind: Any, *args: Any, **static: Any) -> Any:
        """Run the program of a kind; it is traced with this model if it has not been before."""
        donate = kind in _DONATES and donates(args[0])
        key = (kind, donate, tuple(sorted(static.items())))
        function = self._functions.get(key)
        if function is None:
            function = self._functions[key] = self._compile(model, kind, static, donate)
        if distribution() is not None:
            args = place_rest(args)
        outer = getattr(self._local, "lent", None)
        self._local.lent = (model, slots)
        try:
            return function(*args)
        finally:
            self._local.lent = outer

    def _compile(self, model: Any, kind: str, static: dict[str, Any], donate: bool) -> Callable:
        compile_cache.enable()
        body = _BODIES[kind]

        def program(*args: Any) -> Any:
            global traces
            traces += 1
            model, slots = self._local.lent
            with tracing(), span("steps" if jax.config.jax_disable_jit else "tracing"):
                found = body(model, slots, *args, **static)
            return found if distribution() is None else _in_place(kind, slots, found)

        program.__name__ = f"kerasnb_{kind}"
        return jax.jit(program, donate_argnums=(0,) if donate else (), compiler_options=compiler_options(model))


def _in_place(kind: str, slots: steps.Slots, found: tuple) -> tuple:
    """A program's results with the model's state laid out as it was."""
    state, *rest = found
    if kind in _DONATES:
        groups = (slots.trainable, slots.rest, slots.optimizer, slots.metrics)
        return (steps.State(*[keep_layouts(v, a) for v, a in zip(groups, state, strict=True)]), *rest)
    if kind in ("test", "custom_test"):
        return ((keep_layouts(slots.rest, state[0]), keep_layouts(slots.metrics, state[1])), *rest)
    return (keep_layouts(slots.rest, state), *rest)


def _train(
    model: Any, slots: Any, state: Any, data: Any, index: Any, start: Any, stop: Any, rows: Any, reset: Any, pad: bool,
    watch: int = 0,
) -> Any:  # fmt: skip
    state = _fresh_if(reset, model, slots, state)
    losses = jnp.zeros(watched_shape(index.shape[0], watch), jnp.float32)
    state, losses = steps.loop(
        steps.train_step, model, slots, state, data, index, start, stop, rows, pad, losses, watch
    )
    return state, losses, steps.log_values(model, slots, state)


def _test(
    model: Any, slots: Any, carried: Any, fixed: Any, data: Any, index: Any, start: Any, stop: Any, rows: Any,
    reset: Any, pad: bool,
) -> Any:  # fmt: skip
    """``carried`` is (rest, metrics): sums, and the states of layers that draw random numbers."""
    state = _fresh_if(reset, model, slots, steps.State(fixed[0], carried[0], fixed[1], carried[1]))
    losses = jnp.zeros(index.shape[0], jnp.float32)
    state, losses = steps.loop(steps.test_step, model, slots, state, data, index, start, stop, rows, pad, losses)
    return (state.rest, state.metrics), losses, steps.log_values(model, slots, state)


def _epochs(
    model: Any,
    slots: Any,
    state: Any,
    data: Any,
    index: Any,
    first: Any,
    last: Any,
    rows: Any,
    validation: Any,
    pad: bool,
    v_pad: bool,
    watch: int = 0,
) -> Any:
    if validation is not None:
        validation = (*validation, v_pad)
    return steps.epochs(model, slots, state, data, index, first, last, rows, pad, validation, watch)


def _predict(model: Any, slots: Any, fixed: Any, rest: Any, data: Any) -> Any:
    """(batches, batch, ...) inputs to outputs of the same leading axes, and the new random states."""
    rest, outputs = jax.lax.scan(lambda r, x: _forward(model, slots, fixed, r, x), rest, data)
    return rest, outputs


def _predict_one(model: Any, slots: Any, fixed: Any, rest: Any, data: Any) -> Any:
    return _forward(model, slots, fixed, rest, data)


def _forward(model: Any, slots: Any, fixed: Any, rest: Any, x: Any) -> tuple[Any, Any]:
    from ..context import call_scope

    with steps.bound(slots, steps.State(fixed, rest, [], [])), call_scope(model, False):
        outputs = model(spread_batch(x), training=False)
        model._clear_losses()
        return slots.state().rest, outputs


def _custom_train(
    model: Any, slots: Any, state: Any, data: Any, index: Any, start: Any, stop: Any, reset: Any
) -> tuple[Any, Any, Any, Any]:
    """Steps ``start`` to ``stop`` of a ``train_step`` of the user's; its last logs, and those of the epoch."""
    state = _fresh_if(reset, model, slots, state)
    return _custom_loop(_custom_train_step, model, slots, state, data, index, start, stop)


def _custom_test(
    model: Any, slots: Any, carried: Any, fixed: Any, data: Any, index: Any, start: Any, stop: Any, reset: Any
) -> tuple[Any, Any, Any, Any]:
    state = _fresh_if(reset, model, slots, steps.State(fixed[0], carried[0], fixed[1], carried[1]))
    state, losses, logs, epoch = _custom_loop(_custom_test_step, model, slots, state, data, index, start, stop)
    return (state.rest, state.metrics), losses, logs, epoch


def _custom_loop(step: Any, model: Any, slots: Any, state: Any, data: Any, index: Any, start: Any, stop: Any) -> tuple:
    def one(state: Any, i: Any) -> tuple:
        return step(model, slots, state, steps.gather(data, index[i]))

    def body(i: Any, carry: tuple) -> tuple:
        state, losses, _ = carry
        new, logs = one(state, i)
        return new, losses.at[i].set(_loss_in(logs)), logs

    losses = jnp.full(index.shape[0], jnp.nan, jnp.float32)
    if isinstance(jnp.asarray(start), jax.core.Tracer):
        shapes = jax.eval_shape(lambda s: one(s, 0)[1], state)
        logs = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)
        state, losses, logs = jax.lax.fori_loop(start, stop, body, (state, losses, logs))
    else:  # run_eagerly: the user's code must never meet a tracer
        logs = None
        for i in range(int(start), int(stop)):
            state, losses, logs = body(i, (state, losses, logs))
    return state, losses, logs, _epoch_logs(model, slots, state, logs)


def _custom_train_step(model: Any, slots: Any, state: Any, batch: tuple) -> tuple[Any, Any]:
    with steps.bound(slots, state):
        model._clear_losses()
        logs, new = model.train_step(tuple(list(s) for s in state), pack(*batch))
        model._clear_losses()
    return _alike(new, state), jax.tree.map(jnp.asarray, logs)


def _custom_test_step(model: Any, slots: Any, state: Any, batch: tuple) -> tuple[Any, Any]:
    with steps.bound(slots, state):
        model._clear_losses()
        logs, new = model.test_step((list(state.trainable), list(state.rest), list(state.metrics)), pack(*batch))
        model._clear_losses()
    _, rest, metrics = _alike(new, (state.trainable, state.rest, state.metrics))
    return state._replace(rest=rest, metrics=metrics), jax.tree.map(jnp.asarray, logs)


def _alike(new: Any, old: Any) -> Any:
    """A state that a user's step returned, as lists of arrays of the old state's dtypes."""
    if len(new) != len(old) or any(len(n) != len(o) for n, o in zip(new, old)):
        raise ValueError(
            "train_step and test_step must return (logs, state) with the state in the form they were given: "
            f"groups of {[len(o) for o in old]} arrays were expected, got {[len(n) for n in new]}."
        )
    groups = [[jnp.asarray(a, b.dtype) for a, b in zip(n, o)] for n, o in zip(new, old)]
    return steps.State(*groups) if len(groups) == 4 else tuple(groups)


def _loss_in(logs: Any) -> Any:
    loss = logs.get("loss") if isinstance(logs, dict) else None
    return jnp.float32(jnp.nan) if loss is None or jnp.ndim(loss) else jnp.asarray(loss, jnp.float32)


def _custom_predict(model: Any, slots: Any, fixed: Any, rest: Any, data: Any) -> Any:
    with steps.bound(slots, steps.State(fixed, rest, [], [])):
        outputs, new = model.predict_step((list(fixed), list(rest)), pack(*data))
        model._clear_losses()
    return [jnp.asarray(a, b.dtype) for a, b in zip(new, rest, strict=True)], outputs


def _epoch_logs(model: Any, slots: Any, state: Any, logs: Any) -> Any:
    """What an epoch reports: the metrics, where a step of one's own reports under just their names."""
    found = steps.log_values(model, slots, state)
    return found if isinstance(logs, dict) and set(logs) == set(found) else logs


def _fresh_if(reset: Any, model: Any, slots: Any, state: Any) -> Any:
    fresh = steps.reset_metrics(model, slots, state).metrics
    chosen = [jnp.where(reset, f, m).astype(m.dtype) for f, m in zip(fresh, state.metrics, strict=True)]
    return state._replace(metrics=chosen)


_BODIES: dict[str, Callable] = {
    "train": _train, "test": _test, "epochs": _epochs, "predict": _predict, "predict_one": _predict_one,
    "custom_train": _custom_train, "custom_test": _custom_test, "custom_predict": _custom_predict,
}  # fmt: skip
_DONATES = frozenset({"train", "epochs", "custom_train"})


def is_eager(model: Any) -> bool:
    """Whether a model was compiled to run step by step in Python."""
    return bool(model.run_eagerly) or model.jit_compile is False


def eager_mode(model: Any) -> Any:
    """Context in which such a model runs uncompiled; any other runs as it would."""
    return jax.disable_jit() if is_eager(model) else nullcontext()


def donates(state: Any) -> bool:
    """Whether a program takes the arrays of a state over, leaving them deleted."""
    return jax.default_backend() != "cpu" and sum(a.nbytes for a in jax.tree.leaves(state)) > DONATE_BYTES


_remembered: weakref.WeakKeyDictionary[Any, tuple[int, bool, Programs]] = weakref.WeakKeyDictionary()


def programs_for(model: Any, trusting: bool = False) -> Programs:
    """The programs of the model's kind: found again by its key, or a new empty set.

    Args:
        trusting: whether to take what was found last time while no layer has changed since. ``fit`` and
            ``evaluate`` look at everything again, functions and numbers outside of layers included.
    """
    state = (Changes.count, model.built and bool(model._compile_loss is None or model._compile_loss.built))
    if trusting and (known := _remembered.get(model)) is not None and known[:2] == state:
        return known[2]
    found = _find_programs(model)
    _remembered[model] = (*state, found)
    return found


def _find_programs(model: Any) -> Programs:
    key, kept = fingerprint(
        model, model.optimizer, model._compile_loss and model._compile_loss.losses,
        model._compile_loss and model._compile_loss.weights, model._loss_tracker is not None,
        model._compile_metrics and model._compile_metrics.entries,
    )  # fmt: skip
    strategy = distribution()
    if strategy is not None:  # its layouts are part of the programs
        key, kept = (key, id(strategy)), [*kept, strategy]
    with _lock:
        found = _cache.get(key)
        if found is None:
            found = _cache[key] = Programs(kept)
            while len(_cache) > KEPT:
                _cache.popitem(last=False)
        else:
            _cache.move_to_end(key)
        return found


def forget_all() -> None:
    """Drop every compiled program (``%kerasnb cache clear``)."""
    with _lock:
        _cache.clear()
