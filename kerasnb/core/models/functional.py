"""Functional: a model made of recorded calls between symbolic inputs and outputs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..conversion import as_shape
from ..input_spec import InputSpec
from ..layer import Layer
from ..layers.input_layer import Input, InputLayer
from ..operation import Operation
from ..symbolic import KerasTensor, flatten
from ..text import is_encoded
from .graph import trace_graph
from .model import Model


class Functional(Model):
    """The model that ``Model(inputs, outputs)`` gives.

    Args:
        inputs: a symbolic tensor, or a list, tuple or dict of them.
        outputs: likewise.
        name: the model's name.
        trainable: False freezes every layer.
    """

    _shows_in_paths = False
    _serialized_module = "keras.src.models.functional"

    def __init__(
        self, inputs: Any, outputs: Any, name: str | None = None, trainable: bool | None = None, **kwargs: Any
    ):
        Layer.__init__(self, name=name, **kwargs)
        _check_symbolic(inputs, "inputs"), _check_symbolic(outputs, "outputs")
        flat = flatten(inputs)
        if len({id(t) for t in flat}) != len(flat):
            raise ValueError(f"Model {self.name!r}: each input may be listed once, got {[t.name for t in flat]}.")
        if not all(isinstance(t._keras_history.operation, InputLayer) for t in flat):
            inputs, outputs = _cut(inputs, outputs)
        put = self.__dict__.__setitem__  # plain attributes: symbols are no state
        put("_inputs_struct", inputs)
        put("_outputs_struct", outputs)
        put("_inputs", flatten(inputs))
        put("_outputs", flatten(outputs))
        order, operations, by_depth = trace_graph(self._inputs, self._outputs)
        put("_nodes", order)
        put("_nodes_by_depth", by_depth)
        put("_operations", operations)
        self._name_apart(operations)
        for layer in self.layers:
            self._tracker.track(layer)
        self.built = True
        if trainable is not None:
            self.trainable = trainable

    def _name_apart(self, operations: list[Operation]) -> None:
        """Give each operation a name of its own; only automatic names may change."""
        taken: dict[str, Operation] = {}
        for operation in operations:
            name = operation.name
            if name in taken and not (getattr(operation, "_auto_named", True) and isinstance(operation, Layer)):
                if isinstance(operation, Layer):
                    if getattr(taken[name], "_auto_named", False):
                        taken[name].name = _free_name(name, {*taken, *(o.name for o in operations)})
                        taken[taken[name].name] = taken[name]
                    else:
                        raise ValueError(
                            f"Model {self.name!r}: layer names must differ, but {name!r} stands twice. "
                            "Rename one with name=..."
                        )
            if name in taken:
                operation.name = _free_name(name, {*taken, *(o.name for o in operations)})
            taken[operation.name] = operation

    # --- the graph ---------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers in Keras's order: from the inputs down, by depth."""
        return [o for o in self._operations if isinstance(o, Layer)]

    @property
    def operations(self) -> list[Operation]:
        """Layers and recorded functions."""
        return list(self._operations)

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs, flat."""
        return list(self._inputs)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs, flat."""
        return list(self._outputs)

    @property
    def input(self) -> Any:
        """The symbolic inputs in the structure they were given in."""
        return self._inputs_struct

    @property
    def output(self) -> Any:
        """The symbolic outputs in the structure they were given in."""
        return self._outputs_struct

    @property
    def input_shape(self) -> Any:
        """The input's shape; a list of them where there are several."""
        return _one_or_list([t.shape for t in self._inputs])

    @property
    def output_shape(self) -> Any:
        """The output's shape; a list of them where there are several."""
        return _one_or_list([t.shape for t in self._outputs])

    @property
    def input_names(self) -> list[str]:
        """Names that a dict of inputs is matched by."""
        return [t._keras_history.operation.name for t in self._inputs]

    @property
    def output_names(self) -> list[str]:
        """Names of the layers that make the outputs."""
        return [t._keras_history.operation.name for t in self._outputs]

    # --- computing -----------------------------------------------------------------------------------

    @property
    def input_spec(self) -> Any:
        """What the inputs must look like; the batch size is free."""
        if isinstance(self._inputs_struct, dict):
            return None  # matched by name in ``_arrange``
        return [
            InputSpec(
                shape=(None, *t.shape[1:]) if t.shape else (), allow_last_axis_squeeze=True, name=name,
                optional=getattr(t, "optional", False),
            )
            if t.dtype != "string"  # text has an axis more in a compiled program
            else None
            for t, name in zip(self._inputs, self.input_names, strict=True)
        ]  # fmt: skip

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and len(self._inputs) >= 1:
            args = (self._arrange(args[0]), *args[1:])
        elif "inputs" in kwargs:
            kwargs["inputs"] = self._arrange(kwargs["inputs"])
        return super().__call__(*args, **kwargs)

    def _arrange(self, inputs: Any) -> Any:
        """Inputs in the order of the model's own; dicts are matched by name."""
        names = self.input_names
        if isinstance(inputs, dict):
            keys = list(self._inputs_struct) if isinstance(self._inputs_struct, dict) else names
            if isinstance(self._inputs_struct, KerasTensor):
                keys = names if names[0] in inputs else [self._inputs_struct.name]
            missing = [k for k in keys if k not in inputs]
            optional = {n for n, t in zip(names, self._inputs, strict=True) if getattr(t, "optional", False)}
            if [k for k in missing if k not in optional]:
                raise ValueError(
                    f"Model {self.name!r} needs the inputs {keys}, but the dict given has {sorted(inputs)}: "
                    f"missing {missing}."
                )
            if isinstance(self._inputs_struct, dict):
                return {k: self._fit(inputs.get(k), self._inputs_struct[k]) for k in keys}
            picked = [self._fit(inputs.get(k), t) for k, t in zip(keys, self._inputs, strict=True)]
            return picked[0] if isinstance(self._inputs_struct, KerasTensor) else picked
        if isinstance(inputs, (list, tuple)) and not isinstance(self._inputs_struct, KerasTensor):
            flat = list(inputs) if all(not isinstance(v, (list, tuple, dict)) for v in inputs) else flatten(inputs)
            if len(flat) != len(self._inputs):
                raise ValueError(
                    f"Model {self.name!r} expects {len(self._inputs)} input(s) {names}, but it received {len(flat)}."
                )
            if isinstance(self._inputs_struct, dict):
                return {k: self._fit(v, t) for (k, t), v in zip(self._inputs_struct.items(), flat, strict=True)}
            return [self._fit(v, t) for v, t in zip(flat, self._inputs, strict=True)]
        if isinstance(inputs, (list, tuple)) and len(inputs) == 1:
            return self._fit(inputs[0], self._inputs[0])
        if not isinstance(self._inputs_struct, KerasTensor) and len(self._inputs) == 1:
            return self._fit(inputs, self._inputs[0])
        return self._fit(inputs, self._inputs[0]) if len(self._inputs) == 1 else inputs

    def _fit(self, x: Any, symbol: KerasTensor) -> Any:
        """One input in the dtype and rank of its symbol: a last axis of size 1 comes or goes."""
        if x is None or isinstance(x, KerasTensor):
            return x
        if isinstance(x, (list, tuple)) and not any(hasattr(v, "shape") for v in x):
            x = np.asarray(x)
        if not hasattr(x, "shape"):
            return x
        if getattr(getattr(x, "dtype", None), "kind", "f") in "OSU":
            want = len(symbol.shape)
            if x.ndim == want + 1 and x.shape[-1] == 1:
                return x[..., 0]
            return x[..., None] if x.ndim == want - 1 and want and symbol.shape[-1] == 1 else x
        x = jnp.asarray(x)
        if symbol.dtype == "string" and is_encoded(x):  # the axis of code points stands behind all others
            texts, want = x.ndim - 1, len(symbol.shape)
            if texts == want + 1 and x.shape[-2] == 1:
                return jnp.squeeze(x, -2)
            return x[..., None, :] if texts == want - 1 and want and symbol.shape[-1] == 1 else x
        rank, want = x.ndim, len(symbol.shape)
        if rank == want + 1 and x.shape[-1] == 1:
            x = jnp.squeeze(x, -1)
        elif rank == want - 1 and want and symbol.shape[-1] == 1:
            x = x[..., None]
        if symbol.dtype != "string" and x.dtype != jax.dtypes.canonicalize_dtype(symbol.dtype):
            mask = getattr(x, "_keras_mask", None)
            x = x.astype(jax.dtypes.canonicalize_dtype(symbol.dtype))
            if mask is not None:
                x._keras_mask = mask
        return x

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Run the graph on the inputs."""
        from ..context import set_keras_mask

        given = flatten(inputs) if len(self._inputs) != 1 or isinstance(inputs, (list, tuple, dict)) else [inputs]
        if any(getattr(t, "optional", False) for t in self._inputs):
            given = _flat_with_none(inputs)
        if mask is not None:
            for x, m in zip(given, flatten(mask) if isinstance(mask, (list, tuple, dict)) else [mask], strict=False):
                if m is not None and not isinstance(x, KerasTensor):
                    set_keras_mask(x, m)
        return self._run(given)

    def _run(self, given: list[Any], run_operation: Any = None) -> Any:
        values = {id(t): x for t, x in zip(self._inputs, given, strict=True)}
        for node in self._nodes:
            if node.is_input or all(id(t) in values for t in node.outputs):
                continue
            args, kwargs = node.call_with(values)
            operation = node.operation if run_operation is None else run_operation(node.operation)
            outputs = operation(*args, **kwargs)
            for symbol, value in zip(node.outputs, flatten(outputs), strict=True):
                values[id(symbol)] = value
        return jax.tree.map(lambda t: values[id(t)], self._outputs_struct, is_leaf=lambda t: isinstance(t, KerasTensor))

    def compute_output_spec(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        given = flatten(inputs)
        if [t.shape for t in given] == [t.shape for t in self._inputs]:
            return jax.tree.map(
                lambda t: KerasTensor(t.shape, dtype=t.dtype), self._outputs_struct,
                is_leaf=lambda t: isinstance(t, KerasTensor),
            )  # fmt: skip
        return super().compute_output_spec(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Output shapes for input shapes."""
        from ..conversion import symbols_of
        from ..symbolic import infer_output

        inputs = symbols_of(as_shape(input_shape), "float32")
        for symbol, own in zip(flatten(inputs), self._inputs, strict=True):
            symbol._dtype = own.dtype
        return _shapes(infer_output(lambda x: self.call(x), (inputs,), {}, self.name))

    # --- configuration ---------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Layers, their calls, inputs and outputs, in Keras's form."""
        from .functional_config import functional_config

        if not _plain_functional(type(self)):
            return Model.get_config(self)
        return functional_config(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A model from ``get_config``'s dict."""
        from .functional_config import functional_from_config

        if "layers" not in config or "input_layers" not in config:
            return Model.from_config.__func__(cls, config, custom_objects)  # type: ignore[attr-defined]
        return functional_from_config(cls, config, custom_objects)

    def get_build_config(self) -> None:
        return None


def _plain_functional(cls: type) -> bool:
    """Whether a class is rebuilt from its graph: Functional itself, or a subclass with its constructor."""
    import inspect

    parameters = list(inspect.signature(cls.__init__).parameters)[1:]
    return cls is Functional or parameters[:2] == ["inputs", "outputs"] or cls.__init__ is Functional.__init__


def _one_or_list(shapes: list[Any]) -> Any:
    return shapes[0] if len(shapes) == 1 else shapes


def _shapes(tree: Any) -> Any:
    return jax.tree.map(lambda t: t.shape, tree, is_leaf=lambda t: isinstance(t, KerasTensor))


def _flat_with_none(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [v for k in sorted(tree) for v in _flat_with_none(tree[k])]
    if isinstance(tree, (list, tuple)):
        return [v for item in tree for v in _flat_with_none(item)]
    return [tree]


def _free_name(name: str, taken: set[str]) -> str:
    base = name.rstrip("0123456789").rstrip("_") if name.rpartition("_")[2].isdigit() else name
    count = 1
    while f"{base}_{count}" in taken:
        count += 1
    return f"{base}_{count}"


def _check_symbolic(tensors: Any, what: str) -> None:
    wrong = [t for t in flatten(tensors) if not isinstance(t, KerasTensor)]
    if wrong or not flatten(tensors):
        raise ValueError(
            f"Model: {what} must be symbolic tensors from keras.Input and from layers called on them, "
            f"got {wrong or tensors!r}."
        )


def _cut(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """Inputs in the middle of a graph: replay the calls behind them on fresh Inputs."""
    old = flatten(inputs)
    fresh = [
        t if isinstance(t._keras_history.operation, InputLayer)
        else Input(batch_shape=t.shape, dtype=t.dtype)
        for t in old
    ]  # fmt: skip
    values: dict[int, Any] = {id(t): f for t, f in zip(old, fresh, strict=True)}
    order, _, _ = trace_graph(old, flatten(outputs))
    for node in order:
        if node.is_input or all(id(t) in values for t in node.outputs):
            for t in node.outputs:
                values.setdefault(id(t), t)
            continue
        args, kwargs = node.call_with(values)
        for symbol, value in zip(node.outputs, flatten(node.operation(*args, **kwargs)), strict=True):
            values[id(symbol)] = value

    def swap(tree: Any) -> Any:
        return jax.tree.map(lambda t: values[id(t)], tree, is_leaf=lambda t: isinstance(t, KerasTensor))

    return swap(inputs), swap(outputs)


__all__ = ["Functional"]
