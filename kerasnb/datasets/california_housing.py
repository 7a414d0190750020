"""keras.datasets.california_housing: prices of homes in 20 640 blocks."""

from kerasnb.core.datasets.california_housing import load_data

__all__ = ["load_data"]
