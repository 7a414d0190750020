"""Spans: where the time of training goes, measured at the seams of the engine.

``with span("data"):`` stands around what is worth knowing. Where nobody measures it costs a look at one attribute;
inside of ``measured`` times add up in a tree of :class:`Span`, one branch for each way by which a place is reached.
A tree belongs to one thread. What jax does inside of a call (compiling, reading programs from the disk) comes from its
own monitoring events.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

# jax's events -> what they are called here.
EVENTS = {
    "/jax/core/compile/jaxpr_to_mlir_module_duration": "lowering",
    "/jax/core/compile/backend_compile_duration": "compiling",
    "/jax/compilation_cache/cache_retrieval_time_sec": "read from the cache",
}


class Span:
    """A part of the time, and the parts of that part.

    Attributes:
        name: what was done.
        seconds: how long it took in all, parts included.
        count: how often it was done.
        parts: name -> part, in the order in which they came first.
        facts: what else is known of it, such as the model's name.
    """

    __slots__ = ("_began", "_outer", "count", "facts", "name", "parts", "seconds")

    def __init__(self, name: str):
        self.name, self.seconds, self.count = name, 0.0, 0
        self.parts: dict[str, Span] = {}
        self.facts: dict[str, Any] = {}
        self._began, self._outer = 0.0, None

    @property
    def own(self) -> float:
        """Seconds that none of its parts accounts for."""
        return max(self.seconds - sum(part.seconds for part in self.parts.values()), 0.0)

    def part(self, name: str) -> Span:
        """The part of that name, made if it is not there."""
        found = self.parts.get(name)
        if found is None:
            found = self.parts[name] = Span(name)
        return found

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Span]]:
        """It and all its parts with their depth, from the top."""
        yield depth, self
        for part in self.parts.values():
            yield from part.walk(depth + 1)

    # A part is entered anew each time it happens; one may not stand in itself (recursion gets a part of its own).
    def __enter__(self) -> Span:
        self._outer, _here.top = _here.top, self
        self._began = time.perf_counter()
        return self

    def __exit__(self, *error: Any) -> None:
        self.seconds += time.perf_counter() - self._began
        self.count += 1
        _here.top, self._outer = self._outer, None


class _Here(threading.local):
    top: Any = None


_here = _Here()
_nothing = nullcontext()
_listening = False


def span(name: str) -> Any:
    """A context whose time is added to the part ``name`` of what is being measured, if anything is."""
    top = _here.top
    return _nothing if top is None else top.part(name)


@contextmanager
def measured(name: str, **facts: Any) -> Iterator[Span]:
    """Measure what happens inside, in this thread; inside of another measurement as a part of it.

    >>> with measured("all") as whole:
    ...     for _ in range(3):
    ...         with span("step"):
    ...             pass
    >>> [(depth, part.name, part.count) for depth, part in whole.walk()]
    [(0, 'all', 1), (1, 'step', 3)]
    """
    _listen()
    top = _here.top
    found = Span(name) if top is None else top.part(name)
    found.facts.update(facts)
    with found:
        yield found


def timed_iterator(name: str, items: Iterable[Any]) -> Iterable[Any]:
    """The same items; waiting for each is a span."""
    return items if _here.top is None else _waiting(name, iter(items))


def _waiting(name: str, items: Iterator[Any]) -> Iterator[Any]:
    try:
        while True:
            with span(name):
                item = next(items, _END)
            if item is _END:
                return
            yield item
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()


_END = object()


class Profiling:
    """Whether every fit is measured (``%kerasnb profile on``), and the last one that was."""

    on = False
    last: Span | None = None


profiling = Profiling()


def measured_fit(model: str) -> Any:
    """Around a fit: measures it where all are, or where it is part of something that is."""
    return _measured_fit(model) if profiling.on or _here.top is not None else _nothing


@contextmanager
def _measured_fit(model: str) -> Iterator[None]:
    with measured("fit", model=model) as found:
        try:
            yield
        finally:
            profiling.last = found


def timed_calls(name: str, owner: Any) -> Any:
    """An object whose methods are spans of one name, for reporters: they are called from many places."""
    return owner if _here.top is None else TimedCalls(owner, name)


class TimedCalls:
    """Stands for an object; calls of its methods are timed."""

    def __init__(self, owner: Any, name: str):
        self.__dict__.update(_owner=owner, _name=name)

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._owner, attribute)
        return _timed(value, self._name) if callable(value) else value

    def __setattr__(self, attribute: str, value: Any) -> None:
        setattr(self._owner, attribute, value)


def _timed(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        with span(name):
            return function(*args, **options)

    return call


def _listen() -> None:
    """Hear of what jax does; registered once, when somebody first measures."""
    global _listening
    if _listening:
        return
    _listening = True
    import jax.monitoring

    jax.monitoring.register_event_duration_secs_listener(_happened)


def _happened(event: str, seconds: float, **facts: Any) -> None:
    """An event of jax that is over: it becomes a part of what is under way."""
    top, name = _here.top, EVENTS.get(event)
    if top is None or name is None:
        return
    part = top.part(name)
    part.seconds += seconds
    part.count += 1
    if name == "compiling" and (inner := top.parts.pop("read from the cache", None)) is not None:
        kept = part.part(inner.name)  # it happened while jax compiled
        kept.seconds += inner.seconds
        kept.count += inner.count
