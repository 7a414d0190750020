"""keras.legacy: what Keras 2 had and Keras 3 keeps."""

from kerasnb.legacy import saving

__all__ = ["saving"]
