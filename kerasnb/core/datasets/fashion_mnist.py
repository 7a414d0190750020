"""Fashion-MNIST: 70 000 pictures of clothes, grey, 28 x 28, 10 kinds (Xiao, Rasul, Vollgraf 2017)."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from .source import DataFile, locate
from .splitting import Split

LARGEST = 100 * 2**20  # bytes that a file unpacks to; the largest published one has 47 MB
FILES = {
    name: DataFile(name, sha256=(digest,), folder="fashion-mnist")
    for name, digest in (
        ("train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        ("train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        ("t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        ("t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    )
}


def read_idx(data: bytes) -> np.ndarray:
    """The array of unsigned bytes in an IDX file: two zero bytes, type 8, number of axes, big-endian sizes, values.

    Raises:
        ValueError: it is no IDX file of bytes, or it is cut off.
    """
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise ValueError(f"Not an IDX file of unsigned bytes: it starts with {data[:4]!r}.")
    if len(data) < 4 + 4 * data[3]:
        raise ValueError("IDX file that is cut off in its sizes.")
    shape = tuple(int(n) for n in np.frombuffer(data, ">u4", count=data[3], offset=4))
    start = 4 + 4 * data[3]
    if len(data) != start + math.prod(shape):
        raise ValueError(f"IDX file of shape {shape} has {len(data) - start} values.")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()


def read_idx_file(path: Path) -> np.ndarray:
    """The array of a packed IDX file.

    Raises:
        ValueError: it is damaged, or unpacks to more than such files hold.
    """
    try:
        with gzip.open(path) as file:
            data = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error!r}.") from error
    if len(data) > LARGEST:
        raise ValueError(f"{path} unpacks to more than the {LARGEST:,} bytes that such a file may hold.")
    return read_idx(data)


def load_data() -> Split:
    """Clothes: T-shirt or top, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: pictures as uint8 of shape (60000, 28, 28) and (10000, 28, 28), labels
        from 0 to 9 as uint8.
    Raises:
        OSError: the files (31 MB) are neither in ``$KERASNB_DATA`` nor in the cache and cannot be downloaded.
    """
    arrays = [read_idx_file(locate(file)) for file in FILES.values()]
    x_train, y_train, x_test, y_test = arrays
    return (x_train, y_train), (x_test, y_test)
