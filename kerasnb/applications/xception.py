"""keras.applications.xception: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.imagenet import tf_input as preprocess_input
from kerasnb.core.applications.xception import Xception

__all__ = ["Xception", "decode_predictions", "preprocess_input"]
