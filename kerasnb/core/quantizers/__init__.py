"""Quantizers: tensors in a few bits, and how a layer's weights would be kept in them."""

from __future__ import annotations

from typing import Any

from .. import registry
from .quantizer import AbsMaxQuantizer, Quantizer

TABLE: dict[str, Any] = {
    "AbsMaxQuantizer": AbsMaxQuantizer,
    "Quantizer": Quantizer,
    "abs_max_quantizer": AbsMaxQuantizer,
    "quantizer": Quantizer,
}


def get(identifier: Any, **kwargs: Any) -> Any:
    """The quantizer that a name, class, dict or object stands for; ``kwargs`` go to the class of a name.

    >>> get("abs_max_quantizer", axis=-1).axis
    (-1,)
    """
    if kwargs:
        cls = TABLE.get(identifier) if isinstance(identifier, str) else identifier
        if not isinstance(cls, type):
            raise ValueError(
                f"quantizers.get: the arguments {sorted(kwargs)} need a known name or a class, got {identifier!r}."
            )
        return cls(**kwargs)
    return registry.lookup(identifier, TABLE, "quantizer", Quantizer)


def serialize(initializer: Any) -> Any:
    """A quantizer in archive form (the argument's name is Keras's)."""
    return registry.serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The quantizer that ``serialize`` described."""
    with registry.CustomObjectScope(custom_objects):
        return get(config)


__all__ = ["TABLE", "AbsMaxQuantizer", "Quantizer", "deserialize", "get", "serialize"]
