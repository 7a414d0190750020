"""Activations: Keras's names for the functions that layers apply to their outputs.

Most are the ops of the same name; here stand those that differ.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from . import registry
from .ops.activations import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh_shrink,
    threshold,
)
from .ops.activations import gelu as _gelu
from .ops.activations import relu as _relu
from .ops.arithmetic import multiply
from .ops.dispatch import recording
from .ops.elementwise import exp, tanh
from .ops.tensors import tensor


def linear(x: Any) -> Any:
    """``x`` itself."""
    return x


@recording("ReLU")
def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """``max(x, 0)``; with a slope below the threshold and a cap where given.

    Args:
        x: any shape.
        negative_slope: slope below ``threshold``.
        max_value: the largest output.
        threshold: values below it count as negative.
    """
    x = tensor(x)
    y = jnp.where(x >= threshold, x, negative_slope * (x - threshold)) if negative_slope or threshold else _relu(x)
    return y if max_value is None else jnp.minimum(y, jnp.asarray(max_value, y.dtype))


def gelu(x: Any, approximate: bool = False) -> Any:
    """``x * P(X <= x)`` for a standard normal X; with tanh if ``approximate`` (Hendrycks & Gimpel 2016)."""
    return _gelu(x, approximate)


def exponential(x: Any) -> Any:
    """``exp(x)``."""
    return exp(x)


def mish(x: Any) -> Any:
    """``x * tanh(softplus(x))`` (Misra 2019)."""
    return multiply(x, tanh(softplus(x)))


TABLE: dict[str, Any] = {
    "relu": relu,
    "leaky_relu": leaky_relu,
    "relu6": relu6,
    "softmax": softmax,
    "celu": celu,
    "elu": elu,
    "selu": selu,
    "softplus": softplus,
    "softsign": softsign,
    "squareplus": squareplus,
    "soft_shrink": soft_shrink,
    "sparse_plus": sparse_plus,
    "silu": silu,
    "gelu": gelu,
    "glu": glu,
    "tanh": tanh,
    "tanh_shrink": tanh_shrink,
    "threshold": threshold,
    "sigmoid": sigmoid,
    "sparse_sigmoid": sparse_sigmoid,
    "exponential": exponential,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": hard_silu,
    "hard_tanh": hard_tanh,
    "hard_shrink": hard_shrink,
    "linear": linear,
    "mish": mish,
    "log_softmax": log_softmax,
    "log_sigmoid": log_sigmoid,
    "sparsemax": sparsemax,
    "swish": swish,
    "hard_swish": hard_swish,
}


def get(identifier: Any) -> Any:
    """The function that a name, function or layer stands for; None means ``linear``."""
    if identifier is None:
        return linear
    return registry.lookup(identifier, TABLE, "activation function")


def serialize(activation: Any) -> Any:
    """An activation's name, or the archive form of a user's function."""
    return registry.serialize_keras_object(activation)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The activation that ``serialize`` described."""
    return registry.deserialize_keras_object(config, custom_objects, module_objects=TABLE)
