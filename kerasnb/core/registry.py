"""Names and classes: serialisation both ways, registration of user classes, "did you mean".

A configured object travels as ``{"module", "class_name", "config", "registered_name"}``, the form
of Keras's archives. Nothing is ever imported by a name found in a file: built-in classes are looked
up through kerasnb's own doors, user classes only in what the program registered or passed in.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

# Where a class lives in core -> the module name that Keras writes into its archives.
_KERAS_MODULES = {
    "kerasnb.core.layers": "keras.layers",
    "kerasnb.core.losses": "keras.losses",
    "kerasnb.core.metrics": "keras.metrics",
    "kerasnb.core.optimizers.schedules": "keras.optimizers.schedules",
    "kerasnb.core.optimizers": "keras.optimizers",
    "kerasnb.core.initializers": "keras.initializers",
    "kerasnb.core.regularizers": "keras.regularizers",
    "kerasnb.core.constraints": "keras.constraints",
    "kerasnb.core.activations": "keras.activations",
    "kerasnb.core.callbacks": "keras.callbacks",
    "kerasnb.core.random": "keras.random",
    "kerasnb.core.policies": "keras",
    "kerasnb.core.variable": "keras",
    "kerasnb.core.models": "keras",
    "kerasnb.core.utils": "keras.utils",
    "kerasnb.core.distribution": "keras.distribution",
}
# Keras's own inner names that stand in its archives, and the door they are looked up by here.
_INNER_DOORS = {
    "keras.src.models.functional": "keras.models",
    "keras.src.models.sequential": "keras.models",
    "keras.src.models.model": "keras.models",
    "keras.src.dtype_policies.dtype_policy": "keras",
    "keras.src.legacy.backend": "keras",
}

_global_objects: dict[str, Any] = {}
_registered_names: dict[Any, str] = {}
_local = threading.local()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence naming the nearest known names, or an empty string when nothing is near.

    >>> did_you_mean("rleu", ["relu", "tanh"])
    " Did you mean 'relu'?"
    """
    known = list(known)
    lowered = {k.lower(): k for k in known}
    near = difflib.get_close_matches(name.lower(), list(lowered), n=2, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(lowered[n]) for n in near)}?" if near else ""


# --- what the user registered ---------------------------------------------------------------------


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable:
    """Class decorator: make a user class or function loadable from archives by ``package>name``.

    Args:
        package: a name that keeps your classes apart from other people's.
        name: the name in the archive; the class's own by default.
    """

    def decorate(obj: Any) -> Any:
        label = f"{package}>{name or obj.__name__}"
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            raise ValueError(
                f"register_keras_serializable: {obj.__name__} has no get_config() method, "
                "so it could not be saved. Write one that returns the constructor's arguments."
            )
        _global_objects[label] = obj
        _registered_names[obj] = label
        return obj

    return decorate


def get_registered_name(obj: Any) -> str:
    """The name under which a class or function was registered, else its own name."""
    try:
        return _registered_names.get(obj, getattr(obj, "__name__", str(obj)))
    except TypeError:  # unhashable callables
        return getattr(obj, "__name__", str(obj))


def get_registered_object(
    name: str, custom_objects: Mapping | None = None, module_objects: Mapping | None = None
) -> Any:
    """The class or function of that name: scopes first, then arguments, then the registry."""
    for table in (_scope_objects(), custom_objects, _global_objects, module_objects):
        if table and name in table:
            return table[name]
    return None


def get_custom_objects() -> dict[str, Any]:
    """The dictionary of all globally registered names; additions to it take effect."""
    return _global_objects


def _scope_objects() -> dict[str, Any]:
    return getattr(_local, "objects", {})


class CustomObjectScope:
    """Context in which the given names are known to every loader.

    >>> with CustomObjectScope({"twice": lambda x: 2 * x}):
    ...     get_registered_object("twice")(3)
    6
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None = None):
        self.custom_objects = dict(custom_objects or {})

    def __enter__(self) -> CustomObjectScope:
        self._outer = _scope_objects()
        _local.objects = {**self._outer, **self.custom_objects}
        return self

    def __exit__(self, *exc: Any) -> None:
        _local.objects = self._outer


custom_object_scope = CustomObjectScope


# --- configuration from the constructor -------------------------------------------------------------


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


# --- the archive's form -----------------------------------------------------------------------------

_PLAIN = (str, int, float, bool, type(None))


def module_of(cls: Any) -> str:
    """The module name an archive shows for a class or function, "keras.layers" for Dense."""
    module = getattr(cls, "__module__", "builtins") or "builtins"
    while module not in _KERAS_MODULES and "." in module and module.startswith("kerasnb."):
        module = module.rpartition(".")[0]
    return _KERAS_MODULES.get(module, getattr(cls, "__module__", "builtins"))


def is_builtin(cls: Any) -> bool:
    """Whether a class or function belongs to kerasnb itself."""
    return (getattr(cls, "__module__", None) or "").startswith("kerasnb.")


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
        "class_name": cls.__name__,
        "config": serialize_config(obj.get_config()),
        "registered_name": registered if ">" in registered else (None if is_builtin(cls) else cls.__name__),
    }
    if hasattr(obj, "get_build_config"):
        build_config = obj.get_build_config()
        if build_config is not None:
            record["build_config"] = serialize_config(build_config)
    if hasattr(obj, "get_compile_config"):
        compile_config = obj.get_compile_config() if getattr(obj, "compiled", False) else None
        if compile_config is not None:
            record["compile_config"] = serialize_config(compile_config)
    return record


def serialize_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Every value of a configuration in archive form (already serialized dicts pass unchanged)."""
    return {k: serialize_keras_object(v) for k, v in config.items()}


def _serialize_function(fn: Callable) -> Any:
    if getattr(fn, "__name__", "") == "<lambda>":
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
    return getattr(_local, "safe_mode", True)


class safe_scope:
    """Context that says whether loaders may revive Python lambdas."""

    def __init__(self, safe_mode: bool = True):
        self.safe_mode = safe_mode

    def __enter__(self) -> None:
        self._outer, _local.safe_mode = in_safe_mode(), self.safe_mode

    def __exit__(self, *exc: Any) -> None:
        _local.safe_mode = self._outer


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
        return slice(*(from_config_value(inner[k]) for k in ("start", "stop", "step")))
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


def find_class(record: Mapping[str, Any]) -> Any:
    """The class or function a record names: the user's registrations first, then our own doors."""
    module, registered = record.get("module"), record.get("registered_name")
    class_name = record["config"] if record["class_name"] == "function" else record["class_name"]
    for name in (registered, class_name):
        found = get_registered_object(name) if isinstance(name, str) else None
        if found is not None:
            return found
    found = builtin_object(module, class_name)
    if found is not None:
        return found
    raise TypeError(
        f"Could not find {class_name!r} (module {module!r}, registered name {registered!r}). "
        "If it is your own class or function, pass custom_objects={"
        f"{class_name!r}: {class_name}}} or decorate it with "
        f"@keras.saving.register_keras_serializable().{did_you_mean(str(class_name), _door_names(module))}"
    )


def builtin_object(module: str | None, name: str) -> Any:
    """A public class or function of kerasnb by Keras's module and name, or None."""
    for candidate in _doors_for(module):
        door = importlib.import_module(candidate)
        found = getattr(door, name, None)
        if found is not None and (inspect.isclass(found) or callable(found)):
            return found
    return None


def _doors_for(module: str | None) -> list[str]:
    """Doors to try for a module name out of an archive; only names of our own package."""
    if not module:
        return ["kerasnb.layers", "kerasnb.models"]
    module = _INNER_DOORS.get(module, module)
    parts = module.split(".")
    if parts[0] not in ("keras", "kerasnb", "tf_keras"):
        return []
    parts = [p for p in parts[1:] if p not in ("src", "core")]
    if parts[:1] == ["ops"]:
        return ["kerasnb.core.ops.classes"]
    names = []
    while parts:
        names.append("kerasnb." + ".".join(parts))
        parts = parts[:-1]
    names.append("kerasnb")
    if "kerasnb" == names[0]:
        names += ["kerasnb.models", "kerasnb.layers"]
    return [n for n in names if _is_own_module(n)]


def _is_own_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, AttributeError, ValueError):
        return False


def _door_names(module: str | None) -> list[str]:
    return [n for d in _doors_for(module)[:1] for n in dir(importlib.import_module(d))]


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
