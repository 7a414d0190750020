"""Lamb."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .adam import decay_power
from .gradients import cast, step_number
from .optimizer import Optimizer


class Lamb(Optimizer):
    """Adam whose step for each weight array is scaled to the array's own norm, for large batches.

    Args:
        learning_rate: see ``Optimizer``.
        beta_1: momentum of the mean.
        beta_2: momentum of the mean square.
        epsilon: keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: You et al. 2020, https://arxiv.org/abs/1904.00962.
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
        self._momentums, self._velocities = self.add_optimizer_variables(
            self._trainable_variables, ["momentum", "velocity"]
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        t = step_number(self.iterations, variable)
        m, v = self._momentums[i], self._velocities[i]
        m.assign_add((g - m.value) * (1 - self.beta_1))
        v.assign_add((jnp.square(g) - v.value) * (1 - self.beta_2))
        m_hat = m.value / (1 - decay_power(self.beta_1, t))
        v_hat = v.value / (1 - decay_power(self.beta_2, t))
        step = m_hat / (jnp.sqrt(v_hat) + self.epsilon)
        weight_norm, step_norm = (jnp.sqrt(jnp.sum(jnp.square(x))) for x in (variable.value, step))
        both = (weight_norm > 0) & (step_norm > 0)
        trust = jnp.where(both, weight_norm / jnp.where(both, step_norm, 1.0), 1.0)
        variable.assign_sub(trust * rate * step)
