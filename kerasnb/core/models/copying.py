"""Copies of models and layers by ``pickle`` and ``copy``: their archive in memory, with the user's classes beside it.

Of an optimizer only the configuration is copied, its learning rate as it is now: the rest of its state belongs to the
variables of one model, with which it travels. A pickle names whatever it likes and runs it, so it may also bring
functions along; nothing of that is open to ``load_model``, which finds only what the program made known.
"""

from __future__ import annotations

import importlib
import inspect
import io
import marshal
import pickle
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from .. import registry
from ..layer import Layer
from ..registered import carried_objects, carrying
from ..saving.keras_archive import read_archive, write_archive


def twin(source: Any) -> Any:
    """A layer, model or optimizer like this one; weights, optimizer and compile arguments are its own."""
    data, carried = _written(source, live=True)
    return _revived(data, carried)


def reduce(source: Any) -> tuple[Callable, tuple]:
    """What ``pickle`` keeps of a layer, model or optimizer: its archive, and the user's classes and functions in it.

    Raises:
        pickle.PicklingError: it refers to a method of an object, such as ``loss=self.my_loss``.
    """
    data, carried = _written(source, live=False)
    return revive_pickled, (data, [_portable(obj) for obj in carried])


def revive_pickled(data: bytes | dict[str, Any], carried: list[Any]) -> Any:
    """The layer, model or optimizer of a pickle."""
    return _revived(data, [obj.found() if isinstance(obj, (_Registered, _Function)) else obj for obj in carried])


def _written(source: Any, live: bool) -> tuple[bytes | dict[str, Any], list[Any]]:
    """The archive (of an optimizer the configuration) and what it carries."""
    with carrying(live) as carried:
        if not isinstance(source, Layer):
            return registry.serialize_keras_object(source), carried
        buffer = io.BytesIO()
        write_archive(source, buffer)
    return buffer.getvalue(), carried


def _revived(data: bytes | dict[str, Any], carried: list[Any]) -> Any:
    if isinstance(data, dict):
        return registry.deserialize_keras_object(data, carried_objects(carried), safe_mode=False)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return read_archive(archive, Path("the copy"), carried_objects(carried), safe_mode=False)


class _Registered(NamedTuple):
    """A class or function by the name it is registered under."""

    label: str

    def found(self) -> Any:
        obj = registry.get_registered_object(self.label)
        if obj is None:
            raise TypeError(
                f"The pickle holds an object of {self.label!r}, which is not registered here: run the code that "
                "registers it (@keras.saving.register_keras_serializable) before unpickling."
            )
        return obj


class _Function(NamedTuple):
    """A function that no name leads to, such as a lambda: its code, for the same version of Python."""

    module: str
    name: str
    version: tuple[int, int]
    code: bytes
    defaults: tuple | None
    keyword_defaults: dict[str, Any] | None
    closure: tuple

    def found(self) -> Any:
        if self.version != sys.version_info[:2]:
            raise ValueError(
                f"The pickle holds the code of function {self.name!r} from Python {self.version[0]}.{self.version[1]}, "
                "which other versions cannot read: move the function to a module, and pickle again."
            )
        cells = tuple(types.CellType(value) for value in self.closure)
        names = vars(importlib.import_module(self.module))
        code = marshal.loads(self.code)  # noqa: S302 (a pickle may run anything anyway)
        fn = types.FunctionType(code, names, self.name, self.defaults, cells)
        fn.__kwdefaults__ = self.keyword_defaults
        return fn


def _portable(obj: Any) -> Any:
    """A class or function in the form in which a pickle takes it along."""
    if _by_reference(obj):
        return obj
    label = registry.registered_names.get(obj) if inspect.isclass(obj) or inspect.isfunction(obj) else None
    if label is not None:
        return _Registered(label)
    if inspect.ismethod(obj):
        raise pickle.PicklingError(
            f"Cannot pickle the method {obj.__qualname__!r} that the model uses: it belongs to one object. "
            "Use a function, or a subclass of keras.losses.Loss or keras.metrics.Metric."
        )
    if inspect.isfunction(obj):
        closure = tuple(cell.cell_contents for cell in obj.__closure__ or ())
        code = marshal.dumps(obj.__code__)
        version = (sys.version_info[0], sys.version_info[1])
        return _Function(
            obj.__module__, obj.__name__, version, code, obj.__defaults__, obj.__kwdefaults__, closure
        )  # fmt: skip
    return obj  # pickle itself says what is wrong with it


def _by_reference(obj: Any) -> bool:
    """Whether the name of a class or function leads back to it."""
    found: Any = sys.modules.get(getattr(obj, "__module__", None) or "")
    for part in getattr(obj, "__qualname__", "<none>").split("."):
        found = getattr(found, part, None)
    return found is obj


__all__ = ["reduce", "revive_pickled", "twin"]
