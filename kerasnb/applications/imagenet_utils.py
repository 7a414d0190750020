"""keras.applications.imagenet_utils: pixels in and class names out."""

from kerasnb.core.applications.imagenet import decode_predictions, preprocess_input

__all__ = ["decode_predictions", "preprocess_input"]
