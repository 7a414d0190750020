"""LossScaleOptimizer: keeps float16 gradients from vanishing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp

from ..registry import from_config_value, to_config_value
from ..variable import Variable
from .conversion import run_if
from .optimizer import Optimizer


class LossScaleOptimizer(Optimizer):
    """Another optimizer, with a loss scale that adapts itself.

    The loss is multiplied by the scale and the gradients are divided by it. If any gradient is infinite
    or NaN the update is left out and the scale halved; after ``dynamic_growth_steps`` good updates it is doubled.

    Args:
        inner_optimizer: the optimizer that makes the updates.
        initial_scale: the first scale.
        dynamic_growth_steps: updates without overflow before the scale grows.
        name: by default made from the class's name.

    Source: Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740.
    """

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ):
        if not isinstance(inner_optimizer, Optimizer):
            raise ValueError(f"LossScaleOptimizer: inner_optimizer must be an Optimizer, got {inner_optimizer!r}.")
        for argument, neutral in _BELONGS_INSIDE.items():
            if kwargs.pop(argument, neutral) != neutral:
                raise ValueError(
                    f"LossScaleOptimizer does not support {argument}: set {argument} on the inner_optimizer."
                )
        for argument in ("learning_rate", "ema_momentum"):
            kwargs.pop(argument, None)
        super().__init__(learning_rate=0.0, name=name, **kwargs)
        self.inner_optimizer = inner_optimizer
        self.initial_scale, self.dynamic_growth_steps = initial_scale, dynamic_growth_steps

    def build(self, variables: Any) -> None:
        if self.built:
            return
        self.step_counter = self._scalar(0, "int32", "step_counter")
        self.dynamic_scale = self._scalar(self.initial_scale, "float32", "dynamic_scale")
        variables = list(variables)
        self.inner_optimizer.build(variables)
        super().build(variables)

    @property
    def variables(self) -> list[Variable]:
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        """Updates of the inner optimizer."""
        inner = getattr(self, "inner_optimizer", None)
        return self._iterations if inner is None else inner.iterations

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's; assignable."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        self.inner_optimizer.learning_rate = rate

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the scale."""
        scale = self.dynamic_scale.value if self.built else self.initial_scale
        return self.inner_optimizer.scale_loss(loss * scale)

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        grads = list(grads)
        if not grads:
            return
        if trainable_variables is None and not self.built:
            raise ValueError(
                "LossScaleOptimizer.apply: call build(trainable_variables) first, or pass trainable_variables."
            )
        variables = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        if not self.built:
            self.build(variables)
        finite = jnp.asarray(True)
        for g in grads:
            if g is not None:
                finite = finite & jnp.all(jnp.isfinite(jnp.asarray(getattr(g, "value", g))))
        scale, count = self.dynamic_scale.value, self.step_counter.value

        def update() -> None:
            unscaled = [None if g is None else jnp.asarray(getattr(g, "value", g)) / scale for g in grads]
            self.inner_optimizer.apply(unscaled, variables)

        run_if(finite, [*self.inner_optimizer.variables, *variables], update)
        grows = finite & (count + 1 >= self.dynamic_growth_steps)
        self.dynamic_scale.assign(jnp.where(finite, jnp.where(grows, scale * 2.0, scale), scale / 2.0))
        self.step_counter.assign(jnp.where(finite & ~grows, count + 1, 0))

    def finalize_variable_values(self, var_list: Sequence[Variable] | None = None) -> None:
        """Passed on to the inner optimizer."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Passed on to the inner optimizer."""
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inner_optimizer": to_config_value(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        from ..registry import CustomObjectScope

        with CustomObjectScope(custom_objects):
            return cls(**{k: from_config_value(v) for k, v in config.items()})


# What must be asked of the inner optimizer, with the value that asks for nothing.
_BELONGS_INSIDE: dict[str, Any] = {
    "weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None, "use_ema": False,
    "ema_overwrite_frequency": None, "gradient_accumulation_steps": None, "loss_scale_factor": None,
}  # fmt: skip
