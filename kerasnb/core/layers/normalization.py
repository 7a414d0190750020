"""Normalization within each sample: Layer, Group, RMS and unit length."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from .. import constraints, initializers, regularizers
from ..layer import InputSpec, Layer
from .arguments import axis_tuple, is_int
from .cpu_sums import per_channel


class Affine(Layer):
    """Base of normalizations with a learned factor ``gamma`` and offset ``beta``."""

    supports_masking = True

    def _setup(
        self, axis: Any, epsilon: float, center: bool, scale: bool, initializer: tuple,
        regularizer: tuple, constraint: tuple,
    ) -> None:  # fmt: skip
        """Keep the arguments; the tuples hold those of beta and of gamma."""
        self.axis, self.epsilon, self.center, self.scale = axis, epsilon, center, scale
        self.beta_initializer, self.gamma_initializer = map(initializers.get, initializer)
        self.beta_regularizer, self.gamma_regularizer = map(regularizers.get, regularizer)
        self.beta_constraint, self.gamma_constraint = map(constraints.get, constraint)

    def _add_affine(self, shape: tuple) -> None:
        self.gamma = self._affine("gamma", shape) if self.scale else None
        self.beta = self._affine("beta", shape) if self.center else None

    def _affine(self, name: str, shape: tuple) -> Any:
        return self.add_weight(
            shape,
            getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
            autocast=False,
            name=name,
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def wide(x: Any) -> Any:
    """16-bit floats as float32: sums of squares need more digits and a larger range."""
    return x.astype("float32") if x.dtype in (jnp.float16, jnp.bfloat16) else x


def known_sizes(input_shape: Any, axes: tuple[int, ...], layer: Layer) -> tuple[int, ...]:
    """The sizes of the given axes, none of them None."""
    sizes = tuple(input_shape[a] for a in axes)
    if None in sizes:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: the normalized axes {axes} must have known "
            f"sizes, got input shape {tuple(input_shape)}."
        )
    return sizes


class LayerNormalization(Affine):
    """Normalize each sample by its own mean and variance over the given axes.

    ``gamma * (x - mean) / sqrt(variance + epsilon) + beta``

    Args:
        axis: the axis or axes of the features.
        epsilon: added to the variance.
        center: whether an offset ``beta`` is learned.
        scale: whether a factor ``gamma`` is learned.
        beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint: of the weights.

    Shapes: any, unchanged; weights of the sizes of the axes.

    Source: Ba, Kiros and Hinton, Layer Normalization, 2016.
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        # Keras's older spelling of a normalization by the variance alone.
        self.rms_scaling = kwargs.pop("rms_scaling", False)
        super().__init__(**kwargs)
        if not is_int(axis) and not (isinstance(axis, (list, tuple)) and all(map(is_int, axis))):
            raise TypeError(f"LayerNormalization: axis must be an integer or a list of them, got axis={axis!r}.")
        axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self._setup(
            axis, epsilon, center, scale, (beta_initializer, gamma_initializer),
            (beta_regularizer, gamma_regularizer), (beta_constraint, gamma_constraint),
        )  # fmt: skip

    def build(self, input_shape: Any) -> None:
        self._axes = tuple(sorted(axis_tuple(self.axis, len(input_shape), "LayerNormalization")))
        shape = known_sizes(input_shape, self._axes, self)
        if self.rms_scaling:
            self.gamma, self.beta = self._affine("gamma", shape), None
        else:
            self._add_affine(shape)

    def call(self, inputs: Any) -> Any:
        x = wide(inputs)
        variance = x.var(self._axes, keepdims=True)
        y = x if self.rms_scaling else x - x.mean(self._axes, keepdims=True)
        y = y * lax.rsqrt(variance + self.epsilon)
        if self.gamma is not None:
            y = y * self._over(x, self.gamma)
        if self.beta is not None:
            y = y + self._over(x, self.beta)
        return y.astype(self.compute_dtype)

    def _over(self, x: Any, weight: Any) -> Any:
        """A weight of the normalized axes, ready to meet x."""
        values = weight.value.astype(x.dtype)
        if self._axes == tuple(range(x.ndim - values.ndim, x.ndim)):
            return per_channel(values, x)
        return values.reshape([n if i in self._axes else 1 for i, n in enumerate(x.shape)])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rms_scaling": self.rms_scaling}


