"""Picking, placing, searching and sorting."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..symbolic import KerasTensor
from ..variable import Variable
from .dispatch import op
from .tensors import operands, tensor

# fmt: off
__all__ = [
    "get_item", "take", "take_along_axis", "where", "select", "sort", "argsort", "argpartition", "top_k",
    "in_top_k", "searchsorted", "digitize", "isin", "nonzero", "unravel_index",
]
# fmt: on


@op("numpy")
def get_item(x: Any, key: Any) -> Any:
    """``x[key]`` with integers, slices, None, ..., and tensors of integers or booleans."""
    key = tuple(key) if isinstance(key, list) and any(isinstance(k, slice) for k in key) else key
    return tensor(x)[jax.tree.map(_index, key, is_leaf=lambda k: not isinstance(k, tuple))]


def _index(key: Any) -> Any:
    return tensor(key) if isinstance(key, (list, Variable, np.ndarray)) else key


@op("numpy")
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Entries of x at the indices along an axis (of the flat tensor by default); negative ones count from the end."""
    return jnp.take(tensor(x), tensor(indices), axis=axis)


@op("numpy")
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """One entry along the axis for each place of ``indices``, as ``argsort`` gives them."""
    return jnp.take_along_axis(tensor(x), tensor(indices), axis=axis)


@op("numpy")
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition holds, else x2; the indices where it holds when they are left out."""
    if x1 is None and x2 is None:
        return tuple(i.astype("int32") for i in jnp.nonzero(tensor(condition)))
    if x1 is None or x2 is None:
        raise ValueError("where: give both x1 and x2, or none of them.")
    return jnp.where(tensor(condition).astype(bool), *operands(x1, x2))


@op("numpy")
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """From the first choice whose condition holds, place by place; else ``default``."""
    return jnp.select([tensor(c) for c in condlist], [tensor(c) for c in choicelist], default)


@op("numpy")
def sort(x: Any, axis: int = -1) -> Any:
    """Numbers in rising order along an axis."""
    return jnp.sort(tensor(x), axis=axis)


@op("numpy")
def argsort(x: Any, axis: int | None = -1) -> Any:
    """The indices that sort along an axis; equal numbers keep their order."""
    x = tensor(x)
    return jnp.argsort(x.ravel() if axis is None else x, axis=-1 if axis is None else axis).astype("int32")


@op("numpy")
def argpartition(x: Any, kth: int, axis: int | None = -1) -> Any:
    """Indices that bring the ``kth`` smallest to its place, smaller ones before it."""
    return jnp.argpartition(tensor(x), kth, axis=axis).astype("int32")


@op("math")
def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, ...]:
    """The k largest numbers along the last axis, falling, and their indices."""
    return tuple(jax.lax.top_k(tensor(x), k))


@op("math")
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether each target's score is among the k largest of its row; ties count as in."""
    targets, predictions = tensor(targets), tensor(predictions)
    own = jnp.take_along_axis(predictions, targets[..., None], axis=-1)
    kth = jax.lax.top_k(predictions, k)[0][..., -1:]
    return jnp.squeeze(own >= kth, -1)


@op("numpy")
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    """Where the values would have to be put in to keep a rising sequence rising."""
    sequence = tensor(sorted_sequence)
    if sequence.ndim != 1:
        raise ValueError(f"searchsorted: sorted_sequence must have one axis, got shape {sequence.shape}.")
    return jnp.searchsorted(sequence, tensor(values), side=side).astype("int32")


@op("numpy")
def digitize(x: Any, bins: Any) -> Any:
    """The number of the bin that each x falls into, for rising borders."""
    return jnp.searchsorted(tensor(bins), tensor(x), side="right").astype("int32")


@op("numpy")
def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each entry of x1 occurs in x2."""
    return jnp.isin(tensor(x1), tensor(x2), assume_unique, invert)


def _unknown_rows(x: Any) -> Any:
    return tuple(KerasTensor((None,), dtype="int32") for _ in range(x.ndim))


@op("numpy", infer=_unknown_rows)
def nonzero(x: Any) -> Any:
    """The indices of all numbers that are not 0, one tensor for each axis."""
    return tuple(i.astype("int32") for i in jnp.nonzero(tensor(x)))


@op("numpy")
def unravel_index(indices: Any, shape: Any) -> Any:
    """Indices into the flat tensor as one index for each axis."""
    return tuple(jnp.unravel_index(tensor(indices), tuple(shape)))
