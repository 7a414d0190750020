"""IndexLookup: a vocabulary, and the numbers of its words. The base of StringLookup and IntegerLookup."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..arguments import is_int
from .adaptation import batches_of
from .category_encoding import check_output_mode, encode_categories, refuse_sparse
from .hashes import farm_fingerprint64, sip_hash64
from .hashing import map_unique
from .host_layer import HostLayer

VOCABULARY_FILE = "vocabulary.txt"


class Vocabulary:
    """Words, their places, and their weights; never changed, so that a compiled program may keep it.

    Args:
        words: without the special tokens.
        first: the place of the first of them.
        idf: one weight per place, for "tf_idf".
    """

    # ``digest`` alone is seen by those who ask whether two layers compute the same.
    __slots__ = ("__dict__", "idf", "index", "words")

    def __init__(self, words: Sequence[Any] = (), first: int = 0, idf: np.ndarray | None = None):
        self.words, self.idf = tuple(words), idf
        self.index = {w: first + i for i, w in enumerate(self.words)}
        text = repr((self.words, first)).encode() + (b"" if idf is None else idf.tobytes())
        self.digest = hashlib.sha256(text).hexdigest()


class IndexLookup(HostLayer):
    """Words (or whole numbers) as their place in a vocabulary.

    The places: first the mask token if there is one and the output is "int", then ``num_oov_indices`` for
    what the vocabulary lacks ("out of vocabulary"), then the words by falling frequency.
    """

    # What the words are, as Python values: str or int.
    word: type = str

    def _setup(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        sparse: bool,
        pad_to_max_tokens: bool,
        salt: Any,
    ) -> None:
        where = type(self).__name__
        if max_tokens is not None and (not is_int(max_tokens) or max_tokens < 2):
            raise ValueError(f"{where}: max_tokens must be None or an integer above 1, got max_tokens={max_tokens!r}.")
        if not is_int(num_oov_indices) or num_oov_indices < 0:
            raise ValueError(f"{where}: num_oov_indices must be 0 or more, got num_oov_indices={num_oov_indices!r}.")
        check_output_mode(output_mode, ("int", "one_hot", "multi_hot", "count", "tf_idf"), where)
        if invert and output_mode != "int":
            raise ValueError(f"{where}: invert=True gives words, so output_mode must be 'int', got {output_mode!r}.")
        if invert and num_oov_indices > 1:
            raise ValueError(f"{where}: with invert=True num_oov_indices must be 0 or 1, got {num_oov_indices}.")
        if pad_to_max_tokens and max_tokens is None:
            raise ValueError(f"{where}: pad_to_max_tokens=True needs max_tokens.")
        if idf_weights is not None and output_mode != "tf_idf":
            raise ValueError(f"{where}: idf_weights belong to output_mode='tf_idf', got output_mode={output_mode!r}.")
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert, self.output_mode = invert, output_mode
        self.sparse = refuse_sparse(sparse, where)
        self.pad_to_max_tokens, self.salt = pad_to_max_tokens, salt
        self.input_vocabulary, self.input_idf_weights = vocabulary, idf_weights
        self._vocabulary = Vocabulary()
        self._expected_size: int | None = None  # of a vocabulary that an archive has yet to bring
        self.reset_state()
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # --- the vocabulary -------------------------------------------------------------------------------

    @property
    def _masks(self) -> int:
        """1 where the mask token takes the first place."""
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def _first(self) -> int:
        """The place of the first real word."""
        return self._masks + self.num_oov_indices

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The words by their place.

        Args:
            include_special_tokens: with the mask token and the token of unknown words in front.
        """
        special = [self.mask_token] * self._masks + [self.oov_token] * self.num_oov_indices
        return special * include_special_tokens + list(self._vocabulary.words)

    def vocabulary_size(self) -> int:
        """How many places there are."""
        if not self._vocabulary.words and self._expected_size is not None:
            return self._expected_size
        return self._first + len(self._vocabulary.words)

    @property
    def idf_weights(self) -> np.ndarray | None:
        """The weight of each place, for "tf_idf"."""
        return self._vocabulary.idf

    def _clean(self, value: Any) -> Any:
        return value.decode("utf-8") if isinstance(value, bytes) else self.word(value)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Use a ready vocabulary.

        Args:
            vocabulary: the words, with or without the special tokens in front; or the path of a text file with one
                word a line.
            idf_weights: for "tf_idf", one number per word.
        """
        where = type(self).__name__
        if isinstance(vocabulary, (str, os.PathLike)):
            vocabulary = self._read(os.fspath(vocabulary))
        words = [self._clean(v) for v in np.asarray(vocabulary, dtype=object).ravel()] if len(vocabulary) else []
        if not words:
            raise ValueError(f"{where}.set_vocabulary: the vocabulary is empty.")
        special = self.get_vocabulary()[: self._first]
        given = len(words)
        if special and words[: len(special)] == special:
            words = words[len(special) :]
        elif self.num_oov_indices and words[0] == self.oov_token and self.mask_token is not None and not self._masks:
            words = words[self.num_oov_indices :]
        for token in {self.mask_token, self.oov_token} & set(words):
            raise ValueError(
                f"{where}.set_vocabulary: the special token {token!r} stands among the words, at place "
                f"{words.index(token)}. "
                f"Special tokens come first, as {special}, or are left out."
            )
        repeated = [w for w, n in Counter(words).items() if n > 1]
        if repeated:
            raise ValueError(f"{where}.set_vocabulary: these words occur more than once: {repeated[:10]}.")
        if self.max_tokens is not None and self._first + len(words) > self.max_tokens:
            raise ValueError(
                f"{where}.set_vocabulary: {self._first + len(words)} tokens (special ones included) are more than "
                f"max_tokens={self.max_tokens}."
            )
        weights = None
        if self.output_mode == "tf_idf":
            weights = self._idf(idf_weights, len(words), given)
        elif idf_weights is not None:
            raise ValueError(f"{where}.set_vocabulary: idf_weights belong to output_mode='tf_idf'.")
        self._vocabulary = Vocabulary(words, self._first, weights)

    def _idf(self, weights: Any, words: int, given: int) -> np.ndarray:
        """A weight per place: unknown words get the mean of all."""
        if weights is None:
            raise ValueError(f"{type(self).__name__}: output_mode='tf_idf' with a vocabulary needs idf_weights.")
        weights = np.asarray(weights, np.float32).ravel()
        if len(weights) not in (words, given):
            raise ValueError(
                f"{type(self).__name__}: idf_weights must be one number per word: {words}, got {len(weights)}."
            )
        if len(weights) > words:
            return weights[len(weights) - words - self.num_oov_indices :]
        return np.concatenate([np.full(self.num_oov_indices, weights.mean(), np.float32), weights])

    def _read(self, path: str) -> list[str]:
        if not os.path.isfile(path):
            raise ValueError(f"{type(self).__name__}: the vocabulary file {path!r} does not exist.")
        with open(path, encoding=getattr(self, "encoding", "utf-8"), newline="\n") as file:
            return [line.rstrip("\r\n") for line in file]

    # --- learning it ------------------------------------------------------------------------------------

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn the vocabulary: the most frequent words, ``max_tokens`` of them at most.

        Args:
            data: an array, a list, a frame, or a data set of batches.
            steps: how many batches of a data set to read.
        """
        if self.input_vocabulary is not None:
            raise ValueError(
                f"{type(self).__name__}.adapt: this layer was made with a vocabulary. Make one without it, "
                "or call set_vocabulary."
            )
        self.reset_state()
        for batch in batches_of(data, steps, f"{type(self).__name__}.adapt"):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the words of a batch; each row counts as one document."""
        array = self._on_host(data)
        rows = array[:, None] if array.ndim == 1 else array.reshape(1, -1) if array.ndim == 0 else array
        self.count_documents(row.ravel().tolist() for row in rows)

    def count_documents(self, documents: Any) -> None:
        """Count words, given as one list per document."""
        for words in documents:
            words = [self.word(w) for w in words]
            self._counts.update(words)
            if self.output_mode == "tf_idf":
                self._documents.update(set(words))
            self._document_count += 1

    def finalize_state(self) -> None:
        """Order the words: by falling frequency, and equal ones from the end of the alphabet."""
        if self.input_vocabulary is not None or not self._document_count:
            return
        for token in (self.mask_token, self.oov_token):
            self._counts.pop(token, None)
        words = sorted(self._counts, reverse=True)
        words.sort(key=self._counts.__getitem__, reverse=True)
        if self.max_tokens is not None:
            words = words[: max(self.max_tokens - self._first, 0)]
        idf = None
        if self.output_mode == "tf_idf":
            frequency = np.array([self._documents[w] for w in words], np.float32)
            weights = np.log(1 + self._document_count / (1 + frequency)).astype(np.float32)
            idf = self._idf(weights, len(words), len(words))
        self._vocabulary = Vocabulary(words, self._first, idf)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget the counts (not the vocabulary)."""
        self.__dict__["_counts"], self.__dict__["_documents"] = Counter(), Counter()
        self._document_count = 0

    # --- the call ---------------------------------------------------------------------------------------

    def call(self, inputs: Any) -> Any:
        if not self._vocabulary.words and not self.invert:
            raise ValueError(
                f"Layer {self.name!r} has no vocabulary yet: call adapt(data), or give vocabulary=[...] or "
                "set_vocabulary([...])."
            )
        if self.invert:
            return self._words_at(np.asarray(inputs))
        return super().call(inputs)

    def _words_at(self, places: np.ndarray) -> np.ndarray:
        table = np.asarray(self.get_vocabulary())
        known = (places >= 0) & (places < len(table))
        found = table[np.where(known, places, 0).astype(np.int64)]
        return np.where(known, found, np.asarray(self.oov_token))

    def _unknown(self, word: Any) -> int:
        """The place of a word that the vocabulary lacks."""
        if self.num_oov_indices == 1:
            return self._masks
        if self.word is int and self.salt is None:
            return self._masks + int(word) % self.num_oov_indices
        data = str(word).encode("utf-8")
        key = self.salt if isinstance(self.salt, (list, tuple)) else (self.salt, self.salt)
        number = farm_fingerprint64(data) if self.salt is None else sip_hash64(data, tuple(key))
        return self._masks + number % self.num_oov_indices

    def _place(self, word: Any, vocabulary: Vocabulary) -> int:
        word = self.word(word)
        if self.mask_token is not None and word == self.mask_token:
            return 0 if self._masks else -1  # encoded outputs do not show what is masked
        place = vocabulary.index.get(word)
        if place is not None:
            return place
        if self.num_oov_indices == 0:
            raise ValueError(
                f"Layer {self.name!r} has num_oov_indices=0, so every word must be in its vocabulary, but "
                f"{word!r} is not."
            )
        return self._unknown(word)

    def host_state(self) -> dict[str, Any]:
        return {"vocabulary": self._vocabulary}

    def host_part(self, *values: np.ndarray, vocabulary: Vocabulary | None = None) -> np.ndarray:
        vocabulary = vocabulary or self._vocabulary
        return map_unique(lambda word: self._place(word, vocabulary), values[0]).astype(np.int32)

    @property
    def _depth(self) -> int:
        return self.max_tokens if self.pad_to_max_tokens and self.max_tokens is not None else self.vocabulary_size()

    def device_part(self, indices: Any) -> Any:
        if self.output_mode == "int":
            return indices
        if self.output_mode != "tf_idf":
            return encode_categories(indices, self._depth, self.output_mode, "int32")
        counts = encode_categories(indices, self._depth, "count", "float32")
        weights = np.zeros(self._depth, np.float32)
        weights[: len(self.idf_weights)] = self.idf_weights  # type: ignore[arg-type]
        return counts * jnp.asarray(weights)

    # --- storage ----------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        given = self.input_vocabulary
        if given is not None:
            words = self._read(os.fspath(given)) if isinstance(given, (str, os.PathLike)) else given
            given = [self._clean(v) for v in np.asarray(words, dtype=object).ravel()]
        weights = self.input_idf_weights
        return {
            **config,
            "vocabulary": given,
            "idf_weights": None if weights is None else np.asarray(weights).tolist(),
            "vocabulary_size": self.vocabulary_size(),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that ``get_config`` described; a learned vocabulary comes with the archive's assets."""
        from ...registry import from_config_value

        known = {k: from_config_value(v) for k, v in config.items()}
        size = known.pop("vocabulary_size", None)
        known.pop("has_input_vocabulary", None)
        layer = cls(**known)
        layer._expected_size = size
        return layer

    def save_own_variables(self, store: Any) -> None:
        """The weights of "tf_idf"; the words themselves are an asset."""
        if self.output_mode == "tf_idf" and self.idf_weights is not None:
            store["idf_weights"] = self.idf_weights[self.num_oov_indices :]

    def load_own_variables(self, store: Any) -> None:
        """Read them back; ``load_assets`` joins them with the words."""
        if self.output_mode == "tf_idf" and "idf_weights" in store.keys():
            self._stored_idf = np.asarray(store["idf_weights"])
            self._join(list(self._vocabulary.words))

    def save_assets(self, dir_path: str) -> None:
        """Write the learned words, one a line."""
        if self.input_vocabulary is not None:
            return
        words = self.get_vocabulary() if self._vocabulary.words else []
        with open(os.path.join(dir_path, VOCABULARY_FILE), "w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(str(w) for w in words))

    def load_assets(self, dir_path: str) -> None:
        """Read them back."""
        path = os.path.join(dir_path, VOCABULARY_FILE)
        if self.input_vocabulary is not None or not os.path.isfile(path):
            return
        with open(path, encoding="utf-8", newline="\n") as file:
            text = file.read()
        words = [self._clean(w) for w in text.split("\n")] if text else []
        self._join(words[self._first :])

    def _join(self, words: list[Any]) -> None:
        """Words and stored weights as the vocabulary; whichever of them comes last finds the other there."""
        stored, weights = getattr(self, "_stored_idf", None), None
        if self.output_mode == "tf_idf" and stored is not None and words:
            weights = self._idf(stored, len(words), len(words))
        self._vocabulary = Vocabulary(words, self._first, weights)
