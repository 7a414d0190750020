"""The feed: what the user passes as data becomes row numbers over arrays on the device, or batches.

Arrays lie on the device as a whole and the host sends only row numbers; streams (generators, data
loaders, ``Dataset``) send batches, prepared by a thread while the device works.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from .. import text
from ..aligned import aligned
from ..distribution.placement import place_rest
from ..distribution.strategies import distribution
from ..variable import Variable
from .shifted_rows import ShiftedRows
from .spans import span

MANY_PARTS = 8  # a model with more inputs than that is rare; a list of rows is not


class ArrayFeed:
    """Data that fits on the device.

    Args:
        x, y, sample_weight: arrays or nestings of arrays with equal first axes.
        batch_size: rows per step.
        class_weight: class number -> weight, multiplied into the sample weights.
        where: the argument the data came in, for error messages.
    """

    def __init__(
        self, x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None,
        class_weight: Any = None, where: str = "",
    ):  # fmt: skip
        head = f"{where} " if where else ""
        x, y = as_arrays(x, f"{head}x"), as_arrays(y, f"{head}y")
        weight = as_arrays(sample_weight, f"{head}sample_weight")
        self.rows = check_lengths(x, y, weight, head)
        if class_weight is not None:
            weight = apply_class_weight(class_weight, y, weight)
        self.batch_size = (
            min(check_batch_size(batch_size), max(self.rows, 1)) if batch_size is None else check_batch_size(batch_size)
        )
        self.host = (x, y, weight)
        self._device: Any = None

    @property
    def data(self) -> tuple:
        """(x, y, sample_weight) on the device; moved there once."""
        if self._device is None:
            with span("data to the device"):
                if distribution() is None:
                    self._device = jax.tree.map(lambda a: ShiftedRows.of(a) or to_device(a), self.host)
                else:
                    self._device = place_rest(jax.tree.map(to_device, self.host))
        return self._device

    @property
    def sample(self) -> tuple:
        """The first rows, for building the model and its loss."""
        return jax.tree.map(lambda a: a[:2], self.host)

    def part(self, first: int, last: int) -> Part:
        """Rows first to last as a feed of their own over the same arrays."""
        return Part(self, first, last)


class Part:
    """A range of an ``ArrayFeed``'s rows: what ``validation_split`` makes of one data set."""

    def __init__(self, feed: ArrayFeed, first: int, last: int):
        self.feed, self.first, self.last = feed, first, last
        self.batch_size = feed.batch_size

    @property
    def data(self) -> tuple:
        """The arrays on the device, all rows of them."""
        return self.feed.data

    @property
    def rows(self) -> int:
        """How many rows the part has."""
        return self.last - self.first

    @property
    def steps(self) -> int:
        """Steps of one epoch; the last may be short."""
        return -(-self.rows // self.batch_size)

    @property
    def even(self) -> bool:
        """Whether every batch is full."""
        return self.rows % self.batch_size == 0

    def index(self, order: np.ndarray | None = None) -> np.ndarray:
        """(steps, batch) row numbers of an epoch, padded with the first row.

        Args:
            order: a permutation of the part's rows; in order without it.
        """
        rows = (
            np.arange(self.first, self.last, dtype=np.int32) if order is None else (order + self.first).astype(np.int32)
        )
        missing = self.steps * self.batch_size - self.rows
        if missing:
            rows = np.concatenate([rows, np.full(missing, self.first, np.int32)])
        return rows.reshape(self.steps, self.batch_size)


def to_device(array: Any) -> Any:
    """An array on the device; on a CPU it may be the same memory (``jnp.asarray`` would compile a copy per shape)."""
    if isinstance(array, jax.Array):
        return array
    return jax.device_put(text.encode(array) if text.is_text(array) else array)


def is_array_like(x: Any) -> bool:
    """Whether x is an array, a frame, or a list, tuple or dict of such (or of numbers)."""
    if isinstance(x, (np.ndarray, np.generic, jax.Array, Variable)) or _is_frame(x) or _is_torch_tensor(x):
        return True
    if isinstance(x, dict):
        return bool(x) and all(is_array_like(v) for v in x.values())
    if isinstance(x, (list, tuple)):
        return all(is_array_like(v) or isinstance(v, (int, float, bool, str, np.generic)) for v in x)
    return False


def _is_frame(x: Any) -> bool:
    return type(x).__module__.partition(".")[0] in ("pandas", "polars") and hasattr(x, "to_numpy")


def _is_torch_tensor(x: Any) -> bool:
    kind = type(x)
    return kind.__module__.partition(".")[0] in ("torch", "tensorflow") and hasattr(x, "numpy") and hasattr(x, "shape")


def as_arrays(tree: Any, name: str) -> Any:
    """Nested data as NumPy or jax arrays: float64 becomes the default float type, strings are refused."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {k: as_arrays(v, f"{name}[{k!r}]") for k, v in tree.items()}
    if isinstance(tree, (list, tuple)) and not _is_nested_numbers(tree):
        return (
            type(tree)(as_arrays(v, f"{name}[{i}]") for i, v in enumerate(tree))
            if type(tree) in (list, tuple)
            else [as_arrays(v, f"{name}[{i}]") for i, v in enumerate(tree)]
        )
    if isinstance(tree, Variable):
        return tree.get_value()
    if isinstance(tree, jax.Array):
        return tree
    if _is_frame(tree):
        tree = _frame_numbers(tree, name)
    elif _is_torch_tensor(tree):
        tree = tree.numpy()
    try:
        found = np.asarray(tree)
    except ValueError:  # NumPy's words are about itself
        raise ValueError(
            f"{name} is a list of rows of unequal length, which cannot become one array. Sequences: make them equally "
            "long with keras.utils.pad_sequences(...) first."
        ) from None
    return clean_array(found, name)


def _frame_numbers(frame: Any, name: str) -> np.ndarray:
    """A frame as an array; columns of text are named."""
    array = frame.to_numpy()
    if array.dtype.kind != "O" or array.ndim != 2:
        return array
    text = [c for i, c in enumerate(frame.columns) if any(isinstance(v, str) for v in array[:, i])]
    if text and len(text) < array.shape[1]:
        raise ValueError(
            f"{name} has columns of text beside those of numbers: {', '.join(map(repr, text))}. Turn them into numbers "
            "first, e.g. with pandas.get_dummies(frame) or keras.layers.StringLookup, or leave them out."
        )
    return array


def _is_nested_numbers(value: Any) -> bool:
    """Whether nested lists hold plain numbers (then they are one array)."""
    return all(
        isinstance(v, (int, float, bool, str, np.generic)) or (isinstance(v, (list, tuple)) and _is_nested_numbers(v))
        for v in value
    )


def clean_array(array: np.ndarray, name: str) -> np.ndarray:
    """An array in a dtype that the device takes."""
    from .. import config

    kind = array.dtype.kind
    if kind == "f":
        return array if array.dtype.itemsize <= 4 else converted(array, config.floatx())
    if kind in "iu":
        return array if array.dtype.itemsize <= 4 else _narrow(array, name)
    if kind in "bc":
        return array
    if kind in "US":
        return array  # text goes to layers that take text; others say so
    if kind == "O":
        try:
            return np.asarray(array.tolist(), dtype=config.floatx())
        except (ValueError, TypeError):
            if array.size and isinstance(array.ravel()[0], str):
                return array.astype(str)
            raise ValueError(
                f"{name} holds Python objects of unequal size or kind (dtype object, shape {array.shape}), which "
                "cannot become one array. Ragged sequences: make them equally long with "
                "keras.utils.pad_sequences(...) first."
            ) from None
    raise ValueError(
        f"{name} has dtype {array.dtype}, which holds no numbers. Convert it first, e.g. with {name}.astype('float32')."
    )


def _narrow(array: np.ndarray, name: str) -> np.ndarray:
    """64-bit integers as 32-bit ones, which is what the device has."""
    if array.size and (array.max() > 2**31 - 1 or array.min() < -(2**31)):
        raise ValueError(
            f"{name} has integers beyond 32 bits (up to {array.max()}). Map them to smaller numbers first."
        )
    return converted(array, np.int32)


def converted(array: np.ndarray, dtype: Any) -> np.ndarray:
    """The array in another dtype, at an address that a CPU device can use as it is: no second copy of the data."""
    found = aligned(array.shape, dtype)
    np.copyto(found, array, casting="unsafe")
    return found


def check_lengths(x: Any, y: Any, weight: Any, head: str = "") -> int:
    """The common number of rows; an error that names who has how many otherwise."""
    counts = {}
    for name, tree in ((f"{head}x", x), (f"{head}y", y), (f"{head}sample_weight", weight)):
        for i, leaf in enumerate(jax.tree.leaves(tree)):
            if getattr(leaf, "ndim", 0) == 0:
                raise ValueError(
                    f"{name} must have a batch axis, got a single number. Pass an array such as np.array([...])."
                )
            counts[name if i == 0 else f"{name}, part {i + 1}"] = leaf.shape[0]
    if not counts:
        raise ValueError(f"{head}x is empty: there is nothing to compute on.")
    if len(set(counts.values())) > 1:
        parts = len(jax.tree.leaves(x))
        if parts > MANY_PARTS and isinstance(x, (list, tuple)):
            raise ValueError(
                f"{head}x is a list of {parts} arrays, which means {parts} inputs of one model. If they are the rows "
                f"of one input, make one array of them: np.array({head.strip() or 'x'})."
            )
        listed = ", ".join(f"{k}: {v}" for k, v in counts.items())
        raise ValueError(
            f"All arrays must have the same number of samples, got {listed}. Check how x and y were split."
        )
    rows = next(iter(counts.values()))
    if rows == 0:
        raise ValueError(
            f"{head}x has 0 samples: there is nothing to compute on. Check how the data was loaded or filtered."
        )
    return rows


def check_count(value: Any, name: str, least: int = 0) -> int:
    """A whole number of at least ``least``."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {name}={value!r}.")
    return int(value)


