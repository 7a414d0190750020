"""keras.applications.inception_resnet_v2: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.imagenet import tf_input as preprocess_input
from kerasnb.core.applications.inception_resnet_v2 import CustomScaleLayer, InceptionResNetV2

__all__ = ["InceptionResNetV2", "CustomScaleLayer", "decode_predictions", "preprocess_input"]
