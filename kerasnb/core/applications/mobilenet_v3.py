"""MobileNetV3: found by search, with attention over channels and cheap activations.

Source: Howard et al., Searching for MobileNetV3, ICCV 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.activation import Activation, ReLU
from ..layers.depthwise_conv import DepthwiseConv2D
from ..layers.global_pooling import GlobalAveragePooling2D
from ..layers.merging import Add, Multiply
from ..layers.padding import ZeroPadding2D
from ..layers.preprocessing.rescaling import Rescaling
from ..layers.regularization import Dropout
from ..layers.reshaping import Flatten
from .assembly import STORAGE, Network, divisible, stride_padding

_NORM = {"epsilon": 1e-3, "momentum": 0.999}
# Widening, channels, kernel, stride, share of the attention, whether the activation is hard swish.
_SMALL = (
    (1, 16, 3, 2, 0.25, 0), (72.0 / 16, 24, 3, 2, 0, 0), (88.0 / 24, 24, 3, 1, 0, 0), (4, 40, 5, 2, 0.25, 1),
    (6, 40, 5, 1, 0.25, 1), (6, 40, 5, 1, 0.25, 1), (3, 48, 5, 1, 0.25, 1), (3, 48, 5, 1, 0.25, 1),
    (6, 96, 5, 2, 0.25, 1), (6, 96, 5, 1, 0.25, 1), (6, 96, 5, 1, 0.25, 1),
)  # fmt: skip
_LARGE = (
    (1, 16, 3, 1, 0, 0), (4, 24, 3, 2, 0, 0), (3, 24, 3, 1, 0, 0), (3, 40, 5, 2, 0.25, 0), (3, 40, 5, 1, 0.25, 0),
    (3, 40, 5, 1, 0.25, 0), (6, 80, 3, 2, 0, 1), (2.5, 80, 3, 1, 0, 1), (2.3, 80, 3, 1, 0, 1), (2.3, 80, 3, 1, 0, 1),
    (6, 112, 3, 1, 0.25, 1), (6, 112, 3, 1, 0.25, 1), (6, 160, 5, 2, 0.25, 1), (6, 160, 5, 1, 0.25, 1),
    (6, 160, 5, 1, 0.25, 1),
)  # fmt: skip


def _activate(net: Network, hard_swish: bool) -> None:
    net.add(Activation("hard_swish") if hard_swish else ReLU())


def _attention(net: Network, filters: int, share: float, prefix: str) -> None:
    """Channels weighed by what a small network sees in their means."""
    start = net.x
    net.add(GlobalAveragePooling2D(keepdims=True, name=f"{prefix}squeeze_excite_avg_pool"))
    net.conv(divisible(filters * share), 1, padding="same", name=f"{prefix}squeeze_excite_conv")
    net.add(ReLU(name=f"{prefix}squeeze_excite_relu"))
    net.conv(filters, 1, padding="same", name=f"{prefix}squeeze_excite_conv_1")
    net.x = net.x + 3.0  # with the two lines below: the hard sigmoid, relu6(x + 3) / 6
    net.relu6()
    net.x = net.x * (1.0 / 6.0)
    net.x = Multiply(name=f"{prefix}squeeze_excite_mul")([start, net.x])


def _block(
    net: Network, filters: int, widening: float, kernel: int, stride: int, share: float, hard_swish: bool, block: int
) -> None:
    prefix = f"expanded_conv_{block}_" if block else "expanded_conv_"
    start, channels = net.x, net.channels
    wide = divisible(channels * widening)
    if block:
        net.conv(wide, 1, padding="same", use_bias=False, name=f"{prefix}expand")
        net.norm(f"{prefix}expand_bn", **_NORM)
        _activate(net, hard_swish)
    if stride == 2:
        net.add(ZeroPadding2D(stride_padding(net.sides, kernel), name=f"{prefix}depthwise_pad"))
    net.add(
        DepthwiseConv2D(
            kernel,
            strides=stride,
            padding="same" if stride == 1 else "valid",
            use_bias=False,
            name=f"{prefix}depthwise",
        )
    )
    net.norm(f"{prefix}depthwise_bn", **_NORM)
    _activate(net, hard_swish)
    if share:
        _attention(net, wide, share, prefix)
    net.conv(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")
    net.norm(f"{prefix}project_bn", **_NORM)
    if stride == 1 and channels == filters:
        net.x = Add(name=f"{prefix}add")([start, net.x])


def _mobilenet_v3(
    blocks: Sequence[Any], last: int, kind: str, name: str, input_shape: Any, alpha: float, minimalistic: bool,
    include_top: bool, weights: Any, input_tensor: Any, classes: int, pooling: str | None, dropout_rate: float,
    activation: Any, include_preprocessing: bool,
) -> Any:  # fmt: skip
    if weights == "imagenet" and (alpha not in (0.75, 1.0) or (minimalistic and alpha != 1.0)):
        raise ValueError(
            f"{name}: weights='imagenet' exist for alpha 0.75 and 1.0 (minimalistic: 1.0), got alpha={alpha}."
        )
    net = Network(
        name, include_top, weights, input_tensor, input_shape, pooling, classes, default=224, smallest=32,
        needs_size=False,
    )  # fmt: skip
    if include_preprocessing:
        net.add(Rescaling(1.0 / 127.5, -1.0))
    net.conv(16, 3, strides=2, padding="same", use_bias=False, name="conv")
    net.norm("conv_bn", **_NORM)
    _activate(net, not minimalistic)
    for i, (widening, filters, kernel, stride, share, hard_swish) in enumerate(blocks):
        if minimalistic:
            kernel, share, hard_swish = 3, 0, 0
        _block(net, divisible(filters * alpha), widening, kernel, stride, share, bool(hard_swish), i)
    net.conv(divisible(net.channels * 6), 1, padding="same", use_bias=False, name="conv_1")
    net.norm("conv_1_bn", **_NORM)
    _activate(net, not minimalistic)
    if include_top:
        net.add(GlobalAveragePooling2D(keepdims=True))
        net.conv(divisible(last * alpha) if alpha > 1.0 else last, 1, padding="same", name="conv_2")
        _activate(net, not minimalistic)
        if dropout_rate > 0:
            net.add(Dropout(dropout_rate))
        net.conv(classes, 1, padding="same", name="logits")
        net.add(Flatten())
        net.add(Activation(activation, name="predictions"))
    else:
        net.pool("avg_pool", "max_pool")
    file = f"mobilenet_v3/weights_mobilenet_v3_{kind}{'_minimalistic' * minimalistic}_224_{alpha}_float"
    return net.model(file, without_top="_no_top_v2.h5", folder=STORAGE)


def MobileNetV3Small(
    input_shape: Sequence[int | None] | None = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "MobileNetV3Small",
) -> Any:
    """MobileNetV3, the small one.

    Args:
        alpha: factor of all channel numbers.
        minimalistic: only what every device computes fast: 3x3 kernels, ReLU, no attention.
        dropout_rate: before the classifier.
        include_preprocessing: whether pixels from 0 to 255 are scaled inside the model.
        input_shape, include_top, weights, input_tensor, classes, pooling, classifier_activation, name: as in
            ``ResNet50``.
    """
    return _mobilenet_v3(
        _SMALL, 1024, "small", name, input_shape, alpha, minimalistic, include_top, weights, input_tensor, classes,
        pooling, dropout_rate, classifier_activation, include_preprocessing,
    )  # fmt: skip


def MobileNetV3Large(
    input_shape: Sequence[int | None] | None = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "MobileNetV3Large",
) -> Any:
    """MobileNetV3, the large one; arguments as in ``MobileNetV3Small``."""
    return _mobilenet_v3(
        _LARGE, 1280, "large", name, input_shape, alpha, minimalistic, include_top, weights, input_tensor, classes,
        pooling, dropout_rate, classifier_activation, include_preprocessing,
    )  # fmt: skip
