"""Opening what ``fit`` was given: the feeds of training and validation."""

from __future__ import annotations

from typing import Any

from .feed import ArrayFeed, check_share, is_array_like, split
from .packing import unpack
from .process_feed import for_processes
from .streams import StreamFeed


def open_feeds(
    x: Any, y: Any, sample_weight: Any, class_weight: Any, batch_size: Any, steps_per_epoch: int | None,
    validation_split: float, validation_data: Any, validation_batch_size: Any, validation_steps: int | None,
    shuffle: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """The feeds of training and validation (None without one)."""
    if x is None:
        raise ValueError("fit needs data: pass x (and y), or something that gives batches.")
    check_share(validation_split)
    validation: Any = None
    if is_array_like(x):
        whole = ArrayFeed(x, y, sample_weight, batch_size, class_weight)
        feed: Any = whole.part(0, whole.rows)
        if validation_split and validation_data is None:
            feed, validation = split(whole, validation_split)
            if validation_batch_size:
                validation.batch_size = int(validation_batch_size)
            _limit(validation, validation_steps)
    else:
        feed = StreamFeed(x, class_weight, batch_size, steps_per_epoch, shuffle=bool(shuffle))
        for name, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(
                    f"{name} must not be given when x is a {type(x).__name__}: it has to give "
                    "(inputs, targets) or (inputs, targets, sample_weights) itself."
                )
        if validation_split:
            raise ValueError(
                f"validation_split needs arrays, and x is a {type(x).__name__}: use validation_data instead."
            )
    if validation_data is not None:
        validation = open_validation(validation_data, validation_batch_size or batch_size, validation_steps)
    return for_processes(feed, shuffle, steps_per_epoch), for_processes(validation)


def open_validation(data: Any, batch_size: Any, steps: int | None) -> Any:
    """The feed of ``validation_data``."""
    if isinstance(data, (tuple, list)) and len(data) in (2, 3) and is_array_like(data[0]):
        whole = ArrayFeed(*unpack(tuple(data)), batch_size, where="validation_data")
        return _limit(whole.part(0, whole.rows), steps)
    if is_array_like(data) and not isinstance(data, (tuple, list)):
        raise ValueError(
            f"validation_data must be (x, y) or (x, y, sample_weight), got one {type(data).__name__} alone: "
            "write validation_data=(x_val, y_val)."
        )
    return StreamFeed(data, batch_size=batch_size, steps=steps)


def _limit(part: Any, steps: int | None) -> Any:
    """A part cut down to so many batches."""
    if steps is not None:
        part.last = min(part.last, part.first + steps * part.batch_size)
    return part
