"""Muon."""

from __future__ import annotations

import re
from typing import Any

import jax.numpy as jnp

from ..variable import Variable
from .adam import decay_power
from .gradients import cast, step_number
from .optimizer import Optimizer


class Muon(Optimizer):
    """Momentum steps made orthogonal for matrices; Adam for everything else.

    For a matrix: ``m = momentum m + g``, the step is the orthogonal matrix nearest to
    ``g + momentum m`` (Nesterov) or ``m``, found by Newton-Schulz iteration. Embeddings, vectors,
    kernels of convolutions and excluded layers take Adam steps.

    Args:
        learning_rate: see ``Optimizer``.
        adam_beta_1, adam_beta_2, epsilon: of the Adam steps.
        adam_weight_decay: decay of the weights with Adam steps.
        weight_decay: decay of the matrices.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.
        exclude_layers: regular expressions; weights whose path has one take Adam steps.
        exclude_embeddings: whether embeddings take Adam steps.
        muon_a, muon_b, muon_c: coefficients of the iteration ``X = a X + (b A + c A^2) X``, ``A = X X^T``.
        adam_lr_ratio: rate of the Adam steps as a share of ``learning_rate``.
        momentum: of the matrices.
        ns_steps: number of iterations.
        nesterov: see above.
        rms_rate: steps of a matrix are scaled by ``rms_rate * sqrt(longest side)``, which gives them the root
            mean square of Adam's (Liu et al. 2025, https://arxiv.org/abs/2502.16982); None for no scaling.

    Source: Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/.
    """

    def __init__(
        self, learning_rate: Any = 0.001, adam_beta_1: float = 0.9, adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004, epsilon: float = 1e-7, weight_decay: float | None = 0.004,
        clipnorm: float | None = None, clipvalue: float | None = None, global_clipnorm: float | None = None,
        use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None, gradient_accumulation_steps: int | None = None, name: str | None = None,
        exclude_layers: list[str] | None = None, exclude_embeddings: bool = True, muon_a: float = 3.4445,
        muon_b: float = -4.775, muon_c: float = 2.0315, adam_lr_ratio: float = 1, momentum: float = 0.95,
        ns_steps: int = 5, nesterov: bool = True, rms_rate: float | None = 0.2, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.adam_beta_1, self.adam_beta_2, self.epsilon = adam_beta_1, adam_beta_2, epsilon
        self.adam_weight_decay, self.adam_lr_ratio = adam_weight_decay, adam_lr_ratio
        self.exclude_layers, self.exclude_embeddings = exclude_layers or [], exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c = muon_a, muon_b, muon_c
        self.momentum, self.ns_steps, self.nesterov, self.rms_rate = momentum, ns_steps, nesterov, rms_rate

    def _should_use_adamw(self, variable: Variable) -> bool:
        if len(variable.shape) != 2:
            return True
        path = variable.path
        if self.exclude_embeddings and "embedding" in path.lower():
            return True
        return any(re.search(pattern, path) for pattern in self.exclude_layers)

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        own = self._trainable_variables
        self.with_adam = [self._should_use_adamw(v) for v in own]
        self._momentums: list[Variable] = []
        self._velocities: list[Variable | None] = []
        for variable, adam in zip(own, self.with_adam, strict=True):
            self._momentums.append(self.add_variable_from_reference(variable, "momentum"))
            self._velocities.append(self.add_variable_from_reference(variable, "velocity") if adam else None)

    def _apply_weight_decay(self, variables: list[Variable]) -> None:
        for variable in variables:
            adam = self.with_adam[self._get_variable_index(variable)]
            decay = self.adam_weight_decay if adam else self.weight_decay
            if decay is not None and self._use_weight_decay(variable):
                variable.assign_sub(variable.value * (decay * cast(self.learning_rate, variable)))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        rate, g = cast(learning_rate, variable), cast(gradient, variable)
        i = self._get_variable_index(variable)
        if self.with_adam[i]:
            self._adam_step(i, g, variable, rate * self.adam_lr_ratio)
            return
        m = self._momentums[i]
        m.assign(self.momentum * m.value + g)
        step = self.zeropower_via_newtonschulz5(
            g + self.momentum * m.value if self.nesterov else m.value, self.ns_steps
        )
        if self.rms_rate is not None:
            step = step * (self.rms_rate * max(variable.shape) ** 0.5)
        variable.assign_sub(rate * step)

    def _adam_step(self, i: int, g: Any, variable: Variable, rate: Any) -> None:
        t = step_number(self.iterations, variable)
        alpha = rate * jnp.sqrt(1 - decay_power(self.adam_beta_2, t)) / (1 - decay_power(self.adam_beta_1, t))
        m, v = self._momentums[i], self._velocities[i]
        m.assign_add((g - m.value) * (1 - self.adam_beta_1))
        v.assign_add((jnp.square(g) - v.value) * (1 - self.adam_beta_2))
        variable.assign_sub(m.value * alpha / (jnp.sqrt(v.value) + self.epsilon))

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """A matrix (rows, columns) with singular values near 1 and the singular vectors of ``x``."""
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x  # the smaller product: (short, short)
        x = x / (jnp.sqrt(jnp.sum(jnp.square(x))) + 1e-7)
        for _ in range(steps):
            a = x @ x.T
            x = self.muon_a * x + (self.muon_b * a + self.muon_c * (a @ a)) @ x
        return x.T if tall else x