class GroupNormalization(Affine):
    """Normalize each sample within groups of channels, over all places.

    Args:
        groups: number of groups, a divisor of the number of channels; -1 for one group a channel.
        axis: the axis of the channels.
        epsilon: added to the variance.
        center, scale, and the arguments of beta and gamma: as in ``LayerNormalization``.

    Shapes: any, unchanged; weights (channels,).

    Source: Wu and He, Group Normalization, ECCV 2018.
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not is_int(groups) or (groups < 1 and groups != -1):
            raise ValueError(f"GroupNormalization: groups must be at least 1, or -1, got {groups!r}.")
        if not is_int(axis):
            raise ValueError(f"GroupNormalization: axis must be an integer, got axis={axis!r}.")
        self.groups = groups
        self._setup(
            axis, epsilon, center, scale, (beta_initializer, gamma_initializer),
            (beta_regularizer, gamma_regularizer), (beta_constraint, gamma_constraint),
        )  # fmt: skip

    def build(self, input_shape: Any) -> None:
        axes = axis_tuple(self.axis, len(input_shape), "GroupNormalization")
        (channels,) = known_sizes(input_shape, axes, self)
        if self.groups == -1:
            self.groups = channels
        if channels % self.groups:
            raise ValueError(
                f"GroupNormalization {self.name!r}: groups={self.groups} must divide the number of "
                f"channels, which is {channels} (axis {self.axis} of {tuple(input_shape)})."
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})
        self._add_affine((channels,))

    def call(self, inputs: Any) -> Any:
        axis = self.axis % inputs.ndim
        shape, channels = inputs.shape, inputs.shape[axis]
        # (batch, ..., channels, ...) to (batch, ..., groups, channels / groups, ...)
        x = wide(inputs).reshape(*shape[:axis], self.groups, channels // self.groups, *shape[axis + 1 :])
        axes = tuple(i for i in range(1, x.ndim) if i != axis)
        y = (x - x.mean(axes, keepdims=True)) * lax.rsqrt(x.var(axes, keepdims=True) + self.epsilon)
        y = y.reshape(shape)
        broadcast = [1] * len(shape)
        broadcast[axis] = -1
        if self.gamma is not None:
            y = y * self.gamma.value.reshape(broadcast).astype(y.dtype)
        if self.beta is not None:
            y = y + self.beta.value.reshape(broadcast).astype(y.dtype)
        return y.astype(self.compute_dtype)


class RMSNormalization(Layer):
    """Divide by the root of the mean square: ``scale * x / sqrt(mean(x**2) + epsilon)``.

    Args:
        axis: the axis or axes of the features.
        epsilon: added to the mean square.

    Shapes: any, unchanged; ``scale`` has the sizes of the axes.

    Source: Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019.
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis, self.epsilon = axis, epsilon

    def build(self, input_shape: Any) -> None:
        self._axes = tuple(sorted(axis_tuple(self.axis, len(input_shape), "RMSNormalization")))
        shape = known_sizes(input_shape, self._axes, self)
        self.scale = self.add_weight(shape, "ones", autocast=False, name="scale")

    def call(self, inputs: Any) -> Any:
        x = wide(inputs)
        shape = [n if i in self._axes else 1 for i, n in enumerate(x.shape)]
        y = x * lax.rsqrt((x * x).mean(self._axes, keepdims=True) + self.epsilon)
        return (y * self.scale.value.reshape(shape).astype(x.dtype)).astype(self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class UnitNormalization(Layer):
    """Scale each sample to length 1 along the given axes: ``x / sqrt(sum(x**2))``.

    Args:
        axis: the axis or axes of the features.

    Shapes: any, unchanged.
    """

    supports_masking = True

    def __init__(self, axis: Any = -1, **kwargs: Any):
        super().__init__(**kwargs)
        if not is_int(axis) and not (isinstance(axis, (list, tuple)) and all(map(is_int, axis))):
            raise TypeError(f"UnitNormalization: axis must be an integer or a list of them, got axis={axis!r}.")
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis

    def call(self, inputs: Any) -> Any:
        return unit_length(inputs, self.axis, 1e-12)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def unit_length(x: Any, axis: Any, epsilon: float) -> Any:
    """``x`` divided by its length along ``axis``, or by ``epsilon`` where it is shorter."""
    axes = axis_tuple(axis, x.ndim, "unit_length")
    y = wide(x)
    squares = (y * y).sum(axes, keepdims=True)
    return (y * lax.rsqrt(jnp.maximum(squares, epsilon**2))).astype(x.dtype)
