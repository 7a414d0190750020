"""GRU: the gated recurrent unit, cell and layer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from .. import activations
from .recurrence import SLOPES, CellMath
from .recurrent_cell import RecurrentCell
from .rnn import RNN, shows_cell


class GRUCell(RecurrentCell):
    """One step of a gated recurrent unit.

    With f = ``recurrent_activation`` and g = ``activation``, the columns of the kernels in the order
    z, r, h, and a bias b of the inputs and b' of the state::

        z, r = f(x W_z + b_z + h U_z + b'_z), f(x W_r + b_r + h U_r + b'_r)
        n = g(x W_h + b_h + r * (h U_h + b'_h))       with reset_after
        n = g(x W_h + b_h + (r * h) U_h)              without, as in the paper; one bias
        h' = z * h + (1 - z) * n

    Args:
        units: length of the state and the output, at least 1.
        activation: of the new content; "tanh" by default.
        recurrent_activation: of the gates; "sigmoid" by default.
        use_bias: whether biases are added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties of the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each step.
        dropout: share of the inputs that is dropped in training, from 0 to 1.
        recurrent_dropout: share of the state that is dropped where it enters the product.
        reset_after: whether the reset gate comes after the product (and runs fast) or before it.
        seed: an integer that makes the draws reproducible.

    Shapes: inputs (batch, features) and states [h] of (batch, units) to h and [h]; kernel
    (features, 3 * units), recurrent kernel (units, 3 * units), bias (2, 3 * units) with
    ``reset_after``, else (3 * units,).

    Source: Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, EMNLP 2014.
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        reset_after: bool = True,
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
        self.reset_after = bool(reset_after)
        self.state_size = self.units

    def build(self, input_shape: Any) -> None:
        width = 3 * self.units
        self._add_weights(input_shape, (2, width) if self.reset_after else (width,))

    def biases(self) -> tuple[Any, Any]:
        if self.bias is None:
            return None, None
        bias = self.bias.value
        return (bias[0], bias[1]) if self.reset_after else (bias, None)

    def math(self) -> CellMath | None:
        return gru_math(self.activation, self.recurrent_activation) if self.reset_after else None

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        nested = isinstance(states, (list, tuple))
        h = states[0] if nested else states
        inputs, dropped = self._dropped(inputs, h, training)
        x = self.project(inputs)  # (batch, 3 * units)
        kernel, bias = self.recurrent_kernel.value, self.biases()[1]
        if self.reset_after:
            r = dropped @ kernel if bias is None else dropped @ kernel + bias
            (h,), _ = _step(self.activation, self.recurrent_activation, x, r, h)
        else:
            n = self.units
            z, r = jnp.split(self.recurrent_activation(x[:, : 2 * n] + dropped @ kernel[:, : 2 * n]), 2, axis=-1)
            new = self.activation(x[:, 2 * n :] + (r * dropped) @ kernel[:, 2 * n :])
            h = z * h + (1 - z) * new
        return h, [h] if nested else h


def _step(act: Callable, gate: Callable, x: Any, r: Any, h: Any) -> tuple[tuple, Any]:
    """The new h, and what its gradient needs: the gates' values and the state's share of the new content."""
    n = h.shape[-1]
    gates = gate(x[:, : 2 * n] + r[:, : 2 * n])  # (batch, 2 * units), z and r
    z, reset = jnp.split(gates, 2, axis=-1)
    share = r[:, 2 * n :]
    new = act(x[:, 2 * n :] + reset * share)
    return (z * h + (1 - z) * new,), (jnp.concatenate([gates, new, share], axis=-1))


@functools.cache
def gru_math(act: Callable, gate: Callable) -> CellMath | None:
    """The step with its gradient, for activations whose slope follows from their value."""
    if act not in SLOPES or gate not in SLOPES:
        return None
    slope, gate_slope = SLOPES[act], SLOPES[gate]

    def step(x: Any, r: Any, states: tuple) -> tuple[tuple, Any]:
        return _step(act, gate, x, r, states[0])

    def back(kept: Any, before: tuple, after: tuple, d: tuple) -> tuple[Any, Any, tuple]:
        z, reset, new, share = jnp.split(kept, 4, axis=-1)
        (d_h,) = d
        d_new = d_h * (1 - z) * slope(new)
        d_z = d_h * (before[0] - new) * gate_slope(z)
        d_reset = d_new * share * gate_slope(reset)
        d_x = jnp.concatenate([d_z, d_reset, d_new], axis=-1)  # (batch, 3 * units)
        d_r = jnp.concatenate([d_z, d_reset, d_new * reset], axis=-1)
        return d_x, d_r, (d_h * z,)

    return CellMath(step, back)


@shows_cell
class GRU(RNN):
    """Gated recurrent units over a sequence.

    Args:
        units: length of the state and the output.
        activation ... recurrent_dropout, reset_after, seed: see ``GRUCell``.
        activity_regularizer: penalty of the output.
        return_sequences: give the output of every step, not of the last alone.
        return_state: also give the last state.
        go_backwards: run from the last step to the first.
        stateful: start each batch with the state at which the last one ended.
        unroll: write the loop out; seldom faster.
        use_cudnn: accepted as in Keras; the compiled loop is faster on a GPU too (docs/benchmarks.md).
        zero_output_for_mask: masked steps give zeros instead of repeating the output before.

    Shapes: (batch, time, features) to (batch, units), or (batch, time, units) with
    ``return_sequences``; mask (batch, time). The time may be unknown: ``Input((None, features))``.

    >>> import jax.numpy as jnp
    >>> GRU(3, return_sequences=True)(jnp.ones((2, 5, 4))).shape
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
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ):
        cell = GRUCell(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint,
            recurrent_constraint, bias_constraint, dropout, recurrent_dropout, reset_after, seed,
            name="gru_cell", trainable=kwargs.get("trainable", True), dtype=kwargs.get("dtype"),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.use_cudnn = use_cudnn
