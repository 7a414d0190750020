"""Windows that slide over a series, as a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.rows import Rows
from .sequences import check_choice


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> Dataset:
    """Windows ``data[i], data[i + sampling_rate], ...`` of ``sequence_length`` time steps.

    Args:
        data: an array whose first axis is time.
        targets: one for each window, ``targets[i]`` for the window that begins at time ``i``; None for windows alone.
        sequence_length: time steps of a window.
        sequence_stride: time steps between the beginnings of two windows.
        sampling_rate: time steps between two entries of a window.
        batch_size: windows per batch; None for single ones.
        shuffle: a new order in each run.
        seed: of the order.
        start_index, end_index: the part of the series that is used, end excluded.
        format: accepted as in Keras; the result is a kerasnb ``Dataset`` in any case.
    Returns:
        A ``Dataset`` of windows of shape (batch, sequence_length, ...), or of ``(windows, targets)``.

    >>> windows = timeseries_dataset_from_array(np.arange(6), None, sequence_length=3)
    >>> next(iter(windows)).tolist()
    [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    """
    function = "timeseries_dataset_from_array"
    check_choice(function, "format", format, ("tf", "grain"))
    series = np.asarray(data)
    if series.ndim == 0 or not len(series):
        raise ValueError(f"{function}: data must have at least one time step, got shape {series.shape}.")
    arguments = {"sequence_length": sequence_length, "sequence_stride": sequence_stride, "sampling_rate": sampling_rate}
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 < value < max(len(series), 2):
            raise ValueError(
                f"{function}: {name} must be a positive integer below the number of time steps {len(series)}, "
                f"got {name}={value!r}."
            )
    if batch_size is not None and (isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1):
        raise ValueError(f"{function}: batch_size must be a positive integer or None, got batch_size={batch_size!r}.")
    start = _place(function, "start_index", start_index, len(series), 0)
    end = _place(function, "end_index", end_index, len(series), len(series))
    if start >= end:
        raise ValueError(f"{function}: start_index must be below end_index, got {start} and {end}.")
    count = end - start - (sequence_length - 1) * sampling_rate
    wanted = None if targets is None else np.asarray(targets)
    if wanted is not None:
        count = min(count, len(wanted) - start if start_index else len(wanted))
    if count < 1:
        raise ValueError(
            f"{function}: {end - start} time steps hold no window of {sequence_length} entries {sampling_rate} apart"
            f"{'' if wanted is None else f' with a target ({len(wanted)} targets)'}. Make sequence_length smaller."
        )
    begins = start + np.arange(0, count, sequence_stride)
    offsets = np.arange(sequence_length) * sampling_rate

    def gather(numbers: np.ndarray) -> Any:
        at = begins[numbers]
        windows = series[at[:, None] + offsets]
        return windows if wanted is None else (windows, wanted[at])

    dataset = Dataset.from_rows(Rows(gather, len(begins)))
    if shuffle:
        dataset = dataset.shuffle(len(begins), seed=seed)
    return dataset if batch_size is None else dataset.batch(batch_size)


def _place(function: str, name: str, value: int | None, length: int, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not -length <= value <= length:
        raise ValueError(f"{function}: {name} must be a time step of the {length} there are, got {name}={value!r}.")
    return int(value) % length if value < 0 else int(value)
