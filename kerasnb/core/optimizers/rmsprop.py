"""RMSprop."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from ..variable import Variable
from .gradients import cast
from .optimizer import Optimizer


class RMSprop(Optimizer):
    """The gradient divided by the root of its mean square: ``s = rho s + (1 - rho) g^2; w -= lr g / sqrt(s + eps)``.

    Args:
        learning_rate: see ``Optimizer``.
        rho: momentum of the mean square.
        momentum: share of the last step that goes on.
        epsilon: added under the root.
        centered: whether the square of the mean gradient is taken off (an estimate of the variance;
            Graves 2013, https://arxiv.org/abs/1308.0850).
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Tieleman and Hinton 2012, lecture 6.5.
    """

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7,
        centered: bool = False, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        own = self._trainable_variables
        self._velocities = self.add_optimizer_variables(own, "velocity")
        self._momentums = self.add_optimizer_variables(own, "momentum") if self.momentum > 0 else []
        self._average_gradients = self.add_optimizer_variables(own, "average_gradient") if self.centered else []

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        square = self._velocities[i]
        square.assign(self.rho * square.value + (1 - self.rho) * jnp.square(g))
        spread = square.value
        if self.centered:
            mean = self._average_gradients[i]
            mean.assign(self.rho * mean.value + (1 - self.rho) * g)
            spread = spread - jnp.square(mean.value)
        step = rate * g * lax.rsqrt(spread + self.epsilon)
        if self.momentum > 0:
            velocity = self._momentums[i]
            velocity.assign(self.momentum * velocity.value + step)
            step = velocity.value
        variable.assign_sub(step)
