"""Text files in a folder, as a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .directories import Folder, make_datasets
from .sequences import check_choice


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Texts from a folder with one subfolder for each class, files ending in ``.txt``.

    Args:
        directory: the folder.
        labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset, follow_links, verbose: as
            in ``image_dataset_from_directory``.
        max_length: characters of a text that are kept; all of them if None.
        format: accepted as in Keras; the result is a kerasnb ``Dataset`` in any case.
    Returns:
        A ``Dataset`` of ``(texts, labels)``: a NumPy array of strings of shape (batch,), as ``TextVectorization`` takes
        it. It has ``class_names`` and ``file_paths``.
    """
    function = "text_dataset_from_directory"
    check_choice(function, "format", format, ("tf", "grain"))
    if max_length is not None and (isinstance(max_length, bool) or not isinstance(max_length, int) or max_length < 1):
        raise ValueError(f"{function}: max_length must be a positive integer or None, got max_length={max_length!r}.")
    folder = Folder(directory, (".txt",), labels, label_mode, class_names, follow_links, "text")

    def read(path: str) -> str:
        return Path(path).read_text(encoding="utf-8", errors="replace")[:max_length]

    return make_datasets(folder, read, batch_size, shuffle, seed, validation_split, subset, verbose)
