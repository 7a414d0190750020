"""Attribute tracking: what a layer owns is what was assigned to it, lists and dicts included."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from .variable import Changes, Variable


class Tracker:
    """The things one layer owns, in the order in which they arrived."""

    def __init__(self, owner: Any):
        self.owner = weakref.ref(owner)
        # Split by what a Variable was when it came; freezing a layer later moves nothing.
        self.trainable: list[Variable] = []
        self.fixed: list[Variable] = []
        self.layers: list[Any] = []
        self.metrics: list[Any] = []
        self.seeds: list[Any] = []
        self.locked: str | None = None

    def list_for(self, value: Any) -> list | None:
        """Which list a value belongs on, None where it is not tracked."""
        if isinstance(value, Variable):
            if any(v is value for v in self.fixed):
                return self.fixed
            return self.trainable if value.trainable or any(v is value for v in self.trainable) else self.fixed
        kind = getattr(type(value), "_tracked_as", None)
        return getattr(self, kind) if kind else None

    def track(self, value: Any) -> Any:
        """Note what a value holds; containers come back as tracking twins."""
        Changes.count += 1
        target = self.list_for(value)
        if target is not None:
            if not any(v is value for v in target):
                if self.locked and target is not self.metrics:
                    raise ValueError(self.locked)
                target.append(value)
                self._adopt(value)
            return value
        if isinstance(value, TrackedList | TrackedDict | TrackedSet):
            return value
        if type(value) is list:
            return TrackedList(value, self)
        if type(value) is dict:
            return TrackedDict(value, self)
        if type(value) is set:
            return TrackedSet(value, self)
        if isinstance(value, tuple):
            for v in value:
                self.track(v)
        return value

    def _adopt(self, value: Any) -> None:
        if isinstance(value, Variable):
            if getattr(value, "_owner", None) is None:
                object.__setattr__(value, "_owner", self.owner)
        elif getattr(value, "_parent", None) is None and hasattr(type(value), "_tracked_as"):
            object.__setattr__(value, "_parent", self.owner)

    def untrack(self, value: Any) -> None:
        """Forget a value, and what a container holds."""
        Changes.count += 1
        if isinstance(value, (TrackedList, TrackedSet, tuple)):
            for v in value:
                self.untrack(v)
        elif isinstance(value, TrackedDict):
            for v in value.values():
                self.untrack(v)
        else:
            target = self.list_for(value)
            if target is not None:
                target[:] = [v for v in target if v is not value]


def _tracking(base: type, adders: dict[str, Callable], removers: tuple[str, ...]) -> dict[str, Any]:
    """Methods of a container that report to the tracker what comes in and what goes out."""
    members: dict[str, Any] = {}

    def adding(name: str, convert: Callable) -> Callable:
        original = getattr(base, name)

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return original(self, *convert(self._tracker, *args, **kwargs))

        return method

    def removing(name: str) -> Callable:
        original = getattr(base, name)

        def method(self: Any, *args: Any) -> Any:
            before = list(self.values() if base is dict else self)
            result = original(self, *args)
            left = list(self.values() if base is dict else self)
            for v in before:
                if self._tracker and not any(v is w for w in left):
                    self._tracker.untrack(v)
            return result

        return method

    for name, convert in adders.items():
        members[name] = adding(name, convert)
    for name in removers:
        members[name] = removing(name)
    return members


def _one(tracker: Tracker | None, value: Any) -> tuple:
    return (tracker.track(value) if tracker else value,)


def _many(tracker: Tracker | None, values: Any) -> tuple:
    return ([tracker.track(v) if tracker else v for v in values],)


def _values(tracker: Tracker | None, values: Any) -> tuple:
    return (set(_many(tracker, values)[0]),)


def _keyed(tracker: Tracker | None, key: Any, value: Any = None) -> tuple:
    if isinstance(key, slice):
        return (key, *_many(tracker, value))
    return (key, *_one(tracker, value))


class _Copies:
    """Copying and pickling give the plain container back."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        plain = next(b for b in (list, dict, set) if isinstance(self, b))
        return plain, (plain(self),)  # type: ignore[call-overload]

    def __deepcopy__(self, memo: dict) -> Any:
        import copy

        plain = next(b for b in (list, dict, set) if isinstance(self, b))
        return copy.deepcopy(plain(self), memo)  # type: ignore[call-overload]


class TrackedList(_Copies, list):
    """A list whose layers and Variables belong to a layer."""

    def __init__(self, values: Any = (), tracker: Tracker | None = None):
        self._tracker = tracker
        list.__init__(self, [tracker.track(v) if tracker else v for v in values])

    locals().update(
        _tracking(
            list,
            {"append": _one, "extend": _many, "__iadd__": _many, "insert": _keyed, "__setitem__": _keyed},
            ("remove", "pop", "clear", "__delitem__"),
        )
    )


def _update(tracker: Tracker | None, other: Any = (), **more: Any) -> tuple:
    return ({k: (tracker.track(v) if tracker else v) for k, v in {**dict(other), **more}.items()},)


class TrackedDict(_Copies, dict):
    """A dict whose layers and Variables belong to a layer."""

    def __init__(self, values: Any = (), tracker: Tracker | None = None):
        self._tracker = tracker
        dict.__init__(self, {k: (tracker.track(v) if tracker else v) for k, v in dict(values).items()})

    locals().update(
        _tracking(
            dict,
            {"__setitem__": _keyed, "setdefault": _keyed, "update": _update, "__ior__": _update},
            ("pop", "popitem", "clear", "__delitem__"),
        )
    )


class TrackedSet(_Copies, set):
    """A set whose layers and Variables belong to a layer."""

    def __init__(self, values: Any = (), tracker: Tracker | None = None):
        self._tracker = tracker
        set.__init__(self, [tracker.track(v) if tracker else v for v in values])

    locals().update(
        _tracking(set, {"add": _one, "update": _many, "__ior__": _values}, ("remove", "discard", "pop", "clear"))
    )
