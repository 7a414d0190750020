"""Nadam."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .adam import decay_power
from .gradients import cast, step_number
from .optimizer import Optimizer


class Nadam(Optimizer):
    """Adam with Nesterov's look-ahead and a momentum that grows towards ``beta_1``.

    With ``u_t = beta_1 (1 - 0.96^t / 2)`` and ``U_t`` the product of all so far:
    ``m_hat = u_{t+1} m / (1 - U_{t+1}) + (1 - u_t) g / (1 - U_t)``, ``v_hat = v / (1 - beta_2^t)``,
    ``w -= lr m_hat / (sqrt(v_hat) + epsilon)``.

    Args:
        learning_rate: see ``Optimizer``.
        beta_1: momentum of the mean.
        beta_2: momentum of the mean square.
        epsilon: keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Dozat 2015, http://cs229.stanford.edu/proj2015/054_report.pdf.
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
        self._u_product = self.add_variable((), "ones", name="u_product")

    def _u(self, t: Any) -> Any:
        return self.beta_1 * (1 - 0.5 * decay_power(0.96, t))

    def _backend_update_step(self, grads: list[Any], trainable_variables: list[Variable], learning_rate: Any) -> None:
        t = step_number(self.iterations, self._u_product)
        self._u_product.assign(self._u_product.value * self._u(t))
        super()._backend_update_step(grads, trainable_variables, learning_rate)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        t = step_number(self.iterations, variable)
        product = cast(self._u_product, variable)
        m, v = self._momentums[i], self._velocities[i]
        m.assign_add((g - m.value) * (1 - self.beta_1))
        v.assign_add((jnp.square(g) - v.value) * (1 - self.beta_2))
        ahead = self._u(t + 1)
        m_hat = ahead * m.value / (1 - product * ahead) + (1 - self._u(t)) * g / (1 - product)
        v_hat = v.value / (1 - decay_power(self.beta_2, t))
        variable.assign_sub(m_hat * rate / (jnp.sqrt(v_hat) + self.epsilon))
