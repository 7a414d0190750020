"""A misspelt argument of ``fit`` and its kin is answered with the nearest name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ..registry import did_you_mean

F = TypeVar("F", bound=Callable[..., Any])


def known_arguments(method: F) -> F:
    """Decorator of a method without ``**kwargs``: refuse names it does not have, suggesting one."""
    names = list(inspect.signature(method).parameters)[1:]

    @functools.wraps(method)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        for name in kwargs:
            if name not in names:
                raise TypeError(
                    f"{method.__name__}() has no argument {name!r}.{did_you_mean(name, names)} "
                    f"Its arguments are {', '.join(names)}."
                )
        return method(self, *args, **kwargs)

    return checked  # type: ignore[return-value]
