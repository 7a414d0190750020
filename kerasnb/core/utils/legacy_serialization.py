"""The serialized form of Keras 2: ``{"class_name", "config"}``, without module and registered name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import registry


def serialize_keras_object(instance: Any) -> Any:
    """An object in the form of Keras 2: None, the name of a function, or a dict.

    Raises:
        ValueError: the object has neither a configuration nor a name.
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config") and not isinstance(instance, type):
        config = {
            name: serialize_keras_object(value)
            if hasattr(value, "get_config") and not isinstance(value, type)
            else value
            for name, value in instance.get_config().items()
        }
        return {"class_name": registry.get_registered_name(type(instance)), "config": config}
    if hasattr(instance, "__name__"):
        return registry.get_registered_name(instance)
    raise ValueError(
        f"serialize_keras_object: {instance!r} has neither get_config() nor a name, so it cannot be serialized."
    )


def deserialize_keras_object(
    identifier: Any,
    module_objects: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """The object that ``serialize_keras_object`` described.

    Args:
        identifier: None, a name, a dict, or the object itself.
        module_objects: names that are known where it is used.
        custom_objects: names of the user's own.
        printable_module_name: a word for error messages, such as "loss function".
    Raises:
        ValueError: the name is not known, or the form is another one.
    """
    if identifier is None or (callable(identifier) and not isinstance(identifier, (str, dict))):
        return identifier
    if isinstance(identifier, Mapping):
        if "class_name" not in identifier or "config" not in identifier:
            raise ValueError(
                f"Not a serialized {printable_module_name}: {identifier!r} lacks 'class_name' or 'config'."
            )
        cls = _named(identifier["class_name"], module_objects, custom_objects, printable_module_name)
        with registry.CustomObjectScope(custom_objects):
            if hasattr(cls, "from_config"):
                return cls.from_config(dict(identifier["config"]))
            return cls(**identifier["config"])
    if isinstance(identifier, str):
        found = _named(identifier, module_objects, custom_objects, printable_module_name)
        return found() if isinstance(found, type) else found
    raise ValueError(f"Could not interpret {identifier!r} as a serialized {printable_module_name}.")


def _named(name: str, module_objects: Any, custom_objects: Any, what: str) -> Any:
    found = registry.get_registered_object(name, custom_objects, module_objects)
    if found is None:
        known = [*(custom_objects or {}), *(module_objects or {}), *registry.get_custom_objects()]
        raise ValueError(
            f"Unknown {what}: {name!r}.{registry.did_you_mean(str(name), known)} Pass it in custom_objects, or "
            "decorate it with @keras.saving.register_keras_serializable()."
        )
    return found
