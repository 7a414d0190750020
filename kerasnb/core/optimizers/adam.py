"""Adam and AdamW."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .gradients import cast, step_number
from .optimizer import Optimizer


class Adam(Optimizer):
    """Steps by the ratio of the gradient's mean to the root of its mean square.

    ``m = beta_1 m + (1 - beta_1) g``, ``v = beta_2 v + (1 - beta_2) g^2``,
    ``w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)``.

    Args:
        learning_rate: see ``Optimizer``.
        beta_1: momentum of the mean.
        beta_2: momentum of the mean square.
        epsilon: keeps the division finite (the "epsilon hat" of the paper).
        amsgrad: whether to divide by the largest ``v`` so far (Reddi et al. 2018,
            https://openreview.net/forum?id=ryQu7f-RZ).
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980.
    """

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        amsgrad: bool = False, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        own = self._trainable_variables
        self._momentums, self._velocities = self.add_optimizer_variables(own, ["momentum", "velocity"])
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(own, "velocity_hat")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        t = step_number(self.iterations, variable)
        alpha = rate * jnp.sqrt(1 - decay_power(self.beta_2, t)) / (1 - decay_power(self.beta_1, t))
        m, v = self._momentums[i], self._velocities[i]
        m.assign_add((g - m.value) * (1 - self.beta_1))
        v.assign_add((jnp.square(g) - v.value) * (1 - self.beta_2))
        square = v.value
        if self.amsgrad:
            largest = self._velocity_hats[i]
            largest.assign(jnp.maximum(largest.value, square))
            square = largest.value
        variable.assign_sub(m.value * alpha / (jnp.sqrt(square) + self.epsilon))


class AdamW(Adam):
    """Adam with decoupled weight decay: ``w -= lr * weight_decay * w`` before each step.

    Args:
        weight_decay: 0.004 by default; a number is required.
        learning_rate, beta_1, beta_2, epsilon, amsgrad: see ``Adam``.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101.
    """

    def __init__(
        self, learning_rate: Any = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9, beta_2: float = 0.999,
        epsilon: float = 1e-7, amsgrad: bool = False, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, use_ema: bool = False, ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        if weight_decay is None:
            raise ValueError("AdamW: weight_decay must be a float, got weight_decay=None. Use Adam for no decay.")
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue, global_clipnorm,
            use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name,
            **kwargs,
        )  # fmt: skip


def decay_power(beta: float, t: Any) -> Any:
    """``beta ** t`` in the dtype of ``t``."""
    return jnp.power(jnp.asarray(beta, t.dtype), t)
