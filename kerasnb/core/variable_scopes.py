"""Contexts that change how code inside them is read: trial values for Variables, name prefixes, devices, remat."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import jax

from . import naming
from .rematerialization import RematScope, remat
from .variable import Variable, as_array, journal

__all__ = ["RematScope", "StatelessScope", "SymbolicScope", "device", "name_scope", "note_loss", "remat"]

_local = threading.local()


class StatelessScope:
    """Inside it Variables hold other values, and what is assigned to them is forgotten on leaving.

    Args:
        state_mapping: pairs of a Variable and the value it holds inside.
        collect_losses: whether losses that layers add inside are kept in ``losses``.
        initialize_variables: accepted as in Keras; Variables made inside get their values at once.

    After leaving, ``get_current_value(variable)`` gives the value a Variable had at the end.

    >>> v = Variable(1.0)
    >>> with StatelessScope([(v, 5.0)]) as scope:
    ...     _ = v.assign_add(2.0)
    >>> float(scope.get_current_value(v)), float(v.value)
    (7.0, 1.0)
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Variable, Any]] | None = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ):
        self.collect_losses, self.initialize_variables = collect_losses, initialize_variables
        self.losses: list[Any] = []
        self.state_mapping: dict[int, Any] = {}
        self._given: list[tuple[Variable, Any]] = []
        self._seen: dict[int, Variable] = {}  # keeps the Variables alive, so that their ids stay theirs
        for variable, value in state_mapping or []:
            if not isinstance(variable, Variable):
                raise ValueError(f"StatelessScope: state_mapping must map Variables to values, got {variable!r}.")
            array = as_array(value, variable._raw_value.dtype)
            if array.shape != variable.shape:
                raise ValueError(
                    f"StatelessScope: variable {variable.path!r} has shape {variable.shape}, the value given for it "
                    f"has shape {array.shape}."
                )
            self._given.append((variable, array))

    def __enter__(self) -> StatelessScope:
        self._journal = journal()
        self._written = self._journal.__enter__()
        for variable, array in self._given:
            variable.set_raw_value(array)
        self._outer = getattr(_local, "collecting", None)
        _local.collecting = self if self.collect_losses else self._outer
        return self

    def __exit__(self, *error: Any) -> None:
        for variable, _ in self._written.values():
            self._seen[id(variable)] = variable
            self.state_mapping[id(variable)] = variable._raw_value
        _local.collecting = self._outer
        self._journal.__exit__(*error)

    def add_loss(self, loss: Any) -> None:
        """Keep a loss."""
        self.losses.append(loss)

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Assign a value to a Variable, within the scope."""
        variable, value = update
        variable.assign(value)
        self.state_mapping[id(variable)] = variable._raw_value
        self._seen[id(variable)] = variable

    def get_current_value(self, variable: Variable) -> Any:
        """The value a Variable has in the scope, None where the scope never touched it."""
        for known, value in self._given:
            if known is variable:
                return self.state_mapping.get(id(variable), value)
        return self.state_mapping.get(id(variable))


def note_loss(loss: Any) -> None:
    """Hand a loss to the scope that collects them, if there is one."""
    scope = getattr(_local, "collecting", None)
    if scope is not None:
        scope.add_loss(loss)


class SymbolicScope:
    """Accepted as in Keras: symbolic work is told apart by its tensors here."""

    def __enter__(self) -> SymbolicScope:
        return self

    def __exit__(self, *error: Any) -> None:
        return None


class name_scope:
    """Inside it, paths of new layers and Variables begin with a name.

    Args:
        name: without "/".

    >>> with name_scope("encoder"):
    ...     Variable(1.0, name="scale").path
    'encoder/scale'
    """

    def __init__(self, name: str, **kwargs: Any):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"name_scope: name must be a string without '/', got name={name!r}.")
        self.name = name

    def __enter__(self) -> name_scope:
        naming.push_scope(self.name)
        return self

    def __exit__(self, *error: Any) -> None:
        naming.pop_scope()


def device(device_name: Any) -> Any:
    """Context in which new arrays lie on a device.

    Args:
        device_name: such as "cpu:0", "gpu:1" or "gpu" (the first), or a ``jax.Device``.
    Raises:
        ValueError: not the name of a device.
        RuntimeError: this machine has no such device.
    """
    if isinstance(device_name, jax.Device):
        return jax.default_device(device_name)
    if not isinstance(device_name, str):
        raise ValueError(f"device: expected a name such as 'gpu:0' or a jax.Device, got device_name={device_name!r}.")
    kind, _, number = device_name.lower().partition(":")
    if number and not number.isdigit():
        raise ValueError(f"device: expected a name such as 'gpu:0', got device_name={device_name!r}.")
    try:
        found = jax.devices(kind)
    except RuntimeError:
        found = []
    index = int(number or 0)
    if index >= len(found):
        there = sorted({f"{d.platform}:{d.id}" for d in jax.devices()} | {"cpu:0"})
        from .distribution.devices import gpu_hint

        raise RuntimeError(f"device: this machine has no {device_name!r}; it has {', '.join(there)}.{gpu_hint(kind)}")
    return jax.default_device(found[index])
