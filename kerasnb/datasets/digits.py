"""keras.datasets.digits: small handwritten digits, always there."""

from kerasnb.core.datasets.digits import load_data

__all__ = ["load_data"]
