"""Activation layers: functions of each number, as layers of their own."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .. import activations, constraints, initializers, regularizers
from ..layer import InputSpec, Layer
from .arguments import axis_tuple
from .normalization import known_sizes


class Activation(Layer):
    """Apply an activation function to every number of the input.

    Args:
        activation: a name such as "relu", or a function.

    Shapes: any, unchanged.

    >>> import jax.numpy as jnp
    >>> Activation("relu")(jnp.array([-3.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    supports_masking = True

    def __init__(self, activation: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class ReLU(Layer):
    """``max(x, 0)``, with variations.

    ``x`` between ``threshold`` and ``max_value``, ``max_value`` above, and
    ``negative_slope * (x - threshold)`` below.

    Args:
        max_value: upper limit, None for none.
        negative_slope: slope below the threshold.
        threshold: where the function begins.

    Shapes: any, unchanged.
    """

    supports_masking = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0:
            raise ValueError(f"ReLU: max_value must be at least 0 or None, got max_value={max_value}.")
        self.max_value = max_value
        self.negative_slope = _not_negative(negative_slope, "negative_slope", "ReLU")
        self.threshold = _not_negative(threshold, "threshold", "ReLU")

    def call(self, inputs: Any) -> Any:
        return activations.relu(
            inputs,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class LeakyReLU(Layer):
    """``x`` where it is positive, ``negative_slope * x`` elsewhere.

    Args:
        negative_slope: slope below 0.

    Shapes: any, unchanged.

    Source: Maas, Hannun and Ng, Rectifier Nonlinearities, ICML 2013.
    """

    supports_masking = True

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any):
        # Keras 2's name of the argument.
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        self.negative_slope = _not_negative(negative_slope, "negative_slope", "LeakyReLU")

    def call(self, inputs: Any) -> Any:
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class PReLU(Layer):
    """``x`` where it is positive, ``alpha * x`` elsewhere, with a learned slope ``alpha``.

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: of the slopes.
        shared_axes: axes along which one slope is shared, such as [1, 2] for images.

    Shapes: any, unchanged; ``alpha`` has the shape of one sample, 1 along the shared axes.

    Source: He et al., Delving Deep into Rectifiers, ICCV 2015.
    """

    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is not None:
            shared_axes = list(shared_axes) if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        self.shared_axes = shared_axes

    def build(self, input_shape: Any) -> None:
        shape = list(input_shape)
        for axis in axis_tuple(self.shared_axes or (), len(shape), "PReLU"):
            shape[axis] = 1
        own = known_sizes(shape, tuple(range(1, len(shape))), self)
        self.alpha = self.add_weight(
            own,
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
            name="alpha",
        )
        axes = {i: n for i, n in enumerate(shape) if i > 0 and n != 1}
        self.input_spec = InputSpec(ndim=len(shape), axes=axes)

    def call(self, inputs: Any) -> Any:
        return jnp.maximum(inputs, 0) + self.alpha.value * jnp.minimum(inputs, 0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class ELU(Layer):
    """``x`` where it is positive, ``alpha * (exp(x) - 1)`` elsewhere.

    Args:
        alpha: the limit for very negative numbers is ``-alpha``.

    Shapes: any, unchanged.

    Source: Clevert, Unterthiner and Hochreiter, Fast and Accurate Deep Network Learning by
    Exponential Linear Units, ICLR 2016.
    """

    supports_masking = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Any) -> Any:
        return activations.elu(inputs, alpha=self.alpha)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class Softmax(Layer):
    """``exp(x) / sum(exp(x))`` along one or several axes.

    Args:
        axis: the axis or axes that sum to 1.

    A ``mask`` given to the call (same shape as the input) leaves entries out: they become 0.

    Shapes: any, unchanged.
    """

    supports_masking = True

    def __init__(self, axis: Any = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis

    def call(self, inputs: Any, mask: Any = None) -> Any:
        axis = axis_tuple(self.axis, inputs.ndim, f"Softmax {self.name!r}")
        if mask is None or (mask.ndim == 2 < inputs.ndim and mask.shape == inputs.shape[:2]):
            return jax.nn.softmax(inputs, axis=axis)  # a mask of steps travels on, it is not about entries
        weights = jax.nn.softmax(jnp.where(mask, inputs, jnp.finfo(inputs.dtype).min), axis=axis)
        return jnp.where(mask, weights, 0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        axis_tuple(self.axis, len(input_shape), f"Softmax {self.name!r}")
        return input_shape


def _not_negative(value: Any, name: str, where: str) -> float:
    if value is None or value < 0:
        raise ValueError(f"{where}: {name} must be a number of at least 0, got {name}={value}.")
    return value
