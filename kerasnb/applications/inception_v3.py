"""keras.applications.inception_v3: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.imagenet import tf_input as preprocess_input
from kerasnb.core.applications.inception_v3 import InceptionV3

__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]
