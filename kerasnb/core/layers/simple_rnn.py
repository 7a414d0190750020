"""SimpleRNN: the plain recurrent network, cell and layer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .recurrence import SLOPES, CellMath
from .recurrent_cell import RecurrentCell
from .rnn import RNN, shows_cell


class SimpleRNNCell(RecurrentCell):
    """One step of a plain recurrent network: ``h' = activation(x W + h U + b)``.

    Args:
        units: length of the state and the output, at least 1.
        activation: "tanh" by default.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties of the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each step.
        dropout: share of the inputs that is dropped in training, from 0 to 1.
        recurrent_dropout: share of the state that is dropped where it enters the product.
        seed: an integer that makes the draws reproducible.

    Shapes: inputs (batch, features) and states [h] of (batch, units) to h and [h]; kernel
    (features, units), recurrent kernel (units, units), bias (units,).
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._setup(
            units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed,
        )  # fmt: skip
        self.state_size = self.units

    def build(self, input_shape: Any) -> None:
        self._add_weights(input_shape, (self.units,))

    def math(self) -> CellMath | None:
        return simple_math(self.activation)

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        nested = isinstance(states, (list, tuple))
        inputs, h = self._dropped(sequence, states[0] if nested else states, training)
        h = self.activation(self.project(inputs) + h @ self.recurrent_kernel.value)  # (batch, units)
        return h, [h] if nested else h


@functools.cache
def simple_math(act: Callable) -> CellMath | None:
    """The step with its gradient, for activations whose slope follows from their value."""
    if act not in SLOPES:
        return None
    slope = SLOPES[act]

    def step(x: Any, r: Any, states: tuple) -> tuple[tuple, None]:
        return (act(x + r),), None

    def back(kept: None, before: tuple, after: tuple, d: tuple) -> tuple[Any, Any, tuple]:
        d_z = d[0] * slope(after[0])
        return d_z, d_z, (d_z * 0,)

    return CellMath(step, back)


@shows_cell
class SimpleRNN(RNN):
    """A plain recurrent network over a sequence: ``h_t = activation(x_t W + h_{t-1} U + b)``.

    Args:
        units: length of the state and the output.
        activation ... recurrent_dropout, seed: see ``SimpleRNNCell``.
        activity_regularizer: penalty of the output.
        return_sequences: give the output of every step, not of the last alone.
        return_state: also give the last state.
        go_backwards: run from the last step to the first.
        stateful: start each batch with the state at which the last one ended.
        unroll: write the loop out; seldom faster.
        zero_output_for_mask: masked steps give zeros instead of repeating the output before.

    Shapes: (batch, time, features) to (batch, units), or (batch, time, units) with
    ``return_sequences``; mask (batch, time). The time may be unknown: ``Input((None, features))``.

    >>> import jax.numpy as jnp
    >>> SimpleRNN(3)(jnp.ones((2, 5, 4))).shape
    (2, 3)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        cell = SimpleRNNCell(
            units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed,
            name="simple_rnn_cell", trainable=kwargs.get("trainable", True), dtype=kwargs.get("dtype"),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("seed")  # Keras's form has none
        return config
