"""Batch normalization."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from .. import constraints, initializers, regularizers
from ..config import epsilon as tiny
from ..layer import InputSpec, Layer
from .arguments import axis_tuple


class BatchNormalization(Layer):
    """Normalize each channel by the mean and variance of the batch.

    In training ``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` with the statistics of the
    batch, which also move the stored ones: ``moving = momentum * moving + (1 - momentum) * batch``.
    Otherwise, and when the layer is frozen (``trainable = False``), the stored statistics are used.

    Args:
        axis: the axis of the channels.
        momentum: share of the stored statistics that is kept at each step.
        epsilon: added to the variance.
        center: whether an offset ``beta`` is learned.
        scale: whether a factor ``gamma`` is learned.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
            first values of the weights.
        beta_regularizer, gamma_regularizer: penalties of the weights.
        beta_constraint, gamma_constraint: applied to the weights after each step.
        renorm, renorm_clipping, renorm_momentum: batch renormalization (see below).
        synchronized: accepted as in Keras: one program sees the whole batch, however many devices.

    A mask leaves the masked time steps out of the statistics.

    Shapes: any, unchanged; all weights (channels,).

    Source: Ioffe and Szegedy, Batch Normalization, ICML 2015.
    """

    supports_masking = True
    mixes_rows = True

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.axis = axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.renorm, self.renorm_clipping = renorm, renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.synchronized = synchronized

    def build(self, input_shape: Any) -> None:
        (axis,) = axis_tuple(self.axis, len(input_shape), "BatchNormalization")
        channels = input_shape[axis]
        if channels is None:
            raise ValueError(
                f"BatchNormalization {self.name!r}: axis {self.axis} must have a known size, "
                f"got input shape {tuple(input_shape)}."
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={axis: channels})
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                (channels,), self.gamma_initializer, regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint, autocast=False, name="gamma",
            )  # fmt: skip
        if self.center:
            self.beta = self.add_weight(
                (channels,), self.beta_initializer, regularizer=self.beta_regularizer,
                constraint=self.beta_constraint, autocast=False, name="beta",
            )  # fmt: skip
        self.moving_mean = self._statistic(channels, self.moving_mean_initializer, "moving_mean")
        self.moving_variance = self._statistic(
            channels, self.moving_variance_initializer, "moving_variance"
        )

    def _statistic(self, channels: int, initializer: Any, name: str) -> Any:
        return self.add_weight((channels,), initializer, trainable=False, autocast=False, name=name)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        # Sums over a batch need more digits than 16-bit floats have.
        x = inputs.astype("float32") if inputs.dtype in (jnp.float16, jnp.bfloat16) else inputs
        if training and self.trainable:
            mean, variance = self._moments(x, mask)
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance)
        else:
            mean, variance = self.moving_mean.value, self.moving_variance.value
        factor = lax.rsqrt(variance.astype(x.dtype) + self.epsilon)
        if self.gamma is not None:
            factor = factor * self.gamma.value.astype(x.dtype)
        offset = -mean.astype(x.dtype) * factor
        if self.beta is not None:
            offset = offset + self.beta.value.astype(x.dtype)
        shape = [1] * x.ndim
        shape[self.axis] = -1
        return (x * factor.reshape(shape) + offset.reshape(shape)).astype(inputs.dtype)

    def _moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Mean and variance per channel, over all other axes."""
        axes = tuple(i for i in range(x.ndim) if i != self.axis % x.ndim)
        if mask is None:
            return x.mean(axes), x.var(axes)
        weight = mask.astype(x.dtype)
        weight = jnp.broadcast_to(
            weight.reshape(weight.shape + (1,) * (x.ndim - weight.ndim)), x.shape
        )
        count = weight.sum(axes, keepdims=True) + tiny()
        mean = (weight * x).sum(axes, keepdims=True) / count
        variance = (weight * (x - mean) ** 2).sum(axes, keepdims=True) / count
        return mean.reshape(-1), variance.reshape(-1)

    def _move(self, statistic: Any, batch: Any) -> None:
        keep = self.momentum
        statistic.assign(statistic.value * keep + batch.astype(statistic.dtype) * (1 - keep))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape
