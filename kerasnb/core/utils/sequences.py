"""Sequences of different lengths brought into one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..registry import did_you_mean


def check_choice(function: str, name: str, value: Any, known: Sequence[Any]) -> None:
    """Refuse an argument that is none of the known values, naming the nearest one."""
    if value not in known:
        names = ", ".join(repr(k) for k in known)
        near = did_you_mean(value, [k for k in known if isinstance(k, str)]) if isinstance(value, str) else ""
        raise ValueError(f"{function}: {name} must be one of {names}; got {name}={value!r}.{near}")


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """One array out of sequences of different lengths, short ones filled up and long ones cut.

    Args:
        sequences: a list of sequences of numbers (or of equally shaped vectors, or of strings with ``dtype=object``).
        maxlen: the length of every row; the longest sequence's if None.
        dtype: of the result.
        padding: "pre" fills in front, "post" behind.
        truncating: "pre" cuts in front, "post" behind.
        value: what is filled in.
    Returns:
        An array of shape ``(len(sequences), maxlen, ...)``.

    >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
    array([[0, 1],
           [2, 3],
           [5, 6]], dtype=int32)
    """
    check_choice("pad_sequences", "padding", padding, ("pre", "post"))
    check_choice("pad_sequences", "truncating", truncating, ("pre", "post"))
    if not hasattr(sequences, "__len__"):
        raise ValueError(f"pad_sequences: sequences must be a list of sequences, got {sequences!r}.")
    for i, sequence in enumerate(sequences):
        if not hasattr(sequence, "__len__"):
            raise ValueError(
                f"pad_sequences: sequences must be a list of sequences, but at position {i} stands {sequence!r}. "
                "For a single sequence pass [sequence]."
            )
    if maxlen is None:
        if not len(sequences):
            raise ValueError("pad_sequences: there are no sequences, so maxlen must be given.")
        maxlen = max(len(s) for s in sequences)
    elif isinstance(maxlen, bool) or not isinstance(maxlen, (int, np.integer)) or maxlen < 0:
        raise ValueError(f"pad_sequences: maxlen must be a positive integer or None, got maxlen={maxlen!r}.")
    kind = np.dtype(object if dtype is object else dtype)
    if isinstance(value, str) and kind.kind not in "OUS":
        raise ValueError(f"pad_sequences: value={value!r} does not go with dtype={dtype!r}; for text use dtype=object.")
    tail: tuple[int, ...] = next((np.shape(s)[1:] for s in sequences if len(s)), ())
    result = np.full((len(sequences), int(maxlen), *tail), value, dtype=_wide_enough(kind, sequences, value))
    for i, sequence in enumerate(sequences):
        if not len(sequence) or not maxlen:
            continue
        kept = np.asarray(sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen], dtype=result.dtype)
        if kept.shape[1:] != tail:
            raise ValueError(
                f"pad_sequences: the entries of sequence {i} have shape {kept.shape[1:]}, those before it have {tail}."
            )
        if padding == "pre":
            result[i, -len(kept) :] = kept
        else:
            result[i, : len(kept)] = kept
    return result


def _wide_enough(kind: np.dtype, sequences: Any, value: Any) -> np.dtype:
    """Text without a length gets that of the longest entry; NumPy would cut everything to one letter."""
    if kind.kind not in "US" or kind.itemsize:
        return kind
    longest = max([len(str(value)), *(len(str(entry)) for s in sequences for entry in s)], default=1)
    return np.dtype(f"{kind.kind}{max(longest, 1)}")
