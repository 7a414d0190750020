"""Configuration from the constructor: what ``get_config`` and ``from_config`` are for every class."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from .serialization import deserialize_keras_object, serialize_keras_object


def constructor_parameters(cls: type) -> dict[str, inspect.Parameter]:
    """Parameters of ``cls(...)``, following ``**kwargs`` up the base classes that accept them."""
    found: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        init = base.__dict__.get("__init__")
        if init is None or base is object:
            continue
        parameters = list(inspect.signature(init).parameters.values())[1:]
        for p in parameters:
            if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
                found.setdefault(p.name, p)
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return found


class Configurable:
    """Base of everything with a configuration: it is read off the constructor's signature.

    ``get_config`` returns, for each constructor parameter, the attribute of the same name where the
    object has one, else the argument that was passed. Classes that write their own ``get_config``
    and ``from_config`` in Keras's way work as well.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = object.__new__(cls)
        object.__setattr__(instance, "_init_arguments", (args, kwargs))
        return instance

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain values (numbers, strings, lists, dicts)."""
        own = passed_arguments(self)
        config = {}
        for name, parameter in constructor_parameters(type(self)).items():
            default = None if parameter.default is parameter.empty else parameter.default
            value = getattr(self, name, own.get(name, default))
            config[name] = to_config_value(value)
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """An object with the configuration that ``get_config`` gave."""
        return cls(**{k: from_config_value(v) for k, v in config.items()})


def passed_arguments(obj: Any) -> dict[str, Any]:
    """The arguments an object was made with, by parameter name."""
    args, kwargs = getattr(obj, "_init_arguments", ((), {}))
    names = list(inspect.signature(type(obj).__init__).parameters)[1:]
    return {**dict(zip(names, args, strict=False)), **kwargs}


def to_config_value(value: Any) -> Any:
    """A value inside a configuration: objects become dicts, functions their names."""
    if isinstance(value, Configurable):
        return serialize_keras_object(value)
    if inspect.isfunction(value) or inspect.isbuiltin(value) or inspect.isclass(value):
        return serialize_keras_object(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list):
        return [to_config_value(v) for v in value]
    if isinstance(value, tuple):
        return tuple(to_config_value(v) for v in value)
    if isinstance(value, dict):
        return {k: to_config_value(v) for k, v in value.items()}
    return value


def from_config_value(value: Any) -> Any:
    """The inverse of ``to_config_value`` for values that carry a class name."""
    if isinstance(value, Mapping) and "class_name" in value and "config" in value:
        return deserialize_keras_object(value)
    if isinstance(value, list):
        return [from_config_value(v) for v in value]
    if isinstance(value, dict):
        return {k: from_config_value(v) for k, v in value.items()}
    return value
