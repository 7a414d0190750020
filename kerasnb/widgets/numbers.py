"""Logs as plain numbers, and as JSON can carry them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def scalars(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Logs as plain numbers; arrays by their mean, what is no number is left out."""
    found = {}
    for name, value in (logs or {}).items():
        try:
            plain = isinstance(value, (int, float))  # as almost all are: np.mean would take ten times as long
            found[name] = float(value) if plain else float(np.mean(np.asarray(value, float)))
        except (TypeError, ValueError):
            continue
    return found


def json_numbers(logs: Mapping[str, Any]) -> dict[str, Any]:
    """Logs as JSON can carry them: what is not finite becomes a word.

    >>> json_numbers({"loss": 0.5, "accuracy": float("nan")})
    {'loss': 0.5, 'accuracy': 'nan'}
    """
    return {name: value if math.isfinite(value) else str(value) for name, value in scalars(logs).items()}
