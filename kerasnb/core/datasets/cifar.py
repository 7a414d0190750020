"""CIFAR: 60 000 colour photographs of 32 x 32 (Krizhevsky 2009), read straight out of the published archives."""

from __future__ import annotations

import io
import tarfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from .source import DataFile, locate
from .splitting import Split
from .unpickling import unpickle

LARGEST = 2**29  # bytes of one file inside
ADDRESS = "https://www.cs.toronto.edu/~kriz/"
# The names under which Keras keeps the archives.
CIFAR10 = DataFile(
    "cifar-10-batches-py-target_archive",
    sha256=("6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",),
    url=f"{ADDRESS}cifar-10-python.tar.gz",
    other_names=("cifar-10-python.tar.gz",),
)
CIFAR100 = DataFile(
    "cifar-100-python-target_archive",
    sha256=("85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",),
    url=f"{ADDRESS}cifar-100-python.tar.gz",
    other_names=("cifar-100-python.tar.gz",),
)


def read_members(archive: Path, names: tuple[str, ...]) -> dict[str, dict[bytes, Any]]:
    """The pickled dictionaries of an archive, by file name."""
    found: dict[str, dict[bytes, Any]] = {}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = Path(member.name).name
                content = tar.extractfile(member) if name in names and member.isreg() else None
                if content is not None:
                    if member.size > LARGEST:
                        raise ValueError(f"{archive}: {name} claims {member.size:,} bytes.")
                    found[name] = unpickle(io.BytesIO(content.read()), encoding="bytes")
    except (tarfile.TarError, EOFError, zlib.error, OverflowError) as error:
        raise ValueError(f"{archive} is damaged: {error!r}.") from error
    missing = [n for n in names if n not in found]
    if missing:
        raise ValueError(f"{archive} does not hold {', '.join(missing)}.")
    return found


def pictures(batches: list[dict[bytes, Any]]) -> np.ndarray:
    """Pictures of batches as uint8 in the default layout of images."""
    try:
        planes = np.concatenate([b[b"data"] for b in batches]).reshape(-1, 3, 32, 32)
    except Exception as error:
        raise ValueError("The archive is damaged: it holds no pictures of 3 x 32 x 32 numbers.") from error
    if config.image_data_format() == "channels_last":
        planes = planes.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(planes)


def load_cifar10() -> Split:
    """Photographs of planes, cars, birds, cats, deer, dogs, frogs, horses, ships and trucks.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: pictures as uint8 of shape (50000, 32, 32, 3) and (10000, 32, 32, 3),
        labels from 0 to 9 as uint8 of shape (50000, 1) and (10000, 1).
    Raises:
        OSError: the archive (163 MB) is neither in ``$KERASNB_DATA`` nor in the cache and cannot be downloaded.
    """
    train = tuple(f"data_batch_{i}" for i in range(1, 6))
    found = read_members(locate(CIFAR10), (*train, "test_batch"))

    def part(names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        batches = [found[n] for n in names]
        return pictures(batches), np.concatenate([b[b"labels"] for b in batches]).astype(np.uint8)[:, None]

    return part(train), part(("test_batch",))


def load_cifar100(label_mode: str = "fine") -> Split:
    """Photographs of 100 kinds of things, which form 20 groups.

    Args:
        label_mode: "fine" for the kinds, "coarse" for the groups.
    Returns:
        ``(x_train, y_train), (x_test, y_test)``: pictures as uint8 of shape (50000, 32, 32, 3) and (10000, 32, 32, 3),
        labels as int64 of shape (50000, 1) and (10000, 1).
    Raises:
        OSError: the archive (161 MB) is neither in ``$KERASNB_DATA`` nor in the cache and cannot be downloaded.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"cifar100: label_mode must be 'fine' or 'coarse', got label_mode={label_mode!r}.")
    found = read_members(locate(CIFAR100), ("train", "test"))
    key = f"{label_mode}_labels".encode()
    train, test = ((pictures([found[n]]), np.asarray(found[n][key], np.int64)[:, None]) for n in ("train", "test"))
    return train, test
