"""Hashing and HashedCrossing: words and numbers as one of a fixed number of bins, without a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arguments import positive_int
from .category_encoding import check_output_mode, encode_categories, refuse_sparse
from .hashes import concatenated_fingerprint, farm_fingerprint64, sip_hash64
from .host_layer import HostLayer

_MODES = ("int", "one_hot", "multi_hot", "count")
# TensorFlow's key of crossed features; saved models depend on it.
_CROSS_KEY = 0xDECAFCAFFE


def map_unique(function: Any, values: np.ndarray) -> np.ndarray:
    """A function of single values over an array, called once for each different value; whole numbers."""
    different, where = np.unique(values, return_inverse=True)
    return np.asarray([function(v) for v in different], dtype=np.int64)[where].reshape(values.shape)


class Hashing(HostLayer):
    """Words or whole numbers as bins: their hash modulo ``num_bins``.

    Without a salt the hash is FarmHash's fingerprint, with one it is SipHash under that key; numbers are hashed as
    they are
    spelled. Values agree with Keras.

    Args:
        num_bins: how many bins.
        mask_value: a value that stands for "nothing": it alone gets bin 0.
        salt: one number or two: other numbers, other bins.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: only False.

    Shapes: any, unchanged, for "int"; else as ``CategoryEncoding``.

    >>> Hashing(3)(np.array(["a", "b", "cat"])).tolist()
    [0, 1, 2]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: int | Sequence[int] | None = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ):
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else "float32"
        super().__init__(**kwargs)
        self.num_bins = positive_int(num_bins, "num_bins", "Hashing")
        self.mask_value = mask_value
        self.output_mode = check_output_mode(output_mode, _MODES, "Hashing")
        self.sparse = refuse_sparse(sparse, "Hashing")
        if salt is not None:
            pair = list(salt) if isinstance(salt, (list, tuple)) else [salt, salt]
            if len(pair) != 2 or not all(isinstance(v, (int, np.integer)) for v in pair):
                raise ValueError(f"Hashing: salt must be one whole number or two of them, got salt={salt!r}.")
            salt = [int(v) for v in pair]
        self.salt = salt

    def _bin(self, word: str) -> int:
        data = str(word).encode("utf-8")
        masked = self.mask_value is not None
        if masked and str(word) == str(self.mask_value):
            return 0
        number = farm_fingerprint64(data) if self.salt is None else sip_hash64(data, tuple(self.salt))
        bins = self.num_bins - 1 if masked and self.num_bins > 1 else self.num_bins
        return number % bins + (1 if bins < self.num_bins else 0)

    def host_part(self, *values: np.ndarray) -> np.ndarray:
        return map_unique(self._bin, values[0])

    def device_part(self, indices: Any) -> Any:
        return encode_categories(indices.astype("int32"), self.num_bins, self.output_mode, _float(self.compute_dtype))


class HashedCrossing(HostLayer):
    """Pairs (or more) of features as one bin: the hash of the combination modulo ``num_bins``.

    Args:
        num_bins: how many bins.
        output_mode: "int" or "one_hot".
        sparse: only False.

    Shapes: a tuple of arrays, (batch,) or (batch, 1) each, to one of them, or (batch, num_bins).

    >>> HashedCrossing(5)((np.array(["A", "B"]), np.array([101, 101]))).tolist()
    [1, 4]
    """

    takes_numbers = True

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, dtype=dtype or ("int64" if output_mode == "int" else "float32"), **kwargs)
        self.num_bins = positive_int(num_bins, "num_bins", "HashedCrossing")
        self.output_mode = check_output_mode(output_mode, ("int", "one_hot"), "HashedCrossing")
        self.sparse = refuse_sparse(sparse, "HashedCrossing")

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise ValueError(f"HashedCrossing expects a tuple of at least two features, got {type(inputs).__name__}.")
        return super().call(tuple(inputs))

    def host_part(self, *values: np.ndarray) -> np.ndarray:
        shape = values[0].shape
        for value in values:
            if value.shape != shape or (value.ndim == 2 and value.shape[1] != 1) or value.ndim > 2:
                raise ValueError(
                    "HashedCrossing expects features of one shape, (batch,) or (batch, 1), got "
                    f"{[v.shape for v in values]}."
                )
            if value.dtype.kind == "f":
                raise ValueError(
                    "HashedCrossing crosses words and whole numbers, got floats. Use Discretization first."
                )
        rows = zip(*(v.ravel().tolist() for v in values), strict=True)
        return np.asarray([self._bin(row) for row in rows], np.int64).reshape(shape)

    def _bin(self, row: Sequence[Any]) -> int:
        mixed = _CROSS_KEY
        for value in row:
            part = farm_fingerprint64(value.encode("utf-8")) if isinstance(value, str) else int(value) % 2**64
            mixed = concatenated_fingerprint(mixed, part)
        return mixed % self.num_bins

    def device_part(self, indices: Any) -> Any:
        return encode_categories(indices.astype("int32"), self.num_bins, self.output_mode, _float(self.compute_dtype))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("trainable", None)
        return config


def _float(dtype: str) -> str:
    """The dtype of encoded outputs: the layer's own, where that is a float."""
    return dtype if "float" in dtype else "float32"
