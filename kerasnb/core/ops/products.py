"""Products of vectors, matrices and tensors."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .dispatch import named, op
from .tensors import operands, tensor

# fmt: off
__all__ = [
    "dot", "vdot", "inner", "outer", "kron", "matmul", "tensordot", "einsum", "cross", "correlate",
]
# fmt: on


def _product(function: Any, name: str, doc: str) -> Any:
    """A row of the table, called with (x1, x2)."""
    return op("numpy")(named(lambda x1, x2: function(*operands(x1, x2)), name, doc))


dot = _product(jnp.dot, "dot", "Last axis of x1 against the last but one of x2; the product where one is a number.")
vdot = _product(jnp.vdot, "vdot", "The inner product of both, flattened, x1 conjugated.")
inner = _product(jnp.inner, "inner", "Last axis of x1 against the last of x2.")
outer = _product(jnp.outer, "outer", "All products of an entry of x1 and one of x2, both flattened.")
kron = _product(jnp.kron, "kron", "x1 with each entry replaced by its product with x2 (Kronecker).")


def _sum_type(xs: Any) -> Any:
    """Products of 8-bit integers are added up in 32 bits."""
    return "int32" if all(getattr(x, "dtype", None) == "int8" for x in xs) else None


@op("numpy")
def matmul(x1: Any, x2: Any) -> Any:
    """The matrix product over the last two axes, other axes broadcast; int8 adds up in int32."""
    x1, x2 = tensor(x1), tensor(x2)
    return jnp.matmul(x1, x2, preferred_element_type=_sum_type((x1, x2)))


@op("numpy")
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """Sums over the last ``axes`` axes of x1 and the first of x2, or over two lists of axes."""
    axes = axes if isinstance(axes, int) else tuple(tuple(a) if isinstance(a, list) else a for a in axes)
    return jnp.tensordot(tensor(x1), tensor(x2), axes)


@op("numpy")
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """Sums of products in Einstein's notation, such as ``"bij,bjk->bik"``; int8 adds up in int32."""
    xs = [tensor(x) for x in operands]
    kwargs.setdefault("preferred_element_type", _sum_type(xs))
    return jnp.einsum(subscripts, *xs, **kwargs)


@op("numpy")
def cross(x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector product of vectors of 3 (or 2) numbers; ``axis`` stands for all three axis arguments."""
    return jnp.cross(tensor(x1), tensor(x2), axisa, axisb, axisc, axis)


@op("numpy")
def correlate(x1: Any, x2: Any, mode: str = "valid") -> Any:
    """``sum_n x1[n + k] conj(x2[n])`` of vectors; ``mode`` is "valid", "same" or "full"."""
    return jnp.correlate(*operands(x1, x2), mode=mode)
