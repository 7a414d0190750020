"""keras.ops: NumPy's functions, and those of neural networks, on tensors, symbolic tensors and Variables."""

from importlib import import_module as _import_module

from kerasnb.core.ops import *  # noqa: F403
from kerasnb.core.ops.dispatch import TABLE as _TABLE

# The stars bring the families' modules along, ``image`` and ``linalg`` among them; these are the public ones.
image = _import_module("kerasnb.ops.image")
linalg = _import_module("kerasnb.ops.linalg")
nn = _import_module("kerasnb.ops.nn")
numpy = _import_module("kerasnb.ops.numpy")

__all__ = [*sorted(name for name in _TABLE if "." not in name), "image", "linalg", "nn", "numpy"]  # noqa: PLE0604


def __dir__() -> list[str]:
    return __all__
