"""ImageDataGenerator: pictures changed at random while a model trains, the way of Keras 2.

New models use the layers ``RandomFlip``, ``RandomRotation``, ... and ``image_dataset_from_directory``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import config
from . import image_transforms as transforms
from .image_iterators import ArrayIterator, DataFrameIterator, DirectoryIterator


class ImageDataGenerator:
    """Batches of pictures that are scaled, and turned, moved, zoomed and flipped at random.

    Args:
        featurewise_center, featurewise_std_normalization: subtract the mean of the whole set, divide by its deviation
            (after ``fit``).
        samplewise_center, samplewise_std_normalization: the same picture by picture.
        zca_whitening, zca_epsilon: remove correlations between pixels (after ``fit``).
        rotation_range: degrees either way.
        width_shift_range, height_shift_range: share of the size (below 1) or pixels, or a list of shifts to draw from.
        brightness_range: pair of factors.
        shear_range: degrees either way.
        zoom_range: pair of factors, or ``z`` for 1 - z to 1 + z.
        channel_shift_range: added to all values, either way.
        fill_mode, cval: what lies outside: "nearest", "constant" (with the value cval), "reflect" or "wrap".
        horizontal_flip, vertical_flip: mirror half of the pictures.
        rescale: factor for all values, applied after everything else.
        preprocessing_function: of one picture, applied before the scaling.
        data_format: "channels_last" or "channels_first".
        validation_split: share held back for ``subset="validation"``.
        interpolation_order: of the interpolating spline, 0 to 5.
        dtype: of the batches.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], np.ndarray] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ):
        self.data_format = config.standardize_data_format(data_format)
        self.dtype = config.floatx() if dtype is None else dtype
        self.channel_axis, self.row_axis, self.col_axis = (
            (1, 2, 3) if self.data_format == "channels_first" else (3, 1, 2)
        )
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(f"ImageDataGenerator: validation_split must be between 0 and 1, got {validation_split!r}.")
        self.zoom_range = _pair("zoom_range", zoom_range)
        if brightness_range is not None and len(np.atleast_1d(brightness_range)) != 2:
            raise ValueError(
                f"ImageDataGenerator: brightness_range must be a pair of factors, got {brightness_range!r}."
            )
        self.featurewise_center = featurewise_center or zca_whitening or featurewise_std_normalization
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.brightness_range, self.channel_shift_range = brightness_range, channel_shift_range
        self.fill_mode, self.cval, self.interpolation_order = fill_mode, cval, interpolation_order
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self._validation_split = validation_split
        # What fit() finds out.
        self.mean: Any = None
        self.std: Any = None
        self.zca_whitening_matrix: Any = None

    # --- batches ------------------------------------------------------------------------------------

    def flow(
        self, x: Any, y: Any = None, batch_size: int = 32, shuffle: bool = True, sample_weight: Any = None,
        seed: int | None = None, save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png",
        ignore_class_split: bool = False, subset: str | None = None,
    ) -> ArrayIterator:  # fmt: skip
        """Batches of pictures in an array.

        Args:
            x: shape (n, height, width, channels), or a tuple of that and a list of further arrays.
            y: labels; without them batches are pictures alone.
            batch_size, shuffle, seed: as usual.
            sample_weight: a weight for each picture.
            save_to_dir, save_prefix, save_format: a folder to write the changed pictures to, for looking at them.
            ignore_class_split: accept a split in which classes are missing.
            subset: "training" or "validation", with ``validation_split``.
        """
        return ArrayIterator(
            self, x, y, batch_size=batch_size, shuffle=shuffle, sample_weight=sample_weight, seed=seed,
            save_to_dir=save_to_dir, save_prefix=save_prefix, save_format=save_format,
            ignore_class_split=ignore_class_split, subset=subset,
        )  # fmt: skip

    def flow_from_directory(
        self, directory: Any, target_size: Sequence[int] = (256, 256), color_mode: str = "rgb", classes: Any = None,
        class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True, seed: int | None = None,
        save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png", follow_links: bool = False,
        subset: str | None = None, interpolation: str = "nearest", keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:  # fmt: skip
        """Batches of pictures in a folder with one subfolder for each class.

        Args:
            directory: the folder.
            target_size: ``(height, width)``.
            color_mode: "grayscale", "rgb" or "rgba".
            classes: subfolders in the order of their numbers; all of them sorted if None.
            class_mode: "categorical" (one-hot), "binary", "sparse" (numbers), "input" (the pictures) or None.
            interpolation, keep_aspect_ratio: as in ``load_img``.
            batch_size, shuffle, seed, save_to_dir, save_prefix, save_format, subset: as in ``flow``.
            follow_links: whether links to folders are followed.
        """
        return DirectoryIterator(
            self, directory, target_size=target_size, color_mode=color_mode, classes=classes, class_mode=class_mode,
            batch_size=batch_size, shuffle=shuffle, seed=seed, save_to_dir=save_to_dir, save_prefix=save_prefix,
            save_format=save_format, follow_links=follow_links, subset=subset, interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio,
        )  # fmt: skip

    def flow_from_dataframe(
        self, dataframe: Any, directory: Any = None, x_col: str = "filename", y_col: Any = "class",
        weight_col: str | None = None, target_size: Sequence[int] = (256, 256), color_mode: str = "rgb",
        classes: Any = None, class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True,
        seed: int | None = None, save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png",
        subset: str | None = None, interpolation: str = "nearest", validate_filenames: bool = True,
        keep_aspect_ratio: bool = False,
    ) -> DataFrameIterator:  # fmt: skip
        """Batches of pictures whose paths and labels stand in a pandas data frame.

        Args:
            dataframe: the table.
            directory: the folder that the paths start from.
            x_col, y_col, weight_col: names of the columns with paths, labels and weights.
            class_mode: as in ``flow_from_directory``, or "raw" and "multi_output" for numbers of one or more columns.
            validate_filenames: leave out rows whose file is missing.
            target_size, color_mode, classes, batch_size, shuffle, seed, save_to_dir, save_prefix, save_format,
                subset, interpolation, keep_aspect_ratio: as in ``flow_from_directory``.
        """
        return DataFrameIterator(
            self, dataframe, directory, x_col=x_col, y_col=y_col, weight_col=weight_col, target_size=target_size,
            color_mode=color_mode, classes=classes, class_mode=class_mode, batch_size=batch_size, shuffle=shuffle,
            seed=seed, save_to_dir=save_to_dir, save_prefix=save_prefix, save_format=save_format, subset=subset,
            interpolation=interpolation, validate_filenames=validate_filenames, keep_aspect_ratio=keep_aspect_ratio,
        )  # fmt: skip

    # --- one picture --------------------------------------------------------------------------------

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """A picture scaled, centred and normalised as the arguments say."""
        if self.preprocessing_function is not None:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + 1e-6)
        wanted = {
            "featurewise_center": "mean",
            "featurewise_std_normalization": "std",
            "zca_whitening": "zca_whitening_matrix",
        }
        for flag, needed in wanted.items():
            if getattr(self, flag) and getattr(self, needed) is None:
                raise ValueError(f"ImageDataGenerator: {flag}=True needs the set's statistics: call fit(x) first.")
        if self.featurewise_center:
            x = x - self.mean
        if self.featurewise_std_normalization:
            x = x / (self.std + 1e-6)
        if self.zca_whitening:
            x = (x.reshape(1, -1) @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def get_random_transform(self, img_shape: Sequence[int], seed: int | None = None) -> dict[str, Any]:
        """A change drawn at random, for ``apply_transform``.

        Args:
            img_shape: of one picture, in the generator's layout.
            seed: of the draw; without it the draw follows NumPy's global generator.
        """
        if seed is not None:
            np.random.seed(seed)
        rows, columns = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        return {
            "theta": np.random.uniform(-self.rotation_range, self.rotation_range) if self.rotation_range else 0,
            "tx": _shift(self.height_shift_range, rows),
            "ty": _shift(self.width_shift_range, columns),
            "shear": np.random.uniform(-self.shear_range, self.shear_range) if self.shear_range else 0,
            **self._random_zoom(),
            "flip_horizontal": (np.random.random() < 0.5) * self.horizontal_flip,
            "flip_vertical": (np.random.random() < 0.5) * self.vertical_flip,
            "channel_shift_intensity": (
                np.random.uniform(-self.channel_shift_range, self.channel_shift_range)
                if self.channel_shift_range
                else None
            ),
            "brightness": None if self.brightness_range is None else np.random.uniform(*self.brightness_range),
        }

    def _random_zoom(self) -> dict[str, float]:
        low, high = self.zoom_range
        zx, zy = (1, 1) if low == high == 1 else np.random.uniform(low, high, 2)
        return {"zx": zx, "zy": zy}

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """A picture changed as a dict says: theta, tx, ty, shear, zx, zy, flip_horizontal, flip_vertical,
        channel_shift_intensity, brightness."""
        given = transform_parameters
        geometry = {
            k: given.get(k, d) for k, d in (("theta", 0), ("tx", 0), ("ty", 0), ("shear", 0), ("zx", 1), ("zy", 1))
        }
        x = transforms.apply_affine_transform(
            x, **geometry, row_axis=self.row_axis - 1, col_axis=self.col_axis - 1, channel_axis=self.channel_axis - 1,
            fill_mode=self.fill_mode, cval=self.cval, order=self.interpolation_order,
        )  # fmt: skip
        if given.get("channel_shift_intensity") is not None:
            x = transforms.apply_channel_shift(x, given["channel_shift_intensity"])
        if given.get("flip_horizontal"):
            x = np.flip(x, self.col_axis - 1)
        if given.get("flip_vertical"):
            x = np.flip(x, self.row_axis - 1)
        if given.get("brightness") is not None:
            x = transforms.apply_brightness_shift(x, given["brightness"], scale=False)
        return x

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """A picture changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Compute what ``featurewise_center``, ``featurewise_std_normalization`` and ``zca_whitening`` need.

        Args:
            x: pictures of shape (n, height, width, channels).
            augment: compute it from pictures changed at random.
            rounds: how many changed copies of each.
            seed: of the changes.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"ImageDataGenerator.fit: expected pictures of 4 axes, got an array of shape {x.shape}.")
        if seed is not None:
            np.random.seed(seed)
        if augment:
            x = np.stack([self.random_transform(picture) for _ in range(rounds) for picture in x])
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes, keepdims=True)[0]
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes, keepdims=True)[0]
            x = x / (self.std + 1e-6)
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            _, values, directions = np.linalg.svd(flat, full_matrices=False)
            scale = 1.0 / np.sqrt(values**2 / len(flat) + self.zca_epsilon)
            self.zca_whitening_matrix = (directions.T * scale) @ directions


def _pair(name: str, value: Any) -> tuple[float, float]:
    if isinstance(value, (int, float)):
        return (1 - value, 1 + value)
    if len(value) != 2 or not all(isinstance(v, (int, float)) for v in value):
        raise ValueError(f"ImageDataGenerator: {name} must be a number or a pair of factors, got {name}={value!r}.")
    return tuple(value)


def _shift(wanted: Any, size: int) -> float:
    """A shift in pixels: a share of the size (a float), below a number of pixels (an integer), or one of a list."""
    if np.ndim(wanted) == 0 and not wanted:
        return 0
    if np.ndim(wanted) or isinstance(wanted, (int, np.integer)):
        shift = np.random.choice(wanted) * np.random.choice([-1, 1])
    else:
        shift = np.random.uniform(-wanted, wanted)
    return shift * size if np.max(wanted) < 1 else shift
