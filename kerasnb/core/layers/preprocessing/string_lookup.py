"""StringLookup: words as whole numbers."""

from __future__ import annotations

from typing import Any

from .index_lookup import IndexLookup


class StringLookup(IndexLookup):
    """Words as their place in a vocabulary, or the other way round.

    Args:
        max_tokens: how large the vocabulary may become, special tokens included; no limit if None.
        num_oov_indices: places for words that the vocabulary lacks, chosen by their hash if there are several; with 0
            such words are an error.
        mask_token: a word that stands for "nothing" and gets place 0.
        oov_token: what stands for unknown words where places become words.
        vocabulary: the words, or a text file with one a line; without it call ``adapt``.
        idf_weights: for "tf_idf" with a vocabulary, one number per word.
        invert: places become words.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf" (counts times
            ``log(1 + documents / (1 + documents with the word))``).
        pad_to_max_tokens: make encoded outputs ``max_tokens`` long.
        sparse: only False.
        encoding: of a vocabulary file.
        salt: a key of two numbers for the hash of unknown words.

    Shapes: any, unchanged, for "int"; else as ``CategoryEncoding``.

    >>> import numpy as np
    >>> StringLookup(vocabulary=["earth", "wind"])(np.array(["wind", "fire"])).tolist()
    [2, 0]
    """

    word = str

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        oov_method: str = "floormod",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.encoding, self.oov_method = encoding, oov_method
        self._setup(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode, sparse,
            pad_to_max_tokens, salt,
        )  # fmt: skip
