"""FTRL: follow the regularized leader."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .gradients import cast
from .optimizer import Optimizer


class Ftrl(Optimizer):
    """Online learning that reaches exactly zero weights by its L1 term.

    With ``n' = n + g^2`` and ``p = -learning_rate_power``:
    ``z += g - (n'^p - n^p) / lr * w``,
    ``w = (clip(z, -l1, l1) - z) / ((beta + n'^p) / lr + 2 l2)``.

    Args:
        learning_rate: see ``Optimizer``.
        learning_rate_power: at most 0; 0 for a constant rate.
        initial_accumulator_value: where ``n`` starts, at least 0.
        l1_regularization_strength: at least 0.
        l2_regularization_strength: at least 0, of the weights.
        l2_shrinkage_regularization_strength: at least 0, added to the gradient in ``z``.
        beta: of the paper.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: McMahan et al. 2013, https://research.google.com/pubs/archive/41159.pdf.
    """

    def __init__(
        self, learning_rate: Any = 0.001, learning_rate_power: float = -0.5, initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0, beta: float = 0.0,
        weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        for argument, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"{argument} must be positive or zero, got {argument}={value}.")
        if learning_rate_power > 0.0:
            raise ValueError(
                f"learning_rate_power must be negative or zero, got learning_rate_power={learning_rate_power}."
            )
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.learning_rate_power, self.initial_accumulator_value = learning_rate_power, initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        starts = [self.initial_accumulator_value, "zeros"]
        self._accumulators, self._linears = self.add_optimizer_variables(
            self._trainable_variables, ["accumulator", "linear"], starts
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        n, z, w = self._accumulators[i], self._linears[i], variable.value
        p = -self.learning_rate_power
        total = n.value + jnp.square(g)
        pushed = g + 2.0 * self.l2_shrinkage_regularization_strength * w
        z.assign_add(pushed - (jnp.power(total, p) - jnp.power(n.value, p)) / rate * w)
        quadratic = (jnp.power(total, p) + self.beta) / rate + 2.0 * self.l2_regularization_strength
        l1 = self.l1_regularization_strength
        variable.assign((jnp.clip(z.value, -l1, l1) - z.value) / quadratic)
        n.assign(total)
