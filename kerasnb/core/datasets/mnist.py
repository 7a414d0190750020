"""MNIST: 70 000 handwritten digits, grey, 28 x 28 (LeCun, Cortes, Burges 1998)."""

from __future__ import annotations

from .source import DataFile, locate, read_arrays
from .splitting import Split

FILE = DataFile(
    "mnist.npz",
    sha256=(
        "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        "88eaf78b3cf8a302b5c253212171853934f34bb083759fe893a3554a84c56f0a",
    ),
    contents="58fc5cbd78f2f8849313e5dfc520003ea93fbc69da2b93d93a586a04dff70a2a",
)


def load_data(path: str = "mnist.npz") -> Split:
    """Handwritten digits.

    Args:
        path: the file's name in the cache, or an absolute path.
    Returns:
        ``(x_train, y_train), (x_test, y_test)``: pictures as uint8 of shape (60000, 28, 28) and (10000, 28, 28),
        0 for paper and 255 for ink; digits as uint8 of shape (60000,) and (10000,).
    Raises:
        OSError: the file (11 MB) is neither in ``$KERASNB_DATA`` nor in the cache and cannot be downloaded.
            ``datasets.digits`` needs no file.
    """
    arrays = read_arrays(locate(FILE, path))
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