def check_share(share: Any) -> None:
    """``validation_split``: a number from 0 (no validation) to below 1."""
    if share is None:
        return
    if isinstance(share, bool) or not isinstance(share, (int, float, np.floating)) or not 0 <= share < 1:
        raise ValueError(
            f"validation_split must be a number from 0 to below 1, got validation_split={share!r}. "
            "0.2 keeps the last fifth of the rows for validation."
        )


def check_batch_size(batch_size: Any) -> int:
    """The batch size, 32 where none is given."""
    if batch_size is None:
        return 32
    return check_count(batch_size, "batch_size", 1)


def apply_class_weight(class_weight: Any, y: Any, weight: Any) -> Any:
    """Sample weights with each row's class weight multiplied in."""
    if weight is not None:
        raise ValueError(
            "class_weight and sample_weight cannot be used together: multiply them into sample_weight yourself."
        )
    flat = jax.tree.leaves(y)
    if not hasattr(class_weight, "items"):
        raise ValueError(
            f"class_weight must be a dict of class number -> weight, such as {{0: 1.0, 1: 5.0}}, got {class_weight!r}."
        )
    if len(flat) != 1:
        raise ValueError(f"class_weight works for models with one output; y has {len(flat)} parts. Use sample_weight.")
    labels = np.asarray(flat[0])
    if labels.ndim > 1:
        labels = labels.argmax(-1) if labels.shape[-1] > 1 else labels[..., 0]
    labels = np.round(labels).astype(int)
    unfit = [c for c in class_weight if isinstance(c, str) or not hasattr(c, "__index__")]
    if unfit:
        raise ValueError(
            f"class_weight names the class {unfit[0]!r}, but classes go by their numbers in y, as in "
            "{0: 1.0, 1: 5.0}."
        )
    table = np.ones(max(int(labels.max(initial=0)), *map(int, class_weight), 0) + 1, np.float32)
    for cls, value in class_weight.items():
        table[int(cls)] = float(value)
    return table[labels]


def split(feed: ArrayFeed, share: float) -> tuple[Part, Part]:
    """The first rows for training and the last ``share`` of them for validation."""
    edge = int(np.floor(feed.rows * (1 - share)))
    if edge == 0 or edge == feed.rows:
        raise ValueError(
            f"validation_split={share} of {feed.rows} samples leaves one of the two parts empty. "
            "Use more data or another share."
        )
    return feed.part(0, edge), feed.part(edge, feed.rows)
