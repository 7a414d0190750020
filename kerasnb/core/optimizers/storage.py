"""An optimizer's configuration, and its state in archives."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..registry import constructor_parameters, from_config_value, to_config_value
from .conversion import rate_config

_BASE_CONFIG = (
    "name", "learning_rate", "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "ema_momentum",
    "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps",
)  # fmt: skip


class OptimizerStorage:
    """The saving half of an Optimizer."""

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain values; the learning rate as it is now."""
        config = {name: to_config_value(getattr(self, name)) for name in _BASE_CONFIG if name != "learning_rate"}
        config = {"name": config.pop("name"), "learning_rate": rate_config(self._learning_rate), **config}
        for name in constructor_parameters(type(self)):
            if name not in config and hasattr(self, name):
                config[name] = to_config_value(getattr(self, name))
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """An optimizer with the configuration that ``get_config`` gave."""
        from ..registry import CustomObjectScope

        with CustomObjectScope(custom_objects):
            return cls(**{k: from_config_value(v) for k, v in config.items()})

    def save_own_variables(self, store: Any) -> None:
        """Write the state into a mapping, by position."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Read the state back; a state of another optimizer is left alone, with a warning."""
        own = self.variables
        if len(store.keys()) != len(own):
            if len(store.keys()) == len(type(self).from_config(self.get_config()).variables):
                return  # written before its first step, when there was nothing to keep
            warnings.warn(
                f"Skipping variable loading for optimizer '{self.name}': it has {len(own)} variables, "
                f"the saved optimizer has {len(store.keys())}.",
                stacklevel=2,
            )
            return
        for i, variable in enumerate(own):
            variable.assign(np.asarray(store[str(i)]))

    def __reduce__(self) -> Any:
        from ..models.copying import reduce

        return reduce(self)

    def __copy__(self) -> Any:
        from ..models.copying import twin

        return twin(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self.__copy__()

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Put arrays into the state, in the order of ``variables``."""
        own = self.variables
        if not self.built:
            raise ValueError("Optimizer.set_weights: call optimizer.build(trainable_variables) first.")
        if len(weights) != len(own):
            raise ValueError(f"Optimizer.set_weights: {len(own)} arrays are needed, got {len(weights)}.")
        for variable, array in zip(own, weights, strict=True):
            if np.shape(array) != variable.shape:
                raise ValueError(
                    f"Optimizer variable {variable.path} has shape {variable.shape}, got an array of "
                    f"shape {np.shape(array)}."
                )
            variable.assign(array)

    def get_weights(self) -> list[np.ndarray]:
        """The state as NumPy arrays."""
        return [v.numpy() for v in self.variables]
