"""Optimizers and learning-rate schedules."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ..registry import deserialize_keras_object, did_you_mean, lookup, serialize_keras_object
from . import schedules
from .adafactor import Adafactor
from .adagrad import Adadelta, Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .ftrl import Ftrl
from .lamb import Lamb
from .lion import Lion
from .loss_scale import LossScaleOptimizer
from .multi import MultiOptimizer, OptimizerMap
from .muon import Muon
from .nadam import Nadam
from .optax_adapter import OptaxOptimizer, is_transformation
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .schedule_free import ScheduleFreeAdamW
from .sgd import SGD

CLASSES = (
    SGD, RMSprop, Adam, AdamW, Adamax, Nadam, Adagrad, Adadelta, Adafactor, Ftrl, Lion, Lamb, Muon, ScheduleFreeAdamW,
    LossScaleOptimizer, MultiOptimizer,
)  # fmt: skip
_TABLE: dict[str, Any] = {cls.__name__.lower(): cls for cls in CLASSES}


def get(identifier: Any) -> Any:
    """The optimizer for a name (in any case), a configuration, an optax transformation, or itself.

    Raises:
        ValueError: for anything else; the message names the nearest known optimizer.
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if is_transformation(identifier):
        return OptaxOptimizer(identifier)
    if isinstance(identifier, str):
        lowered = identifier.lower()
        return lookup(lowered if lowered in _TABLE else identifier, _TABLE, "optimizer", Optimizer)
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if inspect.isclass(identifier) and issubclass(identifier, Optimizer):
        raise ValueError(
            f"optimizer must be an object, got the class {identifier.__name__}: write {identifier.__name__}()."
        )
    raise ValueError(
        f"Could not interpret optimizer {identifier!r} of type {type(identifier).__name__}: "
        "expected a name such as 'adam', a keras.optimizers object, a configuration, or an optax transformation."
    )


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """The configuration of an optimizer, as archives hold it."""
    return serialize_keras_object(optimizer)


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The optimizer of a configuration; ``{"class_name": "adam", "config": {}}`` is enough."""
    from ..registry import CustomObjectScope, get_registered_object

    with CustomObjectScope(custom_objects):
        name = str(config.get("class_name", ""))
        if "class_name" in config and "module" not in config and get_registered_object(name) is None:
            known = _TABLE.get(name.lower())
            if known is None:
                raise ValueError(f"Unknown optimizer: {name!r}.{did_you_mean(name, [c.__name__ for c in CLASSES])}")
            return known.from_config(dict(config.get("config") or {}))
        return deserialize_keras_object(config, custom_objects=custom_objects)


__all__ = [  # noqa: PLE0604
    *(cls.__name__ for cls in CLASSES), "Optimizer", "OptimizerMap", "OptaxOptimizer", "deserialize", "get",
    "schedules", "serialize",
]  # fmt: skip
