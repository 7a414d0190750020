"""Batch normalization."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from .. import constraints, initializers, regularizers
from ..config import epsilon as tiny
from ..layer import InputSpec, Layer
from .arguments import axis_tuple, is_int
from .cpu_sums import channel_moments, per_channel
from .normalization import known_sizes, wide


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
        renorm: batch renormalization: the batch's statistics are corrected towards running ones by
            a factor r and an offset d (Ioffe, Batch Renormalization, NIPS 2017).
        renorm_clipping: limits "rmin", "rmax" of r and "dmax" of d.
        renorm_momentum: share of the running statistics for r and d that is kept at each step.
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
        if not is_int(axis):
            raise ValueError(f"BatchNormalization: axis must be an integer, got axis={axis!r}.")
        self.axis = int(axis)
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
        wrong = sorted(set(renorm_clipping or {}) - {"rmin", "rmax", "dmax"})
        if renorm and wrong:
            raise ValueError(f"BatchNormalization: renorm_clipping may hold 'rmin', 'rmax' and 'dmax', got {wrong}.")
        self.renorm, self.renorm_clipping = renorm, renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.synchronized = synchronized

    def build(self, input_shape: Any) -> None:
        (axis,) = axis_tuple(self.axis, len(input_shape), "BatchNormalization")
        (channels,) = known_sizes(input_shape, (axis,), self)
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
        self.moving_variance = self._statistic(channels, self.moving_variance_initializer, "moving_variance")
        if self.renorm:
            root = np.sqrt(self.moving_variance.numpy())
            self.moving_stddev = self._statistic(channels, _constant(root), "moving_stddev")
            self.renorm_mean = self._statistic(channels, self.moving_mean_initializer, "renorm_mean")
            self.renorm_stddev = self._statistic(channels, _constant(root), "renorm_stddev")

    def _statistic(self, channels: int, initializer: Any, name: str) -> Any:
        return self.add_weight((channels,), initializer, trainable=False, autocast=False, name=name)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        x = wide(inputs)
        correction = None
        if training and self.trainable:
            mean, variance = self._moments(x, mask)
            if self.renorm:
                correction = self._renormalize(mean, variance)
            else:
                self._move(self.moving_variance, variance, self.momentum)
            self._move(self.moving_mean, mean, self.momentum)
        else:
            mean, variance = self.moving_mean.value, self.moving_variance.value
        factor = lax.rsqrt(variance.astype(x.dtype) + self.epsilon)
        offset = -mean.astype(x.dtype) * factor
        if correction is not None:
            r, d = correction
            factor, offset = factor * r, offset * r + d
        if self.gamma is not None:
            gamma = self.gamma.value.astype(x.dtype)
            factor, offset = factor * gamma, offset * gamma
        if self.beta is not None:
            offset = offset + self.beta.value.astype(x.dtype)
        if self.axis % x.ndim == x.ndim - 1:
            return (x * per_channel(factor, x) + per_channel(offset, x)).astype(inputs.dtype)
        shape = [1] * x.ndim
        shape[self.axis] = -1
        return (x * factor.reshape(shape) + offset.reshape(shape)).astype(inputs.dtype)

    def _moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Mean and variance per channel, over all other axes."""
        axes = tuple(i for i in range(x.ndim) if i != self.axis % x.ndim)
        if mask is None:
            last = self.axis % x.ndim == x.ndim - 1
            return channel_moments(x) if last else (x.mean(axes), x.var(axes))
        weight = mask.astype(x.dtype)
        weight = jnp.broadcast_to(weight.reshape(weight.shape + (1,) * (x.ndim - weight.ndim)), x.shape)
        count = weight.sum(axes, keepdims=True) + tiny()
        mean = (weight * x).sum(axes, keepdims=True) / count
        variance = (weight * (x - mean) ** 2).sum(axes, keepdims=True) / count
        return mean.reshape(-1), variance.reshape(-1)

    def _move(self, statistic: Any, batch: Any, keep: float) -> None:
        statistic.assign(statistic.value * keep + batch.astype(statistic.dtype) * (1 - keep))

    def _renormalize(self, mean: Any, variance: Any) -> tuple[Any, Any]:
        """Factor r and offset d that lead from the batch's statistics to the running ones."""
        std = jnp.sqrt(variance + self.epsilon)
        r = std / self.renorm_stddev.value
        d = (mean - self.renorm_mean.value) / self.renorm_stddev.value
        limits = self.renorm_clipping or {}
        r = jnp.clip(r, limits.get("rmin"), limits.get("rmax"))
        if "dmax" in limits:
            d = jnp.clip(d, -limits["dmax"], limits["dmax"])
        self._move(self.renorm_mean, mean, self.renorm_momentum)
        self._move(self.renorm_stddev, std, self.renorm_momentum)
        self._move(self.moving_stddev, std, self.momentum)
        self.moving_variance.assign(self.moving_stddev.value**2 - self.epsilon)
        return lax.stop_gradient(r), lax.stop_gradient(d)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def _constant(value: Any) -> Any:
    return lambda shape, dtype=None: np.broadcast_to(value, shape)
