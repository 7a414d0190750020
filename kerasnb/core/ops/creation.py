"""New tensors out of numbers: constants, ranges, windows, triangles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from .. import config
from .dispatch import named, op
from .tensors import SCALARS, canonical, floating, tensor

# fmt: off
__all__ = [
    "zeros", "ones", "empty", "full", "arange", "eye", "identity", "tri", "linspace", "logspace", "geomspace",
    "bartlett", "blackman", "hamming", "hanning", "kaiser", "vander", "meshgrid",
]
# fmt: on


def _dtype(dtype: Any) -> Any:
    """The wanted dtype, else the default float type."""
    return canonical(config.floatx() if dtype is None else dtype)


def _shape(shape: Any) -> Any:
    return (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)


@op("numpy")
def zeros(shape: Any, dtype: Any = None) -> Any:
    """Zeros of the given shape; floats unless ``dtype`` says otherwise."""
    return jnp.zeros(_shape(shape), _dtype(dtype))


@op("numpy")
def ones(shape: Any, dtype: Any = None) -> Any:
    """Ones of the given shape; floats unless ``dtype`` says otherwise."""
    return jnp.ones(_shape(shape), _dtype(dtype))


@op("numpy")
def empty(shape: Any, dtype: Any = None) -> Any:
    """A tensor whose values nobody relies on (zeros)."""
    return jnp.zeros(_shape(shape), _dtype(dtype))


@op("numpy")
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """``fill_value`` everywhere, as floats unless ``dtype`` says otherwise."""
    return jnp.full(_shape(shape), tensor(fill_value), _dtype(dtype))


@op("numpy")
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """``start, start + step, ...`` up to but not including ``stop``; from 0 with one argument."""
    start, stop, step = (np.asarray(v) if isinstance(v, np.generic) else v for v in (start, stop, step))
    if dtype is None:
        given = [v for v in (start, stop, step) if v is not None]
        whole = all(not isinstance(v, float) and np.asarray(v).dtype.kind in "iub" for v in given)
        dtype = "int32" if whole else config.floatx()
    return jnp.arange(start, stop, step, dtype=canonical(dtype))


@op("numpy")
def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """(N, M) with ones on the k-th diagonal."""
    return jnp.eye(N, M, k=k, dtype=_dtype(dtype))


@op("numpy")
def identity(n: int, dtype: Any = None) -> Any:
    """The (n, n) identity matrix."""
    return jnp.eye(n, dtype=_dtype(dtype))


@op("numpy")
def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """(N, M) with ones on and below the k-th diagonal."""
    return jnp.tri(N, M, k, dtype=_dtype(dtype))


@op("numpy")
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``num`` numbers at equal distances from start to stop (included with ``endpoint``).

    With ``retstep`` the distance is returned beside them.
    """
    kind = _common_float(start, stop) if dtype is None else canonical(dtype)
    return jnp.linspace(tensor(start), tensor(stop), num, endpoint=endpoint, retstep=retstep, dtype=kind, axis=axis)


@op("numpy")
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: float = 10, dtype: Any = None, axis: int = 0
) -> Any:
    """``base^t`` for ``num`` exponents t at equal distances from start to stop."""
    kind = _common_float(start, stop) if dtype is None else canonical(dtype)
    return jnp.logspace(tensor(start), tensor(stop), num, endpoint=endpoint, base=base, dtype=kind, axis=axis)


@op("numpy")
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """``num`` numbers at equal ratios from start to stop."""
    kind = _common_float(start, stop) if dtype is None else canonical(dtype)
    return jnp.geomspace(tensor(start), tensor(stop), num, endpoint=endpoint, dtype=kind, axis=axis)


def _common_float(*values: Any) -> Any:
    """The float type of the tensors among the values; the default float type of plain numbers."""
    arrays = [floating(v) for v in values if type(v) not in SCALARS]
    return jnp.result_type(*arrays) if arrays else canonical(config.floatx())


def _window(function: Callable, name: str, doc: str) -> Any:
    """A row of the table: a window of x points."""
    return op("numpy")(named(lambda x: function(_points(x)).astype(_dtype(None)), name, doc))


def _points(x: Any) -> int:
    return int(np.asarray(x))


bartlett = _window(jnp.bartlett, "bartlett", "The triangular window of x points.")
blackman = _window(jnp.blackman, "blackman", "The Blackman window of x points.")
hamming = _window(jnp.hamming, "hamming", "The Hamming window of x points, ``0.54 - 0.46 cos(2 pi n / (x - 1))``.")
hanning = _window(jnp.hanning, "hanning", "The Hann window of x points, ``0.5 - 0.5 cos(2 pi n / (x - 1))``.")


@op("numpy")
def kaiser(x: Any, beta: float) -> Any:
    """The Kaiser window of x points; a larger ``beta`` makes it narrower."""
    return jnp.kaiser(_points(x), beta).astype(_dtype(None))


@op("numpy")
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Powers of x as columns (Vandermonde matrix): N of them, by default as many as x is long."""
    return jnp.vander(tensor(x), N, increasing)


@op("numpy")
def meshgrid(*x: Any, indexing: str = "xy") -> Any:
    """One grid of coordinates for each 1D tensor given; "xy" swaps the first two axes, "ij" does not."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', got indexing={indexing!r}.")
    return jnp.meshgrid(*(tensor(v) for v in x), indexing=indexing)
