"""The archive's form of an object: ``{"module", "class_name", "config", "registered_name"}``, both ways."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .class_lookup import find_class, is_builtin, module_of
from .registered import CustomObjectScope, carried_name, get_registered_name, get_registered_object, local

_PLAIN = (str, int, float, bool, type(None))


def serialize_keras_object(obj: Any) -> Any:
    """The JSON-able form of an object.

    Args:
        obj: a configured object (layer, loss, ...), a function, an array, a dtype, a slice, or a
            nesting of them.
    Raises:
        ValueError: for an object that has no ``get_config``.
    """
    if isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, tuple):
        return tuple(serialize_keras_object(v) for v in obj)  # a list once it is JSON
    if isinstance(obj, (list, set, frozenset)):
        return [serialize_keras_object(v) for v in obj]
    if isinstance(obj, Mapping):
        return {k: serialize_keras_object(v) for k, v in obj.items()}
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, slice):
        parts = [serialize_keras_object(v) for v in (obj.start, obj.stop, obj.step)]
        return {"class_name": "__slice__", "config": dict(zip(("start", "stop", "step"), parts))}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if hasattr(obj, "_keras_history"):  # a symbolic tensor: where it came from
        operation, node, tensor = obj._keras_history
        return {
            "class_name": "__keras_tensor__",
            "config": {"shape": obj.shape, "dtype": obj.dtype, "keras_history": [operation.name, node, tensor]},
        }
    if isinstance(obj, np.ndarray) or (
        hasattr(obj, "__array__") and hasattr(obj, "dtype") and not hasattr(obj, "get_config")
    ):
        array = np.asarray(obj)
        kind = "__numpy__" if isinstance(obj, np.ndarray) else "__tensor__"
        return {"class_name": kind, "config": {"value": array.tolist(), "dtype": array.dtype.name}}
    if isinstance(obj, np.dtype):
        return obj.name
    if inspect.isfunction(obj) or inspect.isbuiltin(obj):
        return _serialize_function(obj)
    if inspect.isclass(obj):
        return obj.__name__
    if not hasattr(obj, "get_config"):
        if callable(obj) and hasattr(obj, "__name__"):
            return _serialize_function(obj)
        raise ValueError(
            f"Cannot serialize {obj!r} of type {type(obj).__name__}: it has no get_config() method. "
            "Write one that returns the constructor's arguments."
        )
    return serialize_instance(obj)


def serialize_instance(obj: Any) -> dict[str, Any]:
    """The archive's form of one configured object."""
    cls = type(obj)
    registered = get_registered_name(cls)
    module = vars(cls).get("_serialized_module") or module_of(cls)
    record = {
        "module": module,
        "class_name": vars(cls).get("_serialized_name", cls.__name__),
        "config": serialize_config(obj.get_config()),
        "registered_name": registered if ">" in registered else (None if is_builtin(cls) else cls.__name__),
    }
    if hasattr(obj, "get_build_config"):
        build_config = obj.get_build_config()
        if build_config is not None:
            record["build_config"] = serialize_config(build_config)
    if hasattr(obj, "get_compile_config"):
        compile_config = obj.get_compile_config()
        if compile_config is not None:
            record["compile_config"] = serialize_config(compile_config)
    return record


def serialize_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Every value of a configuration in archive form (already serialized dicts pass unchanged)."""
    return {k: serialize_keras_object(v) for k, v in config.items()}


def _serialize_function(fn: Callable) -> Any:
    if getattr(fn, "__name__", "") == "<lambda>" and carried_name(fn) is None:
        from .saving.lambdas import describe_lambda

        return describe_lambda(fn)
    registered = get_registered_name(fn)
    name = getattr(fn, "__name__", str(fn))
    if is_builtin(fn):
        return name
    return {
        "module": "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": registered if ">" in registered else "function",
    }


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True, **kwargs: Any
) -> Any:
    """The object that ``serialize_keras_object`` described.

    Args:
        config: the JSON form.
        custom_objects: names of user classes and functions that may stand in it.
        safe_mode: refuse Python lambdas (their code cannot be checked); True unless you trust the
            file's author.
    Raises:
        TypeError: the class is unknown; the message says how to make it known.
        ValueError: a lambda in safe mode, or a malformed description.
    """
    if isinstance(config, (int, float, bool, type(None))):
        return config
    if isinstance(config, str):
        found = get_registered_object(config, custom_objects)
        if found is not None:
            return found
        module_objects = kwargs.get("module_objects") or {}
        return module_objects.get(config, config)
    if isinstance(config, (list, tuple)):
        return [deserialize_keras_object(v, custom_objects, safe_mode) for v in config]
    if not isinstance(config, Mapping):
        return config
    if "class_name" not in config or ("config" not in config and config["class_name"] != "__ellipsis__"):
        return {k: deserialize_keras_object(v, custom_objects, safe_mode) for k, v in config.items()}

    with CustomObjectScope(custom_objects), safe_scope(safe_mode and in_safe_mode()):
        return _deserialize_record(config)


def in_safe_mode() -> bool:
    """Whether lambdas are refused at this moment."""
    return getattr(local, "safe_mode", True)


class safe_scope:
    """Context that says whether loaders may revive Python lambdas."""

    def __init__(self, safe_mode: bool = True):
        self.safe_mode = safe_mode

    def __enter__(self) -> None:
        self._outer, local.safe_mode = in_safe_mode(), self.safe_mode

    def __exit__(self, *exc: Any) -> None:
        local.safe_mode = self._outer


def _deserialize_record(record: Mapping[str, Any]) -> Any:
    class_name, inner = record["class_name"], record.get("config")
    if class_name == "__keras_tensor__":
        from .symbolic import KerasTensor

        tensor = KerasTensor(tuple(inner["shape"]), dtype=inner["dtype"])
        tensor._pending_history = inner["keras_history"]
        return tensor
    if class_name in ("__tensor__", "__numpy__"):
        return np.array(inner["value"], dtype=inner["dtype"])
    if class_name == "__bytes__":
        return inner["value"].encode("utf-8")
    if class_name == "__ellipsis__":
        return Ellipsis
    if class_name == "__slice__":
        return slice(*(deserialize_keras_object(inner[k]) for k in ("start", "stop", "step")))
    if class_name == "__tuple__":
        return tuple(deserialize_keras_object(v) for v in inner["value"])
    if class_name == "__lambda__":
        from .saving.lambdas import refuse_lambda

        return refuse_lambda(inner)
    if class_name == "__typespec__":
        raise ValueError("This archive holds a TensorFlow type specification, which kerasnb cannot read.")

    cls = find_class(record)
    if class_name == "function" or not inspect.isclass(cls):
        return cls
    if not isinstance(inner, Mapping):
        raise ValueError(f"The configuration of {class_name!r} must be a dict, got {inner!r}.")
    instance = cls.from_config(dict(inner))
    if record.get("build_config") and hasattr(instance, "build_from_config"):
        instance.build_from_config(record["build_config"])
        instance._build_config_seen = True
    if record.get("compile_config") and hasattr(instance, "compile_from_config"):
        instance.compile_from_config(record["compile_config"])
    return instance
