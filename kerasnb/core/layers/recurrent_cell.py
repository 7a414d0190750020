"""What the cells of SimpleRNN, LSTM and GRU share: options, weights, dropout of inputs and states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from .. import activations, constraints, initializers, regularizers
from ..layer import Layer
from ..random import SeedGenerator
from .arguments import fraction, positive_int
from .cpu_sums import per_channel
from .recurrence import CellMath, unfold
from .regularization import drop


class RecurrentCell(Layer):
    """Base of the built-in cells: one kernel for the inputs, one for the state, a bias.

    A subclass sets ``gates``, ``state_size`` and makes ``call``; where its step needs the state in
    one product only, also ``math``, which lets the layer run fast over all steps.
    """

    gates = 1

    def _setup(
        self, units: int, activation: Any, use_bias: bool, kernel_initializer: Any, recurrent_initializer: Any,
        bias_initializer: Any, kernel_regularizer: Any, recurrent_regularizer: Any, bias_regularizer: Any,
        kernel_constraint: Any, recurrent_constraint: Any, bias_constraint: Any, dropout: float,
        recurrent_dropout: float, seed: int | None,
    ) -> None:  # fmt: skip
        where = type(self).__name__
        self.units = positive_int(units, "units", where)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = fraction(dropout, "dropout", where)
        self.recurrent_dropout = fraction(recurrent_dropout, "recurrent_dropout", where)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)
        self.output_size = self.units
        self._masks: dict[str, Any] = {}

    def _add_weights(self, input_shape: Any, bias_shape: tuple, bias_initializer: Any = None) -> None:
        if input_shape[-1] is None:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the number of features (the last axis) must be known, "
                f"got input shape {tuple(input_shape)}."
            )
        width = self.gates * self.units
        self.kernel = self.add_weight(
            (input_shape[-1], width), self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint, name="kernel",
        )  # fmt: skip
        self.recurrent_kernel = self.add_weight(
            (self.units, width), self.recurrent_initializer, regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint, name="recurrent_kernel",
        )  # fmt: skip
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                bias_shape, bias_initializer or self.bias_initializer, regularizer=self.bias_regularizer,
                constraint=self.bias_constraint, name="bias",
            )  # fmt: skip

    def biases(self) -> tuple[Any, Any]:
        """What is added to the inputs' product, and to the state's; None where nothing is."""
        return (None if self.bias is None else self.bias.value), None

    product: Callable = staticmethod(jnp.matmul)  # of state and recurrent kernel

    def math(self) -> CellMath | None:
        """The step and its written-out gradient, None where the activations have none."""
        return None

    def project(self, inputs: Any) -> Any:
        """The inputs' product and bias, for one step or all at once."""
        bias, _ = self.biases()
        # With all steps in one batch: the kernel's gradient would otherwise be made from a transposed copy.
        x = inputs.reshape(-1, inputs.shape[-1]) @ self.kernel.value
        x = x.reshape(*inputs.shape[:-1], x.shape[-1])
        return x if bias is None else x + per_channel(bias, x)

    def unfold(
        self, sequences: Any, states: list, mask: Any, training: bool, reverse: bool, keep_all: bool
    ) -> tuple[Any, list] | None:
        """All steps in one: h of every step (time, batch, units) or None, and the last states.

        Returns None where the cell has to be run step by step.
        """
        math = self.math()
        if math is None:
            return None
        xs = jnp.swapaxes(sequences, 0, 1)  # (time, batch, features)
        dropped = self._noise("dropout", xs[0]) if training else None
        recurrent = self._noise("recurrent_dropout", states[0]) if training else None
        x = self.project(xs if dropped is None else xs * dropped)
        mask = None if mask is None else jnp.swapaxes(mask, 0, 1)  # (time, batch)
        hs, last = unfold(
            math, x, self.recurrent_kernel.value, self.biases()[1], tuple(s.astype(x.dtype) for s in states),
            None if mask is None else mask.reshape(*mask.shape, *(1,) * (states[0].ndim - 1)),
            recurrent, reverse, keep_all, self.product,
        )  # fmt: skip
        return hs, list(last)

    # --- dropout: one mask for all steps of a sequence (Gal and Ghahramani 2016) -----------------

    def _noise(self, which: str, like: Any) -> Any:
        rate = getattr(self, which)
        return drop(jnp.ones_like(like), rate, None, self.seed_generator.next()) if rate else None

    def draw_masks(self, inputs: Any, states: Any) -> None:
        """Draw the factors for a whole sequence, from one step's inputs and states."""
        h = states[0] if isinstance(states, (list, tuple)) else states
        self._masks = {
            "dropout": self._noise("dropout", inputs),
            "recurrent_dropout": self._noise("recurrent_dropout", h),
        }

    def _mask(self, which: str, like: Any) -> Any:
        return self._masks[which] if which in self._masks else self._noise(which, like)

    def get_dropout_mask(self, step_input: Any) -> Any:
        """The factors of the inputs: those drawn by ``draw_masks``, else new ones; None without dropout."""
        return self._mask("dropout", step_input)

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        """The factors of the state, as ``get_dropout_mask``."""
        return self._mask("recurrent_dropout", step_input)

    def reset_dropout_mask(self) -> None:
        """Forget the factors of the inputs."""
        self._masks.pop("dropout", None)

    def reset_recurrent_dropout_mask(self) -> None:
        """Forget the factors of the state."""
        self._masks.pop("recurrent_dropout", None)

    def _dropped(self, inputs: Any, h: Any, training: bool) -> tuple[Any, Any]:
        """Inputs and state as the products of one step take them."""
        if training:
            noise = self.get_dropout_mask(inputs)
            inputs = inputs if noise is None else inputs * noise
            noise = self.get_recurrent_dropout_mask(h)
            h = h if noise is None else h * noise
        return inputs, h

    def get_initial_state(self, batch_size: int | None = None) -> list:
        """Zeros (batch_size, units) for each state."""
        sizes = self.state_size if isinstance(self.state_size, (list, tuple)) else [self.state_size]
        return [jnp.zeros((batch_size, n), self.compute_dtype) for n in sizes]
