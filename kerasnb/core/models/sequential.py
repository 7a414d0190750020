"""Sequential: layers one after another."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from .. import registry
from ..conversion import as_shape
from ..layer import Layer
from ..layers.input_layer import InputLayer
from ..operation import Operation
from ..symbolic import KerasTensor
from .functional import Functional, _free_name
from .model import Model


class Sequential(Model):
    """A model that calls its layers in turn.

    Args:
        layers: layers, in order; the first may be ``keras.Input(shape)``.
        trainable: False freezes every layer.
        name: the model's name.

    The weights are made as soon as the input shape is known: from ``Input``, or on the first call.
    Layers can also be added with ``add`` or the pipe: ``Sequential() | Dense(3)``.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(
        self, layers: Iterable[Any] | None = None, trainable: bool = True, name: str | None = None, **kwargs: Any
    ):
        Layer.__init__(self, trainable=trainable, name=name, **kwargs)
        self.__dict__["_stack"] = []  # with the InputLayer, where there is one
        self.__dict__["_functional"] = None
        for layer in [] if layers is None else layers if isinstance(layers, (list, tuple)) else [layers]:
            self.add(layer, rebuild=False)
        self._rebuild()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer at the end."""
        if hasattr(layer, "_keras_history"):  # keras.Input(...)
            layer = layer._keras_history.operation
        elif isinstance(layer, KerasTensor):
            raise ValueError(f"Sequential.add: expected a layer or keras.Input(...), got {layer!r}.")
        if not isinstance(layer, (Layer, Operation)):
            if isinstance(layer, type):
                raise ValueError(
                    f"Sequential.add: expected a layer, got the class {layer.__name__}: write {layer.__name__}()."
                )
            if not callable(layer):
                raise ValueError(
                    f"Sequential.add: expected a keras layer, got {layer!r} of type {type(layer).__name__}. "
                    "keras.Sequential([...]) takes one flat list of layers; part of a network is a keras.Sequential."
                )
            raise ValueError(
                f"Sequential.add: expected a keras layer, got the function {getattr(layer, '__name__', layer)!r}. "
                "Wrap it: keras.layers.Lambda(function)."
            )
        if isinstance(layer, InputLayer) and self._stack:
            raise ValueError(f"Sequential model {self.name!r} has layers already: Input must come first.")
        if not self._stack and not isinstance(layer, InputLayer):
            shape = getattr(layer, "_input_shape_arg", None)
            if shape is not None:
                self._append(InputLayer(batch_shape=shape, dtype=getattr(layer, "_input_dtype_arg", None)))
        if any(layer is other for other in self._stack) or layer.name in [other.name for other in self._stack]:
            if getattr(layer, "_auto_named", False) and not any(layer is other for other in self._stack):
                layer.name = _free_name(layer.name, {other.name for other in self._stack})
            else:
                raise ValueError(
                    f"All layers of a Sequential model need names of their own: {layer.name!r} is taken. "
                    "Rename one of the two with name=..."
                )
        self._append(layer)
        if rebuild:
            self._rebuild()

    def _append(self, layer: Any) -> None:
        self._stack.append(layer)
        if isinstance(layer, Layer):
            self._tracker.track(layer)

    def pop(self, rebuild: bool = True) -> Any:
        """Take the last layer off."""
        if not self._stack:
            raise ValueError(f"Sequential model {self.name!r} has no layers to pop.")
        layer = self._stack.pop()
        self._tracker.untrack(layer)
        self.built = False
        self.__dict__["_functional"] = None
        if rebuild:
            self._rebuild()
        return layer

    def __or__(self, layer: Any) -> Sequential:
        self.add(layer)
        return self

    def _rebuild(self) -> None:
        self.built = False
        self.__dict__["_functional"] = None
        if len(self._stack) > 0 and isinstance(self._stack[0], InputLayer) and len(self._stack) > 1:
            self.build(self._stack[0].batch_shape)

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for an input shape (with the batch axis)."""
        if not self._stack:
            raise ValueError(f"Sequential model {self.name!r} has no layers: add some before building it.")
        if isinstance(input_shape, dict) or (input_shape is not None and not _flat_shape(input_shape)):
            raise ValueError(f"Sequential models take one input; got input_shape={input_shape!r}.")
        if input_shape is None:
            if isinstance(self._stack[0], InputLayer):
                input_shape = self._stack[0].batch_shape
            else:
                raise ValueError(f"Sequential model {self.name!r}: build needs input_shape, such as (None, 784).")
        input_shape = tuple(as_shape(input_shape))
        if isinstance(self._stack[0], InputLayer):
            known = self._stack[0].batch_shape
            if len(known) != len(input_shape) or any(
                a is not None and b is not None and a != b for a, b in zip(known[1:], input_shape[1:], strict=True)
            ):
                raise ValueError(
                    f"Sequential model {self.name!r} was made for inputs of shape {known}, "
                    f"got input_shape={input_shape}."
                )
        else:
            dtype = getattr(self._stack[0], "_input_dtype_arg", None) or _input_dtype(self._stack[0])
            entry = InputLayer(batch_shape=input_shape, dtype=dtype)
            self._stack.insert(0, entry)
            self._tracker.layers.insert(0, entry)
        entry = self._stack[0]
        for layer in self._stack[1:]:
            if layer.name == entry.name:
                entry.name = _free_name(entry.name, {o.name for o in self._stack})
        x = entry.output
        for layer in self._stack[1:]:
            x = layer(x)
        self.__dict__["_functional"] = Functional(entry.output, x, name=self.name)
        # The graph's view must not become the layers' owner.
        for layer in self._tracker.layers:
            object.__setattr__(layer, "_parent", weakref.ref(self))
        self.built = True

    def _maybe_build(self, spec: Any) -> None:
        from ..call_arguments import shape_tree

        shape = shape_tree(spec.first)
        if not isinstance(shape, tuple):
            raise ValueError(f"Sequential model {self.name!r} takes one tensor, got {type(spec.first).__name__}.")
        dtype = getattr(spec.first, "dtype", None)
        if self._stack and not isinstance(self._stack[0], InputLayer) and dtype is not None:
            name = getattr(dtype, "name", str(dtype))
            if "str" in name or name == "object":
                self._stack[0]._input_dtype_arg = "string"
            elif "float" not in name and self._stack[0]._input_dtype_arg != "string":
                self._stack[0]._input_dtype_arg = name
        self.build((None, *shape[1:]))

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """Run the layers on the inputs."""
        if self._functional is not None and not kwargs:
            return self._functional.call(self._functional._arrange(inputs), training=training, mask=mask)
        x = inputs
        for layer in self.layers:
            x = layer(x, **kwargs) if kwargs else layer(x)
        return x

    def compute_output_spec(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        if self._functional is not None:
            return self._functional.compute_output_spec(inputs, training=training, mask=mask)
        return super().compute_output_spec(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output shape for an input shape."""
        if self._functional is not None:
            return self._functional.compute_output_shape(input_shape)
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    def _graph(self) -> Functional:
        if self._functional is None:
            raise AttributeError(
                f"Sequential model {self.name!r} has no symbolic inputs and outputs yet: "
                "start it with keras.Input(shape), or call it on data."
            )
        return self._functional

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic input, in a list."""
        return self._graph().inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic output, in a list."""
        return self._graph().outputs

    @property
    def input(self) -> Any:
        """The symbolic input."""
        return self._graph().input

    @property
    def output(self) -> Any:
        """The symbolic output."""
        return self._graph().output

    @property
    def input_shape(self) -> Any:
        """Shape of the input."""
        return self._graph().input_shape

    @property
    def output_shape(self) -> Any:
        """Shape of the output."""
        return self._graph().output_shape

    @property
    def input_names(self) -> list[str]:
        """The input's name, in a list."""
        return self._graph().input_names

    @property
    def output_names(self) -> list[str]:
        """The output's name, in a list."""
        return self._graph().output_names

    @property
    def input_dtype(self) -> str:
        """The dtype the input is read in."""
        return super().input_dtype

    def get_config(self) -> dict[str, Any]:
        """The layers, serialized, and the built shape."""
        layers = [registry.serialize_keras_object(layer) for layer in self._stack]
        config: dict[str, Any] = {
            "name": self.name, "trainable": self.trainable,
            "dtype": registry.serialize_keras_object(self._dtype_policy), "layers": layers,
        }  # fmt: skip
        if self.built and self._functional is not None:
            config["build_input_shape"] = self._stack[0].batch_shape
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A model from ``get_config``'s dict."""
        if "layers" not in config:
            return super().from_config(config, custom_objects)
        model = cls(name=config.get("name"))
        for layer in config["layers"]:
            model.add(registry.deserialize_keras_object(layer, custom_objects), rebuild=False)
        model._rebuild()
        shape = config.get("build_input_shape")
        if not model.built and shape and model.layers and _flat_shape(shape):
            model.build(tuple(shape))
        if config.get("trainable") is False:
            model.trainable = False
        if config.get("dtype") is not None:
            model.dtype_policy = config["dtype"]
        return model

    def get_build_config(self) -> dict[str, Any] | None:
        return {"input_shape": self._stack[0].batch_shape} if self.built and self._functional is not None else None

    def build_from_config(self, config_: Any) -> None:
        """Nothing to do where ``from_config`` built it already."""
        if not self.built and config_ and config_.get("input_shape") and _flat_shape(config_["input_shape"]):
            self.build(tuple(config_["input_shape"]))


def _flat_shape(shape: Any) -> bool:
    return isinstance(shape, (list, tuple)) and all(n is None or isinstance(n, int) for n in shape)


def _input_dtype(layer: Any) -> str:
    return layer.compute_dtype if isinstance(layer, Layer) else "float32"
