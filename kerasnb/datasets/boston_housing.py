"""keras.datasets.boston_housing: prices of homes in 506 suburbs."""

from kerasnb.core.datasets.boston_housing import load_data

__all__ = ["load_data"]
