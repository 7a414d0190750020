"""Adafactor."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .gradients import cast, step_number
from .optimizer import Optimizer


class Adafactor(Optimizer):
    """Adam without momentum whose mean squares of a matrix are kept as row and column means only.

    Args:
        learning_rate: see ``Optimizer``.
        beta_2_decay: exponent; the mean squares forget with ``beta_2 = 1 - t^beta_2_decay``.
        epsilon_1: added to the squared gradients.
        epsilon_2: smallest scale of a weight array.
        clip_threshold: largest root mean square of an update.
        relative_step: whether the rate is at most ``1 / sqrt(t)``.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.

    Source: Shazeer and Stern 2018, https://arxiv.org/abs/1804.04235.
    """

    def __init__(
        self, learning_rate: Any = 0.001, beta_2_decay: float = -0.8, epsilon_1: float = 1e-30, epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0, relative_step: bool = True, weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.beta_2_decay, self.epsilon_1, self.epsilon_2 = beta_2_decay, epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        self._r: list[Variable] = []
        self._c: list[Variable] = []
        self._v: list[Variable] = []
        for variable in self._trainable_variables:
            shape = variable.shape
            if len(shape) < 2:  # nothing to factor; two scalars keep the archive's places
                self._r.append(self.add_variable((), dtype="int32", name=variable.name))
                self._c.append(self.add_variable((), dtype="int32", name=variable.name))
            else:
                self._r.append(self.add_variable(shape[:-1], name=variable.name))
                self._c.append(self.add_variable(shape[:-2] + shape[-1:], name=variable.name))
            self._v.append(self.add_variable_from_reference(variable, "velocity"))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        t = step_number(self.iterations, variable)
        if self.relative_step:
            rate = jnp.minimum(rate, 1 / jnp.sqrt(t))
        alpha = jnp.maximum(self.epsilon_2, root_mean_square(variable.value)) * rate
        square = jnp.square(g) + self.epsilon_1
        beta = 1 - jnp.power(t, self.beta_2_decay)
        r, c, v = self._r[i], self._c[i], self._v[i]
        if len(variable.shape) >= 2:
            r.assign(beta * r.value + (1 - beta) * jnp.mean(square, axis=-1))  # (..., rows)
            c.assign(beta * c.value + (1 - beta) * jnp.mean(square, axis=-2))  # (..., columns)
            rows = r.value / jnp.mean(r.value, axis=-1, keepdims=True)
            v.assign(rows[..., :, None] * c.value[..., None, :])
        else:
            v.assign(beta * v.value + (1 - beta) * square)
        step = g / jnp.sqrt(v.value)
        step = step / jnp.maximum(1.0, root_mean_square(step) / self.clip_threshold)
        variable.assign_sub(alpha * step)


def root_mean_square(x: Any) -> Any:
    """``sqrt(mean(x^2))``, a scalar."""
    return jnp.sqrt(jnp.mean(jnp.square(x)))
