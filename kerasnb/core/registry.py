"""Names and classes: the one door to configuration, serialisation, registration and lookup.

A configured object travels as ``{"module", "class_name", "config", "registered_name"}``, the form
of Keras's archives (``serialization``, ``class_lookup``); its configuration is read off the
constructor (``configurable``); users make their own classes known by name (``registered``).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from .class_lookup import builtin_object, find_class, is_builtin, module_of
from .configurable import Configurable, constructor_parameters, from_config_value, passed_arguments, to_config_value
from .registered import (
    CustomObjectScope,
    custom_object_scope,
    did_you_mean,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    registered_names,
)
from .serialization import (
    deserialize_keras_object,
    in_safe_mode,
    safe_scope,
    serialize_config,
    serialize_instance,
    serialize_keras_object,
)

__all__ = [
    "Configurable", "CustomObjectScope", "builtin_object", "constructor_parameters", "custom_object_scope",
    "deserialize_keras_object", "did_you_mean", "find_class", "from_config_value", "get_custom_objects",
    "get_registered_name", "get_registered_object", "in_safe_mode", "is_builtin", "lookup", "module_of",
    "passed_arguments", "register_keras_serializable", "registered_names", "safe_scope", "serialize_config",
    "serialize_instance", "serialize_keras_object", "to_config_value",
]  # fmt: skip


def lookup(identifier: Any, table: Mapping[str, Any], kind: str, base: type | None = None) -> Any:
    """The shared body of every ``get()``: what a name, class, dict or object stands for.

    Args:
        identifier: None, a known name, a class (made with its defaults), a serialized dict, or the
            finished object or function.
        table: known names -> classes or functions.
        kind: the word for error messages, such as "loss".
        base: the class whose subclasses are instantiated.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        found = get_registered_object(identifier)
        found = table.get(identifier) if found is None else found
        if found is None:
            raise ValueError(
                f"Unknown {kind}: {identifier!r}.{did_you_mean(identifier, table)} "
                f"Known names are: {', '.join(sorted(table))}."
            )
        return found() if inspect.isclass(found) else found
    if isinstance(identifier, Mapping):
        if "class_name" not in identifier:
            raise ValueError(f"A {kind} given as a dict needs 'class_name' and 'config', got {identifier!r}.")
        name = identifier["class_name"]
        if "module" not in identifier and name in table and inspect.isclass(table[name]):
            return table[name].from_config(dict(identifier.get("config") or {}))
        return deserialize_keras_object(identifier)
    if inspect.isclass(identifier):
        return identifier()
    if (base is not None and isinstance(identifier, base)) or callable(identifier):
        return identifier
    raise ValueError(
        f"Could not interpret {kind} {identifier!r} of type {type(identifier).__name__}: "
        "expected a name, a class, a serialized dict, or a callable."
    )
