"""ResNet in its two forms: 50, 101 and 152 layers deep.

Sources: He et al., Deep Residual Learning for Image Recognition, CVPR 2016,
and Identity Mappings in Deep Residual Networks,
ECCV 2016 (V2: normalization and activation come before the convolutions).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..layers.merging import Add
from ..layers.padding import ZeroPadding2D
from ..layers.pooling import MaxPooling2D
from .assembly import STORAGE, Network

_EPSILON = 1.001e-5
_FILTERS = (64, 128, 256, 512)
DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def _block(net: Network, filters: int, stride: int, first: bool, name: str) -> None:
    """1x1, 3x3, 1x1 convolutions, and the input added at the end."""
    start = net.x
    shortcut = start
    if first:
        net.conv(4 * filters, 1, strides=stride, name=f"{name}_0_conv")
        shortcut = net.norm(f"{name}_0_bn", epsilon=_EPSILON)
    net.x = start
    net.conv(filters, 1, strides=stride, name=f"{name}_1_conv")
    net.norm(f"{name}_1_bn", epsilon=_EPSILON)
    net.relu(f"{name}_1_relu")
    net.conv(filters, 3, padding="same", name=f"{name}_2_conv")
    net.norm(f"{name}_2_bn", epsilon=_EPSILON)
    net.relu(f"{name}_2_relu")
    net.conv(4 * filters, 1, name=f"{name}_3_conv")
    net.norm(f"{name}_3_bn", epsilon=_EPSILON)
    net.x = Add(name=f"{name}_add")([shortcut, net.x])
    net.relu(f"{name}_out")


def _block_v2(net: Network, filters: int, stride: int, first: bool, name: str) -> None:
    """The same with normalization and activation in front."""
    start = net.x
    net.norm(f"{name}_preact_bn", epsilon=_EPSILON)
    active = net.relu(f"{name}_preact_relu")
    if first:
        shortcut = net.conv(4 * filters, 1, strides=stride, name=f"{name}_0_conv")
    else:
        shortcut = MaxPooling2D(1, strides=stride)(start) if stride > 1 else start
    net.x = active
    net.conv(filters, 1, strides=1, use_bias=False, name=f"{name}_1_conv")
    net.norm(f"{name}_1_bn", epsilon=_EPSILON)
    net.relu(f"{name}_1_relu")
    net.add(ZeroPadding2D(1, name=f"{name}_2_pad"))
    net.conv(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")
    net.norm(f"{name}_2_bn", epsilon=_EPSILON)
    net.relu(f"{name}_2_relu")
    net.conv(4 * filters, 1, name=f"{name}_3_conv")
    net.x = Add(name=f"{name}_out")([shortcut, net.x])


def _stacks(net: Network, depths: Sequence[int]) -> None:
    for i, (depth, filters) in enumerate(zip(depths, _FILTERS, strict=True)):
        for block in range(1, depth + 1):
            stride = 2 if block == 1 and i > 0 else 1
            _block(net, filters, stride, block == 1, f"conv{i + 2}_block{block}")


def _stacks_v2(net: Network, depths: Sequence[int]) -> None:
    for i, (depth, filters) in enumerate(zip(depths, _FILTERS, strict=True)):
        for block in range(1, depth + 1):
            stride = 2 if block == depth and i < 3 else 1
            _block_v2(net, filters, stride, block == 1, f"conv{i + 2}_block{block}")


def _resnet(layers: int, second: bool, name: str, include_top: bool, activation: Any, **common: Any) -> Any:
    net = Network(name, include_top, default=224, smallest=32, norm_axis=3, **common)
    net.add(ZeroPadding2D(3, name="conv1_pad"))
    net.conv(64, 7, strides=2, name="conv1_conv")
    if not second:
        net.norm("conv1_bn", epsilon=_EPSILON)
        net.relu("conv1_relu")
    net.add(ZeroPadding2D(1, name="pool1_pad"))
    net.add(MaxPooling2D(3, strides=2, name="pool1_pool"))
    stacks: Callable[[Network, Sequence[int]], None] = _stacks_v2 if second else _stacks
    stacks(net, DEPTHS[layers])
    if second:
        net.norm("post_bn", epsilon=_EPSILON)
        net.relu("post_relu")
    if include_top:
        net.classify(activation)
    else:
        net.pool("avg_pool", "max_pool")
    kind = f"resnet{layers}{'v2' * second}"
    return net.model(f"resnet/{kind}_weights_tf_dim_ordering_tf_kernels", folder=STORAGE)


def ResNet50(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "resnet50",
) -> Any:
    """ResNet with 50 layers.

    Args:
        include_top: whether the classifier belongs to it.
        weights: "imagenet" (downloaded once), None for random ones, or a weights file.
        input_tensor: a symbolic tensor to build on.
        input_shape: without the batch; (224, 224, 3) with a top, free without.
        pooling: without a top: None gives the map of features, "avg" and "max" one vector.
        classes: how many classes the top tells apart.
        classifier_activation: "softmax", or None for logits.
        name: the model's name.
    """
    return _resnet(
        50, False, name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def ResNet101(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "resnet101",
) -> Any:
    """ResNet with 101 layers; arguments as in ``ResNet50``."""
    return _resnet(
        101, False, name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def ResNet152(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "resnet152",
) -> Any:
    """ResNet with 152 layers; arguments as in ``ResNet50``."""
    return _resnet(
        152, False, name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def ResNet50V2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "resnet50v2",
) -> Any:
    """ResNet V2 with 50 layers; arguments as in ``ResNet50``."""
    return _resnet(
        50, True, name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def ResNet101V2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "resnet101v2",
) -> Any:
    """ResNet V2 with 101 layers; arguments as in ``ResNet50``."""
    return _resnet(
        101, True, name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def ResNet152V2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "resnet152v2",
) -> Any:
    """ResNet V2 with 152 layers; arguments as in ``ResNet50``."""
    return _resnet(
        152, True, name, include_top, classifier_activation, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip
