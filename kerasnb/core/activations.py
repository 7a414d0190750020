"""Activations: Keras's names over jax.nn."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from . import registry
from .symbolic import symbolic_op


@symbolic_op
def linear(x: Any) -> Any:
    """``x`` itself."""
    return x


@symbolic_op
def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """``max(x, 0)``; with a slope below the threshold and a cap where given.

    Args:
        x: any shape.
        negative_slope: slope below ``threshold``.
        max_value: the largest output.
        threshold: values below it count as negative.
    """
    x = jnp.asarray(x)
    if not negative_slope and not threshold:
        y = jax.nn.relu(x)
    else:
        y = jnp.where(x >= threshold, x, negative_slope * (x - threshold))
    return y if max_value is None else jnp.minimum(y, jnp.asarray(max_value, y.dtype))


@symbolic_op
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """``x`` above 0, ``negative_slope * x`` below."""
    return jax.nn.leaky_relu(_float(x), negative_slope)


@symbolic_op
def relu6(x: Any) -> Any:
    """``min(max(x, 0), 6)``."""
    return jax.nn.relu6(_float(x))


@symbolic_op
def softmax(x: Any, axis: Any = -1) -> Any:
    """``exp(x) / sum(exp(x))`` along an axis (or several): probabilities that add up to 1."""
    return jax.nn.softmax(_float(x), axis=axis)


@symbolic_op
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of ``softmax``, computed without loss."""
    return jax.nn.log_softmax(_float(x), axis=axis)


@symbolic_op
def elu(x: Any, alpha: float = 1.0) -> Any:
    """``x`` above 0, ``alpha * (exp(x) - 1)`` below (Clevert et al. 2016)."""
    return jax.nn.elu(_float(x), alpha)


@symbolic_op
def selu(x: Any) -> Any:
    """ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""
    return jax.nn.selu(_float(x))


@symbolic_op
def celu(x: Any, alpha: float = 1.0) -> Any:
    """``max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)`` (Barron 2017)."""
    return jax.nn.celu(_float(x), alpha)


@symbolic_op
def softplus(x: Any) -> Any:
    """``log(1 + exp(x))``."""
    return jax.nn.softplus(_float(x))


@symbolic_op
def softsign(x: Any) -> Any:
    """``x / (1 + |x|)``."""
    return jax.nn.soft_sign(_float(x))


@symbolic_op
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """``x`` moved towards 0 by ``threshold``, 0 in between."""
    x = _float(x)
    return jnp.where(x > threshold, x - threshold, jnp.where(x < -threshold, x + threshold, jnp.zeros_like(x)))


@symbolic_op
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """``x`` where its absolute value exceeds ``threshold``, else 0."""
    x = _float(x)
    return jnp.where(jnp.abs(x) > threshold, x, jnp.zeros_like(x))


@symbolic_op
def tanh_shrink(x: Any) -> Any:
    """``x - tanh(x)``."""
    x = _float(x)
    return x - jnp.tanh(x)


@symbolic_op
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """``x`` above ``threshold``, else ``default_value``."""
    x = _float(x)
    return jnp.where(x > threshold, x, jnp.asarray(default_value, x.dtype))


@symbolic_op
def silu(x: Any) -> Any:
    """``x * sigmoid(x)``, also called swish (Ramachandran et al. 2017)."""
    return jax.nn.silu(_float(x))


@symbolic_op
def squareplus(x: Any, b: float = 4) -> Any:
    """``(x + sqrt(x^2 + b)) / 2`` (Barron 2021)."""
    return jax.nn.squareplus(_float(x), b)


@symbolic_op
def gelu(x: Any, approximate: bool = False) -> Any:
    """``x * P(X <= x)`` for a standard normal X; with tanh if ``approximate`` (Hendrycks & Gimpel 2016)."""
    return jax.nn.gelu(_float(x), approximate)


@symbolic_op
def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return jnp.tanh(_float(x))


@symbolic_op
def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``."""
    return jax.nn.sigmoid(_float(x))


@symbolic_op
def exponential(x: Any) -> Any:
    """``exp(x)``."""
    return jnp.exp(_float(x))


@symbolic_op
def hard_sigmoid(x: Any) -> Any:
    """``clip(x / 6 + 0.5, 0, 1)``."""
    return jax.nn.hard_sigmoid(_float(x))


@symbolic_op
def log_sigmoid(x: Any) -> Any:
    """The logarithm of the sigmoid."""
    return jax.nn.log_sigmoid(_float(x))


@symbolic_op
def sparse_sigmoid(x: Any) -> Any:
    """``clip((x + 1) / 2, 0, 1)``."""
    return jax.nn.sparse_sigmoid(_float(x))


@symbolic_op
def hard_silu(x: Any) -> Any:
    """``x * hard_sigmoid(x)``."""
    return jax.nn.hard_silu(_float(x))


@symbolic_op
def hard_tanh(x: Any) -> Any:
    """``clip(x, -1, 1)``."""
    return jax.nn.hard_tanh(_float(x))


@symbolic_op
def mish(x: Any) -> Any:
    """``x * tanh(softplus(x))`` (Misra 2019)."""
    return jax.nn.mish(_float(x))


@symbolic_op
def glu(x: Any, axis: int = -1) -> Any:
    """``a * sigmoid(b)`` for the halves a, b of x along an axis (Dauphin et al. 2016)."""
    x = _float(x)
    if x.shape[axis] % 2:
        raise ValueError(f"glu: the size of axis {axis} must be even to be halved, got shape {x.shape}.")
    return jax.nn.glu(x, axis)


@symbolic_op
def sparse_plus(x: Any) -> Any:
    """0 below -1, ``(x + 1)^2 / 4`` between -1 and 1, ``x`` above 1."""
    return jax.nn.sparse_plus(_float(x))


@symbolic_op
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The nearest point of the probability simplex: like softmax, with exact zeros (after Martins & Astudillo 2016)."""
    x = jnp.moveaxis(_float(x), axis, -1)
    ordered = -jnp.sort(-x, axis=-1)
    k = jnp.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    sums = jnp.cumsum(ordered, axis=-1)
    stays = 1 + k * ordered > sums  # which of them stay above 0
    # Keras adds up all the partial sums here, where the paper takes the last one; its numbers count.
    edge = (jnp.sum(jnp.where(stays, sums, 0), axis=-1, keepdims=True) - 1) / jnp.sum(stays, axis=-1, keepdims=True)
    return jnp.moveaxis(jnp.maximum(x - edge, 0), -1, axis)


def _float(x: Any) -> Any:
    """A float tensor: integers become the default float type, as in Keras."""
    from . import config

    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(config.floatx())


swish, hard_swish = silu, hard_silu

_NAMES = """relu leaky_relu relu6 softmax celu elu selu softplus softsign squareplus soft_shrink sparse_plus silu gelu glu tanh
tanh_shrink threshold sigmoid sparse_sigmoid exponential hard_sigmoid hard_silu hard_tanh hard_shrink linear mish log_softmax
log_sigmoid sparsemax""".split()
TABLE: dict[str, Any] = {n: globals()[n] for n in _NAMES} | {"swish": silu, "hard_swish": hard_silu}


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
