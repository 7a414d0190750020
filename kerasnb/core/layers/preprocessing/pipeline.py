"""Pipeline: preprocessing layers one after the other, as one layer."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from ... import registry
from ...layer import Layer


class Pipeline(Layer):
    """Layers applied one after the other to an array or a dict of arrays.

    Unlike Sequential it has no weights of its own kind, no training, and may change dicts.

    Args:
        layers: the layers, in order.
        name: its name.

    >>> import jax.numpy as jnp
    >>> from kerasnb.core.layers.preprocessing.rescaling import Rescaling
    >>> Pipeline([Rescaling(1 / 255.0), Rescaling(2.0, -1.0)])(jnp.array([0.0, 255.0])).tolist()
    [-1.0, 1.0]
    """

    def __init__(self, layers: Iterable[Any], name: str | None = None):
        super().__init__(name=name)
        layers = list(layers)
        for layer in layers:
            if not callable(layer):
                raise TypeError(f"Pipeline: layers must be callable, got {layer!r}.")
        self._pipeline_layers = layers
        self._convert_input_args = False

    @property
    def layers(self) -> list[Any]:
        """The layers."""
        return self._pipeline_layers

    def call(self, inputs: Any, training: bool = True, mask: Any = None) -> Any:
        for layer in self._pipeline_layers:
            parameters = inspect.signature(getattr(layer, "call", layer)).parameters
            given = {k: v for k, v in (("training", training), ("mask", mask)) if k in parameters and v is not None}
            inputs = layer(inputs, **given)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "layers": [registry.serialize_keras_object(layer) for layer in self.layers]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Pipeline:
        """The pipeline that ``get_config`` described."""
        layers = [registry.deserialize_keras_object(c) for c in config["layers"]]
        return cls(layers, name=config.get("name"))
