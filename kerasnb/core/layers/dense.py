"""Dense: the fully connected layer. Read it to learn how a layer is written."""

from __future__ import annotations

from typing import Any

from .. import activations, constraints, initializers, regularizers
from ..layer import InputSpec, Layer
from .arguments import positive_int
from .cpu_sums import per_channel
from .lora import LowRank
from .once import once
from .products import times


class Dense(LowRank, Layer):
    """Fully connected layer: ``activation(x @ kernel + bias)``.

    Args:
        units: length of the last axis of the output, at least 1.
        activation: a name such as "relu", or a function; None leaves the output linear.
        use_bias: whether one learned offset per unit is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties of the weights.
        activity_regularizer: penalty of the output.
        kernel_constraint, bias_constraint: applied to the weights after each step.
        lora_rank: if given, the kernel is frozen and a low-rank correction is trained instead.
        lora_alpha: the correction is scaled by ``lora_alpha / lora_rank``; the rank by default.
        quantization_config: accepted for Keras's sake, must be None.

    Shapes: (..., features) to (..., units); kernel (features, units), bias (units,).

    Raises:
        ValueError: for units below 1, unknown names, or an input whose last axis has another
            length than at the first call.

    >>> import jax.numpy as jnp
    >>> Dense(3, activation="relu")(jnp.ones((2, 5))).shape
    (2, 3)
    """

    supports_masking = True

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = positive_int(units, "units", "Dense")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._ask_for_lora(lora_rank, lora_alpha, quantization_config)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            (input_shape[-1], self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self._add_asked_lora()
        self.input_spec = InputSpec(min_ndim=2, axes={-1: input_shape[-1]})

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        y = times(inputs, self.corrected())  # (..., units)
        if self.bias is not None:
            y = y + per_channel(self.bias.value, y)
        if training:
            y = once(y)
        return self.activation(y)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (*input_shape[:-1], self.units)
