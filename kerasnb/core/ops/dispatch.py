"""What makes a function an op: a place in the table, and calls on symbolic tensors that are recorded."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from ..operation import FunctionOperation
from ..symbolic import any_symbolic

F = TypeVar("F", bound=Callable[..., Any])


class Entry(NamedTuple):
    """A line of the table: the op, and the module of Keras that its name belongs to in archives."""

    function: Callable
    module: str


# Every public op by its name under ``keras.ops``, such as "add" or "image.resize".
TABLE: dict[str, Entry] = {}


def op(module: str, infer: Callable | None = None, records: bool = True) -> Callable[[F], F]:
    """Decorator: put a function into the table; record its calls on symbolic tensors.

    Args:
        module: "numpy", "nn", "math", "core", "linalg", "image" or "einops".
        infer: ``(*args) -> KerasTensor`` for outputs whose shape depends on values; everything else is traced.
        records: False for functions that look at tensors and make none (``shape``, ``ndim``).
    """

    def decorate(function: F) -> F:
        made = _recording(function, infer) if records else function
        name = function.__name__ if module != "image" else f"image.{function.__name__}"
        TABLE[name] = Entry(made, module)
        return made  # type: ignore[return-value]

    return decorate


def _recording(function: Callable, infer: Callable | None) -> Callable:
    @functools.wraps(function)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        if any_symbolic(args) or (kwargs and any_symbolic(kwargs)):
            return FunctionOperation(dispatch).symbolic_call(*args, **kwargs)
        return function(*args, **kwargs)

    dispatch.infer = infer  # type: ignore[attr-defined]
    return dispatch


def named(function: F, name: str, doc: str) -> F:
    """A function made by a table's row, under its own name."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def alias(name: str, of: Callable, module: str = "numpy") -> Any:
    """A second name of an op; calls are recorded under the first."""
    TABLE[name] = Entry(of, module)
    return of
