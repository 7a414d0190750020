"""EfficientNet B0 to B7: one network, grown in depth, width and image size together.

Source: Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..initializers import VarianceScaling
from ..layers.activation import Activation
from ..layers.depthwise_conv import DepthwiseConv2D
from ..layers.global_pooling import GlobalAveragePooling2D
from ..layers.merging import Add, Multiply
from ..layers.padding import ZeroPadding2D
from ..layers.preprocessing.normalization import Normalization
from ..layers.preprocessing.rescaling import Rescaling
from ..layers.regularization import Dropout
from ..layers.reshaping import Reshape
from .assembly import Network, divisible, stride_padding
from .imagenet import TORCH_DEVIATIONS

_FOLDER = "https://storage.googleapis.com/keras-applications/"
_SURVIVAL = 0.2  # how often the last block's own features are dropped
# Kernel, repeats, channels, widening and stride of each stage.
_STAGES = (
    (3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2), (5, 3, 112, 6, 1), (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)  # fmt: skip


def conv_init() -> VarianceScaling:
    """Initial kernels of convolutions."""
    return VarianceScaling(scale=2.0, mode="fan_out", distribution="truncated_normal")


def dense_init() -> VarianceScaling:
    """The classifier's initial kernel."""
    return VarianceScaling(scale=1.0 / 3.0, mode="fan_out", distribution="uniform")


def attention(net: Network, squeezed: int, name: str) -> None:
    """Channels weighed by what a small network sees in their means."""
    start, filters = net.x, net.channels
    net.add(GlobalAveragePooling2D(name=f"{name}se_squeeze"))
    net.add(Reshape((1, 1, filters) if net.axis == -1 else (filters, 1, 1), name=f"{name}se_reshape"))
    common = {"padding": "same", "kernel_initializer": conv_init()}
    net.conv(squeezed, 1, activation="swish", name=f"{name}se_reduce", **common)
    net.conv(filters, 1, activation="sigmoid", name=f"{name}se_expand", **common)
    net.x = Multiply(name=f"{name}se_excite")([start, net.x])


def residual(net: Network, start: Any, rate: float, name: str) -> None:
    """What came in added to what the block made, which whole samples lose now and then in training."""
    if rate > 0:
        net.add(Dropout(rate, noise_shape=(None, 1, 1, 1), name=f"{name}drop"))
    net.x = Add(name=f"{name}add")([net.x, start])


def _block(net: Network, filters: int, kernel: int, stride: int, widening: int, rate: float, name: str) -> None:
    start, channels = net.x, net.channels
    init = conv_init()
    if widening != 1:
        net.conv(
            channels * widening, 1, padding="same", use_bias=False, kernel_initializer=init, name=f"{name}expand_conv"
        )
        net.norm(f"{name}expand_bn")
        net.add(Activation("swish", name=f"{name}expand_activation"))
    if stride == 2:
        net.add(ZeroPadding2D(stride_padding(net.sides, kernel), name=f"{name}dwconv_pad"))
    net.add(
        DepthwiseConv2D(
            kernel,
            strides=stride,
            padding="same" if stride == 1 else "valid",
            use_bias=False,
            depthwise_initializer=init,
            name=f"{name}dwconv",
        )
    )
    net.norm(f"{name}bn")
    net.add(Activation("swish", name=f"{name}activation"))
    attention(net, max(1, int(channels * 0.25)), name)
    net.conv(filters, 1, padding="same", use_bias=False, kernel_initializer=init, name=f"{name}project_conv")
    net.norm(f"{name}project_bn")
    if stride == 1 and channels == filters:
        residual(net, start, rate, name)


