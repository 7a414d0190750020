"""Schedule-free AdamW."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .adam import decay_power
from .gradients import cast, step_number
from .optimizer import Optimizer


class ScheduleFreeAdamW(Optimizer):
    """AdamW whose running average of the weights takes the place of a learning-rate schedule.

    Three points: ``z`` makes the steps, ``x`` is the mean of all ``z``, and the weights are
    ``y = (1 - beta_1) z + beta_1 x``, where the gradients are taken. ``x`` is not stored: it follows
    from ``y`` and ``z``.

    Args:
        learning_rate: see ``Optimizer``.
        beta_1: place of the weights between ``z`` (0) and the mean (1); above 0.
        beta_2: momentum of the mean square.
        epsilon: keeps the division finite.
        warmup_steps: the rate grows in a straight line over so many steps.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Defazio et al. 2024, https://arxiv.org/abs/2405.15682.
    """

    def __init__(
        self, learning_rate: Any = 0.0025, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8,
        warmup_steps: int = 0, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2, self.epsilon, self.warmup_steps = beta_1, beta_2, epsilon, warmup_steps

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        self._momentums: list[Variable] = []  # z
        self._velocities: list[Variable] = []
        for variable in self._trainable_variables:
            self._momentums.append(self.add_variable_from_reference(variable, "momentum", variable))
            self._velocities.append(self.add_variable_from_reference(variable, "velocity"))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        t = step_number(self.iterations, variable)
        if self.warmup_steps > 0:
            rate = rate * jnp.minimum(1.0, t / self.warmup_steps)
        z, v, y = self._momentums[i], self._velocities[i], variable.value
        x = (y - (1 - self.beta_1) * z.value) / self.beta_1
        v.assign_add((jnp.square(g) - v.value) * (1 - self.beta_2))
        v_hat = v.value / (1 - decay_power(self.beta_2, t))
        z.assign_sub(rate * g / (jnp.sqrt(v_hat) + self.epsilon))
        x = x + (z.value - x) / t
        variable.assign((1 - self.beta_1) * z.value + self.beta_1 * x)
