"""Arrays on the host at addresses that a CPU device can use as they are."""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np

ALIGNMENT = 64  # bytes; what XLA's CPU client asks of memory that it shall not copy


def aligned(shape: Any, dtype: Any, zeros: bool = False) -> np.ndarray:
    """A new array; with ``zeros`` of zeros, which take no memory before somebody writes into them."""
    dtype = jax.numpy.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    room = (np.zeros if zeros else np.empty)(size + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    return room[start : start + size].view(dtype).reshape(shape)
