"""Slices at computed places, and numbers put into tensors."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .dispatch import op
from .tensors import tensor

# fmt: off
__all__ = [
    "slice", "slice_update", "scatter", "scatter_update",
]
# fmt: on


def _starts(start_indices: Any) -> list[Any]:
    return list(start_indices) if isinstance(start_indices, (list, tuple)) else list(tensor(start_indices))


@op("core")
def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """A block of the given shape from ``start_indices`` on (which may be tensors); -1 takes all from a known start."""
    inputs, starts = tensor(inputs), _starts(start_indices)
    sizes = [int(n) if n != -1 else inputs.shape[i] - int(starts[i]) for i, n in enumerate(shape)]
    return jax.lax.dynamic_slice(inputs, starts, sizes)


@op("core")
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """The tensor with the block from ``start_indices`` on replaced by ``updates``."""
    inputs = tensor(inputs)
    return jax.lax.dynamic_update_slice(inputs, tensor(updates, inputs.dtype), _starts(start_indices))


@op("core")
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Zeros of the given shape with ``values`` added at ``indices``: (..., k) of them for the first k axes."""
    values = tensor(values)
    return jnp.zeros(tuple(shape), values.dtype).at[_places(indices)].add(values)


@op("core")
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """The tensor with ``updates`` put in at ``indices``: (..., k) of them for the first k axes.

    Args:
        inputs: the tensor.
        indices: integers (..., k).
        updates: the new numbers.
        reduction: None replaces; "add", "mul", "max" and "min" combine with what is there.
    """
    known = ("add", "mul", "max", "min")
    if reduction is not None and reduction not in known:
        raise ValueError(f"scatter_update: reduction must be None or one of {known}, got reduction={reduction!r}.")
    inputs = tensor(inputs)
    place = inputs.at[_places(indices)]
    return getattr(place, reduction or "set")(tensor(updates, inputs.dtype))


def _places(indices: Any) -> tuple[Any, ...]:
    return tuple(jnp.moveaxis(tensor(indices), -1, 0))
