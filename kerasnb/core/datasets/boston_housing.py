"""Boston housing: prices of homes in 506 suburbs of the 1970s (Harrison, Rubinfeld 1978).

The column ``B`` is built on a claim about the share of Black inhabitants; the set is here for old examples.
For new ones ``california_housing`` is the better choice.
"""

from __future__ import annotations

from .source import DataFile, locate, read_arrays
from .splitting import Split, check_test_split, permutation, split

FILE = DataFile(
    "boston_housing.npz",
    sha256=(
        "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
        "9a38dd3bf92f3c2809445778cc12336e985c0faf67eb64379f6809dca11ef4bc",
    ),
    contents="533ad9701663ab327a13171b99c1419ce1b7bc428ecf145a1b56e11f89b389b5",
)


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Split:
    """Suburbs and the median price of their homes.

    Args:
        path: the file's name in the cache, or an absolute path.
        test_split: share of the rows held back for testing.
        seed: of the shuffle before the split.
    Returns:
        ``(x_train, y_train), (x_test, y_test)``: float64, 13 columns (crime rate, zoning, ...); prices in
        thousands of dollars.
    """
    check_test_split(test_split)
    arrays = read_arrays(locate(FILE, path))
    order = permutation(len(arrays["x"]), seed)
    return split(arrays["x"][order], arrays["y"][order], test_split)
