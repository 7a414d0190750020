"""keras.datasets.fashion_mnist: pictures of clothes."""

from kerasnb.core.datasets.fashion_mnist import load_data

__all__ = ["load_data"]
