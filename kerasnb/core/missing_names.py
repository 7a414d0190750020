"""A name that a public module does not have is answered with the nearest one that it has."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any


def missing_names(module: str, known: Iterable[str]) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that suggests.

    Args:
        module: the module's ``__name__``.
        known: its ``__all__``.

    >>> missing_names("kerasnb.layers", ["Dense", "Dot"])("Desne")
    Traceback (most recent call last):
    AttributeError: module 'kerasnb.layers' has no attribute 'Desne'. Did you mean 'Dense'?
    """
    names = tuple(known)

    def __getattr__(name: str) -> Any:
        lowered = {n.lower(): n for n in names}
        near = difflib.get_close_matches(name.lower(), list(lowered), n=1)
        hint = f" Did you mean {lowered[near[0]]!r}?" if near and not name.startswith("__") else ""
        error = AttributeError(f"module {module!r} has no attribute {name!r}.{hint}")
        error.name, error.obj = name, None  # the interpreter shall not suggest a second time
        raise error

    return __getattr__
