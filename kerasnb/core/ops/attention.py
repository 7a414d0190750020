"""Attention: sums of values, weighted by how well keys fit queries."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .dispatch import op
from .tensors import tensor

# fmt: off
__all__ = [
    "dot_product_attention",
]
# fmt: on


@op("nn")
def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Any:
    """``softmax(scale * query key^T + bias) value`` (Vaswani et al. 2017).

    Args:
        query: (batch, T, heads, d).
        key, value: (batch, S, groups, d); the heads share the groups evenly.
        bias: added to the logits, broadcast to (batch, heads, T, S).
        mask: booleans of that shape, False where a key must not be seen.
        scale: ``1 / sqrt(d)`` by default.
        is_causal: whether a query sees only keys at its own place and before.
        flash_attention: True asks for cuDNN's fused kernel (GPU), False forbids it.
        attn_logits_soft_cap: keeps the logits within plus and minus this value, by ``cap * tanh(logits / cap)``.
    """
    query, key, value = tensor(query), tensor(key), tensor(value)
    if not query.ndim == key.ndim == value.ndim == 4:
        raise ValueError(
            "dot_product_attention: query, key and value must have 4 axes (batch, length, heads, size), "
            f"got shapes {query.shape}, {key.shape} and {value.shape}."
        )
    bias = None if bias is None else tensor(bias)
    mask = None if mask is None else tensor(mask).astype(bool)
    if attn_logits_soft_cap is not None:
        return _capped(query, key, value, bias, mask, scale, is_causal, attn_logits_soft_cap)
    if flash_attention is None and config.get("flash_attention") is False:
        flash_attention = False
    kernel = "cudnn" if flash_attention else "xla" if flash_attention is False else None
    return jax.nn.dot_product_attention(
        query, key, value, bias, mask, scale=scale, is_causal=is_causal, implementation=kernel
    )


def _capped(query: Any, key: Any, value: Any, bias: Any, mask: Any, scale: Any, is_causal: bool, cap: float) -> Any:
    """The formula written out, with capped logits."""
    heads, size = query.shape[2:]
    key, value = (jnp.repeat(x, heads // x.shape[2], axis=2) for x in (key, value))
    logits = jnp.einsum("btnd,bsnd->bnts", query, key, preferred_element_type="float32")
    logits = logits * (size**-0.5 if scale is None else scale)
    logits = cap * jnp.tanh(logits / cap)
    logits = logits if bias is None else logits + bias
    if is_causal:
        causal = jnp.tril(jnp.ones(logits.shape[-2:], bool))
        mask = causal if mask is None else mask & causal
    if mask is not None:
        logits = jnp.where(mask, logits, -0.7 * float(jnp.finfo("float32").max))
    weights = jax.nn.softmax(logits, axis=-1).astype(value.dtype)
    return jnp.einsum("bnts,bsnd->btnd", weights, value)
