"""Which recorded calls lie between inputs and outputs, and in which order they run."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import Node, Operation
from ..symbolic import KerasTensor


def node_of(tensor: KerasTensor) -> Node:
    """The recorded call that made a tensor."""
    operation, index, _ = tensor._keras_history  # type: ignore[attr-defined]
    return operation._inbound_nodes[index]


def trace_graph(
    inputs: Sequence[KerasTensor], outputs: Sequence[KerasTensor]
) -> tuple[list[Node], list[Operation], dict[int, list[Node]]]:
    """Nodes in running order, operations in Keras's order (by depth, then as met), nodes by depth.

    Depth counts calls up to the outputs; operations with equal depth keep the order in which the
    walk back from the outputs met them.
    """
    starts = {id(t) for t in inputs}
    finished: dict[int, Node] = {}  # insertion order is a topological order
    met: dict[int, int] = {}
    for output in outputs:
        _walk_back(output, starts, finished, met)
    order = list(finished.values())

    depth: dict[int, int] = {}
    operation_depth: dict[int, int] = {}
    for node in reversed(order):
        d = max(depth.get(id(node), 0), operation_depth.get(id(node.operation), 0))
        depth[id(node)] = operation_depth[id(node.operation)] = d
        if not _is_start(node, starts):
            for parent in node.parent_nodes:
                depth[id(parent)] = max(depth.get(id(parent), 0), d + 1)
    for tensor in inputs:  # inputs that nothing uses
        node = node_of(tensor)
        if id(node) not in finished:
            finished[id(node)] = node
            order.insert(0, node)
            depth[id(node)] = operation_depth[id(node.operation)] = 0
            met[id(node.operation)] = -1

    operations = {id(n.operation): n.operation for n in order}
    ordered = sorted(operations.values(), key=lambda o: (-operation_depth[id(o)], met[id(o)]))
    by_depth: dict[int, list[Node]] = {}
    for node in order:
        by_depth.setdefault(depth[id(node)], []).append(node)
    return order, ordered, by_depth


def _is_start(node: Node, starts: set[int]) -> bool:
    return all(id(t) in starts for t in node.outputs) if node.outputs else False


def _walk_back(output: KerasTensor, starts: set[int], finished: dict[int, Node], met: dict[int, int]) -> None:
    """Depth first from an output to the inputs, without recursion (deep models are deep)."""
    open_nodes: set[int] = set()
    stack: list[tuple[KerasTensor, bool]] = [(output, False)]
    while stack:
        tensor, leaving = stack.pop()
        if not hasattr(tensor, "_keras_history"):
            raise ValueError(f"Output {tensor!r} was not made by calling layers on keras.Input.")
        node = node_of(tensor)
        if leaving:
            finished.setdefault(id(node), node)
            open_nodes.discard(id(node))
            continue
        if id(node) in finished or id(node) in open_nodes:
            continue
        open_nodes.add(id(node))
        met.setdefault(id(node.operation), len(met))
        stack.append((tensor, True))
        if id(tensor) in starts:
            continue
        if node.is_input:
            raise ValueError(
                f"The graph is not connected: it needs input {tensor.name!r}, "
                "which is not among the inputs given to the model. Add it to inputs=[...]."
            )
        stack.extend((t, False) for t in reversed(node.input_tensors))
