"""The forms a batch may have: x alone, (x, y), (x, y, sample_weight)."""

from __future__ import annotations

from typing import Any

from ..training.packing import pack, unpack


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """The parts of a batch as ``fit`` takes them from a data set.

    >>> pack_x_y_sample_weight(1), pack_x_y_sample_weight(1, 2), pack_x_y_sample_weight([1])
    (1, (1, 2), ([1],))
    """
    return pack(x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """``(x, y, sample_weight)`` of a batch, None for what it lacks.

    Raises:
        ValueError: a tuple or list of no or more than three parts.

    >>> unpack_x_y_sample_weight((1, 2)), unpack_x_y_sample_weight({"a": 1})
    ((1, 2, None), ({'a': 1}, None, None))
    """
    if isinstance(data, (list, tuple)) and not 1 <= len(data) <= 3:
        raise ValueError(
            "unpack_x_y_sample_weight: a batch is x, (x,), (x, y) or (x, y, sample_weight); "
            f"got {len(data)} parts: {data!r}."
        )
    return unpack(data)
