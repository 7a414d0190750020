"""Quantization by the largest value: with one scale per slice, and in blocks with a zero point."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def check_range(value_range: Any, dtype: Any, where: str) -> tuple[int, int]:
    """(lowest, highest) of a range that the integer type ``dtype`` holds."""
    pair = tuple(value_range) if isinstance(value_range, (tuple, list)) else ()
    if len(pair) != 2 or not pair[0] < pair[1]:
        raise ValueError(f"{where}: value_range must be (lowest, highest), such as (-127, 127), got {value_range!r}.")
    if str(dtype) == "int8" and not -128 <= pair[0] <= pair[1] <= 127:
        raise ValueError(
            f"{where}: with output dtype 'int8' value_range must lie within [-128, 127], got value_range={pair}."
        )
    return pair[0], pair[1]


def abs_max_quantize(
    inputs: Any,
    axis: Any,
    value_range: tuple[int, int] = (-127, 127),
    dtype: str = "int8",
    epsilon: float = 1e-7,
    to_numpy: bool = False,
) -> tuple[Any, Any]:
    """``round(inputs * scale)`` with ``scale = highest / (max|inputs| + epsilon)``.

    Args:
        inputs: a tensor of any shape.
        axis: the axis or axes whose values share a scale; None for one scale in all.
        value_range: (lowest, highest) quantized value; beyond it values are clipped.
        dtype: the type of the quantized values.
        epsilon: keeps the division finite.
        to_numpy: compute on the host, which spares the device's memory.
    Returns:
        (values in the shape of ``inputs``, scale with the reduced axes at 1). ``values / scale`` is about ``inputs``.
    """
    low, high = check_range(value_range, dtype, "abs_max_quantize")
    xp = np if to_numpy else jnp
    x = _floating(inputs, xp)
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else axis
    # The scale in single precision at least: epsilon is too small for a half, and its inverse too large.
    largest = xp.max(xp.abs(x), axis=axes, keepdims=True).astype(xp.promote_types(x.dtype, xp.float32))
    top = float(jnp.finfo(x.dtype).max)
    scale = xp.minimum(xp.asarray(high / (largest + epsilon)), top).astype(x.dtype)
    values = xp.clip(xp.round(x * scale), low, high).astype(dtype)
    return jnp.asarray(values), jnp.asarray(scale)


def abs_max_quantize_grouped_with_zero_point(
    inputs: Any,
    block_size: int,
    value_range: tuple[int, int] = (-8, 7),
    dtype: str = "int8",
    epsilon: float = 1e-7,
    to_numpy: bool = False,
) -> tuple[Any, Any, Any]:
    """Quantize a matrix in blocks of rows, each column of a block with its own scale and zero point.

    ``scale = (max - min + epsilon) / (highest - lowest)``, ``zero = round(lowest - min / scale)``,
    ``values = round(inputs / scale) + zero``, all clipped to the range. Rows missing in the last block count as 0;
    a block of nothing but one value is given the range of one more to both sides.

    Args:
        inputs: (rows, columns).
        block_size: rows in a block, at least 1.
        value_range, dtype, epsilon, to_numpy: as in ``abs_max_quantize``.
    Returns:
        (values (rows, columns), scale (blocks, columns), zero point (blocks, columns) of int8);
        ``(values - zero) * scale`` is about ``inputs``.
    """
    low, high = check_range(value_range, dtype, "abs_max_quantize_grouped_with_zero_point")
    xp = np if to_numpy else jnp
    x = _floating(inputs, xp)
    if x.ndim != 2:
        raise ValueError(f"abs_max_quantize_grouped_with_zero_point: inputs must be a matrix, got shape {x.shape}.")
    if isinstance(block_size, bool) or not isinstance(block_size, int) or block_size < 1:
        raise ValueError(
            "abs_max_quantize_grouped_with_zero_point: block_size must be an integer of at least 1, "
            f"got block_size={block_size!r}."
        )
    rows, columns = x.shape
    block_size = max(1, min(block_size, rows))
    blocks = -(-rows // block_size)
    padded = xp.pad(x, ((0, blocks * block_size - rows), (0, 0)))
    grouped = padded.reshape(blocks, block_size, columns).astype(xp.promote_types(x.dtype, xp.float32))
    smallest, largest = xp.min(grouped, axis=1, keepdims=True), xp.max(grouped, axis=1, keepdims=True)  # (blocks, 1, n)
    flat = largest == smallest
    smallest, largest = xp.where(flat, smallest - 1, smallest), xp.where(flat, largest + 1, largest)
    scale = (largest - smallest + epsilon) / (high - low)
    zero = xp.clip(xp.round(low - smallest / scale), low, high)
    values = xp.clip(xp.round(grouped / scale) + zero, low, high)
    values = values.reshape(blocks * block_size, columns)[:rows].astype(dtype)
    return jnp.asarray(values), jnp.asarray(scale[:, 0].astype(x.dtype)), jnp.asarray(zero[:, 0].astype("int8"))


def _floating(inputs: Any, xp: Any) -> Any:
    x = xp.asarray(inputs)
    floating = jnp.issubdtype(x.dtype, jnp.floating)
    return x.astype(jax.dtypes.canonicalize_dtype(x.dtype) if floating else "float32")
