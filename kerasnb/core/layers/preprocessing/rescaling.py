"""Rescaling: one linear map for all values."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from ...layer import Layer


class Rescaling(Layer):
    """``x * scale + offset``, in training and in inference alike.

    Args:
        scale: a number, or one per channel.
        offset: a number, or one per channel.

    Shapes: any, unchanged. ``Rescaling(1 / 255)`` maps pixels to 0 to 1; ``Rescaling(1 / 127.5, -1)``
    to -1 to 1.

    >>> import jax.numpy as jnp
    >>> Rescaling(0.5, offset=1.0)(jnp.array([0.0, 2.0])).tolist()
    [1.0, 2.0]
    """

    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale, self.offset = _plain(scale), _plain(offset)

    def call(self, inputs: Any) -> Any:
        dtype = self.compute_dtype
        return inputs.astype(dtype) * jnp.asarray(self.scale, dtype) + jnp.asarray(self.offset, dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def _plain(value: Any) -> Any:
    """Numbers as Python has them, so that a configuration can hold them."""
    return np.asarray(value).tolist() if not isinstance(value, (int, float)) else value
