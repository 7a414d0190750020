"""Endings: the layer that each output of a model comes from, and its activation."""

from __future__ import annotations

from typing import Any

_AS_LAYERS = {"Softmax": "softmax", "ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "PReLU": "leaky_relu"}


def endings(model: Any) -> list[tuple[Any, str | None, int | None]]:
    """(layer, activation, units) for each output of a graph of layers; nothing for other models.

    The activation is None where the layer's outputs may be anything, "linear" where it has an activation and that is
    the identity.
    """
    graph = model if hasattr(model, "_outputs_struct") else getattr(model, "_functional", None)
    if graph is None:
        return []
    found = []
    for output in graph.outputs:
        layer = output._keras_history.operation
        found.append((layer, activation_of(layer), output.shape[-1] if len(output.shape) > 1 else None))
    return found


def activation_of(layer: Any) -> str | None:
    """The name of a layer's activation, where it is one of ours."""
    if type(layer).__name__ in _AS_LAYERS:
        return _AS_LAYERS[type(layer).__name__]
    function = getattr(layer, "activation", None)
    if function is None or not (getattr(function, "__module__", None) or "").startswith(("kerasnb.", "jax.")):
        return None
    return getattr(function, "__name__", None)
