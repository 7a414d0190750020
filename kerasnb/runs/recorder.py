"""The observer that records every ``fit``: it describes the run, and hands its numbers to the writer."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kerasnb.core.random import given_seed
from kerasnb.core.training.observers import Observer, register_observer
from kerasnb.core.variable import Changes

from . import describe, places, surroundings
from .writer import Recording, Writer, writer_of, writers

_state: dict[str, Any] = {"undo": None, "name": ""}
# model -> what was last recorded of it, so that a later save is noted there
_last: dict[int, tuple[Any, Recording, Writer]] = {}
# model -> its configuration, and the count of changes that it was taken at
_described: dict[int, tuple[Any, int, str, str]] = {}


def register() -> None:
    """Follow every fit from here on (once)."""
    if _state["undo"] is None:
        _state["undo"] = register_observer(observe, saved)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Give the runs of a block a name.

    Args:
        name: what ``keras.runs()`` and ``runs.get`` call them.

    >>> from kerasnb import runs
    >>> with runs.named("wide"):
    ...     pass  # model.fit(...)
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"runs.named: name must be a text that is not empty, got {name!r}.")
    before, _state["name"] = _state["name"], name.strip()
    try:
        yield
    finally:
        _state["name"] = before


def flush(timeout: float = 5.0) -> bool:
    """Wait until everything is in the file; whether it is.

    Args:
        timeout: seconds to wait at most.
    """
    done = [writer.flush(timeout) for writer in writers()]
    tell()
    return all(done)


def tell() -> None:
    """What went wrong since the last time, in one plain line."""
    for writer in writers():
        if text := writer.news():
            print(f"kerasnb: {text}", file=sys.stderr)  # noqa: T201


def observe(fit: Any, arguments: dict[str, Any]) -> Observer | None:
    """The recorder of a fit; None where recording is off."""
    path = places.runs_file()
    if path is None or not places.is_on():
        return None
    return Recorder(fit, arguments, path)


def saved(model: Any, path: str) -> None:
    """A model was saved: its last run says where."""
    found = _last.get(id(model))
    if found is not None and found[0]() is model and places.is_on():
        found[2].put(found[1], "saved", str(Path(path).absolute()))


class Recorder(Observer):
    """Records one fit."""

    def __init__(self, fit: Any, arguments: dict[str, Any], path: Path):
        model = fit.model
        self.model, self.writer = model, writer_of(path)
        config, digits = described(model)
        row = {
            "name": _state["name"],
            "started": time.time(),
            "host": surroundings.host(),
            "process": surroundings.process(),
            "notebook": surroundings.notebook(),
            "cell": surroundings.cell(),
            "model": model.name,
            "parameters": parameters(model),
            "hash": digits,
            "data": {name: describe.data_text(arguments.get(name)) for name in describe.DATA},
            "fit": describe.fit_arguments(arguments, fit.feed.batch_size),
            "compile": describe.compile_arguments(model),
            "seed": given_seed(),
            "versions": surroundings.versions(),
        }
        row["data"]["rows"] = getattr(fit.feed, "rows", None)
        self.recording = Recording(uuid.uuid4().hex, row, config)
        _last[id(model)] = (while_it_lives(model, _last), self.recording, self.writer)
        self.writer.put(self.recording, "start")

    def epoch(self, epoch: int, logs: dict[str, Any], seconds: float) -> None:
        self.writer.put(self.recording, "epoch", (epoch, dict(logs), seconds))

    def finish(self, status: str, message: str, history: Any) -> None:
        what = {
            "status": status,
            "message": message[: describe.WORDS],
            "ended": time.time(),
            "epoch": list(getattr(history, "epoch", ())),
            "history": {k: list(v) for k, v in getattr(history, "history", {}).items()},
            "seconds": list(getattr(history, "seconds", ())),
            "parameters": parameters(self.model),
        }
        self.writer.put(self.recording, "finish", what)
        tell()


def described(model: Any) -> tuple[str, str]:
    """A model's configuration as JSON and its hash; walked through again only when some layer has changed since."""
    known = _described.get(id(model))
    if known is not None and known[0]() is model and known[1] == Changes.count:
        return known[2], known[3]
    config = describe.model_config(model)
    text, digits = json.dumps(config), describe.hash_of(config)
    _described[id(model)] = (while_it_lives(model, _described), Changes.count, text, digits)
    return text, digits


def while_it_lives(model: Any, kept: dict[int, Any]) -> Any:
    """A weak reference to a model; what is kept under its ``id`` goes with it."""
    key = id(model)
    return weakref.ref(model, lambda _: kept.pop(key, None))


def parameters(model: Any) -> int | None:
    """How many numbers its weights hold."""
    with contextlib.suppress(Exception):
        return int(model.count_params())
    return None
