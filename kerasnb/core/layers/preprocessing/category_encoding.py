"""CategoryEncoding: class numbers as one-hot, multi-hot or counted vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from ...layer import Layer
from ...registry import did_you_mean
from ..arguments import positive_int


def check_output_mode(mode: Any, known: Sequence[str], where: str) -> str:
    """The mode, checked against those a layer knows."""
    if mode not in known:
        raise ValueError(
            f"{where}: output_mode must be one of {tuple(known)}, got "
            f"output_mode={mode!r}.{did_you_mean(str(mode), known)}"
        )
    return mode


def refuse_sparse(sparse: bool, where: str) -> bool:
    """False; an error for True."""
    if sparse:
        raise ValueError(f"{where}: sparse=True is not available, as tensors here are dense. Use sparse=False.")
    return False


def encode_categories(indices: Any, depth: int, mode: str, dtype: Any, weights: Any = None) -> Any:
    """Class numbers as vectors of length ``depth``.

    Args:
        indices: integers; numbers outside of ``0 .. depth - 1`` leave no mark.
        mode: "int" gives them back; "one_hot" marks each on an axis of its own (a last axis of size 1 is replaced);
            "multi_hot" and "count" gather the last axis: which occur, and how often.
        weights: what each occurrence counts, in the shape of ``indices``; for "count".
    """
    if mode == "int":
        return indices
    if mode == "one_hot":
        if indices.ndim > 1 and indices.shape[-1] == 1:
            indices = indices[..., 0]
        return jax.nn.one_hot(indices, depth, dtype=dtype)
    if indices.ndim == 0:
        indices = indices[None]
    marks = jax.nn.one_hot(indices, depth, dtype=dtype)
    if weights is not None:
        marks = marks * jnp.asarray(weights, dtype).reshape(indices.shape)[..., None]
    return marks.max(-2) if mode == "multi_hot" else marks.sum(-2)


class CategoryEncoding(Layer):
    """Class numbers as vectors.

    Args:
        num_tokens: how many classes there are; inputs lie from 0 to ``num_tokens - 1``.
        output_mode: "one_hot" (a vector for each number), "multi_hot" (which occur in a row) or "count" (how often
            each occurs
            in a row).
        sparse: only False.

    Shapes: (batch, n) to (batch, num_tokens), for "one_hot" (batch, n, num_tokens), or (batch, num_tokens) where n is
    1.

    >>> CategoryEncoding(4, "count")(jnp.array([[0, 1, 1]])).tolist()
    [[1.0, 2.0, 0.0, 0.0]]
    """

    def __init__(
        self, num_tokens: int | None = None, output_mode: str = "multi_hot", sparse: bool = False, **kwargs: Any
    ):
        super().__init__(**kwargs)
        if num_tokens is None:
            raise ValueError("CategoryEncoding: num_tokens must be given: the number of classes.")
        self.num_tokens = positive_int(num_tokens, "num_tokens", "CategoryEncoding")
        self.output_mode = check_output_mode(output_mode, ("one_hot", "multi_hot", "count"), "CategoryEncoding")
        self.sparse = refuse_sparse(sparse, "CategoryEncoding")

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                f"CategoryEncoding: count_weights belong to output_mode='count', got output_mode={self.output_mode!r}."
            )
        indices = jnp.asarray(inputs).astype(jnp.int32)
        return encode_categories(indices, self.num_tokens, self.output_mode, self.compute_dtype, count_weights)
