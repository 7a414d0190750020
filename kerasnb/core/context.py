"""What is known while layers call each other: training or not, and the masks of tensors on the way."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import Any

_local = threading.local()


class CallContext:
    """State of one outermost layer call; nested calls share it."""

    def __init__(self, entry: Any, training: bool | None):
        self.entry_layer = entry
        self.training = training
        # id -> (tensor, mask). The tensor is kept so that its id stays its own for the whole call.
        self.masks: dict[int, tuple[Any, Any]] = {}
        # id -> (vectors, table, indices): vectors looked up in a table, for layers that take their mean.
        self.lookups: dict[int, tuple[Any, Any, Any]] = {}
        # Called as watcher(layer, args, kwargs, outputs) after each call of a layer, by those who look inside models.
        self.watcher: Any = None
        self.row_mask: Any = None  # (batch,) 1 for real rows and 0 for padding, where a batch is padded


def current() -> CallContext | None:
    """The context of the call under way, or None outside of any call."""
    return getattr(_local, "context", None)


@contextmanager
def call_scope(layer: Any, training: bool | None, row_mask: Any = None) -> Any:
    """Enter a layer's call: join the context under way or open a new one, with what ``real_rows`` gives in it."""
    outer = current()
    context = outer or CallContext(layer, training)
    if row_mask is not None:
        context.row_mask = row_mask
    before = context.training
    context.training = training
    _local.context = context
    try:
        yield context
    finally:
        context.training = before
        _local.context = outer


def get_keras_mask(x: Any) -> Any:
    """The mask that travels with a tensor, or None."""
    mask = getattr(x, "_keras_mask", None)
    if mask is None and (context := current()) is not None:
        mask = context.masks.get(id(x), (None, None))[1]
    return mask


def set_keras_mask(x: Any, mask: Any) -> None:
    """Let a mask travel with a tensor; tracers, which take no attributes, are noted in the context."""
    try:
        x._keras_mask = mask
    except AttributeError:
        if (context := current()) is not None:
            context.masks[id(x)] = (x, mask)


def real_rows() -> Any:
    """(batch,) 1 for the real rows of a padded batch and 0 for the others; None where all are real."""
    context = current()
    return None if context is None else context.row_mask
