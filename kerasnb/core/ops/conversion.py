"""From and to tensors: conversion, dtypes, shapes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import config
from ..symbolic import KerasTensor
from ..variable import Variable
from .dispatch import op
from .tensors import canonical, is_float, tensor

# fmt: off
__all__ = [
    "convert_to_tensor", "convert_to_numpy", "is_tensor", "shape", "dtype", "ndim", "size", "cast", "saturate_cast",
    "stop_gradient", "array", "view", "zeros_like", "ones_like", "empty_like", "full_like",
]
# fmt: on


@op("core")
def convert_to_tensor(x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None) -> Any:
    """A JAX array of a number, a nested list, a NumPy array or a Variable.

    Args:
        x: the numbers.
        dtype: by default that of x; Python floats get the default float type.
        sparse, ragged: as in Keras on JAX, tensors are dense.
    """
    if sparse or ragged:
        raise ValueError("convert_to_tensor: sparse and ragged tensors do not exist here; leave sparse and ragged out.")
    return tensor(x, dtype)


@op("core", records=False)
def convert_to_numpy(x: Any) -> np.ndarray:
    """A NumPy array with the values of a tensor."""
    if isinstance(x, KerasTensor):
        raise ValueError(str(x._no_value("convert_to_numpy")))
    if isinstance(x, Variable):
        return x.numpy()
    return np.array(x if isinstance(x, (jax.Array, np.ndarray)) else tensor(x))


@op("core", records=False)
def is_tensor(x: Any) -> bool:
    """Whether x is a tensor: a JAX array, or a symbolic tensor."""
    return isinstance(x, (jax.Array, KerasTensor))


@op("core", records=False)
def shape(x: Any) -> tuple[int | None, ...]:
    """The shape; None where a symbolic tensor's size is unknown."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


@op("core", records=False)
def dtype(x: Any) -> str:
    """The dtype's name."""
    return config.standardize_dtype(x.dtype if hasattr(x, "dtype") else tensor(x).dtype)


@op("numpy", records=False)
def ndim(x: Any) -> int:
    """How many axes."""
    return len(shape(x))


@op("numpy", records=False)
def size(x: Any) -> int | None:
    """How many numbers; None for a symbolic tensor of unknown shape."""
    dims = shape(x)
    return None if None in dims else int(np.prod(dims))


@op("core")
def cast(x: Any, dtype: Any) -> Any:
    """The same numbers in another dtype; floats lose their fraction when they become integers."""
    return tensor(x, dtype)


@op("core")
def saturate_cast(x: Any, dtype: Any) -> Any:
    """``cast`` with numbers outside the new dtype's range moved to its border."""
    x, target = tensor(x), canonical(dtype)
    if "bool" in (target.name, x.dtype.name):
        return x.astype(target)
    if jnp.issubdtype(target, jnp.integer):
        low, high = int(jnp.iinfo(target).min), int(jnp.iinfo(target).max)
        if is_float(x):
            # The nearest floats inside the range: 2**31 - 1 itself is no float32.
            top = np.asarray(high).astype(x.dtype)
            top = np.nextafter(top, np.zeros_like(top)) if float(top) > high else top
            clipped = jnp.where(x > top, jnp.asarray(high, target), jnp.clip(x, low, top).astype(target))
            return jnp.where(x < low, jnp.asarray(low, target), clipped)
        own = jnp.iinfo(x.dtype)
        return jnp.clip(x, max(low, int(own.min)), min(high, int(own.max))).astype(target)
    if is_float(x) and jnp.finfo(target).max < jnp.finfo(x.dtype).max:
        limits = jnp.finfo(target)
        x = jnp.clip(x, limits.min.astype(x.dtype), limits.max.astype(x.dtype))
    return x.astype(target)


@op("core")
def stop_gradient(variable: Any) -> Any:
    """The same numbers, treated as constants by every gradient."""
    return jax.lax.stop_gradient(tensor(variable))


@op("numpy")
def array(x: Any, dtype: Any = None) -> Any:
    """A tensor of the given numbers."""
    return tensor(x, dtype)


@op("numpy")
def view(x: Any, dtype: Any = None) -> Any:
    """The same bytes read as another dtype; the last axis grows or shrinks with the width."""
    x = tensor(x)
    return x if dtype is None else x.view(canonical(dtype))


@op("numpy")
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Zeros in the shape of x."""
    return jnp.zeros_like(tensor(x), dtype=None if dtype is None else canonical(dtype))


@op("numpy")
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Ones in the shape of x."""
    return jnp.ones_like(tensor(x), dtype=None if dtype is None else canonical(dtype))


@op("numpy")
def empty_like(x: Any, dtype: Any = None) -> Any:
    """A tensor in the shape of x whose values nobody relies on (zeros)."""
    return jnp.zeros_like(tensor(x), dtype=None if dtype is None else canonical(dtype))


@op("numpy")
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """``fill_value`` in the shape of x."""
    x = tensor(x)
    return jnp.full_like(x, tensor(fill_value), dtype=x.dtype if dtype is None else canonical(dtype))
