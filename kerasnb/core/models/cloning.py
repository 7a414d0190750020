"""clone_model: the same architecture with new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..layer import Layer
from ..layers.input_layer import InputLayer
from ..operation import Operation
from ..symbolic import KerasTensor, flatten
from .functional import Functional
from .model import Model
from .sequential import Sequential


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable | None = None,
    call_function: Callable | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Model:
    """A model of the same layers, freshly initialised.

    Args:
        model: a Sequential or functional model, or a subclassed one with ``get_config``.
        input_tensors: symbolic inputs to build the copy on.
        clone_function: layer -> layer; ``type(layer).from_config(layer.get_config())`` by default.
        call_function: ``f(layer, *args, **kwargs)``, how each copied layer is called.
        recursive: whether ``clone_function`` also reaches layers of nested models.
    """
    if isinstance(model, Layer) and not isinstance(model, (Functional, Sequential)):
        if clone_function is not None or input_tensors is not None:
            raise ValueError(
                "clone_model: clone_function and input_tensors need a Sequential or functional model, "
                f"got a subclassed model {type(model).__name__}."
            )
        return type(model).from_config(model.get_config())
    copy = clone_function or _copy_layer

    def clone(layer: Any) -> Any:
        if recursive and isinstance(layer, (Functional, Sequential)):
            return clone_model(layer, clone_function=clone_function, call_function=call_function, recursive=True)
        return copy(layer) if isinstance(layer, Layer) else layer

    if isinstance(model, Sequential):
        twin = Sequential(name=model.name, trainable=model.trainable)
        for layer in model._stack:
            if isinstance(layer, InputLayer):
                if input_tensors is None:
                    twin.add(_copy_layer(layer), rebuild=False)
                continue
            if input_tensors is not None and not twin._stack:
                twin.add(flatten(input_tensors)[0], rebuild=False)
            twin.add(clone(layer), rebuild=False)
        twin._rebuild()
        return twin
    return _clone_functional(model, input_tensors, clone, call_function)


def _copy_layer(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


def _clone_functional(model: Functional, input_tensors: Any, clone: Callable, call_function: Callable | None) -> Model:
    import jax

    if not hasattr(model, "_nodes"):
        raise ValueError(f"clone_model: {type(model).__name__} has no graph to copy.")
    fresh = flatten(input_tensors) if input_tensors is not None else []
    values: dict[int, Any] = {}
    copies: dict[int, Operation] = {}
    for i, tensor in enumerate(model._inputs):
        values[id(tensor)] = fresh[i] if fresh else _copy_layer(tensor._keras_history.operation).output
    for node in model._nodes:
        if node.is_input:
            continue
        operation = node.operation
        if id(operation) not in copies:
            copies[id(operation)] = (
                clone(operation) if isinstance(operation, Layer) else type(operation)(operation.function)
            )  # type: ignore[attr-defined]
        args, kwargs = node.call_with(values)
        twin = copies[id(operation)]
        called = call_function(twin, *args, **kwargs) if call_function else twin(*args, **kwargs)
        for symbol, value in zip(node.outputs, flatten(called), strict=True):
            values[id(symbol)] = value

    def swap(tree: Any) -> Any:
        return jax.tree.map(lambda t: values[id(t)], tree, is_leaf=lambda t: isinstance(t, KerasTensor))

    twin = Functional(swap(model._inputs_struct), swap(model._outputs_struct), name=model.name)
    if model.trainable is False:
        twin.trainable = False
    return twin


__all__ = ["clone_model"]
