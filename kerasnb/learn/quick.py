"""The fast switch: ``KERASNB_FAST=1`` makes every tutorial run in seconds, to see that it runs.

The cells stay as a student reads them (``epochs=30``). What changes is here alone: the data sets that
``datasets.*.load_data`` gives are cut to their first rows, and ``fit`` trains for few epochs of few steps.
"""

from __future__ import annotations

import functools
import os
from typing import Any

TRAIN_ROWS, TEST_ROWS, EPOCHS, STEPS = 2000, 500, 2, 12
CUT = dict.fromkeys(("mnist", "fashion_mnist", "cifar10", "cifar100", "reuters", "california_housing"), TRAIN_ROWS)
CUT["imdb"] = 6000  # the tutorials keep its first 5000 reviews for validation


def is_fast() -> bool:
    """Whether the environment asks for short runs."""
    return os.environ.get("KERASNB_FAST") == "1"


def shorten_if_asked() -> None:
    """Shorten data sets and training in this process if ``KERASNB_FAST=1``; once."""
    if not is_fast():
        return
    import importlib

    from kerasnb.core.models.model import Model
    from kerasnb.core.sweep import running

    for name, rows in CUT.items():
        module = importlib.import_module(f"kerasnb.datasets.{name}")
        if not is_short(module.load_data):
            module.load_data = first_rows(module.load_data, rows)
    if not is_short(Model.fit):
        Model.fit = few_epochs(Model.fit)
    if not is_short(running.sweep):
        running.sweep = few_epochs_each(running.sweep)  # keras.sweep is looked up there when it is first used


def short(function: Any) -> Any:
    """Mark a function as a short one."""
    function.is_short = True
    return function


def is_short(function: Any) -> bool:
    """Whether a function is a short one already (others wrap functions too, so ``__wrapped__`` says nothing)."""
    return getattr(function, "is_short", False)


def first_rows(load_data: Any, rows: int = TRAIN_ROWS) -> Any:
    """A loader whose parts are cut to their first rows."""

    @short
    @functools.wraps(load_data)
    def shorter(*args: Any, **options: Any) -> Any:
        train, test = load_data(*args, **options)
        return tuple(a[:rows] for a in train), tuple(a[:TEST_ROWS] for a in test)

    return shorter


def few_epochs(fit: Any) -> Any:
    """``fit`` for at most ``EPOCHS`` epochs, of at most ``STEPS`` batches where the data are a stream."""

    @short
    @functools.wraps(fit)
    def shorter(self: Any, x: Any = None, y: Any = None, *args: Any, **options: Any) -> Any:
        first = options.get("initial_epoch", 0)
        options["epochs"] = min(options.get("epochs", 1), first + EPOCHS)
        if y is None and not isinstance(x, dict) and not hasattr(x, "shape"):
            options.setdefault("steps_per_epoch", STEPS)
            options.setdefault("validation_steps", STEPS if options.get("validation_data") is not None else None)
        return fit(self, x, y, *args, **options)

    return shorter


def few_epochs_each(sweep: Any) -> Any:
    """``sweep`` with at most ``EPOCHS`` epochs for each variant."""

    @short
    @functools.wraps(sweep)
    def shorter(*args: Any, **options: Any) -> Any:
        return sweep(*args, **{**options, "epochs": min(options.get("epochs", EPOCHS), EPOCHS)})

    return shorter
