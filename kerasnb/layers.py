"""keras.layers: what models are made of.

Each family adds its names below: an import, and a line in ``__all__``.
"""

from kerasnb.core.layer import InputSpec, Layer
from kerasnb.core.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from kerasnb.core.layers.adaptive_pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from kerasnb.core.layers.attention import AdditiveAttention, Attention
from kerasnb.core.layers.batch_normalization import BatchNormalization
from kerasnb.core.layers.bidirectional import Bidirectional
from kerasnb.core.layers.conv import Conv1D, Conv2D, Conv3D
from kerasnb.core.layers.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from kerasnb.core.layers.conv_transpose import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from kerasnb.core.layers.core import Identity, Lambda, Masking, Wrapper
from kerasnb.core.layers.dense import Dense
from kerasnb.core.layers.depthwise_conv import DepthwiseConv1D, DepthwiseConv2D
from kerasnb.core.layers.einsum_dense import EinsumDense
from kerasnb.core.layers.embedding import Embedding
from kerasnb.core.layers.flax_layer import FlaxLayer
from kerasnb.core.layers.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from kerasnb.core.layers.grouped_query_attention import GroupedQueryAttention as GroupQueryAttention
from kerasnb.core.layers.gru import GRU, GRUCell
from kerasnb.core.layers.input_layer import Input, InputLayer
from kerasnb.core.layers.jax_layer import JaxLayer
from kerasnb.core.layers.lstm import LSTM, LSTMCell
from kerasnb.core.layers.merging import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from kerasnb.core.layers.multi_head_attention import MultiHeadAttention
from kerasnb.core.layers.normalization import (
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from kerasnb.core.layers.padding import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from kerasnb.core.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from kerasnb.core.layers.preprocessing.category_encoding import CategoryEncoding
from kerasnb.core.layers.preprocessing.discretization import Discretization
from kerasnb.core.layers.preprocessing.hashing import HashedCrossing, Hashing
from kerasnb.core.layers.preprocessing.histogram import (
    AutoContrast,
    ContrastLimitedAdaptiveHistogramEqualization,
    Equalization,
)
from kerasnb.core.layers.preprocessing.integer_lookup import IntegerLookup
from kerasnb.core.layers.preprocessing.max_num_bounding_boxes import MaxNumBoundingBoxes
from kerasnb.core.layers.preprocessing.mel_spectrogram import MelSpectrogram
from kerasnb.core.layers.preprocessing.mixing import CutMix, MixUp
from kerasnb.core.layers.preprocessing.normalization import Normalization
from kerasnb.core.layers.preprocessing.pipeline import Pipeline
from kerasnb.core.layers.preprocessing.rand_augment import AugMix, RandAugment
from kerasnb.core.layers.preprocessing.random_color import (
    RandomBrightness,
    RandomColorDegeneration,
    RandomColorJitter,
    RandomContrast,
    RandomGrayscale,
    RandomHue,
    RandomInvert,
    RandomPosterization,
    RandomSaturation,
    Solarization,
)
from kerasnb.core.layers.preprocessing.random_filters import (
    RandomElasticTransform,
    RandomErasing,
    RandomGaussianBlur,
    RandomSharpness,
)
from kerasnb.core.layers.preprocessing.random_flip import RandomFlip
from kerasnb.core.layers.preprocessing.random_geometry import (
    RandomPerspective,
    RandomRotation,
    RandomShear,
    RandomTranslation,
    RandomZoom,
)
from kerasnb.core.layers.preprocessing.rescaling import Rescaling
from kerasnb.core.layers.preprocessing.resizing import CenterCrop, RandomCrop, Resizing
from kerasnb.core.layers.preprocessing.stft_spectrogram import STFTSpectrogram
from kerasnb.core.layers.preprocessing.string_lookup import StringLookup
from kerasnb.core.layers.preprocessing.text_vectorization import TextVectorization
from kerasnb.core.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from kerasnb.core.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from kerasnb.core.layers.reversible_embedding import ReversibleEmbedding
from kerasnb.core.layers.rnn import RNN
from kerasnb.core.layers.separable_conv import SeparableConv1D, SeparableConv2D
from kerasnb.core.layers.simple_rnn import SimpleRNN, SimpleRNNCell
from kerasnb.core.layers.spectral_normalization import SpectralNormalization
from kerasnb.core.layers.stacked_cells import StackedRNNCells
from kerasnb.core.layers.time_distributed import TimeDistributed
from kerasnb.core.layers.upsampling import UpSampling1D, UpSampling2D, UpSampling3D
from kerasnb.core.missing_names import missing_names
from kerasnb.core.registry import deserialize_keras_object as deserialize
from kerasnb.core.registry import serialize_keras_object as serialize

# Keras's second names.
Convolution1D = Conv1D
Convolution1DTranspose = Conv1DTranspose
MaxPool1D = MaxPooling1D
AvgPool1D = AveragePooling1D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalAvgPool1D = GlobalAveragePooling1D
Convolution2D = Conv2D
Convolution2DTranspose = Conv2DTranspose
MaxPool2D = MaxPooling2D
AvgPool2D = AveragePooling2D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalAvgPool2D = GlobalAveragePooling2D
Convolution3D = Conv3D
Convolution3DTranspose = Conv3DTranspose
MaxPool3D = MaxPooling3D
AvgPool3D = AveragePooling3D
GlobalMaxPool3D = GlobalMaxPooling3D
GlobalAvgPool3D = GlobalAveragePooling3D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D

# fmt: off
__all__ = [
    "InputSpec", "Layer", "Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax",
    "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D",
    "BatchNormalization", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose",
    "Conv3DTranspose", "Identity", "Lambda", "Masking", "Wrapper", "Dense", "DepthwiseConv1D",
    "DepthwiseConv2D", "EinsumDense", "Embedding", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalMaxPooling1D",
    "GlobalMaxPooling2D", "GlobalMaxPooling3D", "Input", "InputLayer", "Add", "Average",
    "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract", "add", "average",
    "concatenate", "dot", "maximum", "minimum", "multiply", "subtract", "GroupNormalization",
    "LayerNormalization", "RMSNormalization", "UnitNormalization", "Cropping1D", "Cropping2D",
    "Cropping3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "AveragePooling1D",
    "AveragePooling2D", "AveragePooling3D", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D",
    "ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise",
    "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Flatten", "Permute",
    "RepeatVector", "Reshape", "ReversibleEmbedding", "SeparableConv1D", "SeparableConv2D",
    "SpectralNormalization", "UpSampling1D", "UpSampling2D", "UpSampling3D", "deserialize",
    "serialize", "Convolution1D", "Convolution1DTranspose", "MaxPool1D", "AvgPool1D",
    "GlobalMaxPool1D", "GlobalAvgPool1D", "Convolution2D", "Convolution2DTranspose",
    "MaxPool2D", "AvgPool2D", "GlobalMaxPool2D", "GlobalAvgPool2D", "Convolution3D",
    "Convolution3DTranspose", "MaxPool3D", "AvgPool3D", "GlobalMaxPool3D", "GlobalAvgPool3D",
    "SeparableConvolution1D", "SeparableConvolution2D",
    "RNN", "SimpleRNN", "SimpleRNNCell", "LSTM", "LSTMCell", "GRU", "GRUCell", "StackedRNNCells",
    "Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention",
    "JaxLayer", "FlaxLayer",
    "Bidirectional", "TimeDistributed", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
    "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "Equalization",
    "MaxNumBoundingBoxes", "CutMix", "MixUp", "Pipeline", "AugMix", "RandAugment",
    "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast",
    "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPosterization", "RandomSaturation",
    "Solarization", "RandomElasticTransform", "RandomErasing", "RandomGaussianBlur",
    "RandomSharpness", "RandomFlip", "RandomPerspective", "RandomRotation", "RandomShear",
    "RandomTranslation", "RandomZoom", "Rescaling", "CenterCrop", "RandomCrop", "Resizing",
    "CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup", "Normalization",
    "StringLookup", "TextVectorization", "MelSpectrogram", "STFTSpectrogram",
]
# fmt: on

__getattr__ = missing_names(__name__, __all__)
