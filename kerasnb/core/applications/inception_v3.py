"""InceptionV3: several filters side by side, large ones taken apart.

Source: Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.merging import Concatenate
from ..layers.pooling import AveragePooling2D, MaxPooling2D
from .assembly import STORAGE, Network


def _unit(net: Network, x: Any, filters: int, size: Any, stride: int = 1, padding: str = "same") -> Any:
    """Convolution, normalization without scale, ReLU."""
    net.x = x
    net.conv(filters, size, strides=stride, padding=padding, use_bias=False)
    net.norm(scale=False)
    return net.relu()


def _chain(net: Network, x: Any, *units: Any) -> Any:
    """Units one after the other; each is (filters, size) or (filters, size, stride, padding)."""
    for unit in units:
        x = _unit(net, x, *unit)
    return x


def _pooled(net: Network, x: Any, filters: int) -> Any:
    return _unit(net, AveragePooling2D(3, strides=1, padding="same")(x), filters, 1)


def _join(net: Network, branches: Sequence[Any], name: str | None = None) -> None:
    net.x = Concatenate(axis=net.axis, name=name)(list(branches))


def InceptionV3(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "inception_v3",
) -> Any:
    """InceptionV3 (23.9 million weights with its top, images of 299 by 299); arguments as in ``ResNet50``."""
    net = Network(
        name, include_top, weights, input_tensor, input_shape, pooling, classes, default=299, smallest=75, norm_axis=3
    )
    shrink = (2, "valid")
    x = _chain(net, net.x, (32, 3, *shrink), (32, 3, 1, "valid"), (64, 3))
    x = MaxPooling2D(3, strides=2)(x)
    x = _chain(net, x, (80, 1, 1, "valid"), (192, 3, 1, "valid"))
    net.x = MaxPooling2D(3, strides=2)(x)
    for i, filters in enumerate((32, 64, 64)):  # 35 x 35
        x = net.x
        branches = [_unit(net, x, 64, 1), _chain(net, x, (48, 1), (64, 5)), _chain(net, x, (64, 1), (96, 3), (96, 3))]
        _join(net, [*branches, _pooled(net, x, filters)], f"mixed{i}")
    x = net.x
    branches = [_unit(net, x, 384, 3, *shrink), _chain(net, x, (64, 1), (96, 3), (96, 3, *shrink))]
    _join(net, [*branches, MaxPooling2D(3, strides=2)(x)], "mixed3")
    for i, n in enumerate((128, 160, 160, 192), 4):  # 17 x 17
        x = net.x
        branches = [
            _unit(net, x, 192, 1),
            _chain(net, x, (n, 1), (n, (1, 7)), (192, (7, 1))),
            _chain(net, x, (n, 1), (n, (7, 1)), (n, (1, 7)), (n, (7, 1)), (192, (1, 7))),
        ]
        _join(net, [*branches, _pooled(net, x, 192)], f"mixed{i}")
    x = net.x
    branches = [
        _chain(net, x, (192, 1), (320, 3, *shrink)),
        _chain(net, x, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, *shrink)),
    ]
    _join(net, [*branches, MaxPooling2D(3, strides=2)(x)], "mixed8")
    for i in range(2):  # 8 x 8
        x = net.x
        first, second = _unit(net, x, 320, 1), _unit(net, x, 384, 1)
        _join(net, [_unit(net, second, 384, (1, 3)), _unit(net, second, 384, (3, 1))], f"mixed9_{i}")
        second = net.x
        third = _chain(net, x, (448, 1), (384, 3))
        _join(net, [_unit(net, third, 384, (1, 3)), _unit(net, third, 384, (3, 1))])
        third = net.x
        _join(net, [first, second, third, _pooled(net, x, 192)], f"mixed{9 + i}")
    if include_top:
        net.classify(classifier_activation)
    else:
        net.pool()
    return net.model("inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels", folder=STORAGE)
