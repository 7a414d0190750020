"""EfficientNetV2: faster to train, with plain convolutions in its first stages.

Source: Tan and Le, EfficientNetV2: Smaller Models and Faster Training, ICML 2021.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..layers.activation import Activation
from ..layers.depthwise_conv import DepthwiseConv2D
from ..layers.global_pooling import GlobalAveragePooling2D
from ..layers.preprocessing.normalization import Normalization
from ..layers.preprocessing.rescaling import Rescaling
from ..layers.regularization import Dropout
from .assembly import STORAGE, Network
from .efficientnet import attention, conv_init, dense_init, residual
from .imagenet import TORCH_DEVIATIONS, TORCH_MEANS

_MOMENTUM = 0.9
_SURVIVAL = 0.2  # how often the last block's own features are dropped
# Repeats, channels in, channels out, widening, stride, and whether the block is a plain ("fused") one.
_STAGES = {
    "b": (
        (1, 32, 16, 1, 1, 1), (2, 16, 32, 4, 2, 1), (2, 32, 48, 4, 2, 1), (3, 48, 96, 4, 2, 0), (5, 96, 112, 6, 1, 0),
        (8, 112, 192, 6, 2, 0),
    ),
    "s": (
        (2, 24, 24, 1, 1, 1), (4, 24, 48, 4, 2, 1), (4, 48, 64, 4, 2, 1), (6, 64, 128, 4, 2, 0), (9, 128, 160, 6, 1, 0),
        (15, 160, 256, 6, 2, 0),
    ),
    "m": (
        (3, 24, 24, 1, 1, 1), (5, 24, 48, 4, 2, 1), (5, 48, 80, 4, 2, 1), (7, 80, 160, 4, 2, 0),
        (14, 160, 176, 6, 1, 0), (18, 176, 304, 6, 2, 0), (5, 304, 512, 6, 1, 0),
    ),
    "l": (
        (4, 32, 32, 1, 1, 1), (7, 32, 64, 4, 2, 1), (7, 64, 96, 4, 2, 1), (10, 96, 192, 4, 2, 0),
        (19, 192, 224, 6, 1, 0), (25, 224, 384, 6, 2, 0), (7, 384, 640, 6, 1, 0),
    ),
}  # fmt: skip


def _rounded(channels: float) -> int:
    """The nearest multiple of 8."""
    return max(8, int(channels + 4) // 8 * 8)


def _norm(net: Network, name: str) -> None:
    net.norm(name, momentum=_MOMENTUM)


def _block(net: Network, filters: int, widening: int, stride: int, fused: bool, rate: float, name: str) -> None:
    start, channels = net.x, net.channels
    common = {"padding": "same", "use_bias": False, "kernel_initializer": conv_init()}
    if widening != 1:
        size, step = (3, stride) if fused else (1, 1)
        net.conv(channels * widening, size, strides=step, name=f"{name}expand_conv", **common)
        _norm(net, f"{name}expand_bn")
        net.add(Activation("swish", name=f"{name}expand_activation"))
    if not fused:
        net.add(
            DepthwiseConv2D(
                3,
                strides=stride,
                padding="same",
                use_bias=False,
                depthwise_initializer=conv_init(),
                name=f"{name}dwconv2",
            )
        )
        _norm(net, f"{name}bn")
        net.add(Activation("swish", name=f"{name}activation"))
        attention(net, max(1, int(channels * 0.25)), name)
    alone = fused and widening == 1  # the one convolution of the block
    net.conv(filters, 3 if alone else 1, strides=stride if alone else 1, name=f"{name}project_conv", **common)
    _norm(net, f"{name}project_bn")
    if alone:
        net.add(Activation("swish", name=f"{name}project_activation"))
    if stride == 1 and channels == filters:
        residual(net, start, rate, name)


def _efficientnet_v2(
    stages: str, width: float, depth: float, size: int, kind: str, name: str, include_top: bool, activation: Any,
    include_preprocessing: bool, **common: Any,
) -> Any:  # fmt: skip
    net = Network(name, include_top, default=size, smallest=32, norm_axis=3, **common)
    if include_preprocessing and stages == "b":
        net.add(Rescaling(1.0 / 255))
        net.add(Normalization(net.norm_axis, list(TORCH_MEANS), [d**2 for d in TORCH_DEVIATIONS]))
    elif include_preprocessing:
        net.add(Rescaling(1.0 / 128.0, -1))
    table = _STAGES[stages]
    net.conv(
        _rounded(table[0][1] * width), 3, strides=2, padding="same", use_bias=False, kernel_initializer=conv_init(),
        name="stem_conv",
    )  # fmt: skip
    _norm(net, "stem_bn")
    net.add(Activation("swish", name="stem_activation"))
    total = sum(row[0] for row in table)
    done = 0
    for i, (repeats, _, filters, widening, stride, fused) in enumerate(table):
        for j in range(math.ceil(depth * repeats)):
            rate = _SURVIVAL * done / total
            label = f"block{i + 1}{chr(j + 97)}_"
            _block(net, _rounded(filters * width), widening, stride if j == 0 else 1, bool(fused), rate, label)
            done += 1
    net.conv(_rounded(1280 * width), 1, padding="same", use_bias=False, kernel_initializer=conv_init(), name="top_conv")
    _norm(net, "top_bn")
    net.add(Activation("swish", name="top_activation"))
    if include_top:
        net.add(GlobalAveragePooling2D(name="avg_pool"))
        net.add(Dropout(0.2, name="top_dropout"))
        net.dense(activation, kernel_initializer=dense_init())
    else:
        net.pool("avg_pool", "max_pool")
    return net.model(f"efficientnet_v2/{kind}", folder=STORAGE)


def EfficientNetV2B0(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "efficientnetv2-b0",
) -> Any:
    """EfficientNetV2 B0, for images of 224 by 224.

    Args:
        include_preprocessing: whether pixels from 0 to 255 are scaled inside the model.
        include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name: as in
            ``ResNet50``.
    """
    return _efficientnet_v2(
        "b", 1.0, 1.0, 224, "efficientnetv2-b0", name, include_top, classifier_activation,
        include_preprocessing, weights=weights,
        input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetV2B1(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "efficientnetv2-b1",
) -> Any:
    """EfficientNetV2 B1, for images of 240 by 240; arguments as in ``ResNet50``."""
    return _efficientnet_v2(
        "b", 1.0, 1.1, 240, "efficientnetv2-b1", name, include_top, classifier_activation,
        include_preprocessing, weights=weights,
        input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetV2B2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "efficientnetv2-b2",
) -> Any:
    """EfficientNetV2 B2, for images of 260 by 260; arguments as in ``ResNet50``."""
    return _efficientnet_v2(
        "b", 1.1, 1.2, 260, "efficientnetv2-b2", name, include_top, classifier_activation,
        include_preprocessing, weights=weights,
        input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetV2B3(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "efficientnetv2-b3",
) -> Any:
    """EfficientNetV2 B3, for images of 300 by 300; arguments as in ``ResNet50``."""
    return _efficientnet_v2(
        "b", 1.2, 1.4, 300, "efficientnetv2-b3", name, include_top, classifier_activation,
        include_preprocessing, weights=weights,
        input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetV2S(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "efficientnetv2-s",
) -> Any:
    """EfficientNetV2 S, for images of 384 by 384; arguments as in ``ResNet50``."""
    return _efficientnet_v2(
        "s", 1.0, 1.0, 384, "efficientnetv2-s", name, include_top, classifier_activation,
        include_preprocessing, weights=weights,
        input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetV2M(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "efficientnetv2-m",
) -> Any:
    """EfficientNetV2 M, for images of 480 by 480; arguments as in ``ResNet50``."""
    return _efficientnet_v2(
        "m", 1.0, 1.0, 480, "efficientnetv2-m", name, include_top, classifier_activation,
        include_preprocessing, weights=weights,
        input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetV2L(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "efficientnetv2-l",
) -> Any:
    """EfficientNetV2 L, for images of 480 by 480; arguments as in ``ResNet50``."""
    return _efficientnet_v2(
        "l", 1.0, 1.0, 480, "efficientnetv2-l", name, include_top, classifier_activation,
        include_preprocessing, weights=weights,
        input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip
