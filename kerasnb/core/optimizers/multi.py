"""MultiOptimizer: different optimizers for different weights of one model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from ..registry import Configurable, did_you_mean, serialize_instance, to_config_value
from ..variable import Variable
from .optimizer import Optimizer


class OptimizerMap(Configurable, MutableMapping):
    """Regular expressions over the paths of weights, each with its optimizer.

    Args:
        default_optimizer: for weights that no expression matches.
        optimizer_map: expression -> optimizer.

    ``map[path]`` is the optimizer of a weight: that of the expression equal to the path, else of the one
    expression found in it, else the default.
    """

    def __init__(self, default_optimizer: Optimizer, optimizer_map: Mapping[str, Optimizer] | None = None):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(f"OptimizerMap: default_optimizer must be an Optimizer, got {default_optimizer!r}.")
        self._default_optimizer = default_optimizer
        self._optimizer_map: dict[str, Optimizer] = {}
        for pattern, optimizer in (optimizer_map or {}).items():
            self[pattern] = optimizer

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer of all other weights."""
        return self._default_optimizer

    def __getitem__(self, path: str) -> Optimizer:
        if path in self._optimizer_map:
            return self._optimizer_map[path]
        found = [pattern for pattern in self._optimizer_map if re.search(pattern, path)]
        if len(found) > 1:
            raise ValueError(
                f"The weight {path!r} matches several expressions of the OptimizerMap: {found}. Make them exclusive."
            )
        return self._optimizer_map[found[0]] if found else self._default_optimizer

    def __setitem__(self, pattern: str, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"OptimizerMap: the value of {pattern!r} must be an Optimizer, got {optimizer!r}.")
        if pattern in self._optimizer_map:
            raise ValueError(
                f"OptimizerMap: {pattern!r} is already mapped to {self._optimizer_map[pattern]!r}; pop it first."
            )
        self._optimizer_map[pattern] = optimizer

    def __delitem__(self, pattern: str) -> None:
        del self._optimizer_map[pattern]

    def __contains__(self, pattern: object) -> bool:
        return pattern in self._optimizer_map

    def __iter__(self) -> Iterator[str]:
        return iter(self._optimizer_map)

    def __len__(self) -> int:
        return len(self._optimizer_map)

    __hash__ = object.__hash__  # type: ignore[assignment]

    def get_config(self) -> dict[str, Any]:
        return {
            "default_optimizer": to_config_value(self._default_optimizer),
            "optimizer_map": to_config_value(self._optimizer_map),
        }


class MultiOptimizer(Optimizer):
    """One optimizer made of several.

    Args:
        optimizer_map: which optimizer has which weights; a single optimizer is taken as the default.
        loss_scale_factor: see ``Optimizer``.
        name: by default made from the class's name.
    """

    def __init__(
        self, optimizer_map: OptimizerMap | Optimizer, loss_scale_factor: float | None = None, name: str | None = None
    ):
        if isinstance(optimizer_map, Optimizer):
            optimizer_map = OptimizerMap(optimizer_map)
        if not isinstance(optimizer_map, OptimizerMap):
            raise TypeError(f"MultiOptimizer: optimizer_map must be an OptimizerMap, got {optimizer_map!r}.")
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)
        self.optimizer_map = optimizer_map

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers, each once, the default one last."""
        found: list[Optimizer] = []
        for optimizer in [*self.optimizer_map.values(), self.optimizer_map.default_optimizer]:
            if not any(o is optimizer for o in found):
                found.append(optimizer)
        return found

    def __getitem__(self, path: str) -> Optimizer:
        return self.optimizer_map[path]

    def optimizer_named(self, name: str) -> Optimizer:
        """The inner optimizer of that name."""
        for optimizer in self.optimizers:
            if optimizer.name == name:
                return optimizer
        raise ValueError(f"No optimizer is called {name!r}.{did_you_mean(name, [o.name for o in self.optimizers])}")

    def build(self, variables: Any) -> None:
        if self.built:
            return
        variables = list(variables)
        groups: dict[int, list[Variable]] = {id(o): [] for o in self.optimizers}
        for variable in variables:
            groups[id(self.optimizer_map[variable.path])].append(variable)
        self._groups = [groups[id(o)] for o in self.optimizers]
        for optimizer, group in zip(self.optimizers, self._groups, strict=True):
            optimizer.build(group)
        super().build(variables)

    @property
    def variables(self) -> list[Variable]:
        return [*self._variables, *(v for o in self.optimizers for v in o.variables)]

    @property
    def learning_rate(self) -> Any:
        """The default optimizer's rate; assignable."""
        return self.optimizer_map.default_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        self.optimizer_map.default_optimizer.learning_rate = rate

    def _apply(self, grads: list[Any], variables: list[Variable]) -> None:
        by_id = {id(v): g for g, v in zip(grads, variables, strict=True)}
        for optimizer, group in zip(self.optimizers, self._groups, strict=True):
            mine = [v for v in group if id(v) in by_id]
            if mine:
                optimizer.apply([by_id[id(v)] for v in mine], mine)

    def finalize_variable_values(self, var_list: Sequence[Variable] | None = None) -> None:
        """Each inner optimizer finishes its own weights."""
        wanted = self._trainable_variables if var_list is None else list(var_list)
        for optimizer, group in zip(self.optimizers, self._groups, strict=True):
            optimizer.finalize_variable_values([v for v in group if any(w is v for w in wanted)])

    def get_config(self) -> dict[str, Any]:
        return {
            # It is a mapping too; as such it would lose its default.
            "optimizer_map": serialize_instance(self.optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }
