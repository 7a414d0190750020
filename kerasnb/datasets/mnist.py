"""keras.datasets.mnist: handwritten digits."""

from kerasnb.core.datasets.mnist import load_data

__all__ = ["load_data"]
