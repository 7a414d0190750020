"""Folders as data sets: which files there are, their labels, and the split into training and validation."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..data.dataset import AUTOTUNE, Dataset
from ..data.rows import Rows
from ..registry import did_you_mean
from .sequences import check_choice

SUBSETS = ("training", "validation", "both")


class Folder:
    """The files of a folder with a class for each subfolder.

    Args:
        directory: the folder.
        suffixes: file endings that count, such as (".png", ".jpg").
        labels: "inferred" from the subfolders, None for no labels, or a list with one integer for each file in order of
            their sorted paths.
        label_mode: "int", "categorical", "binary" or None.
        class_names: subfolders to use, in the order of their labels; all of them sorted if None.
        follow_links: whether links to folders are followed.
        what: a word for error messages, such as "images".
    """

    def __init__(
        self, directory: Any, suffixes: tuple[str, ...], labels: Any, label_mode: str | None,
        class_names: Sequence[str] | None, follow_links: bool, what: str,
    ):  # fmt: skip
        function = f"{what}_dataset_from_directory"
        self.what, self.label_mode = what, label_mode
        check_choice(function, "label_mode", label_mode, ("int", "categorical", "binary", None))
        if isinstance(labels, str) and labels != "inferred":
            raise ValueError(
                f"{function}: labels must be 'inferred', None or a list of integers, got labels={labels!r}."
                f"{did_you_mean(labels, ['inferred'])}"
            )
        root = Path(directory)
        if not root.is_dir():
            raise FileNotFoundError(f"{function}: there is no folder {os.fspath(directory)!r}.")
        inferred = isinstance(labels, str)
        if not inferred and class_names is not None:
            raise ValueError(f"{function}: class_names goes with labels='inferred' alone; got labels={labels!r}.")
        self.class_names = self._classes(root, class_names, function) if inferred else []
        self.paths, self.labels = [], []
        for number, folder in enumerate([root / name for name in self.class_names] if inferred else [root]):
            found = files_below(folder, suffixes, follow_links)
            self.paths += found
            self.labels += [number] * len(found)
        if not self.paths:
            raise ValueError(
                f"{function}: no {what} files found in {os.fspath(directory)!r}"
                f"{f', classes {self.class_names}' if inferred else ''}. Files end in {', '.join(suffixes)}."
            )
        if not inferred:
            self._take_labels(labels, function)
        if label_mode == "binary" and len(self.class_names) != 2:
            raise ValueError(
                f"{function}: label_mode='binary' needs exactly 2 classes, got {len(self.class_names)}: "
                f"{self.class_names}."
            )

    def _classes(self, root: Path, given: Sequence[str] | None, function: str) -> list[str]:
        found = sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
        if given is None:
            return found
        missing = [name for name in given if name not in found]
        if missing:
            raise ValueError(
                f"{function}: class_names has {missing[0]!r}, but the subfolders are {found}."
                f"{did_you_mean(str(missing[0]), found)}"
            )
        return list(given)

    def _take_labels(self, labels: Any, function: str) -> None:
        if labels is None:
            self.label_mode, self.labels = None, []
            return
        if len(labels) != len(self.paths):
            raise ValueError(f"{function}: labels has {len(labels)} entries, but there are {len(self.paths)} files.")
        if any(isinstance(n, bool) or int(n) != n for n in labels):
            raise ValueError(f"{function}: labels must be integers.")
        self.labels = [int(n) for n in labels]
        self.class_names = [str(n) for n in sorted(set(self.labels))]

    def targets(self) -> np.ndarray | None:
        """The labels as ``label_mode`` has them: int32 (n,), float32 one-hot (n, classes) or float32 (n, 1)."""
        if self.label_mode is None:
            return None
        numbers = np.array(self.labels, dtype=np.int32)
        if self.label_mode == "categorical":
            return np.eye(len(self.class_names), dtype=np.float32)[numbers]
        return numbers.astype(np.float32)[:, None] if self.label_mode == "binary" else numbers


def files_below(folder: Path, suffixes: tuple[str, ...], follow_links: bool) -> list[str]:
    """The paths of all files in a folder and its subfolders with one of the endings, sorted."""
    found: list[str] = []
    visited: set[str] = set()
    for where, folders, names in os.walk(folder, followlinks=follow_links):
        real = os.path.realpath(where)
        if real in visited:  # a link that leads back to where it came from
            folders.clear()
            continue
        visited.add(real)
        folders.sort()
        found += [os.path.join(where, name) for name in sorted(names) if name.lower().endswith(suffixes)]
    return found


def check_split(function: str, validation_split: float | None, subset: str | None, shuffle: bool, seed: Any) -> None:
    """Refuse a split that is no share, and one whose two halves would overlap."""
    if validation_split is None and subset is None:
        return
    if validation_split is None or subset is None:
        raise ValueError(
            f"{function}: validation_split and subset go together, got validation_split={validation_split!r}, "
            f"subset={subset!r}."
        )
    check_choice(function, "subset", subset, SUBSETS)
    if not 0 < validation_split < 1:
        raise ValueError(f"{function}: validation_split must be between 0 and 1, got {validation_split!r}.")
    if shuffle and seed is None:
        raise ValueError(
            f"{function}: give a seed when shuffling with validation_split, so that training and validation do not "
            "overlap."
        )


def make_datasets(
    folder: Folder, read: Callable[[str], Any], batch_size: int | None, shuffle: bool, seed: int | None,
    validation_split: float | None, subset: str | None, verbose: bool,
    batch: Callable[[Dataset, int], Dataset] | None = None,
) -> Any:  # fmt: skip
    """The data set (or the pair of them for ``subset="both"``) over a folder's files.

    Args:
        folder: files and labels.
        read: a path -> its content as an array.
        batch_size: rows per batch; None for single elements.
        shuffle: a new order for each run; otherwise by sorted path.
        seed: of the order and the split.
        validation_split, subset: the share held back, and which part is wanted.
        verbose: whether the numbers of files are printed.
        batch: how elements become batches; stacked if None.
    """
    function = f"{folder.what}_dataset_from_directory"
    check_split(function, validation_split, subset, shuffle, seed)
    if batch_size is not None and (isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1):
        raise ValueError(f"{function}: batch_size must be a positive integer or None, got batch_size={batch_size!r}.")
    count = len(folder.paths)
    if verbose:
        classes = f" belonging to {len(folder.class_names)} classes" if folder.label_mode else ""
        _say(f"Found {count} files{classes}.")
    order = np.arange(count)
    if shuffle:
        seed = int(np.random.randint(2**31)) if seed is None else seed
        order = np.random.default_rng(seed).permutation(count)
    held_back = int((validation_split or 0) * count)
    parts = {"training": order[: count - held_back], "validation": order[count - held_back :], None: order}
    made = []
    for name in ("training", "validation") if subset == "both" else (subset,):
        numbers = parts[name]
        if name and not len(numbers):
            raise ValueError(
                f"{function}: with {count} files and validation_split={validation_split} no file is left for {name}."
            )
        if name and verbose:
            _say(f"Using {len(numbers)} files for {name}.")
        made.append(_dataset(folder, numbers, read, batch_size, shuffle, seed, batch))
    return tuple(made) if subset == "both" else made[0]


def _say(line: str) -> None:
    """Tell how many files were found: what ``verbose=True`` asks for."""
    sys.stdout.write(line + "\n")


def _dataset(
    folder: Folder, numbers: np.ndarray, read: Callable[[str], Any], batch_size: int | None, shuffle: bool,
    seed: int | None, batch: Callable[[Dataset, int], Dataset] | None,
) -> Dataset:  # fmt: skip
    paths, targets = np.array(folder.paths, dtype=object), folder.targets()
    rows = Rows(
        (lambda i: paths[numbers[i]]) if targets is None else (lambda i: (paths[numbers[i]], targets[numbers[i]])),
        len(numbers),
    )
    data = Dataset.from_rows(rows)
    if shuffle:
        data = data.shuffle(len(numbers), seed=seed)
    if targets is None:
        data = data.map(read, num_parallel_calls=AUTOTUNE)
    else:
        data = data.map(lambda path, label: (read(path), label), num_parallel_calls=AUTOTUNE)
    if batch_size is not None:
        data = batch(data, batch_size) if batch else data.batch(batch_size)
    data = data.prefetch(AUTOTUNE)
    data.class_names = list(folder.class_names) or None
    data.file_paths = [folder.paths[i] for i in numbers]
    return data
