"""Checks of layer arguments: sizes per axis, padding modes, positive integers, axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..config import standardize_data_format
from ..registry import did_you_mean

__all__ = ["axis_tuple", "fraction", "is_int", "positive_int", "size_tuple"]
__all__ += ["standardize_data_format", "standardize_padding"]


def is_int(value: Any) -> bool:
    """Whether a value is an integer, booleans left out."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def positive_int(value: Any, name: str, where: str) -> int:
    """The value as an int of at least 1."""
    if not is_int(value) or value < 1:
        raise ValueError(f"{where}: {name} must be a positive integer, got {name}={value!r}.")
    return int(value)


def size_tuple(value: Any, n: int, name: str, where: str, *, minimum: int = 1) -> tuple[int, ...]:
    """One integer per axis, from one integer for all axes or a sequence of ``n``."""
    if is_int(value):
        value = (value,) * n
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != n:
        raise ValueError(f"{where}: {name} must be an integer or a tuple of {n} integers, got {name}={value!r}.")
    for size in value:
        if not is_int(size) or size < minimum:
            raise ValueError(f"{where}: {name} must hold integers of at least {minimum}, got {name}={value!r}.")
    return tuple(int(size) for size in value)


def standardize_padding(value: Any, where: str, *, causal: bool = False) -> str:
    """The padding mode in lower case; "causal" only where a layer knows it."""
    known = ("valid", "same", "causal") if causal else ("valid", "same")
    name = value.lower() if isinstance(value, str) else value
    if name not in known:
        hint = did_you_mean(str(name), known)
        if name == "causal":
            hint = " Causal padding exists for one-dimensional convolutions with channels last."
        raise ValueError(f"{where}: padding must be one of {known}, got padding={value!r}.{hint}")
    return name


def fraction(value: Any, name: str, where: str) -> Any:
    """The value, checked to lie in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise ValueError(f"{where}: {name} must be a number from 0 to 1, got {name}={value!r}.")
    if not 0 <= value <= 1:
        raise ValueError(f"{where}: {name} must lie from 0 to 1, got {name}={value!r}.")
    return value


def axis_tuple(axis: Any, ndim: int, where: str) -> tuple[int, ...]:
    """Axes counted from the front, each within ``ndim``, none twice."""
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    for a in axes:
        if not is_int(a):
            raise ValueError(f"{where}: axis must be an integer or a list of integers, got axis={axis!r}.")
        if not -ndim <= a < ndim:
            raise ValueError(f"{where}: axis {a} does not exist in an input of {ndim} axes.")
    counted = tuple(a % ndim for a in axes)
    if len(set(counted)) != len(counted):
        raise ValueError(f"{where}: an axis stands twice in axis={axis!r}.")
    return counted
