"""Sums, means, extremes: functions that take axes away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .dispatch import named, op
from .tensors import axes, canonical, floating, tensor

# fmt: off
__all__ = [
    "sum", "mean", "std", "var", "median", "ptp", "all", "any", "amax", "amin", "max", "min", "nansum", "nanprod",
    "nanmean", "nanstd", "nanvar", "nanmedian", "nanmax", "nanmin", "argmax", "argmin", "nanargmax", "nanargmin",
    "prod", "count_nonzero", "logsumexp", "average", "cumsum", "cumprod", "nancumsum", "nancumprod",
]
# fmt: on

_AXIS = " over ``axis`` (an integer, several, or None for all); reduced axes stay as 1 with ``keepdims``."


def _reduce(function: Callable, name: str, doc: str, convert: Callable = tensor) -> Any:
    """A row of the table, called with (x, axis=None, keepdims=False)."""

    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return function(convert(x), axis=axes(axis), keepdims=keepdims)

    return op("numpy")(named(reduce, name, doc + _AXIS))


def _extreme(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (x, axis=None, keepdims=False, initial=None)."""

    def reduce(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
        return function(tensor(x), axis=axes(axis), keepdims=keepdims, initial=initial)

    return op("numpy")(named(reduce, name, doc + _AXIS))


def _index(function: Callable, name: str, doc: str) -> Any:
    """A row of the table: positions as int32."""

    def reduce(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        return function(tensor(x), axis=axis, keepdims=keepdims).astype("int32")

    return op("numpy")(named(reduce, name, doc))


sum = _reduce(jnp.sum, "sum", "The sum")
mean = _reduce(jnp.mean, "mean", "The mean", floating)
std = _reduce(jnp.std, "std", "The standard deviation", floating)
var = _reduce(jnp.var, "var", "The variance", floating)
median = _reduce(jnp.median, "median", "The middle number", floating)
ptp = _reduce(jnp.ptp, "ptp", "Largest minus smallest number")
all = _reduce(jnp.all, "all", "Whether everything is true (not 0)")
any = _reduce(jnp.any, "any", "Whether something is true (not 0)")
amax = _reduce(jnp.max, "amax", "The largest number")
amin = _reduce(jnp.min, "amin", "The smallest number")
max = _extreme(jnp.max, "max", "The largest number (at least ``initial`` where given)")
min = _extreme(jnp.min, "min", "The smallest number (at most ``initial`` where given)")

nansum = _reduce(jnp.nansum, "nansum", "The sum of what is not NaN")
nanprod = _reduce(jnp.nanprod, "nanprod", "The product of what is not NaN")
nanmean = _reduce(jnp.nanmean, "nanmean", "The mean of what is not NaN", floating)
nanstd = _reduce(jnp.nanstd, "nanstd", "The standard deviation of what is not NaN", floating)
nanvar = _reduce(jnp.nanvar, "nanvar", "The variance of what is not NaN", floating)
nanmedian = _reduce(jnp.nanmedian, "nanmedian", "The middle number of what is not NaN", floating)
nanmax = _reduce(jnp.nanmax, "nanmax", "The largest number of what is not NaN")
nanmin = _reduce(jnp.nanmin, "nanmin", "The smallest number of what is not NaN")

argmax = _index(jnp.argmax, "argmax", "Where the (first) largest number is, along an axis or in the flat tensor.")
argmin = _index(jnp.argmin, "argmin", "Where the (first) smallest number is, along an axis or in the flat tensor.")
nanargmax = _index(jnp.nanargmax, "nanargmax", "``argmax`` of what is not NaN; -1 where all is NaN.")
nanargmin = _index(jnp.nanargmin, "nanargmin", "``argmin`` of what is not NaN; -1 where all is NaN.")


@op("numpy")
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product over ``axis``, computed in ``dtype`` where given."""
    return jnp.prod(tensor(x), axis=axes(axis), keepdims=keepdims, dtype=None if dtype is None else canonical(dtype))


@op("numpy")
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """How many numbers are not 0, as int32."""
    return jnp.count_nonzero(tensor(x), axis=axes(axis)).astype("int32")


@op("math")
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """``log(sum(e^x))`` over ``axis``, without overflow."""
    return jax.nn.logsumexp(floating(x), axis=axes(axis), keepdims=keepdims)


@op("numpy")
def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """``sum(w x) / sum(w)``; weights have the shape of x, or of its ``axis``."""
    return jnp.average(floating(x), axis=axes(axis), weights=None if weights is None else tensor(weights))


def _running(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (x, axis=None, dtype=None)."""

    def accumulate(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
        return function(tensor(x), axis=axis, dtype=None if dtype is None else canonical(dtype))

    return op("numpy")(named(accumulate, name, doc + " along an axis, or of the flat tensor."))


cumsum = _running(jnp.cumsum, "cumsum", "Running sums")
cumprod = _running(jnp.cumprod, "cumprod", "Running products")
nancumsum = _running(jnp.nancumsum, "nancumsum", "Running sums, NaN as 0,")
nancumprod = _running(jnp.nancumprod, "nancumprod", "Running products, NaN as 1,")
