"""Optimizer: the rule that turns gradients into new weights, in Keras's form.

All state lives in Variables and all decisions are ``jnp.where`` or ``lax.cond``, so ``apply`` runs
the same inside a compiled step and outside one.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import jax.numpy as jnp

from .. import naming
from ..registry import Configurable
from ..variable import Variable, autocast_scope, binding, values
from .conversion import array_like, check_unknown, raw, run_if
from .gradients import clip_by_global_norm, clip_by_norm, clip_by_value
from .slots import OptimizerState
from .storage import OptimizerStorage


class Optimizer(OptimizerState, OptimizerStorage, Configurable):
    """Base of all optimizers; a subclass writes ``build`` (its slots) and ``update_step``.

    Args:
        learning_rate: a float, a ``schedules.LearningRateSchedule``, or a function without
            arguments (or of the step) that gives the rate.
        weight_decay: share of each weight taken away per unit of learning rate (decoupled decay,
            Loshchilov & Hutter 2019), None for none.
        clipnorm: largest norm of each gradient.
        clipvalue: largest absolute entry of a gradient.
        global_clipnorm: largest norm of all gradients together. At most one of the three may be set.
        use_ema: whether to keep a moving average of the weights.
        ema_momentum: its momentum in [0, 1].
        ema_overwrite_frequency: every so many steps the average becomes the weights; None: only at
            the end of ``fit``.
        loss_scale_factor: the loss is multiplied and the gradients divided by it.
        gradient_accumulation_steps: average the gradients of so many calls (at least 2) for one update.
        name: by default made from the class's name.

    Attributes:
        iterations: how many updates were made.
        variables: all state: iteration, learning rate, then the slots.
    """

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        check_unknown(type(self), kwargs)
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        if sum(v is not None for v in clips.values()) > 1:
            raise ValueError(f"Only one of clipnorm, clipvalue and global_clipnorm can be set, got {clips}.")
        if use_ema and not 0 <= ema_momentum <= 1:
            raise ValueError(f"ema_momentum must be in the range [0, 1], got ema_momentum={ema_momentum}.")
        if (
            use_ema
            and ema_overwrite_frequency
            and (not isinstance(ema_overwrite_frequency, int) or ema_overwrite_frequency < 1)
        ):
            raise ValueError(
                "ema_overwrite_frequency must be an integer >= 1 or None, got "
                f"ema_overwrite_frequency={ema_overwrite_frequency}."
            )
        if gradient_accumulation_steps is not None and not gradient_accumulation_steps >= 2:
            raise ValueError(
                "gradient_accumulation_steps must be an integer >= 2, got "
                f"gradient_accumulation_steps={gradient_accumulation_steps}."
            )
        self.name = name if name is not None else naming.auto_name(type(self).__name__)
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum, self.ema_overwrite_frequency = use_ema, ema_momentum, ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        self._variables: list[Variable] = []
        self._trainable_variables: list[Variable] = []
        self._exclude_variables: list[Variable] = []
        self._exclude_names: list[str] = []
        self._iterations = self._scalar(0, "int32", "iteration")
        self._learning_rate = self._standardize_rate(learning_rate)

    # --- updating --------------------------------------------------------------------------------

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Any:
        """One update from (gradient, variable) pairs; returns the step counter."""
        gradients, variables = zip(*grads_and_vars, strict=True)
        self.apply(gradients, list(variables))
        return self._iterations

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """One update of the weights.

        Args:
            grads: one gradient for each variable; None where a variable takes no part.
            trainable_variables: the model's variables; those of ``build`` if left out.
        """
        grads = list(grads)
        if not grads:
            return
        if trainable_variables is None:
            if not self.built:
                raise ValueError(
                    "Optimizer.apply: without trainable_variables the optimizer must be built first: "
                    "call optimizer.build(model.trainable_variables)."
                )
            if len(grads) != len(self._trainable_variables):
                raise ValueError(
                    f"Optimizer.apply: {len(grads)} gradients for the "
                    f"{len(self._trainable_variables)} variables of build()."
                )
            trainable_variables = self._trainable_variables
        variables = list(trainable_variables)
        if not self.built:
            self.build(variables)
        self._check_known(variables)
        pairs = [(g, v) for g, v in zip(grads, variables) if g is not None]
        if not pairs:
            raise ValueError(
                "No gradients provided for any variable: all of grads are None. Does the loss depend on the weights?"
            )
        if len(pairs) < len(variables) and len(grads) == len(variables):
            missing = [v.path for g, v in zip(grads, variables, strict=True) if g is None]
            warnings.warn(f"Gradients do not exist for variables {missing} when minimizing the loss.", stacklevel=2)
        with autocast_scope(None):
            used = [v for _, v in pairs]
            arrays = [jnp.asarray(g.value if isinstance(g, Variable) else g) for g, _ in pairs]
            if self.loss_scale_factor:
                arrays = [g / self.loss_scale_factor for g in arrays]
            self._apply(arrays, used)
            for variable in used:
                constraint = getattr(variable, "constraint", None)
                if constraint is not None:
                    variable.assign(constraint(variable.value))
            self._iterations.assign_add(1)

    def _check_known(self, variables: list[Variable]) -> None:
        for variable in variables:
            try:
                self._get_variable_index(variable)
            except KeyError:
                raise ValueError(
                    f"Unknown variable: {variable!r}. This optimizer was built for the variables "
                    f"{[v.path for v in self._trainable_variables]}: make a new optimizer for another "
                    "model, or compile again."
                ) from None

    def _apply(self, grads: list[Any], variables: list[Variable]) -> None:
        """Accumulation, clipping, decay, update, averages: in this order."""
        if self.gradient_accumulation_steps:
            steps = self.gradient_accumulation_steps
            sums = [self._accumulated[self._get_variable_index(v)] for v in variables]
            for total, g in zip(sums, grads, strict=True):
                total.assign_add(g)

            def update() -> None:
                self._update([total.value / steps for total in sums], variables)
                for total in sums:
                    total.assign(jnp.zeros_like(total.value))

            due = (self._iterations.value + 1) % steps == 0
            run_if(due, [*self.variables, *variables], update)
        else:
            self._update(grads, variables)
        if self.use_ema:
            self._update_model_variables_moving_average(self._trainable_variables)
            if self.ema_overwrite_frequency:
                now = (raw(self.iterations) + 1) % self.ema_overwrite_frequency == 0
                for variable, average in zip(self._trainable_variables, self._averages, strict=True):
                    variable.assign(jnp.where(now, average.value, variable.value))

    def _update(self, grads: list[Any], variables: list[Variable]) -> None:
        grads = self._clip_gradients(grads)
        self._apply_weight_decay(variables)
        self._backend_update_step(grads, variables, self.learning_rate)

    def _backend_update_step(self, grads: list[Any], trainable_variables: list[Variable], learning_rate: Any) -> None:
        """All variables in turn; a subclass may put a step in front."""
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            self.update_step(gradient, variable, learning_rate)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable by its gradient; every optimizer writes its own."""
        raise NotImplementedError(
            f"{type(self).__name__} must write update_step(self, gradient, variable, learning_rate)."
        )

    def assign(self, variable: Variable, value: Any) -> None:
        """``variable.assign(value)``, as Keras's own subclasses write it."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """``variable.assign_add(value)``."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """``variable.assign_sub(value)``."""
        variable.assign_sub(value)

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        """The pure form of ``apply``: arrays in, (new weights, new optimizer state) out."""
        self._check_stateless(optimizer_variables, trainable_variables)
        state, weights = self.variables, self._trainable_variables
        # The learning rate is read as an array of its own dtype whatever came in.
        arrays = [
            array_like(a, v)
            for a, v in zip([*optimizer_variables, *trainable_variables], [*state, *weights], strict=True)
        ]
        with binding([*state, *weights], arrays):
            self.apply(grads, weights)
            return values(weights), values(state)

    def _check_stateless(self, optimizer_variables: Sequence[Any], trainable_variables: Sequence[Any]) -> None:
        if not self.built:
            raise ValueError(
                f"To call stateless_apply, {type(self).__name__} must be built: call "
                "optimizer.build(trainable_variables) first."
            )
        for what, given, own in (
            ("optimizer_variables", optimizer_variables, self.variables),
            ("trainable_variables", trainable_variables, self._trainable_variables),
        ):
            if len(given) != len(own):
                raise ValueError(
                    f"stateless_apply: {what} must have {len(own)} entries (one for each variable), got {len(given)}."
                )

    # --- parts of an update ----------------------------------------------------------------------

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        if self.clipnorm and self.clipnorm > 0:
            return [clip_by_norm(g, self.clipnorm) for g in grads]
        if self.global_clipnorm and self.global_clipnorm > 0:
            return clip_by_global_norm(grads, self.global_clipnorm)
        if self.clipvalue and self.clipvalue > 0:
            return [clip_by_value(g, self.clipvalue) for g in grads]
        return grads

    def exclude_from_weight_decay(
        self, var_list: Sequence[Variable] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Name weights that shall not decay.

        Args:
            var_list: Variables.
            var_names: regular expressions looked for in the variables' names, such as ["bias"].
        """
        self._exclude_variables = list(var_list or [])
        self._exclude_names = list(var_names or [])

    def _use_weight_decay(self, variable: Variable) -> bool:
        if any(v is variable for v in self._exclude_variables):
            return False
        return not any(re.search(pattern, variable.name) for pattern in self._exclude_names)

    def _apply_weight_decay(self, variables: list[Variable]) -> None:
        if self.weight_decay is None:
            return
        rate = raw(self.learning_rate)
        for variable in variables:
            if self._use_weight_decay(variable):
                variable.assign_sub(variable.value * (self.weight_decay * jnp.asarray(rate, variable.value.dtype)))

    def _update_model_variables_moving_average(self, trainable_variables: list[Variable]) -> None:
        # The first average is the weights themselves: no bias towards the zeros it starts from.
        momentum = jnp.where(raw(self.iterations) == 0, 0.0, self.ema_momentum)
        for variable in trainable_variables:
            average = self._averages[self._get_variable_index(variable)]
            m = momentum.astype(average.value.dtype)
            average.assign(m * average.value + (1 - m) * variable.value)

    def finalize_variable_values(self, var_list: Sequence[Variable] | None = None) -> None:
        """With ``use_ema``: put the averages into the weights (``fit`` does so at its end)."""
        if self.use_ema:
            for variable in self._trainable_variables if var_list is None else var_list:
                # A copy: programs may be handed each array only once.
                variable.assign(self._averages[self._get_variable_index(variable)].value + 0)

    def scale_loss(self, loss: Any) -> Any:
        """The loss whose gradient ``apply`` expects."""
        return loss * self.loss_scale_factor if self.loss_scale_factor else loss

    def to_optax(self) -> Any:
        """An ``optax.GradientTransformation`` that makes the same updates."""
        from .optax_adapter import to_optax

        return to_optax(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
