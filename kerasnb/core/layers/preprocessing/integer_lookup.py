"""IntegerLookup: whole numbers of any size as small ones."""

from __future__ import annotations

from typing import Any

from .index_lookup import IndexLookup


class IntegerLookup(IndexLookup):
    """Whole numbers as their place in a vocabulary, or the other way round.

    Args:
        max_tokens: how large the vocabulary may become, special tokens included; no limit if None.
        num_oov_indices: places for numbers that the vocabulary lacks: the number modulo their count; with 0 such
            numbers are
            an error.
        mask_token: a number that stands for "nothing" and gets place 0.
        oov_token: what stands for unknown numbers where places become numbers.
        vocabulary: the numbers, or a text file with one a line; without it call ``adapt``.
        vocabulary_dtype: "int64" or "int32", as in Keras.
        idf_weights, invert, output_mode, sparse, pad_to_max_tokens: as in ``StringLookup``.
        oov_method: "floormod"; with a ``salt`` of two numbers a hash is used instead.

    Shapes: any, unchanged, for "int"; else as ``CategoryEncoding``.

    >>> import numpy as np
    >>> IntegerLookup(vocabulary=[12, 36])(np.array([36, 7])).tolist()
    [2, 0]
    """

    word = int
    takes_numbers = True
    takes_text = False

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        if vocabulary_dtype not in ("int64", "int32"):
            raise ValueError(
                "IntegerLookup: vocabulary_dtype must be 'int64' or 'int32', got "
                f"vocabulary_dtype={vocabulary_dtype!r}."
            )
        self.vocabulary_dtype, self.oov_method = vocabulary_dtype, oov_method
        self._setup(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode, sparse,
            pad_to_max_tokens, salt,
        )  # fmt: skip
