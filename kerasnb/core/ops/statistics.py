"""Quantiles, histograms, counts, moments, correlations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..symbolic import KerasTensor
from .dispatch import named, op
from .tensors import axes, floating, tensor

# fmt: off
__all__ = [
    "quantile", "percentile", "nanquantile", "nanpercentile", "moments", "bincount", "histogram", "corrcoef",
    "unique", "trapezoid", "diff",
]
# fmt: on


def _quantile(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (x, q, axis=None, method="linear", keepdims=False)."""

    def quantile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
        return function(floating(x), floating(q), axis=axes(axis), method=method, keepdims=keepdims)

    doc += ' Between two numbers ``method`` decides: "linear", "lower", "higher", "midpoint" or "nearest".'
    return op("numpy")(named(quantile, name, doc))


quantile = _quantile(jnp.quantile, "quantile", "The number below which a share q (0 to 1) of x lies.")
percentile = _quantile(jnp.percentile, "percentile", "The number below which q percent (0 to 100) of x lie.")
nanquantile = _quantile(jnp.nanquantile, "nanquantile", "``quantile`` of what is not NaN.")
nanpercentile = _quantile(jnp.nanpercentile, "nanpercentile", "``percentile`` of what is not NaN.")


@op("nn")
def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Any, Any]:
    """Mean and variance over the axes.

    Args:
        x: the numbers; half precision is added up in float32.
        axes: an axis or several.
        keepdims: whether the axes stay, with size 1.
        synchronized: not possible: programs see the whole batch already.
    """
    if synchronized:
        raise NotImplementedError("moments: synchronized=True is not needed here: a program sees the whole batch.")
    x = floating(x)
    wide = x.astype("float32") if x.dtype.itemsize == 2 else x
    axis = tuple(axes) if isinstance(axes, (list, tuple)) else axes
    mean = jnp.mean(wide, axis, keepdims=True)
    variance = jnp.mean(jnp.square(wide - mean), axis, keepdims=keepdims)
    mean = mean if keepdims else jnp.squeeze(mean, axis)
    if wide is not x:  # large numbers stay finite in half precision
        limit = jnp.finfo(x.dtype)
        mean, variance = (jnp.clip(v, limit.min, limit.max).astype(x.dtype) for v in (mean, variance))
    return mean, variance


def _bins_shape(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> KerasTensor:
    dtype = "int32" if weights is None else getattr(weights, "dtype", tensor(weights).dtype if weights else "float32")
    return KerasTensor((*x.shape[:-1], None), dtype=dtype)


@op("numpy", infer=_bins_shape)
def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    """How often 0, 1, 2, ... occur in a vector, or in each row of a matrix.

    Args:
        x: integers from 0 on.
        weights: what each entry counts; 1 by default.
        minlength: the least number of bins.
        sparse: not possible here.
    """
    if sparse:
        raise ValueError("bincount: sparse tensors do not exist here; leave sparse out.")
    x = tensor(x)
    weights = None if weights is None else tensor(weights)
    if x.ndim == 1:
        return jnp.bincount(x, weights, minlength=minlength)
    length = max(int(jnp.max(x)) + 1 if x.size else 0, minlength)
    hot = x[..., None] == jnp.arange(length, dtype=x.dtype)
    return jnp.sum(hot if weights is None else hot * weights[..., None], axis=-2)


@op("numpy")
def histogram(x: Any, bins: int = 10, range: tuple[float, float] | None = None) -> tuple[Any, Any]:
    """How many numbers fall into each of ``bins`` equal intervals, and the intervals' borders.

    Args:
        x: the numbers.
        bins: how many intervals; an integer above 0.
        range: lowest and highest border; the extremes of x by default.
    """
    if not isinstance(bins, (int, np.integer)) or isinstance(bins, bool) or bins <= 0:
        raise ValueError(f"histogram: bins must be an integer above 0, got bins={bins!r}.")
    if range is not None and (len(range) != 2 or range[1] < range[0]):
        raise ValueError(f"histogram: range must be (lowest, highest), got range={range!r}.")
    return jnp.histogram(tensor(x), bins=bins, range=range)


@op("numpy")
def corrcoef(x: Any) -> Any:
    """Correlations between the rows of x (variables in rows, observations in columns)."""
    return jnp.corrcoef(floating(x))


def _unique_shape(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    shape = (size,) if axis is None else (*x.shape[:axis], size, *x.shape[axis:][1:])
    total = (x.size,) if axis is None else (x.shape[axis],)
    extra = [KerasTensor((size,), dtype="int32")] if return_index else []
    extra += [KerasTensor(total, dtype="int32")] if return_inverse else []
    extra += [KerasTensor((size,), dtype="int32")] if return_counts else []
    found = KerasTensor(shape, dtype=x.dtype)
    return (found, *extra) if extra else found


@op("numpy", infer=_unique_shape)
def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The different numbers of x in rising order; with ``size`` also inside compiled code.

    Args:
        x: the numbers, flat unless ``axis`` is given.
        sorted: accepted as in Keras; the result is sorted.
        return_index: also where each first occurs.
        return_inverse: also which of them stands at each place of x.
        return_counts: also how often each occurs.
        axis: compare the slices along it.
        size: the length of the result, cut or filled with ``fill_value``.
        fill_value: what fills up; the smallest number by default.
    """
    return jnp.unique(
        tensor(x), return_index, return_inverse, return_counts, axis=axis, size=size, fill_value=fill_value
    )


@op("numpy")
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The area under y by trapezoids, at places x or at distances ``dx``."""
    return jnp.trapezoid(floating(y), None if x is None else floating(x), dx, axis)


@op("numpy")
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Differences between neighbours along an axis, taken n times."""
    return jnp.diff(tensor(a), n=n, axis=axis)
