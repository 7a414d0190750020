"""Two 4-bit integers in a byte: the first in the low half, the second in the high half."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp


def pack_int4(arr: Any, axis: int = 0, dtype: str = "int8") -> tuple[Any, tuple[int, ...], int]:
    """Pack neighbours along an axis into bytes; an odd end is filled with 0.

    Args:
        arr: a tensor of ``dtype`` with values from -8 to 7 (int8) or 0 to 15 (uint8); of others the low 4 bits count.
        axis: where neighbours are taken.
        dtype: "int8" or "uint8".
    Returns:
        (packed bytes, their shape, the length of ``arr`` along ``axis``).

    >>> packed, shape, length = pack_int4(jnp.array([1, 2, -1], "int8"))
    >>> packed.tolist(), shape, unpack_int4(packed, length).tolist()
    ([33, 15], (2,), [1, 2, -1])
    """
    _check_dtype(dtype, "pack_int4")
    x = jnp.asarray(arr)
    if x.dtype != dtype:
        raise TypeError(f"pack_int4: arr must be of dtype {dtype!r}, got {x.dtype.name!r}. Cast it with ops.cast.")
    x = jnp.moveaxis(x, axis, 0)
    length = x.shape[0]
    x = jnp.pad(x, ((0, length % 2), *[(0, 0)] * (x.ndim - 1)))
    # In unsigned bytes, so that no shift meets a sign.
    low, high = x[0::2].astype("uint8") & 0x0F, x[1::2].astype("uint8") & 0x0F
    packed = jnp.moveaxis((low | (high << 4)).astype(dtype), 0, axis)
    return packed, tuple(packed.shape), length


def unpack_int4(packed: Any, orig_len: int, axis: int = 0, dtype: str = "int8") -> Any:
    """The inverse of ``pack_int4``.

    Args:
        packed: bytes, int8 or uint8.
        orig_len: the length along ``axis`` before packing.
        axis: the axis that was packed.
        dtype: "int8" for values from -8 to 7, "uint8" for 0 to 15.
    """
    _check_dtype(dtype, "unpack_int4")
    x = jnp.asarray(packed)
    if x.dtype not in (jnp.int8, jnp.uint8):
        raise TypeError(f"unpack_int4: packed must be of dtype 'int8' or 'uint8', got {x.dtype.name!r}.")
    x = jnp.moveaxis(x, axis, 0).astype("uint8")
    if not 0 <= orig_len <= 2 * x.shape[0]:
        raise ValueError(
            f"unpack_int4: {x.shape[0]} bytes along axis {axis} hold at most {2 * x.shape[0]} values, "
            f"got orig_len={orig_len}."
        )
    halves = jnp.stack([x & 0x0F, x >> 4], axis=1).reshape(2 * x.shape[0], *x.shape[1:])[:orig_len]
    if dtype == "int8":
        halves = ((halves ^ 8).astype("int8") - 8).astype("int8")  # bit 3 is the sign
    return jnp.moveaxis(halves.astype(dtype), 0, axis)


def _check_dtype(dtype: str, where: str) -> None:
    if dtype not in ("int8", "uint8"):
        raise ValueError(f"{where}: dtype must be 'int8' or 'uint8', got {dtype!r}.")
