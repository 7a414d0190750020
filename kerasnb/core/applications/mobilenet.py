"""MobileNet: depthwise separable convolutions, small enough for a telephone.

Source: Howard et al., MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications, 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.activation import Activation
from ..layers.depthwise_conv import DepthwiseConv2D
from ..layers.global_pooling import GlobalAveragePooling2D
from ..layers.padding import ZeroPadding2D
from ..layers.regularization import Dropout
from ..layers.reshaping import Reshape
from .assembly import STORAGE, Network

# Output channels and stride of each block.
_BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
    (1024, 2), (1024, 1),
)  # fmt: skip
_TRAINED_SIZES = (128, 160, 192, 224)


def trained_size(input_shape: Sequence[int | None] | None, sizes: Sequence[int], usual: int = 224) -> int:
    """The side of square images that the shape asks for, where weights were trained for it; else the usual one."""
    sides = [n for n in input_shape or () if n is not None and n > 4]
    return sides[0] if len(sides) == 2 and sides[0] == sides[1] and sides[0] in sizes else usual


def _separable(net: Network, filters: int, multiplier: int, stride: int, block: int) -> None:
    if stride == 2:
        net.add(ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{block}"))
    net.add(
        DepthwiseConv2D(
            3,
            padding="same" if stride == 1 else "valid",
            depth_multiplier=multiplier,
            strides=stride,
            use_bias=False,
            name=f"conv_dw_{block}",
        )
    )
    net.norm(f"conv_dw_{block}_bn")
    net.relu6(f"conv_dw_{block}_relu")
    net.conv(filters, 1, padding="same", use_bias=False, strides=1, name=f"conv_pw_{block}")
    net.norm(f"conv_pw_{block}_bn")
    net.relu6(f"conv_pw_{block}_relu")


def MobileNet(
    input_shape: Sequence[int | None] | None = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 1e-3,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Any:
    """MobileNet (4.2 million weights with its top).

    Args:
        alpha: factor of all channel numbers.
        depth_multiplier: outputs of each depthwise convolution per channel.
        dropout: rate before the classifier.
        input_shape, include_top, weights, input_tensor, pooling, classes, classifier_activation, name: as in
            ``ResNet50``.
    """
    if weights == "imagenet" and (depth_multiplier != 1 or alpha not in (0.25, 0.5, 0.75, 1.0)):
        raise ValueError(
            "MobileNet: weights='imagenet' exist for depth_multiplier=1 and alpha in (0.25, 0.5, 0.75, 1.0), got "
            f"depth_multiplier={depth_multiplier}, alpha={alpha}."
        )
    rows = trained_size(input_shape, _TRAINED_SIZES)
    net = Network(
        name or "mobilenet", include_top, weights, input_tensor, input_shape, pooling, classes,
        default=rows, smallest=32,
    )  # fmt: skip
    if name is None:
        net.name = f"mobilenet_{alpha:0.2f}_{rows if weights == 'imagenet' else net.sides[0]}"
    net.conv(int(32 * alpha), 3, padding="same", use_bias=False, strides=2, name="conv1")
    net.norm("conv1_bn")
    net.relu6("conv1_relu")
    for i, (filters, stride) in enumerate(_BLOCKS, 1):
        _separable(net, int(filters * alpha), depth_multiplier, stride, i)
    if include_top:
        net.add(GlobalAveragePooling2D(keepdims=True))
        net.add(Dropout(dropout, name="dropout"))
        net.conv(classes, 1, padding="same", name="conv_preds")
        net.add(Reshape((classes,), name="reshape_2"))
        net.add(Activation(classifier_activation, name="predictions"))
    else:
        net.pool()
    scale = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}.get(alpha, str(alpha))
    return net.model(f"mobilenet/mobilenet_{scale}_{rows}_tf", without_top="_no_top.h5", folder=STORAGE)
