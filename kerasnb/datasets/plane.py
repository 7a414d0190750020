"""keras.datasets.plane: points in the plane, two classes or a value."""

from kerasnb.core.datasets.plane import load_data

__all__ = ["load_data"]
