"""NASNet: two kinds of cells that a search found, stacked.

Source: Zoph et al., Learning Transferable Architectures for Scalable Image Recognition, CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.merging import Add, Concatenate
from ..layers.padding import Cropping2D, ZeroPadding2D
from ..layers.pooling import AveragePooling2D, MaxPooling2D
from ..layers.separable_conv import SeparableConv2D
from .assembly import STORAGE, Network, stride_padding

_NORM = {"momentum": 0.9997, "epsilon": 1e-3}


def _separable(net: Network, x: Any, filters: int, kernel: int, name: str, stride: int = 1) -> Any:
    """Two separable convolutions, the first with the stride."""
    net.x = x
    net.relu()
    if stride == 2:
        net.add(ZeroPadding2D(stride_padding(net.sides, kernel), name=f"separable_conv_1_pad_{name}"))
    for i, step in ((1, stride), (2, 1)):
        if i == 2:
            net.relu()
        padding = "valid" if step == 2 else "same"
        label = f"separable_conv_{i}_{name}"
        net.add(SeparableConv2D(filters, kernel, strides=step, padding=padding, use_bias=False, name=label))
        net.norm(f"separable_conv_{i}_bn_{name}", **_NORM)
    return net.x


def _fitted(net: Network, before: Any, x: Any, filters: int, name: str) -> Any:
    """The cell before the last one in the size and channels of the last one."""
    if before is None:
        return x
    net.x = before
    side = 1 if net.axis == -1 else 2
    if before.shape[side] != x.shape[side]:
        start = net.relu(f"adjust_relu_1_{name}")
        halves = []
        for i in (1, 2):
            net.x = start
            if i == 2:  # the same, one pixel further
                net.add(ZeroPadding2D(((0, 1), (0, 1))))
                net.add(Cropping2D(((1, 0), (1, 0))))
            net.add(AveragePooling2D(1, strides=2, padding="valid", name=f"adjust_avg_pool_{i}_{name}"))
            halves.append(net.conv(filters // 2, 1, padding="same", use_bias=False, name=f"adjust_conv_{i}_{name}"))
        net.x = Concatenate(axis=net.axis)(halves)
        return net.norm(f"adjust_bn_{name}", **_NORM)
    if before.shape[net.axis] != filters:
        net.relu()
        net.conv(filters, 1, padding="same", use_bias=False, name=f"adjust_conv_projection_{name}")
        return net.norm(f"adjust_bn_{name}", **_NORM)
    return before


def _squeezed(net: Network, x: Any, filters: int, kind: str, name: str) -> Any:
    net.x = x
    net.relu()
    net.conv(filters, 1, padding="same", use_bias=False, name=f"{kind}_conv_1_{name}")
    return net.norm(f"{kind}_bn_1_{name}", **_NORM)


def _normal_cell(net: Network, x: Any, before: Any, filters: int, name: str) -> tuple[Any, Any]:
    """A cell that keeps the size; returns its outputs and its inputs."""
    p = _fitted(net, before, x, filters, name)
    h = _squeezed(net, x, filters, "normal", name)
    mean = lambda v, part: AveragePooling2D(3, strides=1, padding="same", name=f"normal_{part}_{name}")(v)  # noqa: E731
    add = lambda a, b, i: Add(name=f"normal_add_{i}_{name}")([a, b])  # noqa: E731
    separable = lambda v, kernel, part: _separable(net, v, filters, kernel, f"normal_{part}_{name}")  # noqa: E731
    parts = [
        add(separable(h, 5, "left1"), separable(p, 3, "right1"), 1),
        add(separable(p, 5, "left2"), separable(p, 3, "right2"), 2),
        add(mean(h, "left3"), p, 3),
        add(mean(p, "left4"), mean(p, "right4"), 4),
        add(separable(h, 3, "left5"), h, 5),
    ]
    return Concatenate(axis=net.axis, name=f"normal_concat_{name}")([p, *parts]), x


def _reduction_cell(net: Network, x: Any, before: Any, filters: int, name: str) -> tuple[Any, Any]:
    """A cell that halves the size; returns its outputs and its inputs."""
    p = _fitted(net, before, x, filters, name)
    h = _squeezed(net, x, filters, "reduction", name)
    padded = net.add(ZeroPadding2D(stride_padding(net.sides, 3), name=f"reduction_pad_1_{name}"))
    separable = lambda v, kernel, part, stride=2: _separable(  # noqa: E731
        net, v, filters, kernel, f"reduction_{part}_{name}", stride
    )
    pool = lambda kind, part: kind(3, strides=2, padding="valid", name=f"reduction_{part}_{name}")(padded)  # noqa: E731
    first = Add(name=f"reduction_add_1_{name}")([separable(h, 5, "left1"), separable(p, 7, "right1")])
    second = Add(name=f"reduction_add_2_{name}")([pool(MaxPooling2D, "left2"), separable(p, 7, "right2")])
    third = Add(name=f"reduction_add3_{name}")([pool(AveragePooling2D, "left3"), separable(p, 5, "right3")])
    mean = AveragePooling2D(3, strides=1, padding="same", name=f"reduction_left4_{name}")(first)
    fourth = Add()([second, mean])
    last = separable(first, 3, "left4", 1)
    fifth = Add(name=f"reduction_add4_{name}")([last, pool(MaxPooling2D, "right5")])
    parts = [second, third, fourth, fifth]
    return Concatenate(axis=net.axis, name=f"reduction_concat_{name}")(parts), x


def _nasnet(
    kind: str, size: int, last_channels: int, blocks: int, stem: int, skip_reduction: bool, name: str,
    include_top: bool, activation: Any, input_shape: Any, **common: Any,
) -> Any:  # fmt: skip
    net = Network(
        name, include_top, input_shape=input_shape, default=size, smallest=32,
        needs_size=include_top or input_shape is None, **common,
    )  # fmt: skip
    filters = last_channels // 24
    net.conv(stem, 3, strides=2, padding="valid", use_bias=False, name="stem_conv1")
    x, before = net.norm("stem_bn1", **_NORM), None
    x, before = _reduction_cell(net, x, before, filters // 4, "stem_1")
    x, before = _reduction_cell(net, x, before, filters // 2, "stem_2")
    for stage in range(3):
        n = filters * 2**stage
        if stage:
            x, inputs = _reduction_cell(net, x, before, n, f"reduce_{stage * blocks}")
            before = before if skip_reduction else inputs
        for i in range(blocks):
            x, before = _normal_cell(net, x, before, n, f"{stage * blocks + i + (stage > 0)}")
    net.x = x
    net.relu()
    if include_top:
        net.classify(activation, pool_name=None)
    else:
        net.pool()
    return net.model(f"nasnet/NASNet-{kind}", without_top="-no-top.h5", folder=STORAGE)


def NASNetMobile(
    input_shape: Sequence[int | None] | None = None,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "nasnet_mobile",
) -> Any:
    """NASNet for telephones (5.3 million weights with its top); arguments as in ``ResNet50``."""
    return _nasnet(
        "mobile", 224, 1056, 4, 32, False, name, include_top, classifier_activation, input_shape, weights=weights,
        input_tensor=input_tensor, pooling=pooling, classes=classes,
    )  # fmt: skip


def NASNetLarge(
    input_shape: Sequence[int | None] | None = None,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "nasnet_large",
) -> Any:
    """The large NASNet (88.9 million weights with its top, images of 331 by 331); arguments as in ``ResNet50``."""
    return _nasnet(
        "large", 331, 4032, 6, 96, True, name, include_top, classifier_activation, input_shape, weights=weights,
        input_tensor=input_tensor, pooling=pooling, classes=classes,
    )  # fmt: skip
