"""ExportArchive: several functions of a model, each exported under a name of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax import export as jax_export

from ..registry import did_you_mean
from ..symbolic import KerasTensor
from ..variable import Variable
from .exports import PLATFORMS

SUFFIX = ".stablehlo"


class ExportArchive:
    """Collects functions and writes them into one folder, as programs that need no kerasnb.

    Args:
        format: "stablehlo": a file ``NAME.stablehlo`` for each endpoint, read with
            ``keras.export.load_endpoint`` or ``jax.export.deserialize``.

    ``archive.add_endpoint("serve", model.call, [keras.InputSpec(shape=(None, 4), dtype="float32")])`` adds a function;
    ``archive.write_out(folder)`` writes all of them. Weights become constants of the programs, with their values at
    the time of ``write_out``.
    """

    def __init__(self, format: str = "stablehlo"):
        if format != "stablehlo":
            raise ValueError(
                f"ExportArchive: format must be 'stablehlo', got format={format!r}."
                f"{did_you_mean(str(format), ['stablehlo'])} "
                "For a TensorFlow SavedModel use model.export(folder, format='tf_saved_model')."
            )
        self.format = format
        self._endpoints: dict[str, tuple[Callable, list[KerasTensor]]] = {}
        self._tracked: list[Any] = []
        self._collections: dict[str, list[Variable]] = {}

    def track(self, resource: Any) -> None:
        """Keep a model or layer with the archive; it must be built."""
        if not getattr(resource, "built", False):
            raise ValueError(
                f"ExportArchive.track: {getattr(resource, 'name', resource)!r} has no weights yet; call it on data, or "
                "build it, first."
            )
        if not any(r is resource for r in self._tracked):
            self._tracked.append(resource)

    def add_endpoint(self, name: str, fn: Callable, input_signature: Any = None, **kwargs: Any) -> Callable:
        """Add a function under a name; returns the function.

        Args:
            name: of the endpoint, a valid file name.
            fn: a function of arrays; it may read the weights of models.
            input_signature: one entry with ``shape`` and ``dtype`` for each argument; None in a shape stays free, and
                the first None of all arguments is one batch size.
            kwargs: accepted as in Keras.
        """
        if not isinstance(name, str) or not name or "/" in name:
            raise ValueError(f"ExportArchive.add_endpoint: name must be a text without '/', got name={name!r}.")
        if name in self._endpoints:
            raise ValueError(f"ExportArchive.add_endpoint: there is an endpoint {name!r} already.")
        if input_signature is None:
            raise ValueError(
                "ExportArchive.add_endpoint: give input_signature, for example "
                "[keras.InputSpec(shape=(None, 4), dtype='float32')], so that the function can be traced."
            )
        given = input_signature if isinstance(input_signature, (list, tuple)) else [input_signature]
        self._endpoints[name] = (fn, [KerasTensor(tuple(s.shape), dtype=s.dtype or "float32") for s in given])
        return fn

    def track_and_add_endpoint(self, name: str, resource: Any, input_signature: Any, **kwargs: Any) -> Callable:
        """Track a model and add its forward pass."""
        self.track(resource)
        return self.add_endpoint(name, lambda *xs: resource(*xs, training=False), input_signature)

    def add_variable_collection(self, name: str, variables: Any) -> None:
        """Name a group of Variables, for readers of the code; programs hold their values anyway."""
        variables = list(variables)
        wrong = [v for v in variables if not isinstance(v, Variable)]
        if wrong:
            raise ValueError(f"ExportArchive.add_variable_collection: expected Variables, got {wrong[0]!r}.")
        self._collections[name] = variables

    def write_out(self, filepath: Any, options: Any = None, verbose: bool = True) -> None:
        """Write all endpoints into a folder, which appears at once and complete.

        Args:
            filepath: the folder; it must not exist yet.
            options, verbose: accepted as in Keras.
        """
        if not self._endpoints:
            raise ValueError(
                "ExportArchive.write_out: there are no endpoints; add one with add_endpoint(name, fn, ...)."
            )
        target = Path(filepath)
        if target.exists():
            raise FileExistsError(
                f"ExportArchive.write_out: {target} exists already; choose another name or remove it."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=target.parent))
        try:
            for name, (fn, signature) in self._endpoints.items():
                exported = jax_export.export(jax.jit(fn), platforms=list(PLATFORMS))(*_arguments(signature))
                (beside / f"{name}{SUFFIX}").write_bytes(exported.serialize())
            beside.chmod(0o755)
            beside.rename(target)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def _arguments(signature: list[KerasTensor]) -> list[jax.ShapeDtypeStruct]:
    """Shapes for tracing, with a name for every free size."""
    scope = jax_export.SymbolicScope()
    found = []
    for i, tensor in enumerate(signature):
        sizes = [
            str(n) if n is not None else "batch" if axis == 0 else f"n{i}_{axis}" for axis, n in enumerate(tensor.shape)
        ]
        shape = jax_export.symbolic_shape(",".join(sizes), scope=scope) if sizes else ()
        found.append(jax.ShapeDtypeStruct(shape, jnp.dtype(tensor.dtype)))
    return found


def load_endpoint(folder: Any, name: str = "serve") -> Callable:
    """The function of one endpoint that ``ExportArchive.write_out`` wrote.

    Args:
        folder: what ``write_out`` was given.
        name: the endpoint's.
    """
    path = Path(folder) / f"{name}{SUFFIX}"
    if not path.exists():
        there = sorted(p.stem for p in Path(folder).glob(f"*{SUFFIX}"))
        raise FileNotFoundError(f"load_endpoint: {folder} has no endpoint {name!r}; it has {there}.")
    try:
        return jax_export.deserialize(bytearray(path.read_bytes())).call
    except OSError:
        raise
    except Exception as error:  # flatbuffers and jax fail in ways of their own
        raise ValueError(f"load_endpoint: {path} is no exported program, or it is damaged: {error!r}.") from error
