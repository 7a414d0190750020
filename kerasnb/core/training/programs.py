"""Compiled programs and their cache: one set per kind of model, whatever object asks.

A program is traced with the model at hand and holds no weights; an equal model built later (another
run of the same cell) is lent to the same program. The cache keeps the last ``KEPT`` kinds.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from . import steps
from .fingerprint import fingerprint

KEPT = 32
# A state beyond this is handed over to the program (no second copy of it in memory); a smaller one
# is kept, so that nobody who holds one of its arrays finds it deleted.
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
        donate = kind in _DONATES and size_in_bytes(args[0]) > DONATE_BYTES
        key = (kind, donate, tuple(sorted(static.items())))
        function = self._functions.get(key)
        if function is None:
            function = self._functions[key] = self._compile(kind, static, donate)
        outer = getattr(self._local, "lent", None)
        self._local.lent = (model, slots)
        try:
            return function(*args)
        finally:
            self._local.lent = outer

    def _compile(self, kind: str, static: dict[str, Any], donate: bool) -> Callable:
        body = _BODIES[kind]

        def program(*args: Any) -> Any:
            global traces
            traces += 1
            model, slots = self._local.lent
            return body(model, slots, *args, **static)

        program.__name__ = f"kerasnb_{kind}"
        return jax.jit(program, donate_argnums=(0,) if donate else (), compiler_options=compiler_options())


def _train(
    model: Any, slots: Any, state: Any, data: Any, index: Any, start: Any, stop: Any, rows: Any, reset: Any, pad: bool
) -> Any:
    state = _fresh_if(reset, model, slots, state)
    losses = jnp.zeros(index.shape[0], jnp.float32)
    state, losses = steps.loop(steps.train_step, model, slots, state, data, index, start, stop, rows, pad, losses)
    return state, losses, steps.log_values(model, slots, state)


def _test(
    model: Any,
    slots: Any,
    metrics: Any,
    fixed: Any,
    data: Any,
    index: Any,
    start: Any,
    stop: Any,
    rows: Any,
    reset: Any,
    pad: bool,
) -> Any:
    state = steps.State(*fixed, metrics)
    state = _fresh_if(reset, model, slots, state)
    losses = jnp.zeros(index.shape[0], jnp.float32)
    state, losses = steps.loop(steps.test_step, model, slots, state, data, index, start, stop, rows, pad, losses)
    return state.metrics, losses, steps.log_values(model, slots, state)


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
) -> Any:
    if validation is not None:
        validation = (*validation, v_pad)
    return steps.epochs(model, slots, state, data, index, first, last, rows, pad, validation)


def _predict(model: Any, slots: Any, arrays: Any, data: Any) -> Any:
    """(batches, batch, ...) inputs to outputs of the same leading axes."""
    from ..context import call_scope

    def one(x: Any) -> Any:
        with steps.bound(slots, steps.State(*arrays, [], [])), call_scope(model, False):
            outputs = model(x, training=False)
            model._clear_losses()
            return outputs

    return jax.lax.map(one, data)


def _predict_one(model: Any, slots: Any, arrays: Any, data: Any) -> Any:
    from ..context import call_scope

    with steps.bound(slots, steps.State(*arrays, [], [])), call_scope(model, False):
        outputs = model(data, training=False)
        model._clear_losses()
        return outputs


def _custom_train(model: Any, slots: Any, state: Any, data: Any, reset: Any) -> Any:
    state = _fresh_if(reset, model, slots, state)
    with steps.bound(slots, state):
        model._clear_losses()
        logs, new = model.train_step(tuple(list(s) for s in state), data)
        model._clear_losses()
    return steps.State(*[list(group) for group in new]), logs


def _custom_test(model: Any, slots: Any, metrics: Any, fixed: Any, data: Any, reset: Any) -> Any:
    state = _fresh_if(reset, model, slots, steps.State(*fixed, metrics))
    with steps.bound(slots, state):
        model._clear_losses()
        logs, new = model.test_step((list(state.trainable), list(state.rest), list(state.metrics)), data)
        model._clear_losses()
    return list(new[-1]), logs


def _custom_predict(model: Any, slots: Any, arrays: Any, data: Any) -> Any:
    with steps.bound(slots, steps.State(*arrays, [], [])):
        outputs, _ = model.predict_step((list(arrays[0]), list(arrays[1])), data)
        model._clear_losses()
    return outputs


def _fresh_if(reset: Any, model: Any, slots: Any, state: Any) -> Any:
    fresh = steps.reset_metrics(model, slots, state).metrics
    chosen = [jnp.where(reset, f, m).astype(m.dtype) for f, m in zip(fresh, state.metrics, strict=True)]
    return state._replace(metrics=chosen)


_BODIES: dict[str, Callable] = {
    "train": _train, "test": _test, "epochs": _epochs, "predict": _predict, "predict_one": _predict_one,
    "custom_train": _custom_train, "custom_test": _custom_test, "custom_predict": _custom_predict,
}  # fmt: skip
_DONATES = frozenset({"train", "epochs", "custom_train"})


def size_in_bytes(tree: Any) -> int:
    """Memory of nested arrays."""
    return sum(a.nbytes for a in jax.tree.leaves(tree))


def programs_for(model: Any) -> Programs:
    """The programs of the model's kind: found again by its key, or a new empty set."""
    key, kept = fingerprint(
        model, model.optimizer, model._compile_loss and model._compile_loss.losses,
        model._compile_loss and model._compile_loss.weights, model._loss_tracker is not None,
        model._compile_metrics and model._compile_metrics.entries,
    )  # fmt: skip
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


_options: dict[str, Any] | None = None


def compiler_options() -> dict[str, Any] | None:
    """XLA options of every program; on CPU the slow single-threaded convolution fusion is off.

    Probed once with this jaxlib: an option it does not know is left out. Measured on jaxlib 0.10:
    the fusion doubles the time of convolutions.
    """
    global _options
    if _options is None:
        _options = {}
        if jax.default_backend() == "cpu":
            wanted = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"}
            try:
                jax.jit(lambda x: x, compiler_options=wanted).lower(jnp.float32(0)).compile()
            except Exception:
                return None
            _options = wanted
    return _options or None
