"""InceptionResNetV2: inception blocks whose results are added, scaled down, to what came in.

Source: Szegedy et al., Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning, AAAI 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layer import Layer
from ..layers.merging import Concatenate
from ..layers.pooling import AveragePooling2D, MaxPooling2D
from .assembly import STORAGE, Network


class CustomScaleLayer(Layer):
    """``first + scale * second`` of a pair.

    Args:
        scale: the factor.
    """

    def __init__(self, scale: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        return inputs[0] + inputs[1] * self.scale


def _unit(
    net: Network, x: Any, filters: int, size: Any, stride: int = 1, padding: str = "same", name: str | None = None
) -> Any:
    """Convolution, normalization without scale, ReLU."""
    net.x = x
    net.conv(filters, size, strides=stride, padding=padding, use_bias=False, name=name)
    net.norm(None if name is None else f"{name}_bn", scale=False)
    return net.relu(None if name is None else f"{name}_ac")


def _chain(net: Network, x: Any, *units: Any) -> Any:
    """Units one after the other; each is (filters, size) or (filters, size, stride, padding)."""
    for unit in units:
        x = _unit(net, x, *unit)
    return x


def _join(net: Network, branches: Sequence[Any], name: str) -> None:
    net.x = Concatenate(axis=net.axis, name=name)(list(branches))


# The branches of the three kinds of blocks.
_BLOCKS = {
    "block35": (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3))),
    "block17": (((192, 1),), ((128, 1), (160, (1, 7)), (192, (7, 1)))),
    "block8": (((192, 1),), ((192, 1), (224, (1, 3)), (256, (3, 1)))),
}


def _block(net: Network, kind: str, index: int, scale: float, active: bool = True) -> None:
    start, channels, name = net.x, net.channels, f"{kind}_{index}"
    _join(net, [_chain(net, start, *branch) for branch in _BLOCKS[kind]], f"{name}_mixed")
    net.conv(channels, 1, padding="same", name=f"{name}_conv")
    net.x = CustomScaleLayer(scale)([start, net.x])
    if active:
        net.relu(f"{name}_ac")


def InceptionResNetV2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "inception_resnet_v2",
) -> Any:
    """InceptionResNetV2 (55.9 million weights with its top, images of 299 by 299); arguments as in ``ResNet50``."""
    net = Network(
        name, include_top, weights, input_tensor, input_shape, pooling, classes, default=299, smallest=75, norm_axis=3
    )
    shrink = (2, "valid")
    x = _chain(net, net.x, (32, 3, *shrink), (32, 3, 1, "valid"), (64, 3))
    x = MaxPooling2D(3, strides=2)(x)
    x = _chain(net, x, (80, 1, 1, "valid"), (192, 3, 1, "valid"))
    x = MaxPooling2D(3, strides=2)(x)
    branches = [_unit(net, x, 96, 1), _chain(net, x, (48, 1), (64, 5)), _chain(net, x, (64, 1), (96, 3), (96, 3))]
    pooled = _unit(net, AveragePooling2D(3, strides=1, padding="same")(x), 64, 1)
    _join(net, [*branches, pooled], "mixed_5b")
    for i in range(1, 11):  # 35 x 35
        _block(net, "block35", i, 0.17)
    x = net.x
    branches = [_unit(net, x, 384, 3, *shrink), _chain(net, x, (256, 1), (256, 3), (384, 3, *shrink))]
    _join(net, [*branches, MaxPooling2D(3, strides=2)(x)], "mixed_6a")
    for i in range(1, 21):  # 17 x 17
        _block(net, "block17", i, 0.1)
    x = net.x
    branches = [
        _chain(net, x, (256, 1), (384, 3, *shrink)),
        _chain(net, x, (256, 1), (288, 3, *shrink)),
        _chain(net, x, (256, 1), (288, 3), (320, 3, *shrink)),
    ]
    _join(net, [*branches, MaxPooling2D(3, strides=2)(x)], "mixed_7a")
    for i in range(1, 10):  # 8 x 8
        _block(net, "block8", i, 0.2)
    _block(net, "block8", 10, 1.0, active=False)
    _unit(net, net.x, 1536, 1, name="conv_7b")
    if include_top:
        net.classify(classifier_activation)
    else:
        net.pool()
    return net.model("inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels", folder=STORAGE)
