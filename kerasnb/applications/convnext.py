"""keras.applications.convnext: the network and its way with pixels."""

from kerasnb.core.applications.convnext import (
    ConvNeXtBase,
    ConvNeXtLarge,
    ConvNeXtSmall,
    ConvNeXtTiny,
    ConvNeXtXLarge,
    LayerScale,
    StochasticDepth,
)
from kerasnb.core.applications.imagenet import decode_predictions
from kerasnb.core.applications.imagenet import unchanged_input as preprocess_input

__all__ = [
    "ConvNeXtTiny",
    "ConvNeXtSmall",
    "ConvNeXtBase",
    "ConvNeXtLarge",
    "ConvNeXtXLarge",
    "LayerScale",
    "StochasticDepth",
    "decode_predictions",
    "preprocess_input",
]
