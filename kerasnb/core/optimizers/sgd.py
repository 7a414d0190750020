"""Gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from ..variable import Variable
from .gradients import cast
from .optimizer import Optimizer


class SGD(Optimizer):
    """``w -= learning_rate * g``; with momentum ``v = momentum * v - learning_rate * g; w += v``.

    Args:
        learning_rate: see ``Optimizer``.
        momentum: share of the last step that goes on, in [0, 1].
        nesterov: whether to look ahead: ``w += momentum * v - learning_rate * g``
            (Nesterov 1983; Sutskever et al. 2013).
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.
    """

    def __init__(
        self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None, clipvalue: float | None = None, global_clipnorm: float | None = None,
        use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None, gradient_accumulation_steps: int | None = None, name: str | None = None,
        **kwargs: Any,
    ):  # fmt: skip
        if not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ValueError(f"momentum must be a float in [0, 1], got momentum={momentum!r}.")
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.momentum, self.nesterov = momentum, nesterov

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        if self.momentum != 0:
            self.momentums = self.add_optimizer_variables(self._trainable_variables, "momentum")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        step = cast(learning_rate, variable) * cast(gradient, variable)
        if self.momentum == 0:
            variable.assign_sub(step)
            return
        velocity = self.momentums[self._get_variable_index(variable)]
        velocity.assign(self.momentum * velocity.value - step)
        variable.assign_add(self.momentum * velocity.value - step if self.nesterov else velocity.value)
