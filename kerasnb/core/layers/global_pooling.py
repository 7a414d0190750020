"""Global pooling: one number per channel, the mean or the maximum over all places."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..layer import InputSpec, Layer
from ..symbolic import KerasTensor
from .arguments import standardize_data_format
from .lookup import mean_of_places


class GlobalPooling(Layer):
    """Base of global pooling. Subclasses set ``rank`` and reduce over ``spatial_axes``."""

    rank = 2

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def spatial_axes(self) -> tuple[int, ...]:
        """The axes over which is pooled."""
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        axes = self.spatial_axes
        if self.keepdims:
            return tuple(1 if i in axes else n for i, n in enumerate(input_shape))
        return tuple(n for i, n in enumerate(input_shape) if i not in axes)

    def compute_output_spec(self, inputs: Any, mask: Any = None) -> Any:
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=inputs.dtype)


class GlobalAveragePooling1D(GlobalPooling):
    """The mean over the time steps; masked steps do not count.

    Args:
        data_format: "channels_last" (batch, steps, features) or "channels_first".
        keepdims: whether the time axis stays, with size 1.

    Shapes: (batch, steps, features) to (batch, features).

    >>> import jax.numpy as jnp
    >>> GlobalAveragePooling1D()(jnp.ones((2, 10, 4))).shape
    (2, 4)
    """

    rank = 1
    supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        axis = self.spatial_axes[0]
        if mask is None:
            mean = mean_of_places(inputs) if axis == 1 else inputs.mean(axis)
            return jnp.expand_dims(mean, axis) if self.keepdims else mean
        weight = jnp.expand_dims(mask.astype(inputs.dtype), 3 - axis)  # (batch, steps, 1)
        total = (inputs * weight).sum(axis, keepdims=self.keepdims)
        return total / weight.sum(axis, keepdims=self.keepdims)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        return None


class GlobalAveragePooling(GlobalPooling):
    """The mean over all places."""

    def call(self, inputs: Any) -> Any:
        return inputs.mean(self.spatial_axes, keepdims=self.keepdims)


class GlobalMaxPooling(GlobalPooling):
    """The largest number over all places."""

    def call(self, inputs: Any) -> Any:
        return inputs.max(self.spatial_axes, keepdims=self.keepdims)


class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel over an image.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: whether the pooled axes stay, with size 1.

    Shapes: (batch, height, width, channels) to (batch, channels).
    """

    rank = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of each channel over a volume.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: whether the pooled axes stay, with size 1.

    Shapes: (batch, depth, height, width, channels) to (batch, channels).
    """

    rank = 3


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest number of each channel over all time steps.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: whether the pooled axis stays, with size 1.

    Shapes: (batch, steps, channels) to (batch, channels).
    """

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest number of each channel over an image.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: whether the pooled axes stay, with size 1.

    Shapes: (batch, height, width, channels) to (batch, channels).
    """

    rank = 2


class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest number of each channel over a volume.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: whether the pooled axes stay, with size 1.

    Shapes: (batch, depth, height, width, channels) to (batch, channels).
    """

    rank = 3
