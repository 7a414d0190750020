"""Adamax."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .adam import decay_power
from .gradients import cast, step_number
from .optimizer import Optimizer


class Adamax(Optimizer):
    """Adam with the largest recent gradient in place of the root mean square.

    ``m = beta_1 m + (1 - beta_1) g``, ``u = max(beta_2 u, |g|)``,
    ``w -= lr / (1 - beta_1^t) * m / (u + epsilon)``.

    Args:
        learning_rate: see ``Optimizer``.
        beta_1: momentum of the mean.
        beta_2: decay of the largest gradient.
        epsilon: keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Kingma and Ba 2015, section 7, https://arxiv.org/abs/1412.6980.
    """

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        self._m, self._u = self.add_optimizer_variables(self._trainable_variables, ["momentum", "norm"])

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        t = step_number(self.iterations, variable)
        m, u = self._m[i], self._u[i]
        m.assign_add((g - m.value) * (1 - self.beta_1))
        u.assign(jnp.maximum(self.beta_2 * u.value, jnp.abs(g)))
        variable.assign_sub(rate * m.value / ((1 - decay_power(self.beta_1, t)) * (u.value + self.epsilon)))
