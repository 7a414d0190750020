"""What ``compile`` was called with, as a configuration, and back."""

from __future__ import annotations

import warnings
from typing import Any

from .. import registry


def compile_config(model: Any) -> dict[str, Any] | None:
    """The arguments of ``compile`` in archive form."""
    arguments = model._compile_arguments
    if arguments is None:
        return None
    config = {k: v for k, v in arguments.items() if k != "optimizer"}
    config["optimizer"] = model.optimizer
    try:
        return registry.serialize_config(config)
    except ValueError as error:
        warnings.warn(f"The compile arguments of model {model.name!r} cannot be saved: {error}", stacklevel=2)
        return None


def compile_from_config(model: Any, config: Any) -> None:
    """Compile a model with stored arguments and make its optimizer's variables."""
    if not config:
        return
    arguments = registry.deserialize_keras_object({k: v for k, v in config.items() if k != "__class__"})
    known = {
        "optimizer",
        "loss",
        "loss_weights",
        "metrics",
        "weighted_metrics",
        "run_eagerly",
        "steps_per_execution",
        "jit_compile",
        "auto_scale_loss",
    }
    model.compile(**{k: v for k, v in arguments.items() if k in known})
    if model.optimizer is not None and model.built:
        model.optimizer.build(model.trainable_variables)
