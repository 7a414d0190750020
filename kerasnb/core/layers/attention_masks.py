"""Who may look where: masks of attention layers and the softmax under them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def causal_mask(queries: int, keys: int) -> Any:
    """(1, queries, keys): a query sees the keys at its own place and before."""
    return jnp.tril(jnp.ones((1, queries, keys), bool))


def window_mask(queries: int, keys: int, width: int) -> Any:
    """(1, queries, keys): a query sees keys less than ``width`` places away."""
    distance = jnp.arange(queries)[:, None] - jnp.arange(keys)[None, :]
    return (jnp.abs(distance) < width)[None]


def joined(*masks: Any) -> Any:
    """All masks at once, None where there is none."""
    found = None
    for mask in masks:
        if mask is not None:
            mask = jnp.asarray(mask).astype(bool)
            found = mask if found is None else found & mask
    return found


def attention_mask(
    queries: int, keys: int, query_mask: Any, value_mask: Any, key_mask: Any, given: Any, causal: bool,
    window: int | None,
) -> Any:  # fmt: skip
    """One mask (batch, queries, keys) out of all that says what may be seen; None without any."""
    return joined(
        None if query_mask is None else jnp.asarray(query_mask)[:, :, None],
        None if value_mask is None else jnp.asarray(value_mask)[:, None, :],
        None if key_mask is None else jnp.asarray(key_mask)[:, None, :],
        given,
        causal_mask(queries, keys) if causal else None,
        window_mask(queries, keys, window) if window is not None else None,
    )


def lowered(scores: Any, mask: Any) -> Any:
    """Scores with a large number taken off where the mask is False."""
    most = 65504.0 if scores.dtype == jnp.float16 else 1e9
    return scores - most * (1 - mask.astype(scores.dtype))


def masked_softmax(scores: Any, mask: Any) -> Any:
    """Softmax along the last axis; what the mask hides gets no weight, rows without anything to see get none at all."""
    if mask is None:
        return jax.nn.softmax(scores, axis=-1)
    weights = jax.nn.softmax(jnp.where(mask, scores, jnp.finfo(scores.dtype).min), axis=-1)
    return jnp.where(mask, weights, 0)
