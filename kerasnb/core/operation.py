"""Operation: anything that turns tensors into tensors and can be recorded in a functional model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

from . import naming


class KerasHistory(NamedTuple):
    """Where a symbolic tensor came from."""

    operation: Any
    node_index: int
    tensor_index: int


class Node:
    """One recorded call: an operation, its arguments, and the symbolic tensors that came out.

    The node hangs itself on its operation (``_inbound_nodes``) and on the operations that made its
    inputs (``_outbound_nodes``), which is all that a functional model needs to find its graph.
    """

    def __init__(self, operation: Any, args: tuple, kwargs: dict, outputs: Any):
        from .symbolic import KerasTensor, flatten

        self.operation, self.args, self.kwargs, self.output_tree = operation, args, kwargs, outputs
        self.input_tensors = [t for t in flatten((args, kwargs)) if isinstance(t, KerasTensor)]
        self.outputs = flatten(outputs)
        index = len(operation._inbound_nodes)
        for i, tensor in enumerate(self.outputs):
            tensor._keras_history = KerasHistory(operation, index, i)
        operation._inbound_nodes.append(self)
        for parent in self.parent_nodes:
            parent.operation._outbound_nodes.append(self)

    @property
    def is_input(self) -> bool:
        """Whether it is the start of a graph."""
        return not self.input_tensors

    @property
    def parent_nodes(self) -> list[Node]:
        """The nodes that made its inputs."""
        parents = []
        for tensor in self.input_tensors:
            history = getattr(tensor, "_keras_history", None)
            if history is not None:
                parents.append(history.operation._inbound_nodes[history.node_index])
        return parents

    def call_with(self, values: dict[int, Any]) -> tuple[tuple, dict]:
        """The arguments with every symbolic tensor replaced by ``values[id(tensor)]``."""
        from .symbolic import KerasTensor

        return jax.tree.map(
            lambda t: values[id(t)] if isinstance(t, KerasTensor) else t,
            (self.args, self.kwargs),
            is_leaf=lambda t: isinstance(t, KerasTensor) or t is None,
        )


class Operation:
    """Base of layers and of recorded functions."""

    name: str

    def _init_nodes(self) -> None:
        object.__setattr__(self, "_inbound_nodes", [])
        object.__setattr__(self, "_outbound_nodes", [])

    def _single_node(self) -> Node:
        if not self._inbound_nodes:
            raise AttributeError(
                f"{self.name!r} has not been called on a symbolic tensor yet, "
                "so it has no input and no output. Call it on keras.Input(...) first."
            )
        return self._inbound_nodes[0]

    @property
    def input(self) -> Any:
        """The symbolic input of its (first) call: one tensor, or the structure of them."""
        node = self._single_node()
        return node.args[0] if node.args else next(iter(node.kwargs.values()))

    @property
    def output(self) -> Any:
        """The symbolic output of its (first) call."""
        return self._single_node().output_tree


class FunctionOperation(Operation):
    """A function recorded in a functional model, such as ``ops.add`` of two symbolic tensors."""

    def __init__(self, function: Callable, name: str | None = None):
        self.function = function
        self.name = name or naming.auto_name(getattr(function, "class_name", function.__name__))
        self._init_nodes()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from .symbolic import any_symbolic

        if any_symbolic((args, kwargs)):
            return self.symbolic_call(*args, **kwargs)
        return self.function(*args, **kwargs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Record the call and return the symbolic outputs."""
        from .symbolic import infer_output

        infer = getattr(self.function, "infer", None)  # an op whose output shape depends on values
        outputs = infer(*args, **kwargs) if infer else infer_output(self.function, args, kwargs, self.name)
        Node(self, args, kwargs, outputs)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """The name; arguments belong to the calls."""
        return {"name": self.name}
