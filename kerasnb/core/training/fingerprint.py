"""Fingerprints: equal keys for objects whose compiled programs would be equal.

Rebuilding a model in a cell makes new objects; their key says whether the program compiled before
serves them too. What the key does not understand makes it unique (no reuse, never a wrong one).
Names do not enter: a layer called ``dense_7`` computes what ``dense`` computes.
"""

from __future__ import annotations

import hashlib
import inspect
import types
from typing import Any

import jax
import numpy as np

from ..symbolic import KerasTensor
from ..variable import Variable

_PLAIN = (str, int, float, bool, bytes, complex, type(None), np.dtype)
# Attributes that never change what a program computes.
_IGNORED = frozenset(
    """name _name _auto_named _parent _losses _inbound_nodes _outbound_nodes _init_arguments _build_shapes
    _pytree__state _pytree__nodes history stop_training optimizer _loss_tracker _compile_loss _compile_metrics
    _compile_arguments _programs built _input_shape_arg _input_dtype_arg _nodes_before _inputs_struct _inputs
    _outputs _nodes_by_depth _operations _user_loss _build_config_seen _scope_prefix""".split()
)


class Fingerprint:
    """One walk over objects: ``of`` gives hashable keys, ``named`` are the objects that they name by identity."""

    def __init__(self) -> None:
        self.seen: dict[int, int] = {}
        self.walked: list[Any] = []  # kept alive, so that no id is given to another object
        self.named: list[Any] = []

    def of(self, value: Any, depth: int = 0) -> Any:
        """The key of a value."""
        if isinstance(value, _PLAIN):
            return (type(value).__name__, repr(value))
        if id(value) in self.seen:
            return ("seen", self.seen[id(value)])
        if isinstance(value, (np.ndarray, jax.Array, np.generic)):
            return self._array(value)
        self.seen[id(value)] = len(self.seen)
        self.walked.append(value)
        if isinstance(value, Variable):
            return (
                "variable", value.shape, value._raw_value.dtype.name, value.trainable, value.autocast,
                self.of(getattr(value, "regularizer", None), depth), self.of(getattr(value, "constraint", None), depth),
            )  # fmt: skip
        if isinstance(value, KerasTensor):
            return ("symbol", value.shape, value.dtype)
        if isinstance(value, (list, tuple)):
            return (type(value).__name__, tuple(self.of(v, depth) for v in value))
        if isinstance(value, dict):
            return ("dict", tuple((self.of(k, depth), self.of(v, depth)) for k, v in value.items()))
        if isinstance(value, (set, frozenset)):
            return ("set", tuple(sorted(repr(self.of(v, depth)) for v in value)))
        if isinstance(value, types.ModuleType):
            return ("module", value.__name__)
        if inspect.isclass(value):
            return self._class(value, depth)
        if inspect.isfunction(value) or inspect.ismethod(value):
            return self._function(value, depth)
        if inspect.isbuiltin(value) or isinstance(value, (np.ufunc, jax.custom_jvp, jax.custom_vjp)):
            return ("builtin", getattr(value, "__module__", None), getattr(value, "__qualname__", repr(value)))
        if hasattr(value, "__dict__"):
            return self._object(value, depth)
        return self._by_identity(value)

    def _by_identity(self, value: Any) -> Any:
        self.named.append(value)
        return ("by identity", id(value))

    def _array(self, value: Any) -> Any:
        if isinstance(value, jax.core.Tracer):
            return self._by_identity(value)
        host = np.asarray(value)
        return ("array", host.shape, host.dtype.name, hashlib.sha256(host.tobytes()).hexdigest())

    def _class(self, cls: type, depth: int) -> Any:
        if _is_library(cls.__module__):
            return ("class", cls.__module__, cls.__qualname__)
        # A user's class is known by its code, so that running its cell again changes nothing.
        members = []
        for base in cls.__mro__:
            if _is_library(base.__module__):
                break
            for name, member in sorted(vars(base).items()):
                member = getattr(member, "__func__", getattr(member, "fget", member))
                if inspect.isfunction(member):
                    members.append((name, self._function(member, depth + 1)))
                elif isinstance(member, _PLAIN) and not name.startswith("__"):
                    members.append((name, repr(member)))
        return ("user class", cls.__qualname__, tuple(members))

    def _function(self, function: Any, depth: int) -> Any:
        if inspect.ismethod(function):
            return ("method", self.of(function.__self__, depth), self._function(function.__func__, depth))
        function = inspect.unwrap(function)
        if not inspect.isfunction(function):
            return ("builtin", getattr(function, "__module__", None), getattr(function, "__qualname__", repr(function)))
        cells = [c.cell_contents for c in function.__closure__ or () if _filled(c)]
        if _is_library(function.__module__) and not cells:
            return ("function", function.__module__, function.__qualname__)
        code = function.__code__
        if not _is_library(function.__module__) and any("callback" in name for name in _names(code)):
            return self._by_identity(function)  # the host's objects that it calls back to belong to it alone
        reached = {}
        if not _is_library(function.__module__):
            for name in _names(code):
                if name in function.__globals__:
                    reached[name] = (
                        self.of(function.__globals__[name], depth + 1) if depth < 4 else self._by_identity(function)
                    )
        return (
            "code", code.co_code, repr([c for c in code.co_consts if not inspect.iscode(c)]), code.co_names,
            tuple(inner.co_code for inner in code.co_consts if inspect.iscode(inner)),
            self.of(function.__defaults__, depth), tuple(self.of(c, depth) for c in cells),
            tuple(reached.items()),
        )  # fmt: skip

    def _object(self, value: Any, depth: int) -> Any:
        from ..operation import Node

        if isinstance(value, Node):
            return (
                "node",
                self.of(value.operation, depth),
                self.of((value.args, value.kwargs), depth),
                self.of(value.outputs, depth),
            )
        from ..initializers import Initializer
        from ..random import SeedGenerator

        if isinstance(value, Initializer):  # it has done its work when the weights are there
            return ("initializer",)
        if isinstance(value, SeedGenerator):
            return ("seeds", self.of(value.state, depth))
        if type(value).__name__ == "Tracker":
            return (
                "tracker",
                *(self.of(getattr(value, k), depth) for k in ("trainable", "fixed", "layers", "seeds", "metrics")),
            )
        attributes = [(k, self.of(v, depth)) for k, v in sorted(vars(value).items()) if k not in _IGNORED]
        return ("object", self._class(type(value), depth), tuple(attributes))


def fingerprint(*values: Any) -> tuple[Any, list[Any]]:
    """A hashable key of the values, and the objects that must stay alive while the key is used."""
    walk = Fingerprint()
    key = tuple(walk.of(v) for v in values)
    return key, walk.named


def _names(code: types.CodeType) -> list[str]:
    names = list(code.co_names)
    for inner in code.co_consts:
        if inspect.iscode(inner):
            names.extend(_names(inner))
    return sorted(set(names))


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _is_library(module: str | None) -> bool:
    """Code that does not change while a notebook runs."""
    return (module or "").partition(".")[0] in {"kerasnb", "jax", "jaxlib", "numpy", "optax", "flax", "builtins", "abc"}
