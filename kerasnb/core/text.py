"""Text in compiled programs: strings travel as rows of Unicode code points, one uint32 each.

A device has no strings. ``encode`` turns an array of strings into numbers, with one axis more; layers that take
text turn them back on the host, in the middle of the program. So a model may begin with text.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_STEP = 16  # lengths are rounded up to multiples: other data, same program


def is_text(x: Any) -> bool:
    """Whether a host array holds strings."""
    return isinstance(x, np.ndarray) and x.dtype.kind in "OSUT"


def as_text(values: Any) -> np.ndarray:
    """Strings, bytes (UTF-8) and numbers as an array of strings.

    >>> as_text([b"a", "b", 3]).tolist()
    ['a', 'b', '3']
    """
    array = values if isinstance(values, np.ndarray) else _object_array(values)
    if array.dtype.kind == "U":
        return array
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8")
    if array.dtype.kind == "O":
        flat = [v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in array.ravel()]
        return np.asarray(flat, dtype=str).reshape(array.shape)
    return array.astype(str)


def _object_array(values: Any) -> np.ndarray:
    array = np.asarray(values)
    # NumPy makes text of mixed lists; its spelling of bytes ("b'a'") is not what was meant
    return np.asarray(values, dtype=object) if array.dtype.kind in "US" else array


def encode(strings: Any) -> np.ndarray:
    """Strings (...) as code points (..., length), uint32, 0 behind each string's end.

    >>> encode(np.array(["ab"]))[0, :3].tolist()
    [97, 98, 0]
    """
    array = as_text(strings)
    length = max(_STEP, -(-array.dtype.itemsize // 4 // _STEP) * _STEP)
    wide = np.ascontiguousarray(array.astype(f"=U{length}"))
    return wide.reshape(-1).view(np.uint32).reshape(*array.shape, length)


def decode(codes: Any) -> np.ndarray:
    """The strings that ``encode`` took.

    >>> decode(encode(np.array(["ab", ""]))).tolist()
    ['ab', '']
    """
    codes = np.ascontiguousarray(np.asarray(codes, np.uint32))
    return codes.view(f"=U{codes.shape[-1]}").reshape(codes.shape[:-1])


def is_encoded(x: Any) -> bool:
    """Whether an array on the device, or one that is traced, holds code points: its dtype says so."""
    return isinstance(x, jax.Array) and x.dtype == jnp.uint32
