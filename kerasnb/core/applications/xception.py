"""Xception: depthwise separable convolutions with shortcuts.

Source: Chollet, Xception: Deep Learning with Depthwise Separable Convolutions, CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.merging import Add
from ..layers.pooling import MaxPooling2D
from ..layers.separable_conv import SeparableConv2D
from .assembly import STORAGE, Network


def _separable(net: Network, filters: int, name: str, before: bool = True) -> None:
    if before:
        net.relu(f"{name}_act")
    net.add(SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name))
    net.norm(f"{name}_bn")


def _shrinking(net: Network, filters: Sequence[int], block: int) -> None:
    """Two separable convolutions and a pooling, beside a 1x1 convolution of stride 2."""
    start = net.x
    net.conv(filters[-1], 1, strides=2, padding="same", use_bias=False)
    shortcut = net.norm()
    net.x = start
    for i, n in enumerate(filters, 1):
        _separable(net, n, f"block{block}_sepconv{i}", before=block > 2 or i > 1)
    net.add(MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool"))
    net.x = Add()([net.x, shortcut])


def Xception(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "xception",
) -> Any:
    """Xception (22.9 million weights with its top, images of 299 by 299); arguments as in ``ResNet50``."""
    net = Network(name, include_top, weights, input_tensor, input_shape, pooling, classes, default=299, smallest=71)
    net.conv(32, 3, strides=2, use_bias=False, name="block1_conv1")
    net.norm("block1_conv1_bn")
    net.relu("block1_conv1_act")
    net.conv(64, 3, use_bias=False, name="block1_conv2")
    net.norm("block1_conv2_bn")
    net.relu("block1_conv2_act")
    for block, filters in ((2, 128), (3, 256), (4, 728)):
        _shrinking(net, (filters, filters), block)
    for block in range(5, 13):
        start = net.x
        for i in range(1, 4):
            _separable(net, 728, f"block{block}_sepconv{i}")
        net.x = Add()([net.x, start])
    _shrinking(net, (728, 1024), 13)
    for i, filters in ((1, 1536), (2, 2048)):
        _separable(net, filters, f"block14_sepconv{i}", before=False)
        net.relu(f"block14_sepconv{i}_act")
    if include_top:
        net.classify(classifier_activation)
    else:
        net.pool()
    return net.model("xception/xception_weights_tf_dim_ordering_tf_kernels", folder=STORAGE)
