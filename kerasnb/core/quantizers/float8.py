"""8-bit floats: the scale that the largest values of the last steps ask for (Micikevicius et al. 2022)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp


def quantize_and_dequantize(inputs: Any, scale: Any, quantized_dtype: str, compute_dtype: str) -> Any:
    """``inputs / scale`` rounded to an 8-bit float and scaled back, in the compute dtype.

    Args:
        inputs: a tensor.
        scale: what one unit of the small type stands for; broadcasts to ``inputs``.
        quantized_dtype: "float8_e4m3fn" or "float8_e5m2"; values beyond its range are clipped.
        compute_dtype: the type of scale and result.
    """
    small = jnp.dtype(quantized_dtype)
    if not jnp.issubdtype(small, jnp.floating):
        raise ValueError(
            f"quantize_and_dequantize: quantized_dtype must be a float type such as 'float8_e4m3fn', "
            f"got {quantized_dtype!r}."
        )
    top = float(jnp.finfo(small).max)
    scale = jnp.asarray(scale, compute_dtype)
    scaled = jnp.clip(jnp.asarray(inputs, compute_dtype) / scale, -top, top).astype(small)
    return scaled.astype(compute_dtype) * scale


def compute_float8_scale(amax: Any, scale: Any, dtype_max: float, margin: int = 0) -> Any:
    """``amax * 2**margin / dtype_max``: the scale at which the largest value fills the small type.

    Args:
        amax: the largest ``|x|`` of the last steps; at 0 or not finite ``scale`` stays as it is.
        scale: the scale so far.
        dtype_max: the largest number of the small type, 448 for float8_e4m3fn.
        margin: powers of two left free at the top.
    """
    amax, scale = jnp.asarray(amax), jnp.asarray(scale)
    usable = (amax > 0) & jnp.isfinite(amax)
    found = jnp.where(usable, amax, 1) * (2.0**margin / dtype_max)
    return jnp.where(usable, found.astype(scale.dtype), scale)


def compute_float8_amax_history(x: Any, amax_history: Any) -> Any:
    """The history one step on: ``max|x|`` in front, the value that was in front last."""
    history = jnp.asarray(amax_history)
    return jnp.roll(history, -1, axis=0).at[0].set(jnp.max(jnp.abs(jnp.asarray(x))).astype(history.dtype))
