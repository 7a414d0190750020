"""keras.applications.nasnet: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.imagenet import tf_input as preprocess_input
from kerasnb.core.applications.nasnet import NASNetLarge, NASNetMobile

__all__ = ["NASNetMobile", "NASNetLarge", "decode_predictions", "preprocess_input"]
