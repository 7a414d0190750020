"""California housing: prices of homes in 20 640 blocks of the census of 1990 (Pace, Barry 1997)."""

from __future__ import annotations

from ..registry import did_you_mean
from .source import DataFile, locate, read_arrays
from .splitting import Split, check_test_split, permutation, split

FILE = DataFile(
    "california_housing.npz",
    sha256=(
        "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
        "d28099f314616ddc58d7860c71ea4ed88ab645ecd4c58db74a835433259c4e0b",
    ),
    contents="459d82bd8cd493b75890db6c824f862cd65d1bfcca682737637963fee9627979",
)
SMALL = 600


def load_data(
    version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int = 113
) -> Split:
    """Blocks and the median price of their homes.

    Args:
        version: "large" for all rows, "small" for the first 600 of them.
        path: the file's name in the cache, or an absolute path.
        test_split: share of the rows held back for testing.
        seed: of the shuffle before the split.
    Returns:
        ``(x_train, y_train), (x_test, y_test)``: float32, 8 columns (longitude, latitude, age of the houses, rooms,
        bedrooms, inhabitants, households, income); prices in dollars.
    """
    if version not in ("small", "large"):
        raise ValueError(
            f"california_housing: version must be 'small' or 'large', got version={version!r}."
            f"{did_you_mean(str(version), ('small', 'large'))}"
        )
    check_test_split(test_split)
    arrays = read_arrays(locate(FILE, path))
    x, y = arrays["x"], arrays["y"]
    if version == "small":
        x, y = x[:SMALL], y[:SMALL]
    order = permutation(len(x), seed)
    return split(x[order], y[order], test_split)
