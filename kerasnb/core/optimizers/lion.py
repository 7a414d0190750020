"""Lion."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .gradients import cast
from .optimizer import Optimizer


class Lion(Optimizer):
    """Steps of equal size in the direction of the sign: ``w -= lr sign(beta_1 m + (1 - beta_1) g)``.

    Args:
        learning_rate: see ``Optimizer``; 3 to 10 times smaller than Adam's.
        beta_1: share of the momentum in the direction, in (0, 1].
        beta_2: momentum of the mean gradient.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Chen et al. 2023, https://arxiv.org/abs/2302.06675.
    """

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99,
        weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        if not 0 < beta_1 <= 1:
            raise ValueError(
                f"Lion: beta_1 must be in (0, 1] (with 0 only the sign of g would be left), got beta_1={beta_1}."
            )
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_1, self.beta_2 = beta_1, beta_2

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_optimizer_variables(self._trainable_variables, "momentum")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        m = self._momentums[self._get_variable_index(variable)]
        variable.assign_sub(rate * jnp.sign(self.beta_1 * m.value + (1 - self.beta_1) * g))
        m.assign(self.beta_2 * m.value + (1 - self.beta_2) * g)
