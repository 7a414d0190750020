"""keras.applications.mobilenet_v2: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.imagenet import tf_input as preprocess_input
from kerasnb.core.applications.mobilenet_v2 import MobileNetV2

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]
