"""What all ImageNet networks share: pixels in their convention, the names of the classes, the input's shape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import config
from ..registry import did_you_mean
from ..symbolic import KerasTensor

CLASS_INDEX = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
CLASS_INDEX_MD5 = "c2c37ea517e94d9795004a39431a14cb"
# Means of ImageNet's channels, in blue, green, red for "caffe" and from 0 to 1 in red, green, blue for "torch".
CAFFE_MEANS = (103.939, 116.779, 123.68)
TORCH_MEANS, TORCH_DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

_class_names: dict[str, list[str]] | None = None


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Pixels from 0 to 255 in the convention that a network was trained with.

    Args:
        x: images, (..., height, width, 3), an array or a symbolic tensor.
        data_format: "channels_last" or "channels_first".
        mode: "caffe" (blue first, ImageNet's mean taken off), "tf" (-1 to 1), or "torch" (0 to 1, then mean 0 and
            deviation 1 of
            ImageNet's channels).

    >>> preprocess_input(np.full((1, 1, 3), 255.0), mode="tf").tolist()
    [[[1.0, 1.0, 1.0]]]
    """
    if mode not in ("caffe", "tf", "torch"):
        raise ValueError(
            f"preprocess_input: mode must be 'caffe', 'tf' or 'torch', got mode={mode!r}."
            f"{did_you_mean(str(mode), ('caffe', 'tf', 'torch'))}"
        )
    axis = -1 if config.standardize_data_format(data_format) == "channels_last" else -3
    if isinstance(x, KerasTensor):
        from ..operation import FunctionOperation

        return FunctionOperation(_Convention(axis, mode), name=None).symbolic_call(x)
    if isinstance(x, jax.Array):
        return _convert(x, axis, mode, jnp)
    x = np.asarray(x)
    return _convert(x if x.dtype.kind == "f" else x.astype(config.floatx()), axis, mode, np)


class _Convention:
    """The conversion with its settings, as one function of a tensor."""

    __name__ = "preprocess_input"

    def __init__(self, axis: int, mode: str):
        self.axis, self.mode = axis, mode

    def __call__(self, x: Any) -> Any:
        return _convert(x, self.axis, self.mode, jnp)


def _convert(x: Any, axis: int, mode: str, numbers: Any) -> Any:
    if mode == "tf":
        return x / np.asarray(127.5, x.dtype) - np.asarray(1.0, x.dtype)
    shape = [1] * x.ndim
    shape[axis] = 3
    spread = lambda values: np.asarray(values, x.dtype).reshape(shape)  # noqa: E731
    if mode == "torch":
        return (x / np.asarray(255.0, x.dtype) - spread(TORCH_MEANS)) / spread(TORCH_DEVIATIONS)
    return numbers.flip(x, axis) - spread(CAFFE_MEANS)


def caffe_input(x: Any, data_format: str | None = None) -> Any:
    """Pixels from 0 to 255 with blue first and ImageNet's mean taken off; see ``preprocess_input``."""
    return preprocess_input(x, data_format, "caffe")


def tf_input(x: Any, data_format: str | None = None) -> Any:
    """Pixels from 0 to 255 as numbers from -1 to 1; see ``preprocess_input``."""
    return preprocess_input(x, data_format, "tf")


def torch_input(x: Any, data_format: str | None = None) -> Any:
    """Pixels from 0 to 255 with mean 0 and deviation 1 over ImageNet; see ``preprocess_input``."""
    return preprocess_input(x, data_format, "torch")


def unchanged_input(x: Any, data_format: str | None = None) -> Any:
    """The pixels as they are: this network holds its own preprocessing, and takes values from 0 to 255."""
    return x


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """The likeliest of ImageNet's 1000 classes, for each image.

    Args:
        preds: (batch, 1000) probabilities.
        top: how many classes to name.

    Returns: per image a list of (WordNet id, name, probability). The names come from ``imagenet_class_index.json``,
    which is downloaded once, or put into the folder ``models`` of Keras's cache by hand.
    """
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "decode_predictions expects the probabilities of ImageNet's 1000 classes, shape (batch, 1000), got "
            f"{preds.shape}. "
            "A network made with other classes has names of its own."
        )
    names = _names()
    rows = []
    for row in preds:
        best = np.argsort(-row, kind="stable")[:top]
        rows.append([(*names[str(i)], row[i]) for i in best])
    return rows


def _names() -> dict[str, list[str]]:
    global _class_names
    if _class_names is None:
        from ..utils.files import get_file

        path = get_file("imagenet_class_index.json", CLASS_INDEX, cache_subdir="models", file_hash=CLASS_INDEX_MD5)
        with open(path, encoding="utf-8") as file:
            _class_names = json.load(file)
    assert _class_names is not None
    return _class_names


def input_shape_for(
    input_shape: Sequence[int | None] | None, default: int, smallest: int, needs_size: bool, weights: Any
) -> tuple:
    """The input's shape, without the batch.

    Args:
        input_shape: what the user asked for.
        default: the usual height and width.
        smallest: the least that survives the network's strides.
        needs_size: whether the top needs a fixed size.
        weights: "imagenet" fixes the number of channels, and with a top the size.
    """
    last = config.image_data_format() == "channels_last"
    shape = (lambda h, w, c: (h, w, c)) if last else (lambda h, w, c: (c, h, w))
    if weights == "imagenet" and needs_size:
        usual = shape(default, default, 3)
        if input_shape is not None and tuple(input_shape) != usual:
            raise ValueError(
                f"With include_top=True and weights='imagenet', input_shape must be {usual}, got "
                f"{tuple(input_shape)}. Use "
                "include_top=False for other sizes."
            )
        return usual
    if input_shape is None:
        return shape(default, default, 3) if needs_size else shape(None, None, 3)
    input_shape = tuple(input_shape)
    if len(input_shape) != 3:
        raise ValueError(f"input_shape must be three sizes such as {shape(default, default, 3)}, got {input_shape}.")
    channels, sides = (input_shape[-1], input_shape[:2]) if last else (input_shape[0], input_shape[1:])
    if weights == "imagenet" and channels != 3:
        raise ValueError(f"weights='imagenet' needs images with 3 channels, got input_shape={input_shape}.")
    if any(n is not None and n < smallest for n in sides):
        raise ValueError(f"Input size must be at least {smallest}x{smallest}, got input_shape={input_shape}.")
    if needs_size and None in sides:
        raise ValueError(f"With include_top=True input_shape must be fully known, got input_shape={input_shape}.")
    return input_shape
