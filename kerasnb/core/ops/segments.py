"""Sums and extremes over groups of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ..symbolic import KerasTensor
from .dispatch import named, op
from .tensors import tensor

# fmt: off
__all__ = [
    "segment_sum", "segment_prod", "segment_max", "segment_min",
]
# fmt: on


def _groups(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> KerasTensor:
    return KerasTensor((num_segments, *data.shape[1:]), dtype=data.dtype)


def _segment(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (data, segment_ids, num_segments=None, sorted=False)."""

    def reduce(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
        ids = tensor(segment_ids)
        if ids.ndim != 1:
            raise ValueError(f"{name}: segment_ids must have one axis, got shape {ids.shape}.")
        if num_segments is None:  # as many as there are: known outside of compiled code only
            if isinstance(ids, jax.core.Tracer):
                raise ValueError(f"{name}: give num_segments inside compiled code: the number must be known before.")
            num_segments = int(jnp.max(ids)) + 1 if ids.size else 0
        return function(tensor(data), ids, num_segments, indices_are_sorted=sorted)

    doc += """

    Args:
        data: rows along axis 0.
        segment_ids: the group of each row; rows of negative groups count nowhere.
        num_segments: how many groups; the largest id plus 1 by default.
        sorted: whether the ids are in rising order.
    """
    return op("math", infer=_groups)(named(reduce, name, doc))


segment_sum = _segment(jax.ops.segment_sum, "segment_sum", "The sum of each group of rows.")
segment_prod = _segment(jax.ops.segment_prod, "segment_prod", "The product of each group of rows.")
segment_max = _segment(jax.ops.segment_max, "segment_max", "The largest numbers of each group of rows.")
segment_min = _segment(jax.ops.segment_min, "segment_min", "The smallest numbers of each group of rows.")
