"""keras.applications.resnet_v2: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.imagenet import tf_input as preprocess_input
from kerasnb.core.applications.resnet import ResNet50V2, ResNet101V2, ResNet152V2

__all__ = ["ResNet50V2", "ResNet101V2", "ResNet152V2", "decode_predictions", "preprocess_input"]
