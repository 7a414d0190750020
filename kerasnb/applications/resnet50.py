"""keras.applications.resnet50: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import caffe_input as preprocess_input
from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.resnet import ResNet50

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]
