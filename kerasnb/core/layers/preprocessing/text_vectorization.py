"""TextVectorization: texts as rows of whole numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...registry import did_you_mean
from ..arguments import is_int
from .adaptation import batches_of
from .category_encoding import refuse_sparse
from .host_layer import HostLayer
from .string_lookup import StringLookup

_PUNCTUATION = re.compile(r"""[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']""")
_STANDARDIZERS: dict[str, Callable[[str], str]] = {
    "lower_and_strip_punctuation": lambda text: _PUNCTUATION.sub("", text.lower()),
    "lower": str.lower,
    "strip_punctuation": lambda text: _PUNCTUATION.sub("", text),
}
_SPLITTERS: dict[str, Callable[[str], list[str]]] = {"whitespace": str.split, "character": list}


def ngrams_of(words: Sequence[str], sizes: Sequence[int]) -> list[str]:
    """Runs of neighbouring words, for each size in turn.

    >>> ngrams_of(["the", "cat", "sat"], (1, 2))
    ['the', 'cat', 'sat', 'the cat', 'cat sat']
    """
    return [" ".join(words[i : i + n]) for n in sizes for i in range(len(words) - n + 1)]


class TextVectorization(HostLayer):
    """Texts as whole numbers: standardize, split into words, look the words up.

    Args:
        max_tokens: how large the vocabulary may become, special tokens included; no limit if None.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a function of an array of
            texts.
        split: "whitespace", "character", None (a text is one word), or a function from an array of texts to one list of
            words per text.
        ngrams: also make tokens of neighbouring words: an integer n for runs of 1 to n, or the exact lengths.
        output_mode: "int" (the words' numbers, in order: 0 is padding, 1 an unknown word), "multi_hot", "count", or
            "tf_idf".
        output_sequence_length: for "int": cut or pad each row to this length; as long as the longest text if None.
        pad_to_max_tokens: for the other modes: make outputs ``max_tokens`` long.
        vocabulary: the words, or a text file with one a line; without it call ``adapt``.
        idf_weights: for "tf_idf" with a vocabulary, one number per word.
        sparse, ragged: only False.
        encoding: of a vocabulary file.

    Shapes: (batch,) or (batch, 1) texts to (batch, length) numbers, or (batch, tokens).

    >>> layer = TextVectorization(output_sequence_length=3, vocabulary=["cat", "sat"])
    >>> layer(np.array(["The cat sat."])).tolist()
    [[1, 2, 3]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: int | Sequence[int] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        _known_or_function(standardize, _STANDARDIZERS, "standardize")
        _known_or_function(split, _SPLITTERS, "split")
        if output_sequence_length is not None and (not is_int(output_sequence_length) or output_sequence_length < 1):
            raise ValueError(
                "TextVectorization: output_sequence_length must be a positive integer, got "
                f"output_sequence_length={output_sequence_length!r}."
            )
        if output_sequence_length is not None and output_mode != "int":
            raise ValueError(
                "TextVectorization: output_sequence_length belongs to output_mode='int', got "
                f"output_mode={output_mode!r}."
            )
        if ragged:
            raise ValueError(
                "TextVectorization: ragged=True is not available. Give output_sequence_length, or let rows be padded."
            )
        self.max_tokens, self.standardize, self.split = max_tokens, standardize, split
        self._sizes = _ngram_sizes(ngrams)
        self.ngrams = self._sizes
        self.output_mode, self.output_sequence_length = output_mode, output_sequence_length
        self.pad_to_max_tokens, self.encoding = pad_to_max_tokens, encoding
        self.sparse, self.ragged = refuse_sparse(sparse, "TextVectorization"), False
        self.vocabulary, self.idf_weights = vocabulary, idf_weights
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens, vocabulary=vocabulary, idf_weights=idf_weights, output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens, mask_token="", encoding=encoding,
        )  # fmt: skip

    # --- the vocabulary -------------------------------------------------------------------------------

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the vocabulary of texts.

        Args:
            data: an array or list of texts, or a data set of batches of them.
            batch_size: accepted as in Keras.
            steps: how many batches of a data set to read.
        """
        if self.vocabulary is not None:
            raise ValueError("TextVectorization.adapt: this layer was made with a vocabulary. Make one without it.")
        self.reset_state()
        for batch in batches_of(data, steps, "TextVectorization.adapt"):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the words of a batch of texts."""
        self._lookup_layer.count_documents(self._tokens(self._on_host(data)))

    def finalize_state(self) -> None:
        """Order the words by their counts."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Forget the counts."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The words by their number."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many numbers there are, padding and unknown words included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Use a ready vocabulary, see ``StringLookup.set_vocabulary``."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    # --- the call ---------------------------------------------------------------------------------------

    def _tokens(self, texts: np.ndarray) -> list[list[str]]:
        """One list of tokens per text."""
        if texts.ndim == 0:
            texts = texts[None]
        if self.split is not None and texts.ndim > 1:
            if texts.ndim > 2 or texts.shape[-1] != 1:
                raise ValueError(
                    "TextVectorization splits one text per row: expected shape (batch,) or (batch, 1), got "
                    f"{texts.shape}. With split=None rows of words are taken."
                )
            texts = texts[:, 0]
        if callable(self.standardize):
            texts = np.asarray(self.standardize(texts))
            texts = self._on_host(texts)
        elif self.standardize is not None:
            clean = _STANDARDIZERS[self.standardize]
            texts = np.asarray([clean(t) for t in texts.ravel().tolist()], dtype=object).reshape(texts.shape)
        if callable(self.split):
            rows = [[str(w) for w in np.asarray(row).ravel().tolist()] for row in _rows(self.split(texts))]
        elif self.split is not None:
            cut = _SPLITTERS[self.split]
            rows = [cut(t) for t in texts.tolist()]
        else:
            rows = texts[:, None].tolist() if texts.ndim == 1 else texts.reshape(len(texts), -1).tolist()
        return rows if self._sizes is None else [ngrams_of(row, self._sizes) for row in rows]

    def host_part(self, *values: np.ndarray, vocabulary: Any = None) -> np.ndarray:
        rows = self._tokens(values[0])
        width = self.output_sequence_length or max((len(r) for r in rows), default=0)
        counted = self.output_mode != "int"
        if counted:
            width = max(len(r) for r in rows) if rows else 0
        table = np.full((len(rows), width), "", dtype=object)
        for i, row in enumerate(rows):
            kept = row[:width]
            table[i, : len(kept)] = kept
        return self._lookup_layer.host_part(np.asarray(table, dtype=str), vocabulary=vocabulary)

    def host_state(self) -> dict[str, Any]:
        return self._lookup_layer.host_state()

    def host_shape(self, *shapes: tuple) -> tuple:
        shape = shapes[0]
        batch = shape[0] if shape else 1
        if self.split is None and self._sizes is None and len(shape) > 1:
            return (batch, self.output_sequence_length or shape[1])
        return (batch, self.output_sequence_length)

    def call(self, inputs: Any) -> Any:
        if not self._lookup_layer._vocabulary.words:
            raise ValueError(f"Layer {self.name!r} has no vocabulary yet: call adapt(texts), or give vocabulary=[...].")
        single = np.ndim(inputs) == 0
        outputs = super().call([inputs] if isinstance(inputs, (str, bytes)) else inputs)
        return outputs[0] if single else outputs

    def _callback(self, values: list[Any]) -> Any:
        if self.output_mode == "int":
            return super()._callback(values)
        # How many words there are differs from text to text: count on the host, where that is known.
        import jax

        from ...text import decode, is_encoded

        value = values[0]
        coded = is_encoded(value)
        shape = value.shape[:-1] if coded else value.shape
        depth, vocabulary = self._lookup_layer._depth, self._lookup_layer._vocabulary
        dtype = np.float32 if self.output_mode == "tf_idf" else np.int32

        def on_host(codes: Any) -> np.ndarray:
            texts = decode(codes) if coded else self._on_host(np.asarray(codes))
            indices = self.host_part(texts, vocabulary=vocabulary)
            encoded = np.zeros((len(indices), depth), np.float32)
            rows, columns = np.nonzero(indices >= 0)
            np.add.at(encoded, (rows, indices[rows, columns]), 1)
            if self.output_mode == "multi_hot":
                encoded = np.minimum(encoded, 1)
            elif self.output_mode == "tf_idf":
                encoded[:, : len(vocabulary.idf)] *= vocabulary.idf
            return encoded.astype(dtype)

        return jax.pure_callback(
            on_host, jax.ShapeDtypeStruct((shape[0], depth), dtype), value, vmap_method="sequential"
        )

    def device_part(self, indices: Any) -> Any:
        import jax

        if self.output_mode != "int" and isinstance(indices, jax.core.Tracer):
            return indices  # encoded already, see _callback
        return self._lookup_layer.device_part(indices)

    def compute_output_spec(self, inputs: Any) -> Any:
        from ...symbolic import KerasTensor

        batch = inputs.shape[0] if inputs.shape else 1
        if self.output_mode == "int":
            return KerasTensor(self.host_shape(tuple(inputs.shape)), dtype="int32")
        dtype = "float32" if self.output_mode == "tf_idf" else "int32"
        return KerasTensor((batch, self._lookup_layer._depth), dtype=dtype)

    # --- storage ----------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        lookup = self._lookup_layer.get_config()
        return {**config, **{k: lookup[k] for k in ("vocabulary", "idf_weights", "vocabulary_size")}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TextVectorization:
        """The layer that ``get_config`` described; a learned vocabulary comes with the archive's assets."""
        from ...registry import from_config_value

        known = {k: from_config_value(v) for k, v in config.items()}
        size = known.pop("vocabulary_size", None)
        layer = cls(**known)
        layer._lookup_layer._expected_size = size
        return layer

    def save_assets(self, dir_path: str) -> None:
        """Write the learned words, one a line."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path: str) -> None:
        """Read them back."""
        self._lookup_layer.load_assets(dir_path)

    def save_own_variables(self, store: Any) -> None:
        """The weights of "tf_idf"."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Read them back."""
        self._lookup_layer.load_own_variables(store)


def _known_or_function(value: Any, known: dict[str, Any], name: str) -> None:
    if value is not None and not callable(value) and value not in known:
        raise ValueError(
            f"TextVectorization: {name} must be None, a function, or one of {tuple(known)}, got {name}={value!r}."
            f"{did_you_mean(str(value), known)}"
        )


def _ngram_sizes(ngrams: Any) -> tuple[int, ...] | None:
    if ngrams is None:
        return None
    if is_int(ngrams) and ngrams > 0:
        return tuple(range(1, ngrams + 1))
    if isinstance(ngrams, (list, tuple)) and ngrams and all(is_int(n) and n > 0 for n in ngrams):
        return tuple(int(n) for n in ngrams)
    raise ValueError(
        f"TextVectorization: ngrams must be None, a positive integer or a tuple of them, got ngrams={ngrams!r}."
    )


def _rows(split: Any) -> Any:
    """The lists of words out of what a user's function gave."""
    return split.to_list() if hasattr(split, "to_list") else split
