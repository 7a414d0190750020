"""Activations: functions between the layers of a network."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .dispatch import alias, op
from .tensors import floating, tensor

# fmt: off
__all__ = [
    "relu", "leaky_relu", "relu6", "softmax", "log_softmax", "elu", "selu", "celu", "softplus", "softsign",
    "soft_shrink", "hard_shrink", "tanh_shrink", "threshold", "silu", "squareplus", "gelu", "sigmoid",
    "hard_sigmoid", "log_sigmoid", "sparse_sigmoid", "hard_silu", "hard_tanh", "glu", "sparse_plus", "sparsemax",
    "swish", "hard_swish",
]
# fmt: on


@op("nn")
def relu(x: Any) -> Any:
    """``max(x, 0)``."""
    return jax.nn.relu(tensor(x))


@op("nn")
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """``x`` above 0, ``negative_slope * x`` below."""
    return jax.nn.leaky_relu(floating(x), negative_slope)


@op("nn")
def relu6(x: Any) -> Any:
    """``min(max(x, 0), 6)``."""
    return jax.nn.relu6(floating(x))


@op("nn")
def softmax(x: Any, axis: Any = -1) -> Any:
    """``exp(x) / sum(exp(x))`` along an axis (or several): probabilities that add up to 1."""
    return jax.nn.softmax(floating(x), axis=axis)


@op("nn")
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of ``softmax``, computed without loss."""
    return jax.nn.log_softmax(floating(x), axis=axis)


@op("nn")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """``x`` above 0, ``alpha * (exp(x) - 1)`` below (Clevert et al. 2016)."""
    return jax.nn.elu(floating(x), alpha)


@op("nn")
def selu(x: Any) -> Any:
    """ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""
    return jax.nn.selu(floating(x))


@op("nn")
def celu(x: Any, alpha: float = 1.0) -> Any:
    """``max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)`` (Barron 2017)."""
    return jax.nn.celu(floating(x), alpha)


@op("nn")
def softplus(x: Any) -> Any:
    """``log(1 + exp(x))``."""
    return jax.nn.softplus(floating(x))


@op("nn")
def softsign(x: Any) -> Any:
    """``x / (1 + |x|)``."""
    return jax.nn.soft_sign(floating(x))


@op("nn")
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """``x`` moved towards 0 by ``threshold``, 0 in between."""
    x = floating(x)
    return jnp.where(x > threshold, x - threshold, jnp.where(x < -threshold, x + threshold, jnp.zeros_like(x)))


@op("nn")
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """``x`` where its absolute value exceeds ``threshold``, else 0."""
    x = floating(x)
    return jnp.where(jnp.abs(x) > threshold, x, jnp.zeros_like(x))


@op("nn")
def tanh_shrink(x: Any) -> Any:
    """``x - tanh(x)``."""
    x = floating(x)
    return x - jnp.tanh(x)


@op("nn")
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """``x`` above ``threshold``, else ``default_value``."""
    x = floating(x)
    return jnp.where(x > threshold, x, jnp.asarray(default_value, x.dtype))


@op("nn")
def silu(x: Any) -> Any:
    """``x * sigmoid(x)``, also called swish (Ramachandran et al. 2017)."""
    return jax.nn.silu(floating(x))


@op("nn")
def squareplus(x: Any, b: float = 4) -> Any:
    """``(x + sqrt(x^2 + b)) / 2`` (Barron 2021)."""
    return jax.nn.squareplus(floating(x), b)


@op("nn")
def gelu(x: Any, approximate: bool = True) -> Any:
    """``x * P(X <= x)`` for a standard normal X; with tanh if ``approximate`` (Hendrycks & Gimpel 2016)."""
    return jax.nn.gelu(floating(x), approximate)


@op("nn")
def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``."""
    return jax.nn.sigmoid(floating(x))


@op("nn")
def hard_sigmoid(x: Any) -> Any:
    """``clip(x / 6 + 0.5, 0, 1)``."""
    return jax.nn.hard_sigmoid(floating(x))


@op("nn")
def log_sigmoid(x: Any) -> Any:
    """The logarithm of the sigmoid."""
    return jax.nn.log_sigmoid(floating(x))


@op("nn")
def sparse_sigmoid(x: Any) -> Any:
    """``clip((x + 1) / 2, 0, 1)``."""
    return jax.nn.sparse_sigmoid(floating(x))


@op("nn")
def hard_silu(x: Any) -> Any:
    """``x * hard_sigmoid(x)``."""
    return jax.nn.hard_silu(floating(x))


@op("nn")
def hard_tanh(x: Any) -> Any:
    """``clip(x, -1, 1)``."""
    return jax.nn.hard_tanh(floating(x))


@op("nn")
def glu(x: Any, axis: int = -1) -> Any:
    """``a * sigmoid(b)`` for the halves a, b of x along an axis (Dauphin et al. 2016)."""
    x = floating(x)
    if x.shape[axis] % 2:
        raise ValueError(f"glu: the size of axis {axis} must be even to be halved, got shape {x.shape}.")
    return jax.nn.glu(x, axis)


@op("nn")
def sparse_plus(x: Any) -> Any:
    """0 below -1, ``(x + 1)^2 / 4`` between -1 and 1, ``x`` above 1."""
    return jax.nn.sparse_plus(floating(x))


@op("nn")
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The nearest point of the probability simplex: like softmax, with exact zeros (after Martins & Astudillo 2016)."""
    x = jnp.moveaxis(floating(x), axis, -1)
    ordered = -jnp.sort(-x, axis=-1)
    k = jnp.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    sums = jnp.cumsum(ordered, axis=-1)
    stays = 1 + k * ordered > sums  # which of them stay above 0
    # Keras adds up all the partial sums here, where the paper takes the last one; its numbers count.
    edge = (jnp.sum(jnp.where(stays, sums, 0), axis=-1, keepdims=True) - 1) / jnp.sum(stays, axis=-1, keepdims=True)
    return jnp.moveaxis(jnp.maximum(x - edge, 0), -1, axis)


swish = alias("swish", silu)
hard_swish = alias("hard_swish", hard_silu)
