"""Samples: what the rows of x look like to a person: images, words or features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

FEATURES_SHOWN = 12  # of a table's row, on its tile
WORDS_SHOWN = 400
TILE_SIDE = 96  # pixels; larger images travel at this size, a single one is sent whole when asked for
CHANNELS = (1, 3, 4)


class Samples:
    """The rows of x, as they are shown.

    Args:
        x: the samples; of several inputs the first that looks like images, else the first.
        model: the model, to know token ids from numbers.
        kind: "image", "text" or "table"; seen from shape and type by default.
        image_shape: (height, width) or (height, width, channels) of images given as flat rows.
        texts: one text per sample to show instead of the rows.
        word_index: word -> token id, to write token ids as words; or a sequence of words by id.
        feature_names: names of a table's columns.

    Attributes:
        kind: "image", "text" or "table".
        shape: of images, (height, width, channels).
        data: the rows that are shown, (n, ...).
        key: which of several inputs they are; None for a single one.
    """

    def __init__(
        self, x: Any, model: Any = None, kind: str | None = None, image_shape: Any = None, texts: Any = None,
        word_index: Any = None, feature_names: Any = None,
    ):  # fmt: skip
        names = feature_names if feature_names is not None else getattr(x, "columns", None)
        self.data, self.key = _shown_input(x)
        if self.data.ndim == 0 or len(self.data) == 0:
            raise ValueError(
                "gallery: x holds no samples. Pass at least one row: x must have the shape (samples, ...)."
            )
        self.texts = None if texts is None else [str(t) for t in texts]
        if self.texts is not None and len(self.texts) != len(self.data):
            raise ValueError(
                f"gallery: texts has {len(self.texts)} entries and x {len(self.data)} samples: give one each."
            )
        if kind not in (None, "image", "text", "table"):
            raise ValueError(f"gallery: kind must be 'image', 'text' or 'table', got {kind!r}.")
        self.shape = image_shape_of(self.data.shape[1:], image_shape)
        self.kind = kind or self._seen(model, word_index, names)
        if self.kind == "image" and self.shape is None:
            raise ValueError(
                f"gallery: samples of the shape {self.data.shape[1:]} are no images: expected (height, width), "
                "(height, width, 1), "
                "(height, width, 3) or flat rows of a square image. Say how to fold flat rows: image_shape=(28, 28)."
            )
        self.words = _words(word_index)
        width = int(np.prod(self.data.shape[1:], dtype=np.int64))
        self.feature_names = [f"x{i}" for i in range(width)] if names is None else [str(n) for n in names]
        if self.kind == "table" and len(self.feature_names) != width:
            raise ValueError(
                f"gallery: feature_names has {len(self.feature_names)} names, but a sample has {width} features."
            )
        self._scale = value_range(self.data) if self.kind == "image" else (0.0, 1.0)

    def __len__(self) -> int:
        return len(self.data)

    def _seen(self, model: Any, word_index: Any, names: Any) -> str:
        if self.texts is not None or word_index is not None or self.data.dtype.kind in "UST":
            return "text"
        if self.data.dtype.kind == "O":
            return "text" if isinstance(self.data.flat[0], (str, bytes)) else "table"
        if self.data.ndim == 2 and self.data.dtype.kind in "iu" and embeds(model):
            return "text"
        if self.shape is not None and names is None:
            return "image"
        return "table"

    # --- images ------------------------------------------------------------------------------------

    def pixels(self, rows: Sequence[int] | np.ndarray, side: int | None = TILE_SIDE) -> np.ndarray:
        """Images as bytes.

        Args:
            rows: sample numbers.
            side: the longest side allowed; None leaves them as large as they are.

        Returns: (len(rows), height, width, channels) uint8.
        """
        assert self.shape is not None
        h, w, c = self.shape
        low, high = self._scale
        block = np.asarray(self.data[np.asarray(rows, int)])
        if block.dtype != np.uint8 or (low, high) != (0, 255):
            block = np.nan_to_num(block.astype(np.float32), nan=low, posinf=high, neginf=low)
            block = (np.clip((block - low) / (high - low), 0, 1) * 255 + 0.5).astype(np.uint8)
        block = block.reshape(-1, h, w, c)[..., : 3 if c == 4 else c]
        if side is None or max(h, w) <= side:
            return block
        return _smaller(block, side)

    # --- words and features -----------------------------------------------------------------------

    def tokens(self, row: int) -> list[str]:
        """The words of a text sample, padding left out."""
        if self.texts is not None:
            return self.texts[row].split()[:WORDS_SHOWN]
        value = self.data[row]
        if self.data.dtype.kind in "USTO":
            return str(np.ravel(value)[0]).split()[:WORDS_SHOWN]
        return [self.word(int(t)) for t in value[self.places(row)]][:WORDS_SHOWN]

    def places(self, row: int) -> np.ndarray:
        """Positions of the tokens that are no padding (id 0)."""
        return np.flatnonzero(np.asarray(self.data[row]) != 0)

    def word(self, token: int) -> str:
        """The word of a token id; the number where it is not known."""
        if self.words is None:
            return str(token)
        return self.words.get(token, f"#{token}")

    def features(self, row: int) -> list[tuple[str, str]]:
        """(name, value) of a table's row."""
        values = np.ravel(np.asarray(self.data[row]))
        return [(n, _short(v)) for n, v in zip(self.feature_names, values, strict=True)]

    def caption(self, row: int, most: int = 80) -> str:
        """A sample in one line, for tiles and text; "" for images."""
        if self.kind == "image":
            return ""
        if self.kind == "text":
            line = " ".join(self.tokens(row))
        else:
            line = ", ".join(f"{n} {v}" for n, v in self.features(row)[:FEATURES_SHOWN])
        return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _shown_input(x: Any) -> tuple[np.ndarray, Any]:
    """The array to show and its key: x itself, or of several inputs the first that looks like images, else the "
    "first."""
    if several_inputs(x):
        keys = list(x) if isinstance(x, dict) else list(range(len(x)))
        arrays = {k: np.asarray(x[k]) for k in keys}
        images = [k for k, a in arrays.items() if a.ndim > 2 and image_shape_of(a.shape[1:], None)]
        key = (images or keys)[0]
        return arrays[key], key
    if not isinstance(x, np.ndarray) and hasattr(x, "to_numpy"):
        return x.to_numpy(), None
    try:
        return np.asarray(x), None
    except ValueError as error:
        raise ValueError(
            "gallery: the samples in x have different shapes; make them equal first (utils.pad_sequences for lists of "
            f"token ids, a resize for images). NumPy says: {error}"
        ) from None


