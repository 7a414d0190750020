"""Grid: which variants a sweep trains, out of lists of choices."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..registry import did_you_mean

MOST = 10_000  # variants of one sweep; more is a slip of the hand
# What goes to ``fit`` and the random numbers, not to ``build``.
FIT_ARGUMENTS = ("batch_size", "seed")


def variants_of(
    choices: Mapping[str, Any], variants: Any = None, sample: int | None = None, draw: np.random.Generator | None = None
) -> tuple[list[str], list[dict[str, Any]]]:
    """The names that vary, and the arguments of each variant, in the order of their numbers.

    Args:
        choices: name -> a list (or range, tuple, array) of values to try; anything else is the same for all.
        variants: a list of dicts to train as they are, each completed by the fixed choices.
        sample: so many of them, drawn without repetition; all by default.
        draw: the source of that draw.

    >>> variants_of({"units": [8, 16], "rate": [0.1, 0.2], "depth": 2})[1][1]
    {'units': 8, 'rate': 0.2, 'depth': 2}
    """
    lists = {name: _values(name, value) for name, value in choices.items() if is_list(value)}
    fixed = {name: value for name, value in choices.items() if name not in lists}
    if variants is not None:
        if lists:
            raise ValueError(
                f"sweep: variants= names every variant itself, and {', '.join(sorted(lists))} "
                f"{'is a list' if len(lists) == 1 else 'are lists'} too. Give lists, or variants, not both."
            )
        found = [{**fixed, **one} for one in _checked(variants)]
        names = list(dict.fromkeys(name for one in _checked(variants) for name in one))
        return names, _drawn(found, sample, draw)
    names = list(lists)
    total = math.prod(len(values) for values in lists.values())
    count = total if sample is None else min(_positive(sample, "sample"), total)
    if count > MOST:
        raise ValueError(
            f"sweep: that is {total:,} variants. Train some of them, drawn at random, with sample=50, or shorten "
            f"the lists ({', '.join(f'{n}: {len(v)}' for n, v in lists.items())})."
        )
    numbers = _chosen(total, count, draw) if count < total else range(total)
    return names, [{**_at(lists, number), **fixed} for number in numbers]


def is_list(value: Any) -> bool:
    """Whether a choice is several values to try."""
    return isinstance(value, (list, tuple, range)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _values(name: str, values: Any) -> list[Any]:
    found = [v.item() if isinstance(v, np.generic) else v for v in values]
    if not found:
        raise ValueError(f"sweep: {name}=[] has no values to try. List some, such as {name}=[...].")
    return found


def _at(lists: Mapping[str, list[Any]], number: int) -> dict[str, Any]:
    """The combination of that number; the last name varies fastest."""
    found = {}
    for name in reversed(lists):
        number, place = divmod(number, len(lists[name]))
        found[name] = lists[name][place]
    return {name: found[name] for name in lists}


def _checked(variants: Any) -> Sequence[Mapping[str, Any]]:
    if isinstance(variants, Mapping) or not isinstance(variants, Sequence) or isinstance(variants, str):
        raise ValueError(
            "sweep: variants must be a list of dicts, such as [{'units': 8}, {'units': 16}], got "
            f"{type(variants).__name__}."
        )
    if not variants:
        raise ValueError("sweep: variants=[] is empty: there is nothing to train.")
    for i, one in enumerate(variants):
        if not isinstance(one, Mapping) or not all(isinstance(name, str) for name in one):
            raise ValueError(f"sweep: variants[{i}] must be a dict from argument names to values, got {one!r}.")
    return variants


def _positive(value: Any, name: str) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < 1:
        raise ValueError(f"sweep: {name} must be an integer of at least 1, got {name}={value!r}.")
    return int(value)


def _drawn(found: list[dict[str, Any]], sample: int | None, draw: np.random.Generator | None) -> list[dict[str, Any]]:
    if sample is None or _positive(sample, "sample") >= len(found):
        return found
    return [found[i] for i in _chosen(len(found), int(sample), draw)]


def _chosen(total: int, count: int, draw: np.random.Generator | None) -> list[int]:
    draw = draw or np.random.default_rng(0)
    return sorted(int(i) for i in draw.choice(total, count, replace=False))


def check_build(build: Callable[..., Any], names: Sequence[str]) -> None:
    """Whether ``build`` can be called with these arguments; told before anything is trained."""
    if not callable(build):
        raise ValueError(
            f"sweep: build must be a function that returns a compiled model, got {type(build).__name__}. "
            "Write it as def build(units, learning_rate): ..."
        )
    try:
        signature = inspect.signature(build)
    except (TypeError, ValueError):
        return  # something built in: the call itself will tell
    parameters = signature.parameters.values()
    by_name = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        known = [p.name for p in by_name]
        for name in names:
            if name not in known:
                takes = f"takes {', '.join(known)}" if known else "takes no arguments"
                raise ValueError(
                    f"sweep: {name!r} is neither an argument of sweep nor of {_name(build)}, which {takes}."
                    f"{did_you_mean(name, known)}"
                )
    needed = [p.name for p in by_name if p.default is p.empty]
    missing = [name for name in needed if name not in names]
    if missing:
        raise ValueError(
            f"sweep: {_name(build)} needs {', '.join(missing)}: give values to try, such as {missing[0]}=[...], "
            f"or one value for all."
        )


def _name(build: Any) -> str:
    return f"{getattr(build, '__name__', 'build')}()"


def label(value: Any) -> str:
    """A value in few characters, for tables and charts.

    >>> label(0.0010000000474), label("relu"), label(print), label([1, 2])
    ('0.001', 'relu', 'print', '[1, 2]')
    """
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (str, int)):
        return str(value)
    text = getattr(value, "__name__", None) or getattr(value, "name", None)
    text = text if isinstance(text, str) else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
