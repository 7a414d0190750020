"""Normalization: features moved to mean 0 and variance 1 by numbers learned from data or given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...config import epsilon
from ...layer import Layer
from .adaptation import batches_of


class Normalization(Layer):
    """``(x - mean) / sqrt(variance)``, with the numbers that ``adapt`` measures or that are given.

    Args:
        axis: the axis (or axes) whose entries are normalized each by its own numbers, such as the features; None for
            one mean
            and one variance of everything.
        mean, variance: the numbers, if they are known; both or neither.
        invert: the other way round, ``x * sqrt(variance) + mean``.

    Shapes: any, unchanged.

    >>> layer = Normalization(axis=None)
    >>> layer.adapt(np.array([1.0, 3.0]))
    >>> layer(jnp.array([1.0, 2.0, 3.0])).tolist()
    [-1.0, 0.0, 1.0]
    """

    def __init__(self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = () if axis is None else tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
        if (mean is None) != (variance is None):
            raise ValueError(
                f"Normalization: give mean and variance, or neither; got mean={mean}, variance={variance}."
            )
        self.input_mean, self.input_variance = mean, variance
        self.invert = invert
        self.mean: Any = None
        self.variance: Any = None

    def build(self, input_shape: Sequence[int | None]) -> None:
        ndim = len(input_shape)
        if any(not -ndim <= a < ndim for a in self.axis):
            raise ValueError(f"Normalization: axis {self.axis} does not exist in inputs of shape {tuple(input_shape)}.")
        kept = sorted(a % ndim for a in self.axis)
        if any(input_shape[a] is None for a in kept):
            raise ValueError(
                f"Normalization: the axes {self.axis} must have a known size, got inputs of shape {tuple(input_shape)}."
            )
        self._kept = tuple(kept)
        self._broadcast = tuple(input_shape[i] if i in kept else 1 for i in range(ndim))
        if self.input_mean is None:
            shape = tuple(input_shape[a] for a in kept)
            self.adapt_mean = self.add_weight(shape, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(shape, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")
            self.built = True
            self.finalize_state()
            return
        size = int(np.prod([input_shape[a] for a in kept], dtype=int))
        mean, variance = np.asarray(self.input_mean, np.float32), np.asarray(self.input_variance, np.float32)
        for name, value in (("mean", mean), ("variance", variance)):
            if value.size not in (1, size):
                raise ValueError(
                    f"Normalization: {name} has {value.size} numbers, but the axes {self.axis} of inputs of shape "
                    f"{tuple(input_shape)} have {size}."
                )
        self.mean = jnp.broadcast_to(_shaped(mean, self._broadcast), self._broadcast)
        self.variance = jnp.broadcast_to(_shaped(variance, self._broadcast), self._broadcast)

    def adapt(self, data: Any) -> None:
        """Measure mean and variance.

        Args:
            data: an array, a list, a frame, or a data set of batches.
        """
        if self.input_mean is not None:
            raise ValueError(
                "Normalization.adapt: this layer was made with mean and variance. Make one without them to "
                "measure them."
            )
        total, mean, variance = 0, 0.0, 0.0
        for batch in batches_of(data, where="Normalization.adapt"):
            batch = batch.astype(np.float64)
            if not self.built:
                self.build((None, *batch.shape[1:]) if batch.ndim > 1 or self.axis != (0,) else batch.shape)
            kept = [a % batch.ndim for a in self.axis]
            others = tuple(i for i in range(batch.ndim) if i not in kept)
            count = int(np.prod([batch.shape[i] for i in others], dtype=int))
            batch_mean, batch_variance = batch.mean(others), batch.var(others)
            # the mean and variance of two groups together, from those of each
            share = count / (total + count)
            shift = batch_mean - mean
            variance = variance * (1 - share) + batch_variance * share + shift**2 * share * (1 - share)
            mean, total = mean + shift * share, total + count
        if total == 0:
            raise ValueError("Normalization.adapt: the data holds no samples.")
        self.adapt_mean.assign(np.asarray(mean, np.float32))
        self.adapt_variance.assign(np.asarray(variance, np.float32))
        self.count.assign(total)
        self.finalize_state()

    def finalize_state(self) -> None:
        """Bring the measured numbers into the shape of the inputs."""
        if self.input_mean is None and self.built:
            self.mean = self.adapt_mean.get_value().reshape(self._broadcast)
            self.variance = self.adapt_variance.get_value().reshape(self._broadcast)

    def _numbers(self) -> tuple[Any, Any]:
        """Mean and variance; the measured ones are read from the weights, so that new weights count at once."""
        if self.input_mean is not None:
            return self.mean, self.variance
        mean, variance = (v.get_value().reshape(self._broadcast) for v in (self.adapt_mean, self.adapt_variance))
        return mean, variance

    def call(self, inputs: Any) -> Any:
        dtype = self.compute_dtype
        mean, variance = (jnp.asarray(v, dtype) for v in self._numbers())
        deviation = jnp.maximum(jnp.sqrt(variance), epsilon())
        inputs = jnp.asarray(inputs).astype(dtype)
        return inputs * deviation + mean if self.invert else (inputs - mean) / deviation

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def load_own_variables(self, store: Any) -> None:
        super().load_own_variables(store)
        self.finalize_state()

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        given = {"mean": self.input_mean, "variance": self.input_variance}
        return {**config, **{k: None if v is None else np.asarray(v).tolist() for k, v in given.items()}}


def _shaped(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return values.reshape(shape) if values.size == int(np.prod(shape)) else values.reshape((1,) * len(shape))
