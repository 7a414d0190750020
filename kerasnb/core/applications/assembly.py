"""The frame of a network: its input, its top, its pretrained weights."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from .. import config
from ..layers.activation import Activation, ReLU
from ..layers.batch_normalization import BatchNormalization
from ..layers.conv import Conv2D
from ..layers.dense import Dense
from ..layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from ..layers.input_layer import Input
from ..models.functional import Functional
from ..symbolic import KerasTensor
from .imagenet import input_shape_for

STORAGE = "https://storage.googleapis.com/tensorflow/keras-applications/"


class Network:
    """One network under construction: ``x`` is the tensor so far, each method adds layers to it.

    Args:
        name: the model's name.
        include_top: whether the classifier belongs to it.
        weights: "imagenet", None (random), or a path.
        input_tensor: a symbolic tensor to build on.
        input_shape: the shape without the batch.
        pooling: without a top: None (a map), "avg" or "max".
        classes: classes of the top.
        default, smallest: the usual side of an image and the least possible one.
        needs_size: whether the top needs a fixed size; ``include_top`` by default.
        norm_axis: how the channels' axis is written in normalizations: -1 or 3.
    """

    def __init__(
        self,
        name: str,
        include_top: bool,
        weights: Any,
        input_tensor: Any,
        input_shape: Sequence[int | None] | None,
        pooling: str | None,
        classes: int,
        default: int,
        smallest: int,
        needs_size: bool | None = None,
        norm_axis: int = -1,
    ):
        if weights not in ("imagenet", None) and not os.path.exists(weights):
            raise ValueError(
                f"{name}: weights must be 'imagenet', None (random) or the path of a file that exists, got "
                f"weights={weights!r}."
            )
        if weights == "imagenet" and include_top and classes != 1000:
            raise ValueError(
                f"{name}: weights='imagenet' with include_top=True has 1000 classes, got classes={classes}. For "
                "classes of your own "
                "use include_top=False and add a Dense layer, or weights=None."
            )
        if pooling not in (None, "avg", "max"):
            raise ValueError(f"{name}: pooling must be None, 'avg' or 'max', got pooling={pooling!r}.")
        self.name, self.include_top, self.weights, self.pooling, self.classes = (
            name,
            include_top,
            weights,
            pooling,
            classes,
        )
        needs_size = include_top if needs_size is None else needs_size
        shape = input_shape_for(input_shape, default, smallest, needs_size, weights)
        self.axis = -1 if config.image_data_format() == "channels_last" else 1
        self.norm_axis = norm_axis if self.axis == -1 else 1
        if input_tensor is None:
            self.input = Input(shape)
        elif isinstance(input_tensor, KerasTensor):
            self.input = input_tensor
        else:
            raise ValueError(
                f"{name}: input_tensor must be a symbolic tensor such as keras.Input(...), got {input_tensor!r}."
            )
        self.x: Any = self.input

    # --- layers -----------------------------------------------------------------------------------------

    def add(self, layer: Any) -> Any:
        """Apply a layer."""
        self.x = layer(self.x)
        return self.x

    def conv(self, filters: int, size: Any, name: str | None = None, **more: Any) -> Any:
        """A convolution."""
        return self.add(Conv2D(filters, size, name=name, **more))

    def norm(self, name: str | None = None, **more: Any) -> Any:
        """Batch normalization over the channels."""
        return self.add(BatchNormalization(axis=self.norm_axis, name=name, **more))

    def relu(self, name: str | None = None) -> Any:
        """A ReLU, as an Activation layer."""
        return self.add(Activation("relu", name=name))

    def relu6(self, name: str | None = None) -> Any:
        """A ReLU cut at 6."""
        return self.add(ReLU(6.0, name=name))

    @property
    def channels(self) -> int:
        """Channels of the tensor so far."""
        return self.x.shape[self.axis]

    @property
    def sides(self) -> tuple:
        """Height and width of the tensor so far."""
        return self.x.shape[1:3] if self.axis == -1 else self.x.shape[2:]

    # --- the end ----------------------------------------------------------------------------------------

    def pool(self, average: str | None = None, largest: str | None = None) -> None:
        """Pooling as the user asked for it; the layers' names."""
        if self.pooling == "avg":
            self.add(GlobalAveragePooling2D(name=average))
        elif self.pooling == "max":
            self.add(GlobalMaxPooling2D(name=largest))

    def classify(
        self, activation: Any, pool_name: str | None = "avg_pool", name: str = "predictions", **more: Any
    ) -> None:
        """The usual top: the average over the map, then one Dense layer."""
        self.add(GlobalAveragePooling2D(name=pool_name))
        self.dense(activation, name, **more)

    def dense(self, activation: Any, name: str = "predictions", **more: Any) -> None:
        """The classifier alone."""
        if self.weights == "imagenet" and activation not in ("softmax", None):
            raise ValueError(
                f"{self.name}: with weights='imagenet' and include_top=True classifier_activation must be "
                "'softmax' or None, got "
                f"classifier_activation={activation!r}."
            )
        self.add(Dense(self.classes, activation=activation, name=name, **more))

    def model(self, files: str, with_top: str = ".h5", without_top: str = "_notop.h5", folder: str = STORAGE) -> Any:
        """The finished model, with its weights.

        Args:
            files: the name of the weights' file in ``folder``, without its ending.
            with_top, without_top: the two endings.
        """
        inputs = self.input
        if (
            getattr(inputs, "_keras_history", None) is not None
            and not inputs._keras_history.operation._inbound_nodes[inputs._keras_history.node_index].is_input
        ):
            from ..utils.symbols import get_source_inputs

            inputs = get_source_inputs(inputs)
        model = Functional(inputs, self.x, name=self.name)
        if self.weights == "imagenet":
            from ..utils.files import get_file

            address = folder + files + (with_top if self.include_top else without_top)
            model.load_weights(get_file(address.rpartition("/")[2], address, cache_subdir="models"))
        elif self.weights is not None:
            model.load_weights(self.weights)
        return model


def divisible(number: float, divisor: int = 8, smallest: int | None = None) -> int:
    """The nearest multiple of ``divisor`` that is at most a tenth below the number."""
    rounded = max(smallest or divisor, int(number + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * number else rounded


def stride_padding(sides: Sequence[int | None], kernel: int) -> tuple:
    """Padding before a "valid" convolution of stride 2, so that it looks at the same pixels as in TensorFlow's
    models."""
    even = [1 if n is None else 1 - n % 2 for n in sides]
    half = kernel // 2
    return tuple((half - e, half) for e in even)
