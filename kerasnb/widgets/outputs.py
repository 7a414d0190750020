"""Outputs: what a model says of data, and what was passed to a view, checked."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from kerasnb.core.registered import did_you_mean
from kerasnb.core.training.sources import open_source

from .samples import several_inputs

STREAMED = 10_000  # samples read from a data set that gives batches


def outputs_of(model: Any, x: Any, output: Any = None, batch_size: int | None = None) -> np.ndarray:
    """What the model predicts, (n, ...); of several outputs the one that ``output`` names."""
    found = model.predict(x, batch_size=batch_size, verbose=0) if batch_size else model.predict(x, verbose=0)
    if isinstance(found, (dict, list, tuple)):
        known = list(found) if isinstance(found, dict) else list(range(len(found)))
        if output not in known:
            raise ValueError(
                f"gallery: the model has the outputs {known}; say which one to show with output=, got {output!r}."
            )
        found = found[output]
    outputs = np.asarray(found)
    return outputs.astype(np.float32) if outputs.dtype.kind not in "iu" else outputs


def rows_of(x: Any) -> int:
    return len(next(iter(x.values())) if isinstance(x, dict) else x[0] if several_inputs(x) else x)


def read_batches(data: Any) -> tuple[Any, Any]:
    """(x, y) out of a data set that gives batches, up to ``STREAMED`` samples."""
    xs, ys, count = [], [], 0
    for batch in open_source(data):
        x, y = batch[:2] if isinstance(batch, (tuple, list)) and len(batch) > 1 else (batch, None)
        xs.append(np.asarray(x))
        ys.append(None if y is None else np.asarray(y))
        count += len(xs[-1])
        if count >= STREAMED:
            break
    if not xs:
        raise ValueError(
            "gallery: the data set gave no batches. Pass arrays x and y, or a data set that can be read from its "
            "beginning."
        )
    return np.concatenate(xs), None if ys[0] is None else np.concatenate(ys)


def known_options(options: dict[str, Any], view: type, task: str = "classes") -> dict[str, Any]:
    """Options that the view takes; an unknown one is told with the nearest known name."""
    names = [n for n in inspect.signature(view).parameters if n not in ("model", "x", "y", "outputs", "frozen")]
    for name in options:
        if name not in names:
            raise TypeError(
                f"gallery: there is no option {name!r} for {task}; there are "
                f"{', '.join(sorted(names))}.{did_you_mean(name, names)}"
            )
    return options
