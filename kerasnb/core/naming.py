"""Automatic names in Keras's manner: ``dense``, ``dense_1``, ... in order of creation.

The counters are the only global state of naming. Compiled programs never depend on names, and in a
notebook the front end restores the counters when a cell runs again, so the same cell gives the same
names (see ``snapshot``).
"""

from __future__ import annotations

import re
import threading

_counters: dict[str, int] = {}
_local = threading.local()


def to_snake_case(name: str) -> str:
    """Keras's form of a class name.

    >>> to_snake_case("MaxPooling2D"), to_snake_case("LSTM"), to_snake_case("ReLU")
    ('max_pooling2d', 'lstm', 're_lu')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix: str) -> str:
    """The next free name of a prefix."""
    prefix = to_snake_case(prefix)
    count = _counters.get(prefix, 0)
    _counters[prefix] = count + 1
    return f"{prefix}_{count}" if count else prefix


def snapshot() -> dict[str, int]:
    """The counters as they stand, for ``restore``."""
    return dict(_counters)


def restore(counters: dict[str, int]) -> None:
    """Put the counters back to a snapshot."""
    _counters.clear()
    _counters.update(counters)


def reset() -> None:
    """Start all names anew (``clear_session``)."""
    _counters.clear()


def push_scope(name: str) -> None:
    """Let the paths of what is made from now on begin with a name (``name_scope``)."""
    _local.scopes = (*getattr(_local, "scopes", ()), name)


def pop_scope() -> None:
    """The inverse of ``push_scope``."""
    _local.scopes = _local.scopes[:-1]


def scope_prefix() -> str:
    """What paths begin with now: the open scopes' names, each followed by "/"."""
    return "".join(f"{name}/" for name in getattr(_local, "scopes", ()))
