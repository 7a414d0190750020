"""Diagonals and triangles."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .dispatch import op
from .tensors import tensor

# fmt: off
__all__ = [
    "diag", "diagflat", "diagonal", "trace", "tril", "triu",
]
# fmt: on


@op("numpy")
def diag(x: Any, k: int = 0) -> Any:
    """The k-th diagonal of a matrix, or a matrix with a vector on its k-th diagonal."""
    return jnp.diag(tensor(x), k)


@op("numpy")
def diagflat(x: Any, k: int = 0) -> Any:
    """A matrix with all numbers of x on its k-th diagonal."""
    return jnp.diagflat(tensor(x), k)


@op("numpy")
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of the matrices that two axes make, as the new last axis."""
    return jnp.diagonal(tensor(x), offset, axis1, axis2)


@op("numpy")
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal of the matrices that two axes make."""
    return jnp.trace(tensor(x), offset, axis1, axis2)


@op("numpy")
def tril(x: Any, k: int = 0) -> Any:
    """Zeros above the k-th diagonal of the last two axes."""
    return jnp.tril(tensor(x), k)


@op("numpy")
def triu(x: Any, k: int = 0) -> Any:
    """Zeros below the k-th diagonal of the last two axes."""
    return jnp.triu(tensor(x), k)
