"""ConvNeXt: a convolutional network with the habits of transformers.

Source: Liu et al., A ConvNet for the 2020s, CVPR 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax

from ..initializers import Constant
from ..layer import Layer
from ..layers.activation import Activation
from ..layers.conv import Conv2D
from ..layers.dense import Dense
from ..layers.global_pooling import GlobalAveragePooling2D
from ..layers.normalization import LayerNormalization
from ..layers.preprocessing.normalization import Normalization
from ..models.sequential import Sequential
from ..random import SeedGenerator
from .assembly import STORAGE, Network
from .imagenet import TORCH_DEVIATIONS, TORCH_MEANS

_EPSILON = 1e-6


class LayerScale(Layer):
    """Each channel times a weight that begins small.

    Args:
        init_values: the weights' first value.
        projection_dim: how many channels.
    """

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.init_values, self.projection_dim = init_values, projection_dim

    def build(self, _: Any) -> None:
        self.gamma = self.add_weight((self.projection_dim,), Constant(self.init_values), name="gamma")

    def call(self, x: Any) -> Any:
        return x * self.gamma


class StochasticDepth(Layer):
    """Whole samples set to 0 in training, the others scaled up.

    Args:
        drop_path_rate: the share that is dropped, from 0 to 1.
    """

    def __init__(self, drop_path_rate: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.drop_path_rate = drop_path_rate
        self.seed_generator = SeedGenerator()

    def call(self, x: Any, training: bool = False) -> Any:
        if not training:
            return x
        keep = 1 - self.drop_path_rate
        kept = jax.random.bernoulli(self.seed_generator.next(), keep, (x.shape[0], *(1,) * (x.ndim - 1)))
        return jax.numpy.where(kept, x / keep, 0.0).astype(x.dtype)


def _block(net: Network, channels: int, name: str) -> None:
    start = net.x
    net.conv(channels, 7, padding="same", groups=channels, name=f"{name}_depthwise_conv")
    net.add(LayerNormalization(epsilon=_EPSILON, name=f"{name}_layernorm"))
    net.add(Dense(4 * channels, name=f"{name}_pointwise_conv_1"))
    net.add(Activation("gelu", name=f"{name}_gelu"))
    net.add(Dense(channels, name=f"{name}_pointwise_conv_2"))
    net.add(LayerScale(1e-6, channels, name=f"{name}_layer_scale"))
    net.add(Activation("linear", name=f"{name}_identity"))
    net.x = start + net.x


def _convnext(
    kind: str, depths: Sequence[int], channels: Sequence[int], name: str, include_top: bool,
    include_preprocessing: bool, activation: Any, **common: Any,
) -> Any:  # fmt: skip
    net = Network(name, include_top, default=224, smallest=32, **common)
    if include_preprocessing:
        means, variances = [m * 255 for m in TORCH_MEANS], [(d * 255) ** 2 for d in TORCH_DEVIATIONS]
        net.add(Normalization(mean=means, variance=variances, name=f"{name}_prestem_normalization"))
    stem = [
        Conv2D(channels[0], 4, strides=4, name=f"{name}_stem_conv"),
        LayerNormalization(epsilon=_EPSILON, name=f"{name}_stem_layernorm"),
    ]
    net.add(Sequential(stem, name=f"{name}_stem"))
    for stage, (depth, n) in enumerate(zip(depths, channels, strict=True)):
        if stage:
            halving = [
                LayerNormalization(epsilon=_EPSILON, name=f"{name}_downsampling_layernorm_{stage - 1}"),
                Conv2D(n, 2, strides=2, name=f"{name}_downsampling_conv_{stage - 1}"),
            ]
            net.add(Sequential(halving, name=f"{name}_downsampling_block_{stage - 1}"))
        for block in range(depth):
            _block(net, n, f"{name}_stage_{stage}_block_{block}")
    if include_top:
        net.add(GlobalAveragePooling2D(name=f"{name}_head_gap"))
        net.add(LayerNormalization(epsilon=_EPSILON, name=f"{name}_head_layernorm"))
        net.dense(activation, f"{name}_head_dense")
    else:
        net.pool()
        net.add(LayerNormalization(epsilon=_EPSILON))
    return net.model(f"convnext/{kind}", folder=STORAGE)


def ConvNeXtTiny(
    include_top: bool = True,
    include_preprocessing: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "convnext_tiny",
) -> Any:
    """ConvNeXt Tiny.

    Args:
        include_preprocessing: whether pixels from 0 to 255 are normalized inside the model.
        include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name: as in
            ``ResNet50``.
    """
    return _convnext(
        "convnext_tiny", (3, 3, 9, 3), (96, 192, 384, 768), name, include_top, include_preprocessing,
        classifier_activation,
        weights=weights, input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def ConvNeXtSmall(
    include_top: bool = True,
    include_preprocessing: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "convnext_small",
) -> Any:
    """ConvNeXt Small; arguments as in ``ConvNeXtTiny``."""
    return _convnext(
        "convnext_small", (3, 3, 27, 3), (96, 192, 384, 768), name, include_top, include_preprocessing,
        classifier_activation,
        weights=weights, input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def ConvNeXtBase(
    include_top: bool = True,
    include_preprocessing: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "convnext_base",
) -> Any:
    """ConvNeXt Base; arguments as in ``ConvNeXtTiny``."""
    return _convnext(
        "convnext_base", (3, 3, 27, 3), (128, 256, 512, 1024), name, include_top, include_preprocessing,
        classifier_activation,
        weights=weights, input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def ConvNeXtLarge(
    include_top: bool = True,
    include_preprocessing: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "convnext_large",
) -> Any:
    """ConvNeXt Large; arguments as in ``ConvNeXtTiny``."""
    return _convnext(
        "convnext_large", (3, 3, 27, 3), (192, 384, 768, 1536), name, include_top, include_preprocessing,
        classifier_activation,
        weights=weights, input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip


def ConvNeXtXLarge(
    include_top: bool = True,
    include_preprocessing: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "convnext_xlarge",
) -> Any:
    """ConvNeXt XLarge; arguments as in ``ConvNeXtTiny``."""
    return _convnext(
        "convnext_xlarge", (3, 3, 27, 3), (256, 512, 1024, 2048), name, include_top, include_preprocessing,
        classifier_activation,
        weights=weights, input_tensor=input_tensor, input_shape=input_shape, pooling=pooling, classes=classes,
    )  # fmt: skip
