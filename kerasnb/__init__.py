"""kerasnb: Keras's API on JAX, at home in the notebook.

``import kerasnb as keras`` loads almost nothing: every public name is fetched when it is first used.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from kerasnb._version import __version__

# jax would take three quarters of a GPU's memory when it starts. Here it is taken as needed, unless somebody has
# decided otherwise (config.gpu_memory tells, config.set_gpu_memory changes it).
MEMORY_AS_NEEDED_HERE = not any(
    f"XLA_PYTHON_CLIENT_{n}" in os.environ for n in ("PREALLOCATE", "MEM_FRACTION", "ALLOCATOR")
)
if MEMORY_AS_NEEDED_HERE:
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"

if TYPE_CHECKING:
    from kerasnb import (
        activations,
        applications,
        callbacks,
        config,
        constraints,
        datasets,
        distillation,
        distribution,
        initializers,
        layers,
        learn,
        legacy,
        losses,
        metrics,
        mixed_precision,
        models,
        ops,
        optimizers,
        preprocessing,
        quantizers,
        random,
        regularizers,
        runs,
        saving,
        tree,
        utils,
        visualization,
        widgets,
        wrappers,
    )
    from kerasnb.core.initializers import Initializer
    from kerasnb.core.layer import InputSpec, Layer
    from kerasnb.core.layers.input_layer import Input
    from kerasnb.core.losses import Loss
    from kerasnb.core.metrics import Metric
    from kerasnb.core.models.function import Function
    from kerasnb.core.models.functional import Functional
    from kerasnb.core.models.model import Model
    from kerasnb.core.models.sequential import Sequential
    from kerasnb.core.operation import Operation
    from kerasnb.core.optimizers import Optimizer
    from kerasnb.core.policies import DTypePolicy, FloatDTypePolicy
    from kerasnb.core.quantizers import Quantizer
    from kerasnb.core.regularizers import Regularizer
    from kerasnb.core.sweep.running import sweep
    from kerasnb.core.symbolic import KerasTensor
    from kerasnb.core.variable import Variable
    from kerasnb.core.variable_scopes import StatelessScope, SymbolicScope, device, name_scope, remat
# fmt: off
_MODULES = (
    "activations", "applications", "backend", "callbacks", "config", "constraints", "datasets", "distillation",
    "distribution", "dtype_policies", "export", "initializers", "layers", "learn", "legacy", "losses", "metrics",
    "mixed_precision", "models", "ops", "optimizers", "preprocessing", "quantizers", "random", "regularizers",
    "runs", "saving", "tree", "utils", "visualization", "wrappers", "widgets",
)
# fmt: on
_NAMES = {
    "Model": "core.models.model",
    "Sequential": "core.models.sequential",
    "Functional": "core.models.functional",
    "Function": "core.models.function",
    "Layer": "core.layer",
    "InputSpec": "core.layer",
    "Input": "core.layers.input_layer",
    "KerasTensor": "core.symbolic",
    "Operation": "core.operation",
    "Variable": "core.variable",
    "DTypePolicy": "core.policies",
    "FloatDTypePolicy": "core.policies",
    "Initializer": "core.initializers",
    "Regularizer": "core.regularizers",
    "Loss": "core.losses",
    "Metric": "core.metrics",
    "Optimizer": "core.optimizers",
    "Quantizer": "core.quantizers",
    "StatelessScope": "core.variable_scopes",
    "SymbolicScope": "core.variable_scopes",
    "name_scope": "core.variable_scopes",
    "device": "core.variable_scopes",
    "remat": "core.variable_scopes",
    "RematScope": "core.variable_scopes",
    "clear_session": "core.utils.session",
    "install_as_keras": "alias",
    "sweep": "core.sweep.running",
}

__all__ = ["__version__", "version", *_MODULES, *_NAMES]  # noqa: PLE0604


def version() -> str:
    """The version of kerasnb."""
    return __version__


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(f"kerasnb.{_NAMES[name]}"), name)
    elif name in _MODULES:
        try:
            value = importlib.import_module(f"kerasnb.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"kerasnb.{name}":
                raise
            raise AttributeError(f"module 'kerasnb' has no attribute {name!r}") from None
    else:
        import difflib

        near = difflib.get_close_matches(name, __all__, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"module 'kerasnb' has no attribute {name!r}.{hint}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """``%load_ext kerasnb``: the %kerasnb magic and the live views."""
    from kerasnb import magic

    magic.load_ipython_extension(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """``%unload_ext kerasnb``: the magic goes."""
    from kerasnb import magic

    magic.unload_ipython_extension(ipython)
