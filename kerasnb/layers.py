"""keras.layers: what models are made of."""

from kerasnb.core.layer import InputSpec, Layer
from kerasnb.core.layers.activation import Activation
from kerasnb.core.layers.batch_normalization import BatchNormalization
from kerasnb.core.layers.conv import Conv1D, Conv2D, Conv3D
from kerasnb.core.layers.dense import Dense
from kerasnb.core.layers.embedding import Embedding
from kerasnb.core.layers.global_pooling import GlobalAveragePooling1D
from kerasnb.core.layers.input_layer import Input, InputLayer
from kerasnb.core.layers.merging import Add, Concatenate
from kerasnb.core.layers.pooling import MaxPooling1D, MaxPooling2D, MaxPooling3D
from kerasnb.core.layers.regularization import Dropout
from kerasnb.core.layers.reshaping import Flatten, Reshape

__all__ = [
    "InputSpec", "Layer", "Activation", "BatchNormalization", "Conv1D", "Conv2D", "Conv3D", "Dense",
    "Embedding", "GlobalAveragePooling1D", "Input", "InputLayer", "Add", "Concatenate",
    "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Dropout", "Flatten", "Reshape",
]  # fmt: skip
