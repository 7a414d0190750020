"""Matrices: decompositions, solutions, determinants, norms. Leading axes are batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .dispatch import op
from .tensors import axes, floating, tensor

# fmt: off
__all__ = [
    "cholesky", "cholesky_inverse", "det", "slogdet", "logdet", "inv", "pinv", "eig", "eigh", "lu_factor", "qr",
    "svd", "matrix_rank", "solve", "solve_triangular", "lstsq", "norm", "jvp", "normalize", "cdist",
]
# fmt: on


def _matrix(x: Any, name: str, square: bool = True) -> Any:
    x = floating(x)
    if x.ndim < 2 or (square and x.shape[-1] != x.shape[-2]):
        kind = "square matrices" if square else "matrices"
        raise ValueError(f"{name} expects {kind} in the last two axes, got shape {tuple(x.shape)}.")
    return x


@op("linalg")
def cholesky(x: Any, upper: bool = False) -> Any:
    """The triangular L with ``x = L L^T`` (or U with ``x = U^T U``) of a positive definite matrix.

    Raises:
        ValueError: outside of compiled code, when x is not positive definite.
    """
    factor = jnp.linalg.cholesky(_matrix(x, "cholesky"), upper=upper)
    if not isinstance(factor, jax.core.Tracer) and bool(jnp.any(jnp.isnan(factor))):
        raise ValueError("cholesky: the matrix is not positive definite, so it has no such factor.")
    return factor


@op("linalg")
def cholesky_inverse(x: Any, upper: bool = False) -> Any:
    """The inverse of ``L L^T`` from its triangular factor L (or U)."""
    x = _matrix(x, "cholesky_inverse")
    eye = jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    return jax.scipy.linalg.cho_solve((x, not upper), eye)


@op("linalg")
def det(x: Any) -> Any:
    """The determinant."""
    return jnp.linalg.det(_matrix(x, "det"))


@op("numpy")
def slogdet(x: Any) -> tuple[Any, Any]:
    """The sign of the determinant and the logarithm of its absolute value."""
    return tuple(jnp.linalg.slogdet(_matrix(x, "slogdet")))  # type: ignore[return-value]


@op("math")
def logdet(x: Any) -> Any:
    """The logarithm of the determinant of a positive definite matrix."""
    return jnp.linalg.slogdet(_matrix(x, "logdet"))[1]


@op("linalg")
def inv(x: Any) -> Any:
    """The inverse."""
    return jnp.linalg.inv(_matrix(x, "inv"))


@op("linalg")
def pinv(x: Any, rcond: float | None = None) -> Any:
    """The pseudo-inverse (Moore and Penrose); singular values below ``rcond`` times the largest count as 0."""
    return jnp.linalg.pinv(_matrix(x, "pinv", square=False), rtol=rcond)


@op("linalg")
def eig(x: Any) -> tuple[Any, Any]:
    """Eigenvalues and eigenvectors (in columns) of a square matrix; on a CPU only."""
    return tuple(jnp.linalg.eig(_matrix(x, "eig")))  # type: ignore[return-value]


@op("linalg")
def eigh(x: Any) -> tuple[Any, Any]:
    """Eigenvalues (rising) and eigenvectors (in columns) of a symmetric matrix."""
    return tuple(jnp.linalg.eigh(_matrix(x, "eigh")))  # type: ignore[return-value]


@op("linalg")
def lu_factor(x: Any) -> tuple[Any, Any]:
    """L and U in one matrix, and the rows exchanged on the way."""
    return jax.scipy.linalg.lu_factor(_matrix(x, "lu_factor", square=False))


@op("linalg")
def qr(x: Any, mode: str = "reduced") -> tuple[Any, Any]:
    """Q with orthonormal columns and the upper triangular R with ``x = Q R``."""
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode must be 'reduced' or 'complete', got mode={mode!r}.")
    return tuple(jnp.linalg.qr(_matrix(x, "qr", square=False), mode=mode))  # type: ignore[return-value]


@op("linalg", as_class="SVD")
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U, s, V^T with ``x = U diag(s) V^T``; s alone without ``compute_uv``."""
    found = jnp.linalg.svd(_matrix(x, "svd", square=False), full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(found) if compute_uv else found


@op("linalg")
def matrix_rank(x: Any, tol: float | None = None) -> Any:
    """How many singular values exceed ``tol``."""
    return jnp.linalg.matrix_rank(_matrix(x, "matrix_rank", square=False), rtol=None, tol=tol)


@op("linalg")
def solve(a: Any, b: Any) -> Any:
    """x with ``a x = b``; b is a vector or a matrix of right sides."""
    a, b = _matrix(a, "solve"), floating(b)
    return jnp.linalg.solve(a, b) if b.ndim != a.ndim - 1 else jnp.linalg.solve(a, b[..., None])[..., 0]


@op("linalg")
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """x with ``a x = b`` for an upper (or lower) triangular a."""
    a, b = _matrix(a, "solve_triangular"), floating(b)
    if b.ndim == a.ndim - 1:
        return jax.scipy.linalg.solve_triangular(a, b[..., None], lower=lower)[..., 0]
    return jax.scipy.linalg.solve_triangular(a, b, lower=lower)


@op("linalg")
def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """x with the smallest ``|a x - b|``."""
    return jnp.linalg.lstsq(floating(a), floating(b), rcond=rcond)[0]


@op("linalg")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors (one axis) or matrices (two axes).

    Args:
        x: the numbers.
        ord: 2 (Euclid; the default of vectors), 1, infinity, 0 (how many are not 0) or another power; for
            matrices "fro" (their default), "nuc", 1, 2, infinity and their negatives.
        axis: one axis or two; all by default.
        keepdims: whether the axes stay, with size 1.
    """
    return jnp.linalg.norm(floating(x), ord=ord, axis=axes(axis), keepdims=keepdims)


@op("linalg", as_class="JVP")
def jvp(fun: Callable, primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """The value of ``fun`` at ``primals`` and its derivative along ``tangents``.

    Args:
        fun: a function of tensors.
        primals, tangents: tuples, one entry for each argument.
        has_aux: whether ``fun`` returns (output, anything else).
    """
    return jax.jvp(fun, jax.tree.map(tensor, tuple(primals)), jax.tree.map(tensor, tuple(tangents)), has_aux=has_aux)


@op("nn")
def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """``x`` divided by its norm of the given order along an axis; norms below ``epsilon`` count as ``epsilon``."""
    x = jnp.atleast_1d(floating(x))
    epsilon = config.epsilon() if epsilon is None else epsilon
    if order == 2:  # by the inverse root, whose gradient at 0 is finite
        squares = jnp.sum(jnp.square(x), axis=axes(axis), keepdims=True)
        return x * jax.lax.rsqrt(jnp.maximum(squares, epsilon**2))
    size = jnp.linalg.norm(x, ord=order, axis=axes(axis), keepdims=True)
    return x / jnp.maximum(size, epsilon)


@op("math", as_class="CDist")
def cdist(x: Any, y: Any) -> Any:
    """Euclid's distances between the rows of x and the rows of y: (..., n, d), (..., m, d) to (..., n, m)."""
    x, y = floating(x), floating(y)
    gaps = x[..., :, None, :] - y[..., None, :, :]
    return jnp.sqrt(jnp.sum(jnp.square(gaps), axis=-1))
