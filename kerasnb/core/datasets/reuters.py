"""Reuters: 11 228 news wires of 1987 as word numbers, with one of 46 topics (Reuters-21578)."""

from __future__ import annotations

from .source import DataFile
from .splitting import Split, check_test_split, permutation
from .word_sequences import check_arguments, keep_known, load_flat, read_word_index, shift_and_select

FILE = DataFile(
    "reuters.npz",
    sha256=(
        "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
        "8c1255c498914fa00e37f1820ec96e290f5a247b63a858ac7b24ca809504e13a",
    ),
)
WORD_INDEX = DataFile(
    "reuters_word_index.json", sha256=("9b56000edc4b34a32e89fd5a23b2605594682c74efcf7d8f4e2a5514b771e633",)
)
LABEL_NAMES = tuple(
    """cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass
    crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi
    iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead""".split()
)


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Split:
    """News wires, each a list of word numbers by frequency.

    Args:
        path: the file's name in the cache, or an absolute path.
        test_split: share of the wires held back for testing.
        num_words, skip_top, maxlen, seed, start_char, oov_char, index_from: as in ``imdb.load_data``.
    Returns:
        ``(x_train, y_train), (x_test, y_test)``: arrays of lists of integers (8982 and 2246), and int64 topics from 0
        to 45, named by ``get_label_names``.
    """
    check_test_split(test_split)
    check_arguments(
        "reuters.load_data", num_words=num_words, skip_top=skip_top, maxlen=maxlen, start_char=start_char,
        oov_char=oov_char, index_from=index_from,
    )  # fmt: skip
    found = load_flat(FILE, path, ("x",))
    order = permutation(len(found["y"]), seed)
    texts, labels = shift_and_select(found["x"].pick(order), found["y"][order], start_char, index_from, maxlen)
    # Without num_words the rarest word of all counts as unknown, in Keras as here.
    texts = keep_known(texts, skip_top, num_words or int(texts.values.max()), oov_char)
    at = int(len(labels) * (1 - test_split))
    lists = texts.lists()
    return (lists[:at], labels[:at]), (lists[at:], labels[at:])


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Word -> its rank by frequency, from 1 (without ``index_from``).

    Args:
        path: the file's name in the cache, or an absolute path.
    """
    return read_word_index(WORD_INDEX, path)


def get_label_names() -> tuple[str, ...]:
    """The 46 topics in the order of their numbers."""
    return LABEL_NAMES
