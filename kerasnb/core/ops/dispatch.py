"""What makes a function an op: a place in the table, and calls on symbolic tensors that are recorded."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from ..operation import FunctionOperation
from ..symbolic import any_symbolic

F = TypeVar("F", bound=Callable[..., Any])


class Entry(NamedTuple):
    """A line of the table: the op, and the class that stands for its calls in Keras's archives."""

    function: Callable
    module: str
    class_name: str


# Every public op by its name under ``keras.ops``, such as "add" or "image.resize".
TABLE: dict[str, Entry] = {}


def op(module: str, infer: Callable | None = None, records: bool = True, as_class: str | None = None) -> Any:
    """Decorator: put a function into the table; record its calls on symbolic tensors.

    Args:
        module: "numpy", "nn", "math", "core", "linalg", "image" or "einops".
        infer: ``(*args) -> KerasTensor`` for outputs whose shape depends on values; everything else is traced.
        records: False for functions that look at tensors and make none (``shape``, ``ndim``).
        as_class: the name in archives; by default the function's in camel case.
    """

    def decorate(function: F) -> F:
        name = function.__name__
        class_name = as_class or "".join(p[:1].upper() + p[1:] for p in name.split("_"))
        made = recording(class_name, infer)(function) if records else function
        TABLE[f"image.{name}" if module == "image" else name] = Entry(made, module, class_name)
        return made  # type: ignore[return-value]

    return decorate


def family(module: str) -> dict[str, Callable]:
    """The ops of one of Keras's modules by name, such as "numpy" or "linalg"."""
    return {name.rpartition(".")[2]: e.function for name, e in sorted(TABLE.items()) if e.module == module}


def recording(class_name: str, infer: Callable | None = None) -> Callable[[F], F]:
    """Decorator: calls on symbolic tensors are recorded, under a class name that archives know."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def dispatch(*args: Any, **kwargs: Any) -> Any:
            if any_symbolic(args) or (kwargs and any_symbolic(kwargs)):
                return FunctionOperation(dispatch).symbolic_call(*args, **kwargs)
            return function(*args, **kwargs)

        dispatch.class_name, dispatch.infer, dispatch.direct = class_name, infer, function  # type: ignore[attr-defined]
        return dispatch  # type: ignore[return-value]

    return decorate


def named(function: F, name: str, doc: str) -> F:
    """A function made by a table's row, under its own name."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def alias(name: str, of: Callable) -> Any:
    """A second name of an op; calls are recorded under the first."""
    TABLE[name] = next(entry for entry in TABLE.values() if entry.function is of)
    return of
