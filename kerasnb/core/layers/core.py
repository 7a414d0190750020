"""Layers without weights of their own: Identity, Masking, Lambda; Wrapper around other layers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ..layer import Layer
from ..symbolic import KerasTensor, infer_output


class Identity(Layer):
    """Hand the input on unchanged; any nesting of tensors.

    Shapes: any, unchanged.
    """

    supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def compute_output_spec(self, inputs: Any) -> Any:
        return jax.tree.map(
            lambda x: KerasTensor(x.shape, dtype=x.dtype, sparse=x.sparse),
            inputs,
            is_leaf=lambda x: isinstance(x, KerasTensor),
        )


class Masking(Layer):
    """Mark the time steps to leave out: those where every feature equals ``mask_value``.

    The marked steps are set to zero, and later layers that know masks (recurrent layers, attention,
    averages) pass over them.

    Args:
        mask_value: the number that means "nothing here".

    Shapes: (batch, steps, features), unchanged; mask (batch, steps).

    >>> import jax.numpy as jnp
    >>> Masking().compute_mask(jnp.array([[[1.0, 2.0], [0.0, 0.0]]])).tolist()
    [[True, False]]
    """

    supports_masking = True

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def call(self, inputs: Any) -> Any:
        return inputs * self.compute_mask(inputs)[..., None].astype(inputs.dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return jnp.any(jnp.not_equal(inputs, self.mask_value), axis=-1)  # (batch, steps)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class Lambda(Layer):
    """Any function as a layer.

    For anything with weights, and for models that are to be shared, write a Layer subclass: a
    Python lambda can be stored only as code, which loaders refuse unless told ``safe_mode=False``.

    Args:
        function: called with the inputs, and with ``mask`` and ``training`` if it names them.
        output_shape: shape of one output sample, or a function of the input shape; found by
            tracing when None.
        mask: the output's mask, or a function ``(inputs, mask)`` that gives it.
        arguments: further keyword arguments of the function.

    >>> import jax.numpy as jnp
    >>> Lambda(lambda x: x**2)(jnp.array([3.0])).tolist()
    [9.0]
    """

    def __init__(
        self,
        function: Callable,
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda: function must be callable, got {function!r}.")
        self.function = function
        self.arguments = arguments or {}
        self._output_shape = output_shape
        self.mask = mask
        self.supports_masking = mask is not None
        try:
            named = inspect.signature(function).parameters
        except ValueError:  # some built-in functions have no signature
            named = {}
        self._passes = tuple(k for k in ("mask", "training") if k in named)

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        given = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{k: given[k] for k in self._passes})

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        first = input_shape
        while isinstance(first[0], (list, tuple)):
            first = first[0]
        return (first[0], *self._output_shape)

    def compute_output_spec(self, inputs: Any, **kwargs: Any) -> Any:
        if self._output_shape is not None:
            return super().compute_output_spec(inputs, **kwargs)
        return infer_output(self.call, (inputs,), kwargs, self.name)

    def get_config(self) -> dict[str, Any]:
        from ..registry import serialize_keras_object

        config = super().get_config()
        config["function"] = serialize_keras_object(self.function)
        config["output_shape"] = self._output_shape
        return {k: v for k, v in config.items() if v is not None or k in ("function", "name")}


class Wrapper(Layer):
    """Base of layers that hold another layer and change how it is used.

    Args:
        layer: the layer inside, as ``self.layer``; it is built with the wrapper.
    """

    def __init__(self, layer: Layer, **kwargs: Any):
        if not isinstance(layer, Layer):
            raise ValueError(f"{type(self).__name__} wraps a Layer, got {layer!r} of type {type(layer).__name__}.")
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
