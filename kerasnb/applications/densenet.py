"""keras.applications.densenet: the network and its way with pixels."""

from kerasnb.core.applications.densenet import DenseNet121, DenseNet169, DenseNet201
from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.imagenet import torch_input as preprocess_input

__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]
