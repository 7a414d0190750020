"""Large arrays where they lie: a CPU device takes a NumPy array without a copy only at an address that suits it.

NumPy puts arrays of some size 16 bytes behind the start of a page, XLA asks for a multiple of 64: so the device would
make a second copy of nearly every data set. Here it gets the numbers from the next such address on, and the few before
it apart; rows are found by their distance from there.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..aligned import ALIGNMENT

LARGE = 4 * 2**20  # bytes; less is copied
_ROWS = lax.GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(), start_index_map=(0,))


@jax.tree_util.register_pytree_node_class
class ShiftedRows:
    """The rows of an array in two flat parts.

    Args:
        head: (shift,) the first numbers, fewer than a row has.
        body: (all others,) on the device without a copy.
        row_shape: the shape of one row.
    """

    def __init__(self, head: Any, body: Any, row_shape: tuple[int, ...]):
        self.head, self.body, self.row_shape = head, body, row_shape

    @classmethod
    def of(cls, array: Any) -> ShiftedRows | None:
        """The rows of a NumPy array; None where they are better copied, or need no copy."""
        if jax.default_backend() != "cpu" or not isinstance(array, np.ndarray) or array.nbytes < LARGE:
            return None
        if array.dtype.kind not in "fiub" or not array.flags.c_contiguous or array.size > np.iinfo(np.int32).max:
            return None
        ahead = -array.ctypes.data % ALIGNMENT
        shift, uneven = divmod(ahead, array.dtype.itemsize)
        if not shift or uneven or shift > math.prod(array.shape[1:]):
            return None
        flat = array.reshape(-1)
        return cls(jax.device_put(flat[:shift].copy()), jax.device_put(flat[shift:]), array.shape[1:])

    def take(self, rows: Any) -> Any:
        """The rows of these numbers, (rows, *row_shape)."""
        width, shift = math.prod(self.row_shape), self.head.shape[0]
        found = lax.gather(
            self.body, (rows * width - shift)[:, None], _ROWS, (width,), mode=lax.GatherScatterMode.CLIP
        )  # (rows, width)
        first = jnp.concatenate([self.head, self.body[: width - shift]])
        found = jnp.where((rows == 0)[:, None], first, found)
        return found.reshape(rows.shape[0], *self.row_shape)

    def tree_flatten(self) -> tuple[tuple, tuple[int, ...]]:
        return (self.head, self.body), self.row_shape

    @classmethod
    def tree_unflatten(cls, row_shape: tuple[int, ...], parts: Any) -> ShiftedRows:
        return cls(*parts, row_shape)


def take_rows(array: Any, rows: Any) -> Any:
    """Rows of an array on the device, in whichever form it lies there."""
    return array.take(rows) if isinstance(array, ShiftedRows) else jnp.take(array, rows, axis=0, mode="clip")


def is_rows(tree: Any) -> bool:
    """Whether a node of nested data is an array in this form."""
    return isinstance(tree, ShiftedRows)
