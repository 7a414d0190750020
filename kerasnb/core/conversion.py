"""Conversion: inputs to tensors, shapes to symbols and back, over any nesting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .context import set_keras_mask
from .operation import Operation
from .symbolic import KerasTensor
from .variable import Variable


def convert_input(x: Any, autocast: bool = True, dtype: str = "float32") -> Any:
    """A layer's input as a tensor; float tensors cast to the compute dtype if ``autocast``."""
    if isinstance(x, jax.Array):
        if autocast and jnp.issubdtype(x.dtype, jnp.floating) and x.dtype != dtype:
            mask = getattr(x, "_keras_mask", None)
            x = x.astype(dtype)
            if mask is not None:
                set_keras_mask(x, mask)
        return x
    if isinstance(x, KerasTensor):
        return x  # a recorded call keeps its tensors; ``symbolic_call`` infers with the cast dtype
    if isinstance(x, Variable):
        return convert_input(x.get_value(), autocast, dtype)
    if hasattr(x, "__array__") and not isinstance(x, (Operation, type)):
        host = np.asarray(x)
        if host.dtype.kind in "OSUT":
            return host
        if host.dtype.kind == "f" and autocast:
            host = host.astype(jnp.dtype(dtype))
        return jnp.asarray(host)
    return x


def map_tensors(fn: Callable, tree: Any) -> Any:
    """Map over nested lists, tuples and dicts (a plain tensor, the usual case, goes straight)."""
    if isinstance(tree, (jax.Array, KerasTensor, np.ndarray)):
        return fn(tree)
    if isinstance(tree, (list, tuple)):
        mapped = [map_tensors(fn, t) for t in tree]
        return (
            type(tree)(*mapped) if hasattr(tree, "_fields") else type(tree)(mapped) if type(tree) is tuple else mapped
        )
    if isinstance(tree, dict):
        return {k: map_tensors(fn, v) for k, v in tree.items()}
    return tree if tree is None else fn(tree)


def unique(items: Iterable[Any]) -> list[Any]:
    """The items in order, each object once."""
    seen: set[int] = set()
    return [x for x in items if not (id(x) in seen or seen.add(id(x)))]  # type: ignore[func-returns-value]


def is_shape(value: Any) -> bool:
    """Whether a value is one shape: a list or tuple of whole numbers and None."""
    return isinstance(value, (list, tuple)) and all(n is None or isinstance(n, (int, np.integer)) for n in value)


def as_shape(value: Any) -> Any:
    """Shapes back from JSON: lists of numbers become tuples again."""
    if is_shape(value):
        return tuple(value)
    if isinstance(value, dict):
        return {k: as_shape(v) for k, v in value.items()}
    return [as_shape(v) for v in value] if isinstance(value, (list, tuple)) else value


def cast_symbol(x: Any, dtype: str) -> Any:
    """A float symbol with another float dtype; anything else unchanged."""
    if isinstance(x, KerasTensor) and "float" in x.dtype and x.dtype != dtype:
        return KerasTensor(x.shape, dtype=dtype)
    return x


def symbols_of(shape: Any, dtype: str) -> Any:
    """Symbols of the given shapes, in the same nesting."""
    if isinstance(shape, KerasTensor) or shape is None:
        return shape
    if is_shape(shape):
        return KerasTensor(tuple(shape), dtype=dtype)
    if isinstance(shape, dict):
        return {k: symbols_of(s, dtype) for k, s in shape.items()}
    return type(shape)(symbols_of(s, dtype) for s in shape)
