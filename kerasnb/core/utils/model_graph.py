"""The graph of a model as boxes with lines of text: what ``plot_model`` draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..layer import Layer


@dataclass
class Shown:
    """What is written into the boxes."""

    shapes: bool = False
    dtype: bool = False
    names: bool = True
    activations: bool = False
    trainable: bool = False
    nested: bool = False


@dataclass
class Box:
    """One layer: a heading, lines below it, and the nested models it lies in, outermost first."""

    key: str
    heading: str
    lines: list[str] = field(default_factory=list)
    inside: tuple[str, ...] = ()


@dataclass
class ModelGraph:
    """Boxes, arrows between their keys, and where the whole is entered and left."""

    boxes: list[Box] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    exits: list[str] = field(default_factory=list)


def graph_of(model: Any, shown: Shown, prefix: str = "", inside: tuple[str, ...] = ()) -> ModelGraph:
    """The graph of a model; one without a graph of layers (a subclass of ``Model``) is one box.

    Args:
        model: a model or layer.
        shown: what the boxes tell.
        prefix: of keys, for models inside models.
        inside: names of the models around it.
    """
    nodes = getattr(model, "_nodes", None)
    if nodes:
        return _of_nodes(model, nodes, shown, prefix, inside)
    if type(model).__name__ == "Sequential" and getattr(model, "layers", None):
        return _of_chain(model, shown, prefix, inside)
    key = f"{prefix}{model.name}"
    return ModelGraph([_box(model, key, shown, inside)], [], [key], [key])


def _of_chain(model: Any, shown: Shown, prefix: str, inside: tuple[str, ...]) -> ModelGraph:
    """A sequential model before it knows its shapes."""
    graph, before = ModelGraph(), []
    for layer in model.layers:
        part = _part(layer, shown, prefix, inside)
        graph.boxes += part.boxes
        graph.edges += part.edges + [(a, b) for a in before for b in part.entries]
        graph.entries = graph.entries or part.entries
        before = part.exits
    graph.exits = before
    return graph


def _part(operation: Any, shown: Shown, prefix: str, inside: tuple[str, ...]) -> ModelGraph:
    """One operation: a box, or the graph of a nested model."""
    if shown.nested and (getattr(operation, "_nodes", None) or type(operation).__name__ == "Sequential"):
        return graph_of(operation, shown, f"{prefix}{operation.name}/", (*inside, f"{prefix}{operation.name}"))
    key = f"{prefix}{operation.name}"
    return ModelGraph([_box(operation, key, shown, inside)], [], [key], [key])


def _of_nodes(model: Any, nodes: list[Any], shown: Shown, prefix: str, inside: tuple[str, ...]) -> ModelGraph:
    kept = {id(n) for n in nodes}
    graph, parts = ModelGraph(), {}
    for node in nodes:
        if id(node.operation) in parts:  # a shared layer: one box, several arrows
            continue
        part = parts[id(node.operation)] = _part(node.operation, shown, prefix, inside)
        graph.boxes += part.boxes
        graph.edges += part.edges
    for node in nodes:
        for parent in node.parent_nodes if not node.is_input else []:
            if id(parent) in kept:
                starts, ends = parts[id(parent.operation)].exits, parts[id(node.operation)].entries
                for edge in ((a, b) for a in starts for b in ends):
                    if edge not in graph.edges and edge[0] != edge[1] and not _leads(graph.edges, edge[1], edge[0]):
                        graph.edges.append(edge)
    ended, begun = {a for a, _ in graph.edges}, {b for _, b in graph.edges}
    graph.entries = [b.key for b in graph.boxes if b.key not in begun]
    graph.exits = [b.key for b in graph.boxes if b.key not in ended]
    return graph


def _leads(edges: list[tuple[str, str]], start: str, end: str) -> bool:
    """Whether a way leads from one box to another (a layer shared along a path would close a circle)."""
    after: dict[str, list[str]] = {}
    for a, b in edges:
        after.setdefault(a, []).append(b)
    seen, stack = set(), [start]
    while stack:
        key = stack.pop()
        if key == end:
            return True
        if key not in seen:
            seen.add(key)
            stack.extend(after.get(key, ()))
    return False


def _box(operation: Any, key: str, shown: Shown, inside: tuple[str, ...]) -> Box:
    kind = type(operation).__name__
    function = getattr(operation, "function", None)
    if not isinstance(operation, Layer) and function is not None:
        kind = "".join(part.capitalize() for part in getattr(function, "__name__", kind).split("_"))
    box = Box(key, f"{operation.name} ({kind})" if shown.names else kind, inside=inside)
    if shown.activations and getattr(operation, "activation", None) is not None:
        activation = operation.activation
        box.lines.append(f"Activation: {getattr(activation, '__name__', type(activation).__name__)}")
    if shown.dtype:
        box.lines.append(f"Output dtype: {_outputs(operation, 'dtype')}")
    if shown.shapes:
        first = operation._inbound_nodes[0] if getattr(operation, "_inbound_nodes", None) else None
        if first is not None and first.input_tensors:
            box.lines.append(f"Input shape: {_joined([t.shape for t in first.input_tensors])}")
        box.lines.append(f"Output shape: {_outputs(operation, 'shape')}")
    if shown.trainable and isinstance(operation, Layer):
        box.lines.append(f"Trainable: {operation.trainable}")
    return box


def _outputs(operation: Any, what: str) -> str:
    nodes = getattr(operation, "_inbound_nodes", None)
    if not nodes:
        return "?" if what == "shape" else str(getattr(operation, "compute_dtype", "?"))
    return _joined([getattr(t, what) for t in nodes[0].outputs])


def _joined(values: list[Any]) -> str:
    return ", ".join(str(v) for v in values)
