"""What an optimizer keeps: its step count and learning rate, and slots for each weight."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..registry import from_config_value
from ..variable import Variable
from .conversion import host_value, takes_step
from .schedules import LearningRateSchedule

# Which number a model variable has in its optimizer. Kept outside the object: identities must not
# enter the key under which compiled programs are found again.
_positions: weakref.WeakKeyDictionary[Any, dict[int, int]] = weakref.WeakKeyDictionary()


class OptimizerState:
    """The state half of an Optimizer."""

    def _scalar(self, value: Any, dtype: str, name: str) -> Variable:
        return self._own(Variable(np.asarray(value, dtype), dtype=dtype, trainable=False, autocast=False, name=name))

    def _own(self, variable: Variable) -> Variable:
        object.__setattr__(variable, "_owner", weakref.ref(self))
        self._variables.append(variable)
        return variable

    def _standardize_rate(self, rate: Any) -> Any:
        if isinstance(rate, Mapping):
            rate = from_config_value(rate)
        if isinstance(rate, LearningRateSchedule):
            return rate
        if callable(rate) and not isinstance(rate, (jax.Array, Variable)):
            return rate
        try:
            number = float(np.asarray(rate))
        except (TypeError, ValueError):
            raise ValueError(
                "learning_rate must be a float, a LearningRateSchedule, or a function that returns the rate, "
                f"got learning_rate={rate!r}."
            ) from None
        return self._scalar(number, "float32", "learning_rate")

    @property
    def path(self) -> str:
        """The name, under which the state's paths stand."""
        return self.name

    @property
    def variables(self) -> list[Variable]:
        """All state, in the order in which archives hold it."""
        return list(self._variables)

    @property
    def iterations(self) -> Any:
        """How many updates were made (with gradient accumulation fewer than calls)."""
        if self.gradient_accumulation_steps:
            return jnp.floor_divide(self._iterations.value, self.gradient_accumulation_steps)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        if self.built:
            raise RuntimeError("Cannot set iterations on an optimizer whose variables have been made.")
        self._variables = [variable if v is self._iterations else v for v in self._variables]
        self._iterations = variable

    @property
    def learning_rate(self) -> Any:
        """The rate now: a Variable, or what the schedule gives at this step. Assignable."""
        return self._get_current_learning_rate()

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        old = self._learning_rate
        if isinstance(rate, Mapping):
            rate = from_config_value(rate)
        new_is_function = callable(rate) and not isinstance(rate, (jax.Array, Variable))
        if isinstance(old, Variable) and not new_is_function:
            old.assign(rate)
            return
        if not new_is_function:
            raise TypeError(
                "This optimizer was made with a LearningRateSchedule (or a function) as its "
                "learning_rate, so a number cannot be "
                "assigned. Make the optimizer with a float learning_rate if you want to change it while training."
            )
        if isinstance(old, Variable):
            self._variables = [v for v in self._variables if v is not old]
        self._learning_rate = rate

    def _get_current_learning_rate(self) -> Any:
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            return rate(self._iterations.value)
        if isinstance(rate, Variable):
            return rate
        return rate(self._iterations.value) if takes_step(rate) else rate()

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the state for these model variables; subclasses add their slots after calling this."""
        if self.built:
            return
        variables = list(variables)
        self._trainable_variables = variables
        _positions[self] = {id(v): i for i, v in enumerate(variables)}
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated = self.add_optimizer_variables(variables, "gradient_accumulator")
        self.built = True

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """One more state variable. Drawn on the host, so that nothing is compiled for it."""
        dtype = dtype or "float32"
        value = host_value(initializer, tuple(shape), dtype)
        return self._own(
            Variable(value, dtype=dtype, trainable=False, autocast=False, aggregation=aggregation, name=name)
        )

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A state variable with the shape and dtype of a model variable: its slot called ``name``."""
        label = f"{reference_variable.path.replace('/', '_')}_{name or 'optimizer_variable'}"
        return self.add_variable(
            reference_variable.shape, initializer, reference_variable._raw_value.dtype.name, name=label
        )

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Variable], name: str | Sequence[str], initializer: Any = "zeros"
    ) -> Any:
        """One slot (or several, with a list of names) for each model variable.

        Returns a list of Variables, or one such list for each name.
        """
        names = [name] if isinstance(name, str) else list(name)
        starts = list(initializer) if isinstance(initializer, (list, tuple)) else [initializer] * len(names)
        if len(starts) != len(names):
            raise ValueError(f"add_optimizer_variables: {len(names)} names {names} but {len(starts)} initializers.")
        found: list[list[Variable]] = [[] for _ in names]
        for variable in trainable_variables:
            for group, label, start in zip(found, names, starts, strict=True):
                group.append(self.add_variable_from_reference(variable, label, start))
        return found[0] if isinstance(name, str) else tuple(found)

    def _get_variable_index(self, variable: Variable) -> int:
        """Number of a model variable, for finding its slots."""
        known = _positions.get(self)
        if known is None or id(variable) not in known:
            known = _positions[self] = {id(v): i for i, v in enumerate(self._trainable_variables)}
        return known[id(variable)]
