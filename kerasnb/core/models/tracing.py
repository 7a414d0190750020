"""Tracing: the recorded calls of a model, also of one that writes ``call`` itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jax

from .. import naming
from ..context import call_scope
from ..layer import Layer
from ..operation import Node
from ..symbolic import Input, KerasTensor, flatten
from .graph import trace_graph

BATCH = 2  # of the abstract inputs that a model is called on to see what it calls


@dataclass
class Graph:
    """Recorded calls in running order, between symbolic inputs and outputs."""

    nodes: list[Node]
    inputs: list[KerasTensor]
    outputs: list[KerasTensor]


@dataclass
class Call:
    """One call of a layer that was watched: the tensors that went in and came out."""

    layer: Any
    inputs: list[Any]
    outputs: list[Any]


def graph_of(operation: Any, node: Node | None = None) -> Graph | None:
    """The recorded calls inside a model or layer; None where they cannot be seen.

    Args:
        operation: a functional or sequential model, or a layer whose ``call`` is run on symbols.
        node: the call that is meant, of a layer inside a model.
    """
    functional = getattr(operation, "_functional", None) or operation
    nodes = getattr(functional, "_nodes", None)
    if nodes:
        return Graph(list(nodes), list(functional._inputs), list(functional._outputs))
    if not isinstance(operation, Layer) or not operation.built:
        return None
    shapes: Any = None
    if node is not None:
        shapes = jax.tree.map(
            lambda t: _Spec(t.shape, t.dtype), node.args[0] if node.args else None, is_leaf=_is_symbol
        )
    elif operation._build_shapes and len(operation._build_shapes) == 1:
        shapes = next(iter(operation._build_shapes.values()))
    if shapes is None:
        return None
    for dtype in (operation.compute_dtype, "int32"):
        try:
            return _by_symbols(operation, shapes, dtype)
        except Exception:  # whatever the user's code says to symbols: not traceable this way
            continue
    return None


@dataclass
class _Spec:
    shape: tuple
    dtype: str


def _is_symbol(value: Any) -> bool:
    return isinstance(value, KerasTensor)


def _by_symbols(layer: Any, shapes: Any, dtype: str) -> Graph:
    """Run ``call`` on symbols: every layer on the way records its call. Nothing of it stays."""
    with _without_traces(layer), call_scope(layer, False):
        symbols = _symbols(shapes, dtype)
        outputs = layer.call(symbols)
        inputs, ends = flatten(symbols), [t for t in flatten(outputs) if isinstance(t, KerasTensor)]
        nodes, _, _ = trace_graph(inputs, ends)
        if not any(isinstance(n.operation, Layer) and not n.is_input for n in nodes):
            raise ValueError("no layer was called")
        return Graph(nodes, inputs, ends)


def _symbols(shapes: Any, dtype: str) -> Any:
    if isinstance(shapes, _Spec):
        return Input(batch_shape=shapes.shape, dtype=shapes.dtype, name="input")
    if isinstance(shapes, dict):
        return {k: _symbols(s, dtype) for k, s in shapes.items()}
    if all(n is None or isinstance(n, int) for n in shapes):
        return Input(batch_shape=(None, *tuple(shapes)[1:]), dtype=dtype, name="input")
    return type(shapes)(_symbols(s, dtype) for s in shapes)


@contextmanager
def _without_traces(layer: Any) -> Iterator[None]:
    """Forget afterwards what was recorded on the layers, and the names that were given away."""
    names = naming.snapshot()
    kept = [(part, len(part._inbound_nodes), len(part._outbound_nodes)) for part in layer._flatten_layers()]
    try:
        yield
    finally:
        naming.restore(names)
        for part, inbound, outbound in kept:
            del part._inbound_nodes[inbound:], part._outbound_nodes[outbound:]
        layer._clear_losses()


def order_of_calls(model: Any) -> list[Call] | None:
    """The layers directly inside a model in the order in which they are called; None where that cannot be found."""
    shapes = getattr(model, "_build_shapes", None)
    if not shapes or len(shapes) != 1 or not getattr(model, "built", False):
        return None
    wanted = {id(layer) for layer in model.layers}
    for dtype in (model.compute_dtype, "int32"):
        calls: list[Call] = []
        kept: list[Any] = []  # tracers, so that no id is used twice

        def watch(layer: Any, args: Any, kwargs: Any, outputs: Any, calls: list = calls, kept: list = kept) -> None:
            if id(layer) in wanted:
                tensors = [[t for t in flatten(tree) if hasattr(t, "shape")] for tree in ((args, kwargs), outputs)]
                calls.append(Call(layer, *tensors))
                kept.extend(tensors)

        def run(inputs: Any, watch: Any = watch) -> Any:
            with call_scope(model, False) as context, _watching(context, watch):
                return model.call(inputs)

        names = naming.snapshot()
        try:
            jax.eval_shape(run, _abstract(next(iter(shapes.values())), dtype))
        except Exception:  # not traceable without data
            continue
        finally:
            naming.restore(names)
            model._clear_losses()
        return calls or None
    return None


@contextmanager
def _watching(context: Any, watcher: Any) -> Iterator[None]:
    before, context.watcher = context.watcher, watcher
    try:
        yield
    finally:
        context.watcher = before


def _abstract(shapes: Any, dtype: str) -> Any:
    if isinstance(shapes, dict):
        return {k: _abstract(s, dtype) for k, s in shapes.items()}
    if all(n is None or isinstance(n, int) for n in shapes):
        return jax.ShapeDtypeStruct(tuple(BATCH if n is None else n for n in shapes), dtype)
    return type(shapes)(_abstract(s, dtype) for s in shapes)