def several_inputs(x: Any) -> bool:
    """Whether x holds several inputs: a dict, or a list of arrays of more than one axis each; not a list of rows."""
    if isinstance(x, dict):
        return bool(x)
    return isinstance(x, (list, tuple)) and bool(x) and all(hasattr(v, "shape") and np.ndim(v) >= 2 for v in x)


def take(data: Any, rows: Any) -> Any:
    """The rows of arrays, frames, lists, and of dicts and lists of inputs."""
    if data is None:
        return None
    if isinstance(data, dict):
        return {k: take(v, rows) for k, v in data.items()}
    if several_inputs(data):
        return type(data)(take(v, rows) for v in data)
    if isinstance(data, (list, tuple)):
        return type(data)(data[int(i)] for i in rows)
    return data.iloc[rows] if hasattr(data, "iloc") else data[rows]


def image_shape_of(shape: tuple[int, ...], wanted: Any) -> tuple[int, int, int] | None:
    """(height, width, channels) of a sample that is an image; None if it does not look like one.

    Args:
        shape: of one sample.
        wanted: (height, width) or (height, width, channels) to fold it to.
    """
    size = int(np.prod(shape, dtype=np.int64))
    if wanted is not None:
        sides = tuple(int(v) for v in wanted)
        sides = sides if len(sides) == 3 else (*sides, 1)
        if len(sides) != 3 or int(np.prod(sides)) != size or sides[2] not in CHANNELS:
            raise ValueError(
                f"gallery: image_shape={tuple(wanted)} does not hold a sample of the shape {shape} ({size} values). "
                "Give (height, width) or (height, width, channels) with that many values and 1, 3 or 4 channels."
            )
        return sides  # type: ignore[return-value]
    if len(shape) == 3:
        return shape if shape[2] in CHANNELS else None  # type: ignore[return-value]
    if len(shape) == 2:
        h, w = shape
        return (h, w, 1) if min(h, w) >= 8 and max(h, w) <= 4 * min(h, w) else None
    if len(shape) == 1:
        for channels in (1, 3):
            side = round((size / channels) ** 0.5)
            if side >= 8 and side * side * channels == size:
                return side, side, channels
    return None


def value_range(data: np.ndarray) -> tuple[float, float]:
    """The values that are drawn black and white: 0..255, 0..1, -1..1, 0..16 as the data suggests."""
    if data.dtype == np.uint8 and data.size and data.max() > 16:
        return 0.0, 255.0
    some = data if len(data) <= 2000 else data[:: len(data) // 2000]
    values = np.asarray(some, np.float32)
    values = values[np.isfinite(values)]
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    for a, b in ((0.0, 1.0), (-1.0, 1.0), (0.0, 16.0), (0.0, 255.0)):
        if low >= a and high <= b:
            return a, b
    low, high = (float(v) for v in np.quantile(values, (0.005, 0.995)))  # standardised: most of what there is
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _smaller(block: np.ndarray, side: int) -> np.ndarray:
    from PIL import Image

    n, h, w, c = block.shape
    scale = side / max(h, w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    out = np.empty((n, size[1], size[0], c), np.uint8)
    for i, image in enumerate(block):
        small = Image.fromarray(image[..., 0] if c == 1 else image).resize(
            size, Image.Resampling.BILINEAR, reducing_gap=2.0
        )
        out[i] = np.asarray(small).reshape(size[1], size[0], c)
    return out


def embeds(model: Any) -> bool:
    """Whether the model's first layer with a class of its own looks up token ids."""
    for layer in getattr(model, "layers", None) or ():
        name = type(layer).__name__
        if name != "InputLayer":
            return "Embedding" in name
    return False


def _words(word_index: Any) -> dict[int, str] | None:
    if word_index is None:
        return None
    if isinstance(word_index, Mapping):
        return {int(i): str(w) for w, i in word_index.items()}
    return {i: str(w) for i, w in enumerate(word_index)}


def _short(value: Any) -> str:
    if isinstance(value, (bool, np.bool_, str)):
        return str(value)
    try:
        return f"{float(value):.4g}"
    except (TypeError, ValueError):
        return str(value)
