"""Adagrad and Adadelta."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .gradients import cast
from .optimizer import Optimizer


class Adagrad(Optimizer):
    """Each weight's rate shrinks with the sum of its squared gradients: ``a += g^2; w -= lr g / sqrt(a + epsilon)``.

    Args:
        learning_rate: see ``Optimizer``; larger than for other optimizers, since it shrinks.
        initial_accumulator_value: where the sums start, at least 0.
        epsilon: keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html.
    """

    def __init__(
        self, learning_rate: Any = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7,
        weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        start = self.initial_accumulator_value
        self._accumulators = self.add_optimizer_variables(self._trainable_variables, "accumulator", start)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        total = self._accumulators[self._get_variable_index(variable)]
        total.assign_add(jnp.square(g))
        variable.assign_sub(rate * g / jnp.sqrt(total.value + self.epsilon))


class Adadelta(Optimizer):
    """Steps measured in the weights' own units: the ratio of two running root mean squares times g.

    ``a = rho a + (1 - rho) g^2``, ``d = -sqrt(b + eps) / sqrt(a + eps) g``, ``b = rho b + (1 - rho) d^2``,
        ``w += lr d``.

    Args:
        learning_rate: 1.0 gives the paper's rule.
        rho: momentum of both mean squares.
        epsilon: keeps the division finite and the first steps from being zero.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Zeiler 2012, https://arxiv.org/abs/1212.5701.
    """

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.rho, self.epsilon = rho, epsilon

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        names = ["accumulated_grad", "accumulated_delta_var"]
        self._accumulated_grads, self._accumulated_deltas = self.add_optimizer_variables(
            self._trainable_variables, names
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        a, b = self._accumulated_grads[i], self._accumulated_deltas[i]
        a.assign(self.rho * a.value + (1 - self.rho) * jnp.square(g))
        delta = -jnp.sqrt(b.value + self.epsilon) / jnp.sqrt(a.value + self.epsilon) * g
        b.assign(self.rho * b.value + (1 - self.rho) * jnp.square(delta))
        variable.assign_add(rate * delta)
