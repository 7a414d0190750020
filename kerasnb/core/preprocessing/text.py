"""Texts into word numbers, the way of Keras 2; new models use the layer ``TextVectorization``."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..utils.sequences import check_choice

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
MODES = ("binary", "count", "freq", "tfidf")


def text_to_word_sequence(input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text.

    Args:
        input_text: the text.
        filters: characters that separate words like ``split``.
        lower: whether letters become small.
        split: what stands between words.

    >>> text_to_word_sequence("Hello, World!")
    ['hello', 'world']
    """
    if not isinstance(input_text, str):
        raise TypeError(
            f"text_to_word_sequence: expected a string, got {input_text!r} of type {type(input_text).__name__}."
        )
    text = input_text.lower() if lower else input_text
    text = text.translate(str.maketrans(dict.fromkeys(filters, split)))
    return [word for word in text.split(split) if word]


def stable_hash(word: str) -> int:
    """A number for a word that is the same in every process (Python's ``hash`` is not)."""
    return int(hashlib.md5(word.encode()).hexdigest(), 16)


def hashing_trick(
    text: Any,
    n: int,
    hash_function: str | Callable[[str], int] | None = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[Any], list[str]] | None = None,
) -> list[int]:
    """The words of a text as numbers from 1 to ``n - 1``; different words may share one.

    Args:
        text: the text.
        n: how many numbers there are, 0 among them, which stays unused.
        hash_function: a word -> an integer; "md5" or None for one that is the same in every process.
        filters, lower, split: as in ``text_to_word_sequence``.
        analyzer: a text -> its words, instead of ``text_to_word_sequence``.
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 2:
        raise ValueError(f"hashing_trick: n must be an integer of at least 2, got n={n!r}.")
    if isinstance(hash_function, str):
        check_choice("hashing_trick", "hash_function", hash_function, ("md5",))
    number = hash_function if callable(hash_function) else stable_hash
    words = text_to_word_sequence(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [number(word) % (n - 1) + 1 for word in words]


def one_hot(
    input_text: Any,
    n: int,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[Any], list[str]] | None = None,
) -> list[int]:
    """``hashing_trick`` with its usual hash; despite the name, numbers and not vectors."""
    return hashing_trick(input_text, n, None, filters, lower, split, analyzer)


class Tokenizer:
    """Words and their numbers, 1 for the most frequent one.

    Args:
        num_words: only the ``num_words - 1`` most frequent words are used; all of them if None.
        filters, lower, split: as in ``text_to_word_sequence``.
        char_level: characters instead of words.
        oov_token: stands, with number 1, for words that were not seen or are too rare.
        analyzer: a text -> its words.

    >>> tokenizer = Tokenizer(num_words=3)
    >>> tokenizer.fit_on_texts(["the cat", "the dog sat", "the cat sat"])
    >>> tokenizer.texts_to_sequences(["the cat sat"])
    [[1, 2]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[Any], list[str]] | None = None,
        **kwargs: Any,
    ):
        if "nb_words" in kwargs:
            warnings.warn("Tokenizer: nb_words is now called num_words.")
            num_words = kwargs.pop("nb_words")
        self.document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Tokenizer does not know the argument(s) {sorted(kwargs)}.")
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.word_counts: OrderedDict[str, int] = OrderedDict()
        self.word_docs: defaultdict[str, int] = defaultdict(int)
        self.index_docs: defaultdict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: Any) -> list[str]:
        """The words of a text; a list of words is taken as they are."""
        if self.char_level or isinstance(text, (list, tuple)):
            units = list(text)
            return [unit.lower() for unit in units] if self.lower else units
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts; called again, the counts go on."""
        if isinstance(texts, str):
            raise TypeError("Tokenizer.fit_on_texts: expected a list of texts, got one string; pass [text].")
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        ranked = sorted(self.word_counts.items(), key=lambda item: -item[1])
        words = [word for word, _ in ranked]
        if self.oov_token is not None:
            words.insert(0, self.oov_token)
        self.word_index = {word: i for i, word in enumerate(words, start=1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Iterable[Iterable[int]]) -> None:
        """Count in how many sequences a number occurs, for ``sequences_to_matrix`` with "tfidf"."""
        for sequence in sequences:
            self.document_count += 1
            for i in set(sequence):
                self.index_docs[i] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """The word numbers of texts; unknown words are left out, or get the number of ``oov_token``."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """As ``texts_to_sequences``, one text at a time."""
        unknown = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            kept = (unknown if i is None or (self.num_words and i >= self.num_words) else i for i in numbers)
            yield [i for i in kept if i is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Word numbers as texts again."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """As ``sequences_to_texts``, one at a time."""
        for sequence in sequences:
            words = (
                self.oov_token
                if self.num_words and i >= self.num_words
                else self.index_word.get(int(i), self.oov_token)
                for i in sequence
            )
            yield " ".join(word for word in words if word is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """A row for each text with a column for each word number.

        Args:
            texts: the texts.
            mode: "binary" (1 where a word occurs), "count", "freq" (share of the text's words) or "tfidf"
                (``(1 + log count) log(1 + documents / (1 + documents with the word))``).
        """
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Iterable[Iterable[int]], mode: str = "binary") -> np.ndarray:
        """As ``texts_to_matrix``, for word numbers."""
        check_choice("Tokenizer", "mode", mode, MODES)
        if not self.num_words and not self.word_index:
            raise ValueError(
                "Tokenizer: give num_words, or call fit_on_texts first: the number of columns is not known."
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Tokenizer: mode='tfidf' needs counts of documents; call fit_on_texts first.")
        columns = self.num_words or len(self.word_index) + 1
        rows = [list(sequence) for sequence in sequences]
        matrix = np.zeros((len(rows), columns))
        for row, numbers in zip(matrix, rows):
            for i, count in Counter(n for n in numbers if n < columns).items():
                if mode == "binary":
                    row[i] = 1
                elif mode == "count":
                    row[i] = count
                elif mode == "freq":
                    row[i] = count / len(numbers)
                else:
                    rarity = np.log(1 + self.document_count / (1 + self.index_docs.get(i, 0)))
                    row[i] = (1 + np.log(count)) * rarity
        return matrix

    def get_config(self) -> dict[str, Any]:
        """The arguments and all counts, the latter as JSON texts."""
        counts = {
            name: json.dumps(getattr(self, name))
            for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        }
        plain = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        return {**{name: getattr(self, name) for name in plain}, **counts}

    def to_json(self, **kwargs: Any) -> str:
        """The tokenizer as a JSON text, for ``tokenizer_from_json``."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The tokenizer that ``to_json`` wrote down.

    Raises:
        ValueError: the text is none of these.
    """
    try:
        return _tokenizer(json.loads(json_string)["config"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"tokenizer_from_json: this text describes no tokenizer ({error!r}).") from error


def _tokenizer(config: dict[str, Any]) -> Tokenizer:
    config = dict(config)
    counts = {
        n: json.loads(config.pop(n)) for n in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    }
    tokenizer = Tokenizer(**config)
    tokenizer.word_counts = OrderedDict(counts["word_counts"])
    tokenizer.word_docs = defaultdict(int, counts["word_docs"])
    tokenizer.index_docs = defaultdict(int, {int(i): n for i, n in counts["index_docs"].items()})
    tokenizer.index_word = {int(i): word for i, word in counts["index_word"].items()}
    tokenizer.word_index = counts["word_index"]
    return tokenizer
