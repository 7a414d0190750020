"""How a batch is packed: x alone, (x, y) or (x, y, sample_weight), in Keras's form."""

from __future__ import annotations

from typing import Any


def pack(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """What a ``train_step`` of one's own is given.

    >>> pack(1), pack(1, 2), pack(1, 2, 3), pack([1, 2])
    (1, (1, 2), (1, 2, 3), ([1, 2],))
    """
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of what a batch holds.

    >>> unpack((1, 2)), unpack([1, 2, 3]), unpack(1)
    ((1, 2, None), (1, 2, 3), (1, None, None))
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    return (*data, None, None)[:3]  # type: ignore[return-value]
