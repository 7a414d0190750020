"""Pictures in a folder, as a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import config
from . import resizing
from .directories import Folder, make_datasets
from .images import decoded, img_to_array, load_img, size_of
from .sequences import check_choice

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Sequence[int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Pictures from a folder with one subfolder for each class.

    Args:
        directory: the folder.
        labels: "inferred" from the subfolders, None, or a list of integers in the order of the sorted paths.
        label_mode: "int" for int32 numbers, "categorical" for one-hot rows, "binary" for float32 0 and 1 of shape
            (batch, 1), None for pictures alone.
        class_names: the subfolders to use, in the order of their labels.
        color_mode: "grayscale", "rgb" or "rgba": 1, 3 or 4 channels.
        batch_size: pictures per batch; None for single ones.
        image_size: ``(height, width)`` that every picture is brought to.
        shuffle: a new order in each run; otherwise sorted by path.
        seed: of order and split; needed for a split with shuffling.
        validation_split, subset: the share of files held back, and "training", "validation" or "both" (a pair).
        interpolation: bilinear, nearest, bicubic, area, lanczos3, lanczos5, gaussian or mitchellcubic.
        follow_links: whether links to folders are followed.
        crop_to_aspect_ratio: cut out the middle in the target's proportions instead of distorting.
        pad_to_aspect_ratio: add black borders instead of distorting.
        data_format: "channels_last" or "channels_first".
        format: accepted as in Keras; the result is a kerasnb ``Dataset`` in any case.
        verbose: print how many files were found.
    Returns:
        A ``Dataset`` of ``(pictures, labels)``: float32 of shape (batch, height, width, channels) from 0 to 255. It has
        ``class_names`` and ``file_paths``.
    """
    function = "image_dataset_from_directory"
    check_choice(function, "color_mode", color_mode, ("grayscale", "rgb", "rgba"))
    check_choice(function, "interpolation", interpolation, resizing.INTERPOLATIONS)
    check_choice(function, "format", format, ("tf", "grain"))
    height, width = size_of(function, "image_size", image_size)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(f"{function}: choose crop_to_aspect_ratio or pad_to_aspect_ratio, not both.")
    layout = config.standardize_data_format(data_format)
    folder = Folder(directory, SUFFIXES, labels, label_mode, class_names, follow_links, "image")

    def read(path: str) -> np.ndarray:
        try:
            picture = read_pixels(path, color_mode)
        except OSError as error:
            error.add_note(f"While reading the picture {path!r}; remove or repair the file.")
            raise
        if crop_to_aspect_ratio:
            picture = resizing.fit_middle(picture, height, width)
        elif pad_to_aspect_ratio:
            picture = resizing.pad_to_proportions(picture, height, width)
        picture = resizing.resize(picture, height, width, interpolation).astype(np.float32)
        return picture.transpose(2, 0, 1) if layout == "channels_first" else picture

    return make_datasets(folder, read, batch_size, shuffle, seed, validation_split, subset, verbose)


def read_pixels(path: str, color_mode: str) -> np.ndarray:
    """The pixels of a picture file, uint8 of shape (height, width, channels).

    Grey is what image libraries decode to, not what Pillow converts to: the brightness channel of a JPEG, libpng's
    ``(9797 R + 19234 G + 3737 B) / 2**15``, rounded down, of the others.
    """
    if color_mode != "grayscale":
        return img_to_array(load_img(path, color_mode=color_mode), "channels_last", "uint8")
    picture = decoded(path, draft="L")
    if picture.mode == "L":
        return np.array(picture, dtype=np.uint8)[..., None]
    red, green, blue = np.moveaxis(np.asarray(picture.convert("RGB"), dtype=np.int32), -1, 0)
    return ((9797 * red + 19234 * green + 3737 * blue) >> 15).astype(np.uint8)[..., None]
