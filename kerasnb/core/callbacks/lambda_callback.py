"""LambdaCallback: hooks out of plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .callback import Callback


class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        on_epoch_begin, on_epoch_end: ``f(epoch, logs)``.
        on_train_begin, on_train_end: ``f(logs)``.
        on_train_batch_begin, on_train_batch_end: ``f(batch, logs)``.
        **kwargs: any other hook by its name.
    """

    def __init__(
        self, on_epoch_begin: Callable | None = None, on_epoch_end: Callable | None = None,
        on_train_begin: Callable | None = None, on_train_end: Callable | None = None,
        on_train_batch_begin: Callable | None = None, on_train_batch_end: Callable | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin,
            "on_train_end": on_train_end, "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end, **kwargs,
        }  # fmt: skip
        # Only the hooks that were given become attributes, so that the engine sees which are wanted.
        for name, function in given.items():
            if function is not None:
                setattr(self, name, function)
