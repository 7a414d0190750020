"""Dataflow: which tensors go from which call to which, with their shapes: what a drawing of a model shows.

A layer that is called twice is two steps here, because two different tensors come out of it; both say so. Models
inside the model are one step each, or opened up: their own steps take the place of the one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..layer import Layer
from ..operation import Node
from .summary import _class_name
from .tracing import Graph, graph_of, order_of_calls

EVERYTHING = True


@dataclass
class Step:
    """One call of a layer or function.

    Attributes:
        key: names it in the drawing: names of the models around it and its own, joined by "/".
        name, kind: of the operation; kind is its class or function.
        operation: the layer itself.
        inputs, outputs: shapes of the tensors that go in and come out.
        dtype: of the first output.
        inside: keys of the opened models around it, outermost first.
        call, calls: the how-manieth call of how many of the same layer; (1, 1) is no shared layer.
        opens: whether it is a model or layer whose steps can be shown.
        note: what is to be said of it.
    """

    key: str
    name: str
    kind: str
    operation: Any
    inputs: list[tuple] = field(default_factory=list)
    outputs: list[tuple] = field(default_factory=list)
    dtype: str = ""
    inside: tuple[str, ...] = ()
    call: int = 1
    calls: int = 1
    opens: bool = False
    note: str = ""


@dataclass
class Flow:
    """A tensor on its way: from a step's output to a step. ``sure`` is False where only the order is known."""

    start: str
    end: str
    shape: tuple | None = None
    sure: bool = True


@dataclass
class Dataflow:
    """Steps, the tensors between them, and the opened models by key."""

    steps: list[Step] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    opened: dict[str, Any] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Source(NamedTuple):
    """An output of a step."""

    key: str
    shape: tuple


def dataflow_of(model: Any, opened: bool | Collection[str] = ()) -> Dataflow:
    """The dataflow of a model.

    Args:
        model: a model or layer; one that is not built yet shows its layers in their order, without shapes.
        opened: keys of nested models to show from inside; True opens all of them.

    >>> import kerasnb as keras
    >>> model = keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(2, name="d")])
    >>> [(f.start, f.end, f.shape) for f in dataflow_of(model).flows]
    [('x', 'd', (None, 4))]
    """
    flow = Dataflow()
    graph = graph_of(model)
    if graph is not None:
        outputs = _walk(flow, graph, None, "", (), opened)
        flow.outputs = list(dict.fromkeys(source.key for source in outputs))
    else:
        _chain(flow, model)
    _number_calls(flow)
    return flow


def _walk(
    flow: Dataflow, graph: Graph, given: Sequence[_Source] | None, prefix: str, inside: tuple[str, ...],
    opened: bool | Collection[str],
) -> list[_Source]:  # fmt: skip
    """Add the steps of a graph; returns where its outputs come from."""
    sources: dict[int, _Source] = {}
    if given is not None:
        sources.update((id(t), source) for t, source in zip(graph.inputs, given, strict=False))
    names: dict[str, int] = {step.key: 1 for step in flow.steps}
    for node in graph.nodes:
        if all(id(t) in sources for t in node.outputs):  # an input that comes from outside
            continue
        operation = node.operation
        key = _free(f"{prefix}{operation.name}", names)
        tensors = [t for t in node.input_tensors if id(t) in sources]
        into = [sources[id(t)] for t in tensors]
        inner = graph_of(operation, node) if _opens(operation) and _wanted(key, opened) else None
        if inner is not None:
            flow.opened[key] = operation
            found = _walk(flow, inner, into, f"{key}/", (*inside, key), opened)
            sources.update((id(t), source) for t, source in zip(node.outputs, found, strict=False))
            continue
        flow.steps.append(_step(operation, node, key, inside))
        if _opens(operation) and _wanted(key, opened):
            flow.steps[-1].opens = False
            flow.steps[-1].note = "what it calls inside could not be traced"
        flow.flows += [Flow(source.key, key, source.shape) for source in into]
        sources.update((id(t), _Source(key, tuple(t.shape))) for t in node.outputs)
    return [sources[id(t)] for t in graph.outputs if id(t) in sources]


def _free(key: str, names: dict[str, int]) -> str:
    names[key] = names.get(key, 0) + 1
    return key if names[key] == 1 else f"{key}:{names[key]}"


def _wanted(key: str, opened: bool | Collection[str]) -> bool:
    return opened is EVERYTHING or (not isinstance(opened, bool) and key in opened)


def _opens(operation: Any) -> bool:
    """Models, and layers of the user's own that are made of layers."""
    from .model import Model

    if not isinstance(operation, Layer):
        return False
    if isinstance(operation, Model):
        return bool(operation.layers)
    return not type(operation).__module__.startswith("kerasnb.") and bool(operation._tracker.layers)


def kind_of(operation: Any) -> str:
    """The class of a layer, the name of a function in the same style."""
    return type(operation).__name__ if isinstance(operation, Layer) else _class_name(operation)


def _step(operation: Any, node: Node, key: str, inside: tuple[str, ...]) -> Step:
    return Step(
        key, operation.name, kind_of(operation), operation, [tuple(t.shape) for t in node.input_tensors],
        [tuple(t.shape) for t in node.outputs], str(node.outputs[0].dtype) if node.outputs else "", inside,
        opens=_opens(operation),
    )  # fmt: skip


def _chain(flow: Dataflow, model: Any) -> None:
    """A model whose calls cannot be followed symbolically: what is called after what, as far as that can be seen."""
    calls = order_of_calls(model)
    if calls is None:
        layers = list(getattr(model, "layers", None) or ([model] if isinstance(model, Layer) else []))
        for layer in layers:
            step = Step(_free(layer.name, {s.key: 1 for s in flow.steps}), layer.name, kind_of(layer), layer)
            if flow.steps and type(model).__name__ == "Sequential":
                flow.flows.append(Flow(flow.steps[-1].key, step.key))
            flow.steps.append(step)
        built = getattr(model, "built", True)
        flow.notes.append(
            "The model's shapes are not known yet: call it on data or give it an Input."
            if not built
            else "How the layers are joined is not known: call() could not be traced without data."
        )
        return
    names: dict[str, int] = {}
    made: dict[int, _Source] = {}
    for call in calls:
        key = _free(call.layer.name, names)
        step = Step(
            key, call.layer.name, kind_of(call.layer), call.layer, [t.shape for t in call.inputs],
            [t.shape for t in call.outputs], str(call.outputs[0].dtype) if call.outputs else "",
        )  # fmt: skip
        known = [made[id(t)] for t in call.inputs if id(t) in made]
        if known:
            flow.flows += [Flow(source.key, key, _batchless(source.shape)) for source in known]
        elif flow.steps:
            flow.flows.append(Flow(flow.steps[-1].key, key, None, sure=False))
        step.inputs, step.outputs = [_batchless(s) for s in step.inputs], [_batchless(s) for s in step.outputs]
        made.update((id(t), _Source(key, tuple(t.shape))) for t in call.outputs)
        flow.steps.append(step)
    if any(not f.sure for f in flow.flows):
        flow.notes.append("Dashed: called one after the other; between them are operations that are no layers.")


def _batchless(shape: Sequence[Any]) -> tuple:
    """A shape that was traced with some batch, with the batch unknown again."""
    return (None, *tuple(shape)[1:]) if len(shape) else ()


def _number_calls(flow: Dataflow) -> None:
    calls: dict[int, list[Step]] = {}
    for step in flow.steps:
        calls.setdefault(id(step.operation), []).append(step)
    for steps in calls.values():
        for i, step in enumerate(steps):
            step.call, step.calls = i + 1, len(steps)
