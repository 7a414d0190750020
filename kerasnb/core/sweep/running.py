"""sweep: train many variants of a model, together where that is faster, and keep the best."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import config
from ..training.feed import as_arrays, check_count, is_array_like
from .grid import FIT_ARGUMENTS, check_build, is_list, variants_of
from .result import SweepResult
from .search import Search
from .seeds import checked_seed
from .trial import Trial


def sweep(
    build: Callable[..., Any],
    x: Any = None,
    y: Any = None,
    *,
    validation_data: Any = None,
    validation_split: float = 0.0,
    epochs: int = 10,
    batch_size: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    shuffle: bool = True,
    callbacks: Callable[..., Any] | None = None,
    objective: str | None = None,
    mode: str = "auto",
    seed: Any = None,
    variants: Any = None,
    sample: int | None = None,
    together: Any = "auto",
    keep: str = "all",
    verbose: Any = "auto",
    **choices: Any,
) -> SweepResult:
    """Train a model in many variants and say which is best.

    Every combination of the lists given is a variant. Variants whose networks have the same shape (they may differ
    in learning rate, starting weights and random states) are trained at once in one compiled program where that is
    faster; the others one after another. A variant's numbers are those that ``set_random_seed(seed)``,
    ``build(...)`` and ``fit(...)`` would give.

    Args:
        build: a function of the arguments that vary; returns a compiled model, or a model and a dict of arguments
            for ``compile``.
        x, y, sample_weight, class_weight, validation_data, validation_split, shuffle: as in ``fit``.
        epochs: of each variant.
        batch_size: rows per step, as in ``fit``; a list of sizes is one more thing that varies.
        callbacks: a function of a variant's arguments that returns its callbacks; variants with callbacks are
            trained one after another.
        objective: the number that decides, after the last epoch: "val_loss" with validation data and "loss" without
            by default.
        mode: "min", "max", or "auto" to tell from the name.
        seed: start of each variant's random numbers, the same for all by default; a list of seeds is one more thing
            that varies.
        variants: instead of lists, a list of dicts of arguments.
        sample: train only so many of the combinations, drawn at random.
        together: "auto" to train variants of equal shape together where that is faster, True wherever possible,
            False never.
        keep: "all" keeps every model, "best" only the best.
        verbose: "auto" or 1 shows progress (live curves in a notebook), 0 nothing.
        **choices: argument of ``build`` -> list of values to try, or one value for all variants.

    Returns:
        A ``SweepResult``: ``best_model``, ``best``, ``table()``, ``histories``, ``models``, ``plot()``. A stop by
        button or interrupt returns it too, with what was trained so far.

    Example:

    >>> import numpy as np, kerasnb as keras
    >>> def build(units, learning_rate):
    ...     model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(1)])
    ...     model.compile(keras.optimizers.Adam(learning_rate), "mse")
    ...     return model
    >>> x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    >>> result = keras.sweep(build, x, x.sum(1), epochs=3, units=[4, 8], learning_rate=[1e-3, 1e-2], verbose=0)
    >>> len(result.table()), result.best["learning_rate"]
    (4, 0.01)
    """
    for name, value, known in (("together", together, ("auto", True, False)), ("keep", keep, ("all", "best")),
                               ("mode", mode, ("auto", "min", "max"))):  # fmt: skip
        if not any(value is k or (isinstance(value, str) and value == k) for k in known):
            raise ValueError(f"sweep: {name} must be one of {known}, got {name}={value!r}.")
    if callbacks is not None and not callable(callbacks):
        raise ValueError(
            "sweep: callbacks must be a function that makes new callbacks for each variant, such as "
            "lambda **variant: [keras.callbacks.EarlyStopping(patience=5)], because variants cannot share them."
        )
    common = seed if seed is not None else int(np.random.randint(0, 2**31 - 1))
    asked = dict(choices)
    if is_list(batch_size):
        asked["batch_size"] = batch_size
    if is_list(seed):
        asked["seed"] = seed
        common = 0
    draw = np.random.default_rng(checked_seed(common))
    names, found = variants_of(asked, variants, sample, draw)
    given = {name for one in found for name in one}
    taken = _parameters(build)
    check_build(build, sorted(given - {n for n in FIT_ARGUMENTS if n not in taken}))
    trials = [Trial(i, one, checked_seed(one.get("seed", common))) for i, one in enumerate(found)]
    data = {
        "validation_data": _arrays(validation_data, "validation_data"), "validation_split": validation_split,
        "sample_weight": sample_weight, "class_weight": class_weight, "shuffle": shuffle,
        "x": _arrays(x, "x"), "y": as_arrays(y, "y") if y is not None and is_array_like(y) else y,
    }  # fmt: skip
    has_validation = validation_data is not None or bool(validation_split)
    wanted = config.bounded(check_count(epochs, "epochs", 1), "max_epochs")
    running = Search(
        build, trials, names, data, wanted, batch_size, callbacks,
        objective or ("val_loss" if has_validation else "loss"), mode, together, keep, taken, has_validation,
    )  # fmt: skip
    return running.run(verbose)


def _parameters(build: Any) -> list[str]:
    try:
        return list(inspect.signature(build).parameters)
    except (TypeError, ValueError):
        return []


def _arrays(data: Any, name: str) -> Any:
    """Data that every variant can read from their beginning; arrays converted once for all."""
    if data is None:
        return None
    if is_array_like(data):
        return as_arrays(data, name)
    if iter_once(data):
        raise ValueError(
            f"sweep: {name} is a {type(data).__name__}, which can be read only once, and every variant needs the data. "
            "Pass arrays, a keras.utils.PyDataset, or an object whose __iter__ starts anew."
        )
    return data


def iter_once(data: Any) -> bool:
    """Whether an iterable is used up by reading it."""
    return hasattr(data, "__next__")
