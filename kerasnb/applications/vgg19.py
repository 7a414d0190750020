"""keras.applications.vgg19: the network and its way with pixels."""

from kerasnb.core.applications.imagenet import caffe_input as preprocess_input
from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.vgg import VGG19

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]
