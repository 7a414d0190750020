"""Observers: who follows a ``fit`` without a say in it, such as the record of runs.

Like reporters they register themselves (``register_observer``); core never knows who they are. They are called on the
training thread and must return at once. One that raises is left out for the rest of the run: nothing that only
watches may stop training.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..distribution.processes import speaks
from .spans import span

Factory = Callable[[Any, dict[str, Any]], Any]
_factories: list[Factory] = []
_savers: list[Callable[[Any, str], None]] = []
_state = {"attached": False}
OFF = ("off", "0", "no", "false")


class Observer:
    """Base of observers; every method does nothing."""

    def epoch(self, epoch: int, logs: dict[str, Any], seconds: float) -> None:
        """After each epoch, counted from 0."""

    def finish(self, status: str, message: str, history: Any) -> None:
        """At the end: status is "finished", "stopped" or "failed"."""


def register_observer(factory: Factory, saved: Callable[[Any, str], None] | None = None) -> Callable[[], None]:
    """Let ``factory(fit, arguments) -> Observer or None`` follow every fit; returns the undo.

    Args:
        factory: called when a fit begins.
        saved: ``saved(model, path)`` is called when a model was saved.
    """
    _factories.append(factory)
    if saved is not None:
        _savers.append(saved)

    def undo() -> None:
        if factory in _factories:
            _factories.remove(factory)
        if saved in _savers:
            _savers.remove(saved)

    return undo


def model_saved(model: Any, path: Any) -> None:
    """Tell those who asked that a model was saved."""
    for saved in tuple(_savers):
        with contextlib.suppress(Exception):
            saved(model, os.fspath(path))


def attach_record() -> None:
    """The record of runs follows every fit, unless the environment says ``KERASNB_RUNS=off`` (looked at once)."""
    if _state["attached"]:
        return
    _state["attached"] = True
    if os.environ.get("KERASNB_RUNS", "").strip().lower() not in OFF:
        importlib.import_module("kerasnb.runs.recorder").register()


@contextmanager
def observed(fit: Any, arguments: dict[str, Any]) -> Iterator[None]:
    """Around a fit: observers hear of its epochs (``told``) and of its end.

    Args:
        fit: the ``Fit``; its list ``observers`` is filled here.
        arguments: those of ``Model.fit``.
    """
    with span("record of runs"):
        fit.observers = _found(fit, arguments)
    status, message, final = "failed", "", None
    try:
        yield
        history = fit.callbacks.history
        status, message = "stopped" if fit.stopped else "finished", getattr(history, "message", "")
    except KeyboardInterrupt:
        status, message = "stopped", "Interrupted."
        raise
    except BaseException as error:
        message = f"{type(error).__name__}: {error}"
        raise
    finally:
        final = fit.callbacks.history
        with span("record of runs"):
            for observer in fit.observers:
                with contextlib.suppress(Exception):
                    observer.finish(status, message, final)
        fit.observers = []


def told(observers: list[Any], epoch: int, logs: dict[str, Any], seconds: float) -> None:
    """Tell the observers of an epoch."""
    for observer in tuple(observers):
        try:
            observer.epoch(epoch, logs, seconds)
        except Exception:
            observers.remove(observer)


def _found(fit: Any, arguments: dict[str, Any]) -> list[Any]:
    if not speaks():
        return []
    found = []
    with contextlib.suppress(Exception):
        attach_record()
    for factory in tuple(_factories):
        with contextlib.suppress(Exception):
            found.append(factory(fit, arguments))
    return [observer for observer in found if observer is not None]
