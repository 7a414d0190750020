"""The endless iterators behind ``ImageDataGenerator``: over arrays, folders and data frames."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator as IteratorType
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import config
from ..data.py_dataset import PyDataset
from ..utils.directories import files_below
from ..utils.images import array_to_img, img_to_array, load_img, size_of
from ..utils.sequences import check_choice

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")


class Iterator(PyDataset):
    """Batches by number, and endlessly with ``next``; the order is drawn anew for each epoch.

    Args:
        n: number of samples.
        batch_size: samples per batch.
        shuffle: a random order.
        seed: of order and changes; the epoch's number is added to it.
    """

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None, **kwargs: Any):
        super().__init__(**kwargs)
        if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
            raise ValueError(f"{type(self).__name__}: batch_size must be a positive integer, got {batch_size!r}.")
        self.n, self.batch_size, self.shuffle, self.seed = n, int(batch_size), shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.index_array: np.ndarray | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return (self.n + self.batch_size - 1) // self.batch_size

    def _set_order(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"{type(self).__name__} has {len(self)} batches, asked for number {index}.")
        with self._lock:
            if self.seed is not None:
                np.random.seed(self.seed + self.total_batches_seen)
            self.total_batches_seen += 1
            if self.index_array is None:
                self._set_order()
            numbers = self.index_array[index * self.batch_size : (index + 1) * self.batch_size]  # type: ignore[index]
        return self._get_batches_of_transformed_samples(numbers)

    def reset(self) -> None:
        """Go back to the first batch."""
        self.batch_index = 0

    def on_epoch_end(self) -> None:
        """Draw a new order."""
        self._set_order()

    def __iter__(self) -> IteratorType[Any]:
        return self

    def __next__(self) -> Any:
        with self._lock:
            if self.seed is not None:
                np.random.seed(self.seed + self.total_batches_seen)
            if self.batch_index == 0:
                self._set_order()
            start = self.batch_index * self.batch_size
            self.batch_index = 0 if start + self.batch_size >= self.n else self.batch_index + 1
            self.total_batches_seen += 1
            numbers = self.index_array[start : start + self.batch_size]  # type: ignore[index]
        return self._get_batches_of_transformed_samples(numbers)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        raise NotImplementedError


class _Pictures(Iterator):
    """What the three kinds share: reading a picture by number, changing it, and writing it down."""

    def __init__(
        self, generator: Any, n: int, batch_size: int, shuffle: bool, seed: int | None, save_to_dir: Any,
        save_prefix: str, save_format: str,
    ):  # fmt: skip
        self.image_data_generator = generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        if save_to_dir is not None:
            os.makedirs(save_to_dir, exist_ok=True)
        super().__init__(n, batch_size, shuffle, seed)

    def _read(self, number: int) -> np.ndarray:
        raise NotImplementedError

    def _pictures(self, numbers: np.ndarray) -> np.ndarray:
        generator = self.image_data_generator
        batch = []
        for i in numbers:
            picture = self._read(int(i)).astype(generator.dtype)
            picture = generator.apply_transform(picture, generator.get_random_transform(picture.shape))
            batch.append(generator.standardize(picture))
        result = np.stack(batch).astype(generator.dtype)
        if self.save_to_dir is not None:
            for i, picture in zip(numbers, result):
                name = f"{self.save_prefix}_{i}_{np.random.randint(10**7)}.{self.save_format}"
                array_to_img(picture, generator.data_format).save(os.path.join(self.save_to_dir, name))
        return result


def _subset(generator: Any, n: int, subset: str | None, function: str) -> tuple[int, int]:
    """The first and last place of a subset: validation comes first, as in Keras."""
    check_choice(function, "subset", subset, ("training", "validation", None))
    at = int(generator._validation_split * n)
    return {"validation": (0, at), "training": (at, n), None: (0, n)}[subset]


class ArrayIterator(_Pictures):
    """Batches of pictures in an array; made by ``ImageDataGenerator.flow``."""

    def __init__(
        self, generator: Any, x: Any, y: Any, *, batch_size: int, shuffle: bool, sample_weight: Any, seed: int | None,
        save_to_dir: Any, save_prefix: str, save_format: str, ignore_class_split: bool, subset: str | None,
    ):  # fmt: skip
        pictures, others = (x[0], list(x[1])) if isinstance(x, (tuple, list)) and len(x) == 2 else (x, [])
        self.x, self.x_misc = np.asarray(pictures, dtype=generator.dtype), [np.asarray(o) for o in others]
        if self.x.ndim != 4:
            raise ValueError(
                f"ImageDataGenerator.flow: expected pictures of 4 axes, got an array of shape {self.x.shape}."
            )
        self.y = None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        for name, part in (("y", self.y), ("sample_weight", self.sample_weight), *(("x", o) for o in self.x_misc)):
            if part is not None and len(part) != len(self.x):
                raise ValueError(f"ImageDataGenerator.flow: {len(self.x)} pictures, but {name} has {len(part)} rows.")
        start, stop = _subset(generator, len(self.x), subset, "ImageDataGenerator.flow")
        if subset is not None and self.y is not None and not ignore_class_split:
            at = int(generator._validation_split * len(self.x))
            if not np.array_equal(np.unique(self.y[:at]), np.unique(self.y[at:])):
                raise ValueError(
                    "ImageDataGenerator.flow: training and validation hold different classes. Shuffle x and y together "
                    "first, or pass ignore_class_split=True."
                )
        self.x, self.x_misc = self.x[start:stop], [o[start:stop] for o in self.x_misc]
        self.y = None if self.y is None else self.y[start:stop]
        self.sample_weight = None if self.sample_weight is None else self.sample_weight[start:stop]
        super().__init__(generator, len(self.x), batch_size, shuffle, seed, save_to_dir, save_prefix, save_format)

    def _read(self, number: int) -> np.ndarray:
        return self.x[number]

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        x: Any = self._pictures(index_array)
        if self.x_misc:
            x = [x, *(o[index_array] for o in self.x_misc)]
        if self.y is None:
            return x
        parts = (x, self.y[index_array])
        return parts if self.sample_weight is None else (*parts, self.sample_weight[index_array])


class _Files(_Pictures):
    """Pictures in files, with labels of one of the class modes."""

    def __init__(
        self, generator: Any, *, target_size: Sequence[int], color_mode: str, class_mode: str | None,
        interpolation: str, keep_aspect_ratio: bool, batch_size: int, shuffle: bool, seed: int | None, save_to_dir: Any,
        save_prefix: str, save_format: str,
    ):  # fmt: skip
        self.target_size = size_of("ImageDataGenerator", "target_size", target_size)
        check_choice("ImageDataGenerator", "color_mode", color_mode, ("grayscale", "rgb", "rgba"))
        self.color_mode, self.class_mode, self.interpolation = color_mode, class_mode, interpolation
        self.keep_aspect_ratio = keep_aspect_ratio
        channels = {"grayscale": 1, "rgb": 3, "rgba": 4}[color_mode]
        first = generator.data_format == "channels_first"
        self.image_shape = (channels, *self.target_size) if first else (*self.target_size, channels)
        super().__init__(
            generator, len(self.filepaths), batch_size, shuffle, seed, save_to_dir, save_prefix, save_format
        )  # fmt: skip

    filepaths: list[str]
    labels: Any
    class_indices: dict[str, int]
    sample_weight: np.ndarray | None = None

    def _read(self, number: int) -> np.ndarray:
        picture = load_img(
            self.filepaths[number], self.color_mode, self.target_size, self.interpolation, self.keep_aspect_ratio
        )
        return img_to_array(picture, self.image_data_generator.data_format)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        x = self._pictures(index_array)
        if self.class_mode is None:
            return x
        if self.class_mode == "input":
            y: Any = x.copy()
        elif self.class_mode == "multi_output":
            y = [column[index_array] for column in self.labels]
        elif self.class_mode == "categorical":
            y = np.zeros((len(x), len(self.class_indices)), dtype=config.floatx())
            for row, i in zip(y, index_array):
                row[self.labels[i]] = 1.0
        else:
            y = np.asarray(self.labels)[index_array]
            y = y.astype(config.floatx()) if self.class_mode in ("binary", "sparse") else y
        return (x, y) if self.sample_weight is None else (x, y, self.sample_weight[index_array])


class DirectoryIterator(_Files):
    """Batches of pictures in a folder; made by ``ImageDataGenerator.flow_from_directory``."""

    def __init__(
        self, generator: Any, directory: Any, *, classes: Any, class_mode: str | None, follow_links: bool,
        subset: str | None, **kwargs: Any,
    ):  # fmt: skip
        function = "ImageDataGenerator.flow_from_directory"
        check_choice(function, "class_mode", class_mode, ("categorical", "binary", "sparse", "input", None))
        if not os.path.isdir(directory):
            raise FileNotFoundError(f"{function}: there is no folder {os.fspath(directory)!r}.")
        self.directory = directory
        names = list(classes) if classes else sorted(e.name for e in os.scandir(directory) if e.is_dir())
        self.class_indices = {name: i for i, name in enumerate(names)}
        self.num_classes = len(names)
        self.filepaths, numbers = [], []
        for name, number in self.class_indices.items():
            found = files_below(os.path.join(directory, name), SUFFIXES, follow_links)
            start, stop = _subset(generator, len(found), subset, function)
            self.filepaths += found[start:stop]
            numbers += [number] * (stop - start)
        if not self.filepaths:
            raise ValueError(f"{function}: no pictures found in the subfolders of {os.fspath(directory)!r}.")
        self.classes = self.labels = np.array(numbers, dtype="int32")
        self.filenames = [os.path.relpath(path, directory) for path in self.filepaths]
        self.samples = len(self.filepaths)
        super().__init__(generator, class_mode=class_mode, **kwargs)


class DataFrameIterator(_Files):
    """Batches of pictures named in a data frame; made by ``ImageDataGenerator.flow_from_dataframe``."""

    def __init__(
        self, generator: Any, dataframe: Any, directory: Any, *, x_col: str, y_col: Any, weight_col: str | None,
        classes: Any, class_mode: str | None, subset: str | None, validate_filenames: bool, **kwargs: Any,
    ):  # fmt: skip
        function = "ImageDataGenerator.flow_from_dataframe"
        modes = ("categorical", "binary", "sparse", "input", "raw", "multi_output", None)
        check_choice(function, "class_mode", class_mode, modes)
        needed = [x_col, *([weight_col] if weight_col else [])]
        if class_mode not in ("input", None):
            needed += [y_col] if isinstance(y_col, str) else list(y_col)
        missing = [name for name in needed if name not in dataframe.columns]
        if missing:
            raise ValueError(
                f"{function}: the data frame has no column {missing[0]!r}; it has {list(dataframe.columns)}."
            )
        paths = [os.path.join(directory or "", str(name)) for name in dataframe[x_col]]
        kept = [i for i, path in enumerate(paths) if not validate_filenames or _is_picture(path)]
        table = dataframe.iloc[kept]
        if classes and class_mode in ("categorical", "binary", "sparse"):
            chosen = [i for i, value in enumerate(table[y_col]) if _has_any(value, classes)]
            table, kept = table.iloc[chosen], [kept[i] for i in chosen]
        start, stop = _subset(generator, len(kept), subset, function)
        table, self.filepaths = table.iloc[start:stop], [paths[i] for i in kept[start:stop]]
        if not self.filepaths:
            raise ValueError(f"{function}: no row of the data frame names a picture that is there.")
        self.filenames = [str(name) for name in table[x_col]]
        self.samples = len(self.filepaths)
        self.sample_weight = np.asarray(table[weight_col]) if weight_col else None
        self.class_indices = {}
        if class_mode in ("categorical", "binary", "sparse"):
            values = list(table[y_col])
            flat = {v for value in values for v in (value if isinstance(value, (list, tuple)) else [value])}
            self.class_indices = {name: i for i, name in enumerate(classes or sorted(flat))}
            if class_mode == "binary" and len(self.class_indices) != 2:
                raise ValueError(f"{function}: class_mode='binary' needs 2 classes, found {sorted(flat)}.")
            self.labels = [
                [self.class_indices[v] for v in value if v in self.class_indices]
                if isinstance(value, (list, tuple)) else self.class_indices[value]
                for value in values
            ]  # fmt: skip
            self.classes = self.labels
        elif class_mode == "multi_output":
            self.labels = [np.stack([np.asarray(v) for v in table[column]]) for column in y_col]
        elif class_mode == "raw":
            self.labels = np.asarray(table[y_col])
        super().__init__(generator, class_mode=class_mode, **kwargs)


def _is_picture(path: str) -> bool:
    return path.lower().endswith(SUFFIXES) and os.path.isfile(path)


def _has_any(value: Any, classes: Any) -> bool:
    return any(v in classes for v in (value if isinstance(value, (list, tuple)) else [value]))
