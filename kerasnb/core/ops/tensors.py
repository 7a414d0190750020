"""Arguments of ops as JAX arrays, with Keras's rules for their dtypes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import config
from ..variable import Variable

SCALARS = (bool, int, float, complex)


def tensor(x: Any, dtype: Any = None) -> jax.Array:
    """A JAX array of numbers, Variables, NumPy arrays and nested lists.

    Python floats and lists of them get the default float type; 64-bit NumPy arrays become 32-bit ones, as
    everywhere in JAX.
    """
    if isinstance(x, jax.Array):
        return x if dtype is None else x.astype(canonical(dtype))
    if isinstance(x, Variable):
        return tensor(x.get_value(), dtype)
    if isinstance(x, (list, tuple)):
        if any(isinstance(leaf, (jax.Array, Variable)) for leaf in jax.tree.leaves(x)):
            x = jnp.asarray(jax.tree.map(lambda v: v.get_value() if isinstance(v, Variable) else v, x))
            return x if dtype is None else x.astype(canonical(dtype))
        host = np.asarray(x)
        from_python = not any(isinstance(leaf, (np.ndarray, np.generic)) for leaf in jax.tree.leaves(x))
    else:
        host, from_python = np.asarray(x), type(x) in SCALARS
    if host.dtype.kind in "OSUTV" and not jax.dtypes.issubdtype(host.dtype, np.number):
        raise ValueError(
            f"Tensors hold numbers; {_shown(x)} of type {type(x).__name__} is not made of numbers. "
            "For text use layers.StringLookup or layers.TextVectorization."
        )
    if dtype is None and from_python and host.dtype.kind == "f":
        dtype = config.floatx()
    return jnp.asarray(host, dtype=canonical(host.dtype if dtype is None else dtype))


def _shown(x: Any) -> str:
    text = repr(x)
    return text if len(text) < 80 else text[:77] + "..."


def canonical(dtype: Any) -> np.dtype:
    """A dtype as JAX keeps it: 64-bit types become 32-bit ones."""
    if isinstance(dtype, np.dtype):
        return jax.dtypes.canonicalize_dtype(dtype)
    return jax.dtypes.canonicalize_dtype(config.standardize_dtype(dtype))


def is_float(x: Any) -> bool:
    """Whether an array holds real or complex floating point numbers."""
    return jnp.issubdtype(x.dtype, jnp.inexact)


def floating(x: Any) -> jax.Array:
    """A float array: integers and booleans become the default float type."""
    x = tensor(x)
    return x if is_float(x) else x.astype(config.floatx())


def operands(*xs: Any) -> list[Any]:
    """Several tensors to be combined: Python numbers stay plain, so that they take on the others' dtype."""
    plain = [type(x) in SCALARS for x in xs]
    if all(plain):
        return [tensor(x) for x in xs]
    if any(isinstance(x, float) for x, p in zip(xs, plain) if p):
        arrays = [x if p else tensor(x) for x, p in zip(xs, plain)]
        if not any(is_float(x) for x, p in zip(arrays, plain) if not p):  # integers meet a Python float
            return [tensor(x, config.floatx()) for x in arrays]
        return arrays
    return [x if p else tensor(x) for x, p in zip(xs, plain)]


def axes(axis: Any) -> Any:
    """An axis argument: lists become tuples."""
    return tuple(axis) if isinstance(axis, (list, np.ndarray)) else axis
