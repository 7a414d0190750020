"""IMDB: 50 000 film reviews as word numbers, half of them praise (Maas et al. 2011)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .source import DataFile
from .splitting import Split
from .word_sequences import check_arguments, keep_known, load_flat, read_word_index, shift_and_select

FILE = DataFile(
    "imdb.npz",
    sha256=(
        "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
        "e095627313fe3b3c0b1a6d8deb3c0f98f2ca80c916ae4d827b2bfbf4fc1902f8",
    ),
)
WORD_INDEX = DataFile(
    "imdb_word_index.json", sha256=("027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6",)
)


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> Split:
    """Film reviews, each a list of word numbers by frequency.

    Args:
        path: the file's name in the cache, or an absolute path.
        num_words: keep the words below this number; the others become ``oov_char``.
        skip_top: words below this number become ``oov_char`` too.
        maxlen: leave out reviews of this length and longer.
        seed: of the shuffle.
        start_char: begins every review; None for none.
        oov_char: stands for words left out; None drops them.
        index_from: added to all word numbers: the most frequent word has number ``index_from + 1``.
        kwargs: ``nb_words``, the old name of ``num_words``.
    Returns:
        ``(x_train, y_train), (x_test, y_test)``: arrays of 25 000 lists of integers, and int64 labels (1 for praise).
    """
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError(f"imdb.load_data does not know the argument(s) {sorted(kwargs)}.")
    check_arguments(
        "imdb.load_data", num_words=num_words, skip_top=skip_top, maxlen=maxlen, start_char=start_char,
        oov_char=oov_char, index_from=index_from,
    )  # fmt: skip
    found = load_flat(FILE, path, ("x_train", "x_test"))
    rng = np.random.RandomState(seed)
    halves = []
    for part in ("train", "test"):
        order = np.arange(len(found[f"y_{part}"]))
        rng.shuffle(order)
        texts, labels = found[f"x_{part}"].pick(order), found[f"y_{part}"][order]
        halves.append(shift_and_select(texts, labels, start_char, index_from, maxlen))
    # Without num_words the rarest word of all counts as unknown, in Keras as here.
    limit = num_words or max(int(texts.values.max()) for texts, _ in halves)
    train, test = ((keep_known(texts, skip_top, limit, oov_char).lists(), labels) for texts, labels in halves)
    return train, test


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Word -> its rank by frequency, from 1 (without ``index_from``).

    Args:
        path: the file's name in the cache, or an absolute path.
    """
    return read_word_index(WORD_INDEX, path)
