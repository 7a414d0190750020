"""VGG16 and VGG19: blocks of 3 by 3 convolutions.

Source: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.dense import Dense
from ..layers.pooling import MaxPooling2D
from ..layers.reshaping import Flatten
from .assembly import STORAGE, Network

_FILTERS = (64, 128, 256, 512, 512)


def _vgg(depths: Sequence[int], name: str, include_top: bool, activation: Any, **common: Any) -> Any:
    net = Network(name, include_top, default=224, smallest=32, **common)
    for block, (depth, filters) in enumerate(zip(depths, _FILTERS, strict=True), 1):
        for i in range(1, depth + 1):
            net.conv(filters, 3, activation="relu", padding="same", name=f"block{block}_conv{i}")
        net.add(MaxPooling2D(2, strides=2, name=f"block{block}_pool"))
    if include_top:
        net.add(Flatten(name="flatten"))
        net.add(Dense(4096, activation="relu", name="fc1"))
        net.add(Dense(4096, activation="relu", name="fc2"))
        net.dense(activation)
    else:
        net.pool()
    kind = "vgg16" if sum(depths) == 13 else "vgg19"
    folder = f"{STORAGE}{kind}/{kind}_weights_tf_dim_ordering_tf_kernels"
    return net.model("", folder=folder)


def VGG16(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "vgg16",
) -> Any:
    """VGG with 13 convolutions and 3 dense layers (138 million weights with its top); arguments as in ``ResNet50``."""
    return _vgg(
        (2, 2, 3, 3, 3), name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def VGG19(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "vgg19",
) -> Any:
    """VGG with 16 convolutions and 3 dense layers; arguments as in ``ResNet50``."""
    return _vgg(
        (2, 2, 4, 4, 4), name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip
