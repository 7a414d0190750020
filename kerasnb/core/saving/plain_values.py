"""Values of callbacks as JSON with arrays beside it: nothing that a reader would have to run."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import jax
import numpy as np

_ARRAY, _TUPLE = "$array", "$tuple"


class PlainValues:
    """Numbers, texts, lists, tuples, dicts with texts as keys, and arrays, written down and read back.

    Args:
        arrays: what was collected while writing; needed for reading.

    >>> values = PlainValues()
    >>> text = values.plain({"best": 0.5, "weights": [np.zeros(2)]}, "an example")
    >>> text
    {'best': 0.5, 'weights': [{'$array': 0}]}
    >>> PlainValues(values.arrays).read(text)
    {'best': 0.5, 'weights': [array([0., 0.])]}
    """

    def __init__(self, arrays: Iterable[Any] = ()):
        self.arrays = list(arrays)

    def plain(self, value: Any, what: str) -> Any:
        """A value as JSON; arrays go into ``arrays``. What is none of these is left out with a warning."""
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, (np.ndarray, np.generic, jax.Array)):
            self.arrays.append(value)
            return {_ARRAY: len(self.arrays) - 1}
        if isinstance(value, list):
            return [self.plain(v, what) for v in value]
        if isinstance(value, tuple):
            return {_TUPLE: [self.plain(v, what) for v in value]}
        if isinstance(value, dict) and all(isinstance(k, str) and not k.startswith("$") for k in value):
            return {k: self.plain(v, f"{what}[{k!r}]") for k, v in value.items()}
        warnings.warn(
            f"{what} holds a {type(value).__name__}, which a backup cannot keep: it keeps numbers, texts, lists, dicts "
            "with texts as keys, and arrays.",
            stacklevel=2,
        )
        return None

    def read(self, value: Any) -> Any:
        """The value that ``plain`` wrote down."""
        if isinstance(value, list):
            return [self.read(v) for v in value]
        if isinstance(value, dict):
            if _ARRAY in value:
                return self.arrays[value[_ARRAY]]
            if _TUPLE in value:
                return tuple(self.read(v) for v in value[_TUPLE])
            return {k: self.read(v) for k, v in value.items()}
        return value
