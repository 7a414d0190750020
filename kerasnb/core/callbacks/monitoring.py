"""What callbacks share that watch one number of the logs: its direction, and whether it improved."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..registry import did_you_mean

# Names for which larger is better; everything else that is not a known metric counts down.
_RISING = (
    "acc",
    "auc",
    "precision",
    "recall",
    "f1_score",
    "fbeta",
    "iou",
    "r2",
    "cosine",
    "top_k",
    "sensitivity",
    "specificity",
)


def better(mode: str, monitor: str, model: Any = None) -> Callable[[Any, Any], Any]:
    """``np.less`` or ``np.greater``: which way a number improves.

    Args:
        mode: "min", "max" or "auto".
        monitor: the number's name, for "auto".
        model: asked for the direction its metric declares, for "auto".
    """
    if mode == "min":
        return np.less
    if mode == "max":
        return np.greater
    name = monitor.removeprefix("val_")
    if model is not None:
        for metric in getattr(model, "metrics", []):
            direction = getattr(metric, "_direction", None)
            if metric.name == name and direction in ("up", "down"):
                return np.greater if direction == "up" else np.less
    return np.greater if any(part in name for part in _RISING) and not name.endswith("loss") else np.less


def checked_mode(mode: str, who: str) -> str:
    """The mode, or "auto" with a warning where it is unknown (as Keras does)."""
    if mode in ("auto", "min", "max"):
        return mode
    warnings.warn(f"{who}: mode must be 'auto', 'min' or 'max', got mode={mode!r}; 'auto' is used.", stacklevel=3)
    return "auto"


def monitored(logs: dict | None, monitor: str, who: str) -> float | None:
    """The watched number, or None with a warning that names what there is."""
    value = (logs or {}).get(monitor)
    if value is None:
        names = sorted(logs or {})
        hint = " Pass validation_data or validation_split to fit()." if monitor.startswith("val_") else ""
        warnings.warn(
            f"{who} watches {monitor!r}, which is not in the logs. There are: {', '.join(names)}."
            f"{did_you_mean(monitor, names)}{hint}",
            stacklevel=3,
        )
        return None
    return float(np.asarray(value))
