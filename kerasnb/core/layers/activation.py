"""Activation layers: functions of each number, as layers of their own."""

from __future__ import annotations

from typing import Any

from .. import activations
from ..layer import Layer


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
