"""Seen rows: a few rows of the data a model was last trained on, so that its gradients can be looked at afterwards.

They are held beside the model, never in it: no archive, pickle or copy carries training data.
"""

from __future__ import annotations

import math
import weakref
from typing import Any

import jax
import numpy as np

from .. import naming
from ..context import call_scope
from ..variable import values
from . import steps
from .feed import Part

MOST_ROWS = 256
MOST_BYTES = 4 * 2**20

_kept: weakref.WeakKeyDictionary[Any, tuple] = weakref.WeakKeyDictionary()
_last: weakref.WeakKeyDictionary[Any, tuple[list[Any], dict[int, float]]] = weakref.WeakKeyDictionary()


def keep_rows(model: Any, feed: Any) -> None:
    """Keep the last batch of a training feed (a few rows of it, where rows are large)."""
    try:
        rows = None if feed is None else _last_rows(feed)
    except Exception:  # a look that is possible later must never cost the training that was
        rows = None
    if rows is not None:
        _kept[model] = rows


def _last_rows(feed: Any) -> tuple | None:
    part = isinstance(feed, Part)
    data = feed.feed.host if part else feed.sample
    leaves = jax.tree.leaves(data)
    rows = min((len(a) for a in leaves), default=0)
    first, last = (feed.first, feed.last) if part else (0, rows)
    each = sum(a.nbytes // max(len(a), 1) for a in leaves)
    count = min(last - first, feed.batch_size or MOST_ROWS, MOST_ROWS, max(1, MOST_BYTES // max(each, 1)))
    if count < 1:
        return None
    return jax.tree.map(lambda a: np.array(_host(a)[last - count : last]), data)


def _host(array: Any) -> Any:
    """Without a copy where it lies in the host's memory; a slice of it is fetched from elsewhere."""
    return array if isinstance(array, np.ndarray) or jax.default_backend() != "cpu" else np.asarray(array)


def seen_rows(model: Any) -> tuple | None:
    """(x, y, sample_weight) of the rows that were kept; None where the model was not trained in this process."""
    return _kept.get(model)


def gradient_sizes(model: Any) -> dict[int, float] | None:
    """The Euclidean norm of the loss's gradient by each trainable weight, by ``id`` of the Variable.

    On the rows that were kept of the training data, with the weights as they are now, dropout and the like switched
    on as in training. None where the model was not trained, or where its loss cannot be computed this way.
    """
    rows = seen_rows(model)
    if rows is None or not getattr(model, "compiled", False) or getattr(model, "_compile_loss", None) is None:
        return None
    slots = steps.Slots(model, with_optimizer=False)
    if not slots.trainable:
        return {}

    def norms(trainable: list[Any], rest: list[Any], metrics: list[Any], batch: tuple) -> list[Any]:
        def loss_of(trainable: list[Any]) -> Any:
            state = steps.State(trainable, rest, [], metrics)
            x, y, weight = batch
            with steps.bound(slots, state), call_scope(model, True):
                model._clear_losses()
                loss = steps.batch_loss(model, x, y, model(x, training=True), weight, None, True)
                model._clear_losses()
                return loss

        return [jax.numpy.linalg.norm(g.ravel().astype("float32")) for g in jax.grad(loss_of)(trainable)]

    now = [v._raw_value for v in slots.trainable]
    known = _last.get(model)
    if known is not None and len(known[0]) == len(now) and all(r() is a for r, a in zip(known[0], now, strict=True)):
        return known[1]  # the weights are those of the last time
    names = naming.snapshot()
    try:
        found = jax.jit(norms)(values(slots.trainable), values(slots.rest), values(slots.metrics), rows)
    except Exception:  # a step of the user's own, or data that only it understands
        return None
    finally:
        naming.restore(names)
    sizes = {id(v): float(n) for v, n in zip(slots.trainable, found, strict=True)}
    _last[model] = [weakref.ref(a) for a in now], sizes
    return sizes


def together(sizes: dict[int, float] | None, variables: Any) -> float | None:
    """The norm over several weights; None where none of them has a gradient."""
    found = [sizes[id(v)] for v in variables if sizes and id(v) in sizes]
    return math.sqrt(sum(n * n for n in found)) if found else None
