"""What callbacks share that watch one number of the logs: its direction, and whether it improved."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..registry import did_you_mean

# Parts of names for which larger (smaller) is better, for numbers that no metric of ours stands behind.
_RISING = (
    "acc", "auc", "precision", "recall", "f1_score", "fbeta", "iou", "io_u", "r2_score", "top_k", "sensitivity",
    "specificity", "cosine_similarity", "correlation",
)  # fmt: skip
_FALLING = ("loss", "error", "crossentropy", "hinge", "divergence", "poisson", "logcosh")
_SHORT_FALLING = ("mse", "mae", "mape", "msle", "rmse", "bce", "kld", "perplexity")


def better(mode: str, monitor: str, model: Any = None, who: str = "The callback") -> Callable[[Any, Any], Any]:
    """``np.less`` or ``np.greater``: which way a number improves.

    Args:
        mode: "min", "max" or "auto".
        monitor: the number's name, for "auto".
        model: asked for the direction its metric declares, for "auto".
        who: the callback, for the error.

    Raises:
        ValueError: mode is "auto" and nobody can tell.
    """
    if mode != "auto":
        return np.less if mode == "min" else np.greater
    name = monitor.removeprefix("val_")
    direction = _declared(name, model)
    lowered = name.lower()
    if direction is None and any(part in lowered for part in _FALLING):
        direction = "down"
    if direction is None and any(part in lowered for part in _RISING):
        direction = "up"
    if direction is None and any(re.search(rf"(^|_){part}(_\d+)?$", lowered) for part in _SHORT_FALLING):
        direction = "down"
    if direction is None:
        raise ValueError(
            f"{who} cannot tell whether {monitor!r} should rise or fall: pass mode='max' if larger is better, "
            "mode='min' if smaller is."
        )
    return np.greater if direction == "up" else np.less


def _declared(name: str, model: Any) -> str | None:
    """What the metric behind a log's name says of itself: "up", "down" or None."""
    for metric in getattr(model, "metrics", None) or []:
        inside = [(label, m) for _, label, m, _ in getattr(metric, "entries", ())]
        for label, one in [(metric.name, metric), *inside]:
            if label == name:
                return getattr(one, "_direction", None)
    return None


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
