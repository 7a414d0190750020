"""A functional model's graph as a configuration, in the form of Keras's archives, and back."""

from __future__ import annotations

from typing import Any

import jax

from .. import registry
from ..layer import Layer
from ..operation import Operation
from ..symbolic import KerasTensor


def functional_config(model: Any) -> dict[str, Any]:
    """Layers with the calls that belong to the model, input and output tensors by name."""
    kept = {id(n) for n in model._nodes}
    index = {}  # node -> its number among the operation's nodes that belong to this model
    for operation in model._operations:
        own = [n for n in operation._inbound_nodes if id(n) in kept]
        index.update({id(n): i for i, n in enumerate(own)})

    def history(tensor: KerasTensor) -> list[Any]:
        operation, node_index, tensor_index = tensor._keras_history  # type: ignore[attr-defined]
        return [operation.name, index[id(operation._inbound_nodes[node_index])], tensor_index]

    def tensor_record(tensor: KerasTensor) -> dict[str, Any]:
        return {
            "class_name": "__keras_tensor__",
            "config": {"shape": list(tensor.shape), "dtype": tensor.dtype, "keras_history": history(tensor)},
        }

    def argument(value: Any) -> Any:
        if isinstance(value, KerasTensor):
            return tensor_record(value)
        if isinstance(value, (list, tuple)):
            return type(value)(argument(v) for v in value)
        if isinstance(value, dict):
            return {k: argument(v) for k, v in value.items()}
        return registry.serialize_keras_object(value)

    layers = []
    for operation in model._operations:
        from ..ops.classes import split_call

        record = registry.serialize_instance(operation) if isinstance(operation, Layer) else None
        calls = []
        for node in operation._inbound_nodes:
            if id(node) in kept and not node.is_input:
                args, kwargs = node.args, node.kwargs
                if record is None:  # a function: part of its arguments are the class's in Keras
                    record, args, kwargs = split_call(operation, args, kwargs)
                calls.append({"args": argument(list(args)), "kwargs": argument(dict(kwargs))})
        assert record is not None
        layers.append({**record, "name": operation.name, "inbound_nodes": calls})

    def structure(tree: Any) -> Any:
        return jax.tree.map(history, tree, is_leaf=lambda t: isinstance(t, KerasTensor))

    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": structure(model._inputs_struct),
        "output_layers": structure(model._outputs_struct),
    }


def functional_from_config(cls: Any, config: dict[str, Any], custom_objects: Any = None) -> Any:
    """The model of a configuration: layers first, then their calls as soon as the inputs exist."""
    made: dict[str, Operation] = {}
    with registry.CustomObjectScope(custom_objects):
        waiting: list[tuple[str, dict, list]] = []
        for record in config["layers"]:
            operation = _make(record)
            name = record.get("name") or record["config"]["name"]
            if isinstance(operation, Layer):
                operation._auto_named = False
            made[name] = operation
            for number, call in enumerate(record.get("inbound_nodes", [])):
                waiting.append((name, call, number))
    while waiting:
        later = []
        for name, call, number in waiting:
            operation = made[name]
            if number != len(operation._inbound_nodes) - _own_offset(operation) or not _ready(call, made):
                later.append((name, call, number))
                continue
            args, kwargs = _arguments(call, made)
            if hasattr(operation, "complete"):  # an op: its record holds part of its arguments
                args, kwargs = operation.complete(args, kwargs)
            operation(*args, **kwargs)
        if len(later) == len(waiting):
            raise ValueError(
                f"The configuration of {config.get('name')!r} has calls whose inputs are missing or circular."
            )
        waiting = later

    def tensors(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {k: tensors(v) for k, v in tree.items()}
        if len(tree) == 3 and isinstance(tree[0], str):
            return _tensor(tree, made)
        return [tensors(v) for v in tree]

    inputs, outputs = tensors(config["input_layers"]), tensors(config["output_layers"])
    # Older archives wrap a single tensor in a list; the model's call is the same either way.
    trainable = config.get("trainable", True)
    model = cls(inputs=inputs, outputs=outputs, name=config.get("name"))
    if trainable is False:
        model.trainable = False
    return model


def _make(record: dict[str, Any]) -> Operation:
    module = record.get("module") or ""
    if module.startswith(("keras.src.ops", "keras.ops", "keras.src.activations", "keras.src.quantizers")):
        from ..ops.classes import operation_from_record

        return operation_from_record(record)
    if "module" not in record:  # archives of Keras 2 name the class alone
        record = {**record, "module": "keras.layers"}
    layer = registry.deserialize_keras_object({k: v for k, v in record.items() if k not in ("inbound_nodes", "name")})
    if not isinstance(layer, (Layer, Operation)):
        raise ValueError(f"{record['class_name']!r} in the configuration is not a layer.")
    return layer


def _own_offset(operation: Operation) -> int:
    """Nodes an operation had before its calls are replayed (a Sequential's or Input's own)."""
    base = getattr(operation, "_nodes_before", None)
    if base is None:
        base = len(operation._inbound_nodes)
        object.__setattr__(operation, "_nodes_before", base)
    return base


def _tensor(history: Any, made: dict[str, Operation]) -> KerasTensor:
    name, node_index, tensor_index = history
    operation = made[name]
    from ..layers.input_layer import InputLayer

    offset = 0 if isinstance(operation, InputLayer) else _own_offset(operation)
    return operation._inbound_nodes[node_index + offset].outputs[tensor_index]


def _histories(value: Any) -> list[Any]:
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [value["config"]["keras_history"]]
        return [h for v in value.values() for h in _histories(v)]
    if isinstance(value, (list, tuple)):
        return [h for v in value for h in _histories(v)]
    return []


def _ready(call: Any, made: dict[str, Operation]) -> bool:
    for name, node_index, _ in _old_style(call) or _histories(call):
        if name not in made:
            raise ValueError(f"The configuration calls a layer on {name!r}, which it does not define.")
        from ..layers.input_layer import InputLayer

        operation = made[name]
        offset = 0 if isinstance(operation, InputLayer) else _own_offset(operation)
        if len(operation._inbound_nodes) <= node_index + offset:
            return False
    return True


def _old_style(call: Any) -> list[Any] | None:
    """Histories of a Keras 2 call, ``[[name, node, tensor, kwargs], ...]``."""
    if isinstance(call, dict):
        return None
    return [entry[:3] for entry in call]


def _arguments(call: Any, made: dict[str, Operation]) -> tuple[list[Any], dict[str, Any]]:
    if not isinstance(call, dict):
        tensors = [_tensor(entry[:3], made) for entry in call]
        kwargs = dict(call[0][3]) if len(call[0]) > 3 and call[0][3] else {}
        return [tensors[0] if len(tensors) == 1 else tensors], kwargs

    def revive(value: Any) -> Any:
        if isinstance(value, dict):
            if value.get("class_name") == "__keras_tensor__":
                return _tensor(value["config"]["keras_history"], made)
            if "class_name" in value and "config" in value:
                return registry.deserialize_keras_object(value)
            return {k: revive(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [revive(v) for v in value]
        return value

    return revive(call["args"]), revive(call["kwargs"])


__all__ = ["functional_config", "functional_from_config"]