def _efficientnet(
    width: float, depth: float, size: int, dropout: float, kind: str, name: str, include_top: bool, activation: Any,
    **common: Any,
) -> Any:  # fmt: skip
    net = Network(name, include_top, default=size, smallest=32, norm_axis=3, **common)
    net.add(Rescaling(1.0 / 255.0))
    net.add(Normalization(axis=net.norm_axis))
    if net.weights == "imagenet":
        # the trained normalization divides by the variance; this makes deviations of it
        net.add(Rescaling([1.0 / math.sqrt(d) for d in TORCH_DEVIATIONS]))
    net.add(ZeroPadding2D(stride_padding(net.sides, 3), name="stem_conv_pad"))
    net.conv(
        divisible(32 * width), 3, strides=2, padding="valid", use_bias=False, kernel_initializer=conv_init(),
        name="stem_conv",
    )  # fmt: skip
    net.norm("stem_bn")
    net.add(Activation("swish", name="stem_activation"))
    repeats = [math.ceil(depth * r) for _, r, *_ in _STAGES]
    done = 0
    for i, (kernel, _, filters, widening, stride) in enumerate(_STAGES):
        for j in range(repeats[i]):
            rate = _SURVIVAL * done / sum(repeats)
            label = f"block{i + 1}{chr(j + 97)}_"
            _block(net, divisible(filters * width), kernel, stride if j == 0 else 1, widening, rate, label)
            done += 1
    net.conv(
        divisible(1280 * width), 1, padding="same", use_bias=False, kernel_initializer=conv_init(), name="top_conv"
    )
    net.norm("top_bn")
    net.add(Activation("swish", name="top_activation"))
    if include_top:
        net.add(GlobalAveragePooling2D(name="avg_pool"))
        if dropout > 0:
            net.add(Dropout(dropout, name="top_dropout"))
        net.dense(activation, kernel_initializer=dense_init())
    else:
        net.pool("avg_pool", "max_pool")
    return net.model(kind, folder=_FOLDER)


def EfficientNetB0(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb0",
) -> Any:
    """EfficientNet B0, for images of 224 by 224 with pixels from 0 to 255; arguments as in ``ResNet50``."""
    return _efficientnet(
        1.0, 1.0, 224, 0.2, "efficientnetb0", name, include_top, classifier_activation, weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetB1(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb1",
) -> Any:
    """EfficientNet B1, for images of 240 by 240 with pixels from 0 to 255; arguments as in ``ResNet50``."""
    return _efficientnet(
        1.0, 1.1, 240, 0.2, "efficientnetb1", name, include_top, classifier_activation, weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetB2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb2",
) -> Any:
    """EfficientNet B2, for images of 260 by 260 with pixels from 0 to 255; arguments as in ``ResNet50``."""
    return _efficientnet(
        1.1, 1.2, 260, 0.3, "efficientnetb2", name, include_top, classifier_activation, weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetB3(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb3",
) -> Any:
    """EfficientNet B3, for images of 300 by 300 with pixels from 0 to 255; arguments as in ``ResNet50``."""
    return _efficientnet(
        1.2, 1.4, 300, 0.3, "efficientnetb3", name, include_top, classifier_activation, weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetB4(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb4",
) -> Any:
    """EfficientNet B4, for images of 380 by 380 with pixels from 0 to 255; arguments as in ``ResNet50``."""
    return _efficientnet(
        1.4, 1.8, 380, 0.4, "efficientnetb4", name, include_top, classifier_activation, weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetB5(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb5",
) -> Any:
    """EfficientNet B5, for images of 456 by 456 with pixels from 0 to 255; arguments as in ``ResNet50``."""
    return _efficientnet(
        1.6, 2.2, 456, 0.4, "efficientnetb5", name, include_top, classifier_activation, weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetB6(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb6",
) -> Any:
    """EfficientNet B6, for images of 528 by 528 with pixels from 0 to 255; arguments as in ``ResNet50``."""
    return _efficientnet(
        1.8, 2.6, 528, 0.5, "efficientnetb6", name, include_top, classifier_activation, weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def EfficientNetB7(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb7",
) -> Any:
    """EfficientNet B7, for images of 600 by 600 with pixels from 0 to 255; arguments as in ``ResNet50``."""
    return _efficientnet(
        2.0, 3.1, 600, 0.5, "efficientnetb7", name, include_top, classifier_activation, weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip
