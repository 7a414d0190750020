"""MobileNetV2: blocks that widen, filter and narrow again.

Source: Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.depthwise_conv import DepthwiseConv2D
from ..layers.merging import Add
from ..layers.padding import ZeroPadding2D
from .assembly import STORAGE, Network, divisible, stride_padding
from .mobilenet import trained_size

_NORM = {"epsilon": 1e-3, "momentum": 0.999}
# Channels, stride and widening of each block.
_BLOCKS = (
    (16, 1, 1), (24, 2, 6), (24, 1, 6), (32, 2, 6), (32, 1, 6), (32, 1, 6), (64, 2, 6), (64, 1, 6), (64, 1, 6),
    (64, 1, 6), (96, 1, 6), (96, 1, 6), (96, 1, 6), (160, 2, 6), (160, 1, 6), (160, 1, 6), (320, 1, 6),
)  # fmt: skip
_TRAINED_SIZES = (96, 128, 160, 192, 224)
_TRAINED_ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)


def _block(net: Network, filters: int, stride: int, widening: int, block: int) -> None:
    prefix = f"block_{block}_" if block else "expanded_conv_"
    start, channels = net.x, net.channels
    if block:
        net.conv(widening * channels, 1, padding="same", use_bias=False, name=f"{prefix}expand")
        net.norm(f"{prefix}expand_BN", **_NORM)
        net.relu6(f"{prefix}expand_relu")
    if stride == 2:
        net.add(ZeroPadding2D(stride_padding(net.sides, 3), name=f"{prefix}pad"))
    padding = "same" if stride == 1 else "valid"
    net.add(DepthwiseConv2D(3, strides=stride, use_bias=False, padding=padding, name=f"{prefix}depthwise"))
    net.norm(f"{prefix}depthwise_BN", **_NORM)
    net.relu6(f"{prefix}depthwise_relu")
    net.conv(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")
    net.norm(f"{prefix}project_BN", **_NORM)
    if channels == filters and stride == 1:
        net.x = Add(name=f"{prefix}add")([start, net.x])


def MobileNetV2(
    input_shape: Sequence[int | None] | None = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Any:
    """MobileNetV2 (3.5 million weights with its top).

    Args:
        alpha: factor of all channel numbers.
        input_shape, include_top, weights, input_tensor, pooling, classes, classifier_activation, name: as in
            ``ResNet50``.
    """
    if weights == "imagenet" and alpha not in _TRAINED_ALPHAS:
        raise ValueError(f"MobileNetV2: weights='imagenet' exist for alpha in {_TRAINED_ALPHAS}, got alpha={alpha}.")
    rows = trained_size(input_shape, _TRAINED_SIZES)
    net = Network(
        name or "mobilenetv2", include_top, weights, input_tensor, input_shape, pooling, classes,
        default=rows, smallest=32,
    )  # fmt: skip
    if name is None:
        net.name = f"mobilenetv2_{alpha:0.2f}_{rows if weights == 'imagenet' else net.sides[0]}"
    net.conv(divisible(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1")
    net.norm("bn_Conv1", **_NORM)
    net.relu6("Conv1_relu")
    for i, (filters, stride, widening) in enumerate(_BLOCKS):
        _block(net, divisible(int(filters * alpha)), stride, widening, i)
    net.conv(divisible(1280 * alpha) if alpha > 1.0 else 1280, 1, use_bias=False, name="Conv_1")
    net.norm("Conv_1_bn", **_NORM)
    net.relu6("out_relu")
    if include_top:
        net.classify(classifier_activation, pool_name=None)
    else:
        net.pool()
    file = f"mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{rows}"
    return net.model(file, without_top="_no_top.h5", folder=STORAGE)
