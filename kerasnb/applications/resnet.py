"""keras.applications.resnet: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import caffe_input as preprocess_input
from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.resnet import ResNet50, ResNet101, ResNet152

__all__ = ["ResNet50", "ResNet101", "ResNet152", "decode_predictions", "preprocess_input"]
