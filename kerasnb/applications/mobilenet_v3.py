"""keras.applications.mobilenet_v3: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.imagenet import unchanged_input as preprocess_input

__all__ = ["decode_predictions", "preprocess_input"]
