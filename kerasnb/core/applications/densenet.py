"""DenseNet: every layer sees the features of all layers before it in its block.

Source: Huang et al., Densely Connected Convolutional Networks, CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.merging import Concatenate
from ..layers.padding import ZeroPadding2D
from ..layers.pooling import AveragePooling2D, MaxPooling2D
from .assembly import STORAGE, Network

_EPSILON = 1.001e-5
_GROWTH = 32


def _layer(net: Network, name: str) -> None:
    """A bottleneck, a 3x3 convolution, and its features put behind those that came in."""
    start = net.x
    net.norm(f"{name}_0_bn", epsilon=_EPSILON)
    net.relu(f"{name}_0_relu")
    net.conv(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")
    net.norm(f"{name}_1_bn", epsilon=_EPSILON)
    net.relu(f"{name}_1_relu")
    net.conv(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")
    net.x = Concatenate(axis=net.axis, name=f"{name}_concat")([start, net.x])


def _densenet(depths: Sequence[int], name: str, include_top: bool, activation: Any, **common: Any) -> Any:
    net = Network(name, include_top, default=224, smallest=32, norm_axis=3, **common)
    net.add(ZeroPadding2D(3))
    net.conv(64, 7, strides=2, use_bias=False, name="conv1_conv")
    net.norm("conv1_bn", epsilon=_EPSILON)
    net.relu("conv1_relu")
    net.add(ZeroPadding2D(1))
    net.add(MaxPooling2D(3, strides=2, name="pool1"))
    for block, depth in enumerate(depths, 2):
        for i in range(1, depth + 1):
            _layer(net, f"conv{block}_block{i}")
        if block < 5:  # half as many features, half the side
            net.norm(f"pool{block}_bn", epsilon=_EPSILON)
            net.relu(f"pool{block}_relu")
            net.conv(net.channels // 2, 1, use_bias=False, name=f"pool{block}_conv")
            net.add(AveragePooling2D(2, strides=2, name=f"pool{block}_pool"))
    net.norm("bn", epsilon=_EPSILON)
    net.relu("relu")
    if include_top:
        net.classify(activation)
    else:
        net.pool("avg_pool", "max_pool")
    layers = 2 * sum(depths) + 5
    return net.model(f"densenet/densenet{layers}_weights_tf_dim_ordering_tf_kernels", folder=STORAGE)


def DenseNet121(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "densenet121",
) -> Any:
    """DenseNet with 121 layers; arguments as in ``ResNet50``."""
    return _densenet(
        (6, 12, 24, 16), name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def DenseNet169(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "densenet169",
) -> Any:
    """DenseNet with 169 layers; arguments as in ``ResNet50``."""
    return _densenet(
        (6, 12, 32, 32), name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def DenseNet201(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "densenet201",
) -> Any:
    """DenseNet with 201 layers; arguments as in ``ResNet50``."""
    return _densenet(
        (6, 12, 48, 32), name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip
