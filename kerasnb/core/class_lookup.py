"""Which class a record of an archive means, and which module name an archive shows for a class.

Nothing is ever imported by a name found in a file: built-in classes are looked up through kerasnb's
own doors, user classes only in what the program registered or passed in.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Mapping
from typing import Any

from .registered import did_you_mean, get_registered_object

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
    "kerasnb.core.quantized_policies": "keras.dtype_policies",
    "kerasnb.core.variable": "keras",
    "kerasnb.core.models": "keras",
    "kerasnb.core.utils": "keras.utils",
    "kerasnb.core.distribution": "keras.distribution",
    "kerasnb.core.quantizers": "keras.quantizers",
    "kerasnb.core.distillation": "keras.distillation",
}
# Keras's own inner names that stand in its archives, and the door they are looked up by here.
_INNER_DOORS = {
    "keras.src.models.functional": "keras.models",
    "keras.src.models.sequential": "keras.models",
    "keras.src.models.model": "keras.models",
    "keras.src.dtype_policies.dtype_policy": "keras.dtype_policies",
    "keras.src.legacy.backend": "keras",
}
DEEPEST = 12  # parts of a module's name; looking for one asks for every folder above it
# Where functions live that a model may be made of.
_FUNCTIONS = tuple(
    f"kerasnb.core.{part}"
    for part in ("activations", "constraints", "initializers", "losses", "metrics", "ops", "regularizers")
)


def module_of(cls: Any) -> str:
    """The module name an archive shows for a class or function, "keras.layers" for Dense."""
    module = getattr(cls, "__module__", "builtins") or "builtins"
    while module not in _KERAS_MODULES and "." in module and module.startswith("kerasnb."):
        module = module.rpartition(".")[0]
    return _KERAS_MODULES.get(module, getattr(cls, "__module__", "builtins"))


def is_builtin(cls: Any) -> bool:
    """Whether a class or function belongs to kerasnb itself."""
    return (getattr(cls, "__module__", None) or "").startswith("kerasnb.")


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
        found = getattr(door, name, None) if isinstance(name, str) else None
        if _may_be_named(found):
            return found
    return None


def _may_be_named(found: Any) -> bool:
    """Whether an archive may name it: classes that configurations describe, and functions of tensors.

    Functions that read files, start downloads or change settings are public too, but no part of a model.
    """
    if inspect.isclass(found):
        return hasattr(found, "from_config")
    return callable(found) and (getattr(found, "__module__", None) or "").startswith(_FUNCTIONS)


def _doors_for(module: str | None) -> list[str]:
    """Doors to try for a module name out of an archive; only names of our own package."""
    if not isinstance(module, str) or not module:  # Keras 2 wrote class names alone
        parts = ("layers", "models", "initializers", "regularizers", "constraints", "losses", "metrics", "optimizers")
        return [f"kerasnb.{part}" for part in parts]
    module = _INNER_DOORS.get(module, module)
    parts = module.split(".")
    if parts[0] not in ("keras", "kerasnb", "tf_keras") or len(parts) > DEEPEST:
        return []
    parts = [p for p in parts[1:] if p not in ("src", "core")]
    if parts[:1] == ["backend"]:  # Keras on PyTorch writes "keras.src.backend.torch.optimizers.torch_sgd"
        parts = parts[2:]
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
