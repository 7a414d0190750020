"""LSTM: long short-term memory, cell and layer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from .. import activations
from .once import once
from .recurrence import SLOPES, CellMath
from .recurrent_cell import RecurrentCell
from .rnn import RNN, shows_cell


class LSTMCell(RecurrentCell):
    """One step of an LSTM.

    With f = ``recurrent_activation`` and g = ``activation``, the columns of the kernels in the order
    i, f, c, o::

        i, f, o = f(x W_i + h U_i + b_i), f(x W_f + h U_f + b_f), f(x W_o + h U_o + b_o)
        c' = f * c + i * g(x W_c + h U_c + b_c)
        h' = o * g(c')

    Args:
        units: length of the state and the output, at least 1.
        activation: of the new content and the output; "tanh" by default.
        recurrent_activation: of the gates; "sigmoid" by default.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        unit_forget_bias: start the forget gate's bias with 1, so that the state is kept at first
            (Jozefowicz et al. 2015).
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties of the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each step.
        dropout: share of the inputs that is dropped in training, from 0 to 1.
        recurrent_dropout: share of the state that is dropped where it enters the product.
        seed: an integer that makes the draws reproducible.

    Shapes: inputs (batch, features) and states [h, c] of (batch, units) to h and [h, c];
    kernel (features, 4 * units), recurrent kernel (units, 4 * units), bias (4 * units,).

    Source: Hochreiter and Schmidhuber, Long Short-Term Memory, Neural Computation 1997.
    """

    gates = 4

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
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
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [self.units, self.units]

    def build(self, input_shape: Any) -> None:
        self._add_weights(input_shape, (4 * self.units,), self._first_bias if self.unit_forget_bias else None)

    def _first_bias(self, shape: Any, dtype: Any = None) -> Any:
        first = np.array(self.bias_initializer(shape, dtype=dtype))
        first[self.units : 2 * self.units] = 1
        return first

    def math(self) -> CellMath | None:
        return lstm_math(self.activation, self.recurrent_activation)

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list]:
        h, c = states
        inputs, h = self._dropped(inputs, h, training)
        z = self.project(inputs) + h @ self.recurrent_kernel.value  # (batch, 4 * units)
        (h, c), _ = lstm_step(self.activation, self.recurrent_activation, z, c)
        return h, [h, c]


def lstm_step(act: Callable, gate: Callable, z: Any, c: Any) -> tuple[tuple, Any]:
    """New h and c from the sums before the gates, and the gates' values side by side."""
    i, f, g, o = jnp.split(z, 4, axis=-1)
    i, f, g, o = gate(i), gate(f), act(g), gate(o)
    c = f * c + i * g
    return (o * act(c), c), jnp.concatenate([i, f, g, o], axis=-1)


@functools.cache
def lstm_math(act: Callable, gate: Callable) -> CellMath | None:
    """The step with its gradient, for activations whose slope follows from their value."""
    if act not in SLOPES or gate not in SLOPES:
        return None
    slope, gate_slope = SLOPES[act], SLOPES[gate]

    def step(x: Any, r: Any, states: tuple) -> tuple[tuple, Any]:
        return lstm_step(act, gate, x + r, states[1])

    def back(kept: Any, before: tuple, after: tuple, d: tuple) -> tuple[Any, Any, tuple]:
        i, f, g, o = jnp.split(kept, 4, axis=-1)
        shown = act(after[1])
        d_h, d_c = d
        d_c = once(d_c + d_h * o * slope(shown))
        d_gates = (
            d_c * g * gate_slope(i), d_c * before[1] * gate_slope(f), d_c * i * slope(g),
            d_h * shown * gate_slope(o),
        )  # fmt: skip
        d_z = jnp.concatenate(d_gates, axis=-1)  # (batch, 4 * units)
        return d_z, d_z, (jnp.zeros_like(d_h), d_c * f)

    return CellMath(step, back)


@shows_cell
class LSTM(RNN):
    """Long short-term memory over a sequence.

    Args:
        units: length of the state and the output.
        activation ... recurrent_dropout, seed: see ``LSTMCell``.
        activity_regularizer: penalty of the output.
        return_sequences: give the output of every step, not of the last alone.
        return_state: also give the last h and c.
        go_backwards: run from the last step to the first.
        stateful: start each batch with the states at which the last one ended.
        unroll: write the loop out; seldom faster.
        use_cudnn: accepted as in Keras; the compiled loop is faster on a GPU too (docs/benchmarks.md).
        zero_output_for_mask: masked steps give zeros instead of repeating the output before.

    Shapes: (batch, time, features) to (batch, units), or (batch, time, units) with
    ``return_sequences``; mask (batch, time). The time may be unknown: ``Input((None, features))``.

    >>> import jax.numpy as jnp
    >>> LSTM(3, return_sequences=True)(jnp.ones((2, 5, 4))).shape
    (2, 5, 3)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ):
        cell = LSTMCell(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, unit_forget_bias, kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint, dropout, recurrent_dropout, seed,
            name="lstm_cell", trainable=kwargs.get("trainable", True), dtype=kwargs.get("dtype"),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.use_cudnn = use_cudnn
