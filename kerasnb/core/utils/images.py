"""Pictures from and to files, and between Pillow and arrays."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from .sequences import check_choice

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}


def resampling(interpolation: str) -> Any:
    """Pillow's constant for a name."""
    check_choice("load_img", "interpolation", interpolation, INTERPOLATIONS)
    from PIL import Image

    return getattr(Image.Resampling, interpolation.upper())


def size_of(function: str, name: str, size: Any) -> tuple[int, int]:
    """A ``(height, width)`` as two positive integers."""
    good = isinstance(size, (list, tuple, np.ndarray)) and len(size) == 2
    if not good or any(isinstance(n, bool) or int(n) != n or n < 1 for n in size):
        raise ValueError(f"{function}: {name} must be (height, width) of positive integers, got {name}={size!r}.")
    return int(size[0]), int(size[1])


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: Sequence[int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """A picture from a file, as a ``PIL.Image``.

    Args:
        path: a path, or an ``io.BytesIO`` with the bytes of a file.
        color_mode: "grayscale", "rgb" or "rgba"; 16-bit grey stays 16-bit.
        target_size: ``(height, width)`` to resize to.
        interpolation: one of nearest, bilinear, bicubic, hamming, box, lanczos.
        keep_aspect_ratio: cut out the middle in the target's proportions before resizing.
    """
    check_choice("load_img", "color_mode", color_mode, tuple(_MODES))
    picture = decoded(path)
    deep_grey = ("I;16", "I", "I;16L", "I;16B")
    if color_mode == "grayscale":
        picture = picture if picture.mode in ("L", *deep_grey) else picture.convert("L")
    elif picture.mode != _MODES[color_mode]:
        picture = picture.convert(_MODES[color_mode])
    if target_size is not None:
        height, width = size_of("load_img", "target_size", target_size)
        if (picture.height, picture.width) != (height, width):
            box = middle_box(picture.height, picture.width, height, width) if keep_aspect_ratio else None
            picture = picture.resize((width, height), resampling(interpolation), box=box)
    return picture


def decoded(path: Any, draft: str | None = None) -> Any:
    """A picture file as a ``PIL.Image`` with its pixels read.

    Args:
        path: a path, or an ``io.BytesIO`` with the bytes of a file.
        draft: a mode that a JPEG decoder may give at once, such as "L" for the brightness alone.

    Raises:
        OSError, ValueError: it is no picture, or it is damaged.
    """
    from PIL import Image

    if isinstance(path, io.BytesIO):
        name, data = "the file", path
    elif isinstance(path, (str, os.PathLike)):
        name = repr(os.fspath(path))
        with open(path, "rb") as file:
            data = io.BytesIO(file.read())
    else:
        raise TypeError(f"load_img: path must be a path or io.BytesIO, got {type(path).__name__}.")
    try:
        picture = Image.open(data)
        if draft is not None and picture.format == "JPEG":
            picture.draft(draft, picture.size)
        picture.load()
    except OSError as error:  # Pillow names the bytes, not the file
        raise OSError(f"load_img: {name} is no picture, or it is damaged: {error}") from error
    except Exception as error:  # each of its decoders fails in ways of its own
        raise ValueError(f"load_img: {name} is damaged: {error!r}.") from error
    return picture


def middle_box(height: int, width: int, target_height: int, target_width: int) -> tuple[int, int, int, int]:
    """The largest middle part with the target's proportions: left, top, right, bottom.

    >>> middle_box(6, 8, 3, 3)
    (1, 0, 7, 6)
    """
    cut_height = min(height, int(width * target_height / target_width)) or height
    cut_width = min(width, int(height * target_width / target_height)) or width
    top, left = (height - cut_height) // 2, (width - cut_width) // 2
    return left, top, left + cut_width, top + cut_height


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """A picture as an array with channels.

    Args:
        img: a ``PIL.Image``, or an array of two or three axes.
        data_format: "channels_last" for (height, width, channels), "channels_first" for (channels, height, width).
        dtype: the default float type if None.
    """
    layout = config.standardize_data_format(data_format)
    array = np.asarray(img, dtype=config.floatx() if dtype is None else dtype)
    if array.ndim == 2:
        array = array[..., None] if layout == "channels_last" else array[None]
    elif array.ndim == 3:
        # Pillow has channels last; an array that comes in with three axes is taken the same way.
        array = array.transpose(2, 0, 1) if layout == "channels_first" else array
    else:
        raise ValueError(f"img_to_array: expected a picture of 2 or 3 axes, got shape {array.shape}.")
    return array


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """An array as a ``PIL.Image``: one channel gives grey, three RGB, four RGBA.

    Args:
        x: three axes, laid out by ``data_format``.
        data_format: "channels_last" or "channels_first"; the default layout if None.
        scale: stretch the values so that the smallest becomes 0 and the largest 255.
        dtype: in which the stretching is computed.
    """
    layout = config.standardize_data_format(data_format)
    array = np.asarray(x, dtype=config.floatx() if dtype is None else dtype)
    if array.ndim != 3:
        raise ValueError(
            f"array_to_img: expected one picture of shape (height, width, channels), got an array of shape "
            f"{array.shape}."
        )
    if layout == "channels_first":
        array = array.transpose(1, 2, 0)
    if scale:
        array = array - array.min()
        top = array.max()
        array = array * (255.0 / top) if top else array
    from PIL import Image

    channels = array.shape[2]
    if channels == 1:
        if array.size and array.max() > 255:  # 16-bit pictures, medical scans
            return Image.fromarray(array[..., 0].astype("int32"))
        return Image.fromarray(_bytes(array[..., 0]))
    if channels in (3, 4):
        return Image.fromarray(_bytes(array))
    raise ValueError(f"array_to_img: a picture has 1, 3 or 4 channels, got {channels} in shape {array.shape}.")


def _bytes(array: np.ndarray) -> np.ndarray:
    """Float values as bytes, wrapped around beyond 0 to 255 as Keras has them."""
    return array.astype("int64").astype("uint8")


def save_img(
    path: Any, x: Any, data_format: str | None = None, file_format: str | None = None, scale: bool = True, **kwargs: Any
) -> None:
    """Write an array as a picture file.

    Args:
        path: where to; the suffix names the format.
        x: as in ``array_to_img``.
        data_format, scale: as in ``array_to_img``.
        file_format: "png", "jpeg", ... where the path has no suffix that says so.
        kwargs: passed on to Pillow's ``save``.
    """
    picture = array_to_img(x, data_format=data_format, scale=scale)
    suffix = Path(path).suffix[1:] if isinstance(path, (str, os.PathLike)) else ""
    kind = (file_format or suffix).lower()
    if picture.mode == "RGBA" and kind in ("jpg", "jpeg"):
        warnings.warn("save_img: JPEG knows no transparency; the picture is written as RGB.")
        picture = picture.convert("RGB")
    try:
        picture.save(path, format="JPEG" if kind == "jpg" else kind or None, **kwargs)
    except KeyError:
        raise ValueError(f"save_img: Pillow writes no files of the format {kind!r}; use for example 'png'.") from None
