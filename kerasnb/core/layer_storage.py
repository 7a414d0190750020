"""How a layer is written down and read back: configuration, build shapes, own variables, flax graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from . import registry
from .conversion import as_shape
from .nnx_bridge import graph_items, init_from_items


class LayerStorage:
    """The part of ``Layer`` that archives, ``from_config`` and ``flax.nnx`` use."""

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain values."""
        cls = type(self)
        definer = next(c for c in cls.__mro__ if "get_config" in c.__dict__)
        by_user = not registry.is_builtin(definer)
        source = next(c for c in cls.__mro__ if registry.is_builtin(c)) if by_user else cls
        head = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": registry.serialize_keras_object(self._dtype_policy),
        }
        own, rest = registry.passed_arguments(self), {}
        for key, parameter in registry.constructor_parameters(source).items():
            if key in head or key == "autocast":
                continue
            default = None if parameter.default is parameter.empty else parameter.default
            if registry.is_builtin(source):
                value = getattr(self, key, own.get(key, default))
            else:  # a user's class may keep something else under the argument's name
                value = own[key] if key in own else getattr(self, key, default)
            if key == "activity_regularizer" and value is None:
                continue
            rest[key] = registry.to_config_value(value)
        return {**head, **rest}

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes that ``build`` was called with."""
        if not self._build_shapes:
            return None
        if len(self._build_shapes) == 1:
            return {"input_shape": next(iter(self._build_shapes.values()))}
        return {"shapes_dict": dict(self._build_shapes)}

    def build_from_config(self, config_: Mapping[str, Any]) -> None:
        """Build again from what ``get_build_config`` gave."""
        if config_.get("input_shape") is not None:
            self.build(as_shape(config_["input_shape"]))
        elif config_.get("shapes_dict"):
            self.build(**{k: as_shape(v) for k, v in config_["shapes_dict"].items()})

    def save_own_variables(self, store: Any) -> None:
        """Write the layer's own weights into a dict-like store under "0", "1", ..."""
        for i, v in enumerate(self._own_variables()):
            store[str(i)] = np.asarray(v._raw_value)

    def load_own_variables(self, store: Any) -> None:
        """Read the layer's own weights back."""
        own = self._own_variables()
        if len(store.keys()) != len(own):
            reason = "it has not been built yet" if not own and not self.built else f"it has {len(own)}"
            raise ValueError(
                f"Layer {self.name!r} cannot load {len(store.keys())} stored variables: {reason}. "
                "Load the weights into a model of the same architecture."
            )
        for i, v in enumerate(own):
            v.assign(store[str(i)])

    # --- copies ----------------------------------------------------------------------------------

    def __reduce__(self) -> Any:
        from .models.copying import reduce

        return reduce(self)

    def __copy__(self) -> Any:
        from .models.copying import twin

        return twin(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self.__copy__()

    # --- flax.nnx --------------------------------------------------------------------------------

    def _graph_node_flatten(self) -> Any:
        return graph_items(self), type(self)

    def _graph_node_init(self, attributes: Iterable[tuple[Any, Any]]) -> None:
        init_from_items(self, attributes)
