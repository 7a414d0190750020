"""Layers that move numbers without changing them: Flatten, Reshape, Permute, RepeatVector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from ..layer import InputSpec, Layer
from ..symbolic import KerasTensor
from .arguments import is_int, positive_int, standardize_data_format


class Rearranging(Layer):
    """Base of layers whose output has the input's dtype, whatever it is, and a computed shape."""

    def compute_output_spec(self, inputs: Any, **kwargs: Any) -> Any:
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=inputs.dtype)


class Flatten(Rearranging):
    """Lay the axes of each sample out in one row.

    Args:
        data_format: "channels_first" moves the channels to the end first, so that the row comes
            out in the same order as from "channels_last".

    Shapes: (batch, a, b, ...) to (batch, a * b * ...); (batch,) to (batch, 1).

    >>> import jax.numpy as jnp
    >>> Flatten()(jnp.zeros((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        if self.data_format == "channels_first" and inputs.ndim > 1:
            inputs = jnp.moveaxis(inputs, 1, -1)
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        sizes = input_shape[1:]
        return (input_shape[0], None if None in sizes else math.prod(sizes))


class Reshape(Rearranging):
    """Give each sample another shape.

    Args:
        target_shape: the new shape without the batch; one -1 stands for whatever is left.

    Shapes: (batch, ...) to (batch, *target_shape).

    >>> import jax.numpy as jnp
    >>> Reshape((2, -1))(jnp.zeros((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, target_shape: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        target_shape = tuple(target_shape)
        if any(not is_int(n) or n < -1 for n in target_shape) or target_shape.count(-1) > 1:
            raise ValueError(f"Reshape: target_shape must hold sizes, at most one of them -1, got {target_shape!r}.")
        self.target_shape = target_shape

    def call(self, inputs: Any) -> Any:
        return inputs.reshape(inputs.shape[0], *self._sizes(inputs.shape[1:]))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (input_shape[0], *self._sizes(tuple(input_shape[1:])))

    def _sizes(self, sizes: tuple) -> tuple:
        """The target with -1 replaced; None where the input does not say."""
        target = self.target_shape
        if None in sizes:
            return tuple(None if n == -1 else n for n in target)
        have, given = math.prod(sizes), math.prod(n for n in target if n != -1)
        fits = (have % given == 0 if given else have == 0) if -1 in target else have == given
        if not fits:
            raise ValueError(
                f"Reshape {self.name!r}: samples of shape {sizes} hold {have} numbers, which do "
                f"not fit target_shape={target}."
            )
        return tuple((have // given if given else 0) if n == -1 else n for n in target)


class Permute(Rearranging):
    """Put the axes of each sample into another order.

    Args:
        dims: the new order, counted from 1 (0 is the batch, which stays): (2, 1) swaps two axes.

    Shapes: (batch, a, b) to (batch, b, a) with dims (2, 1).

    >>> import jax.numpy as jnp
    >>> Permute((2, 1))(jnp.zeros((5, 10, 64))).shape
    (5, 64, 10)
    """

    def __init__(self, dims: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        dims = tuple(dims)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                f"Permute: dims must hold each of 1 to {len(dims)} once (the batch is not counted), got dims={dims}."
            )
        self.dims = dims
        self.input_spec = InputSpec(ndim=len(dims) + 1)

    def call(self, inputs: Any) -> Any:
        return inputs.transpose(0, *self.dims)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (input_shape[0], *(input_shape[d] for d in self.dims))


class RepeatVector(Rearranging):
    """Repeat a vector n times, as the steps of a sequence.

    Args:
        n: how often.

    Shapes: (batch, features) to (batch, n, features).

    >>> import jax.numpy as jnp
    >>> RepeatVector(3)(jnp.zeros((2, 8))).shape
    (2, 3, 8)
    """

    def __init__(self, n: int, **kwargs: Any):
        super().__init__(**kwargs)
        if not is_int(n):
            raise TypeError(f"RepeatVector: n must be an integer, got n={n!r}.")
        self.n = positive_int(n, "n", "RepeatVector")
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        batch, features = inputs.shape
        return jnp.broadcast_to(inputs[:, None], (batch, self.n, features))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (input_shape[0], self.n, input_shape[1])
