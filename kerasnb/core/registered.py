"""What the user made known: classes and functions by name, scopes, and "did you mean"."""

from __future__ import annotations

import difflib
import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_global_objects: dict[str, Any] = {}
registered_names: dict[Any, str] = {}
local = threading.local()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence naming the nearest known names, or an empty string when nothing is near.

    >>> did_you_mean("rleu", ["relu", "tanh"])
    " Did you mean 'relu'?"
    """
    known = sorted(known, key=lambda k: k == k.lower())  # of "MSE" and "mse" the latter is kept
    lowered = {k.lower(): k for k in known}
    near = difflib.get_close_matches(name.lower(), list(lowered), n=2, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(lowered[n]) for n in near)}?" if near else ""


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable:
    """Class decorator: make a user class or function loadable from archives by ``package>name``.

    Args:
        package: a name that keeps your classes apart from other people's.
        name: the name in the archive; the class's own by default.
    """

    def decorate(obj: Any) -> Any:
        label = f"{package}>{name or obj.__name__}"
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            raise ValueError(
                f"register_keras_serializable: {obj.__name__} has no get_config() method, "
                "so it could not be saved. Write one that returns the constructor's arguments."
            )
        _global_objects[label] = obj
        registered_names[obj] = label
        return obj

    return decorate


def get_registered_name(obj: Any) -> str:
    """The name under which a class or function was registered, else its own name."""
    label = carried_name(obj)
    if label is not None:
        return label
    try:
        return registered_names.get(obj, getattr(obj, "__name__", str(obj)))
    except TypeError:  # unhashable callables
        return getattr(obj, "__name__", str(obj))


def get_registered_object(
    name: str, custom_objects: Mapping | None = None, module_objects: Mapping | None = None
) -> Any:
    """The class or function of that name: scopes first, then arguments, then the registry."""
    for table in (_scope_objects(), custom_objects, _global_objects, module_objects):
        if table and name in table:
            return table[name]
    return None


def get_custom_objects() -> dict[str, Any]:
    """The dictionary of all globally registered names; additions to it take effect."""
    return _global_objects


def _scope_objects() -> dict[str, Any]:
    return getattr(local, "objects", {})


class carrying:
    """Context in which the user's classes and functions are written down by their place in a list.

    A copy in memory takes the list along and hands it to ``carried_objects``, so that it needs no names to find
    them again: neither two classes of one name nor a lambda stand in its way.

    Args:
        live: whether the copy stays in this process, so that anything can go on the list.
    """

    def __init__(self, live: bool):
        self.live = live

    def __enter__(self) -> list[Any]:
        self._outer = getattr(local, "carried", None), carries_anything()
        carried: list[Any] = []
        local.carried, local.live = carried, self.live
        return carried

    def __exit__(self, *exc: Any) -> None:
        local.carried, local.live = self._outer


def carries_anything() -> bool:
    """Whether a copy is being made that stays in this process."""
    return getattr(local, "live", False)


def carried_name(obj: Any) -> str | None:
    """The place of a user's class or function in the list of the ``carrying`` under way, None if there is none."""
    carried = getattr(local, "carried", None)
    if carried is None or not callable(obj) or (getattr(obj, "__module__", None) or "").startswith("kerasnb."):
        return None
    obj = vars(obj).get("_user_class", obj) if inspect.isclass(obj) else obj
    for place, other in enumerate(carried):
        if other is obj:
            return f"carried>{place}"
    carried.append(obj)
    return f"carried>{len(carried) - 1}"


def carried_objects(carried: Iterable[Any]) -> dict[str, Any]:
    """The custom objects that what was written while ``carrying`` this list is read with."""
    carried = list(carried)
    plain = {getattr(obj, "__name__", ""): obj for obj in reversed(carried)}  # for users who write names themselves
    return {**plain, **{f"carried>{place}": obj for place, obj in enumerate(carried)}}


class CustomObjectScope:
    """Context in which the given names are known to every loader.

    >>> with CustomObjectScope({"twice": lambda x: 2 * x}):
    ...     get_registered_object("twice")(3)
    6
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None = None):
        self.custom_objects = dict(custom_objects or {})

    def __enter__(self) -> CustomObjectScope:
        self._outer = _scope_objects()
        local.objects = {**self._outer, **self.custom_objects}
        return self

    def __exit__(self, *exc: Any) -> None:
        local.objects = self._outer


custom_object_scope = CustomObjectScope
