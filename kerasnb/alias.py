"""Run Keras programs unchanged: ``import keras``, ``from tensorflow import keras`` mean kerasnb."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
import types

# What a program may call Keras.
ROOTS = ("keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras")


def install_as_keras() -> None:
    """From here on, in this process, every name of Keras's package gives kerasnb's.

    ``import keras``, ``from keras import layers``, ``import keras.ops as ops`` and ``from
    tensorflow import keras`` work; an installed Keras is not touched and not loaded. ``tensorflow``
    itself stays what it is where it is installed; elsewhere it is a module with nothing but
    ``keras`` in it. Calling it twice does no harm.

    Raises:
        RuntimeError: a real Keras was imported before: its classes and ours would meet.
    """
    if any(isinstance(finder, KerasFinder) for finder in sys.meta_path):
        return
    loaded = sys.modules.get("keras")
    if loaded is not None and loaded.__name__ != "kerasnb":
        raise RuntimeError(
            "install_as_keras: keras is imported already in this process. Call it before anything "
            "imports keras; in a notebook, restart the kernel and run %kerasnb alias first."
        )
    sys.meta_path.insert(0, KerasFinder())
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None:
        tensorflow.keras = importlib.import_module("kerasnb")


class KerasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers for the names of ``ROOTS`` with the modules of kerasnb themselves, not copies."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname == "tensorflow":
            return self._tensorflow()
        if ours(fullname) is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        if spec.name == "tensorflow":
            return types.ModuleType("tensorflow", "Only tensorflow.keras, which is kerasnb.")
        name = ours(spec.name)
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise ModuleNotFoundError(
                f"No module named {spec.name!r}: kerasnb stands in for keras here and has no "
                f"{name!r}. Private modules such as keras.src are Keras's own.",
                name=spec.name,
            ) from None
        # The import system writes the new name into the module; it keeps its own.
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module):
        if module.__name__ == "tensorflow":
            module.keras = importlib.import_module("kerasnb")
            module.__path__ = []
            module.__version__ = "0.0"
            module.__getattr__ = _not_here
        else:
            module.__spec__ = module.__spec__.loader_state

    def _tensorflow(self):
        """The real one with ``keras`` exchanged, or a stand-in."""
        spec = importlib.machinery.PathFinder.find_spec("tensorflow")
        if spec is None or spec.loader is None:
            return importlib.machinery.ModuleSpec("tensorflow", self, is_package=True)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            module.keras = importlib.import_module("kerasnb")

        spec.loader.exec_module = exec_module
        return spec


def ours(name: str) -> str | None:
    """kerasnb's name of a module of Keras, None for any other module.

    >>> ours("tensorflow.keras.layers"), ours("keras"), ours("keras_hub")
    ('kerasnb.layers', 'kerasnb', None)
    """
    for root in ROOTS:
        if name == root or name.startswith(root + "."):
            return "kerasnb" + name[len(root) :]
    return None


def _not_here(name: str):
    raise AttributeError(
        f"tensorflow.{name}: TensorFlow is not installed; here it is a stand-in that has only "
        f"tensorflow.keras, which is kerasnb. Many functions are there as keras.ops.{name}."
    )
