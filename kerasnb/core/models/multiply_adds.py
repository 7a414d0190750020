"""Multiply-adds: how many products a layer sums up for one sample, the usual measure of what a model costs to run.

Dense and convolutional layers by their formula, everything else with weight matrices by counting the matrix products
and convolutions in the program that JAX makes of one call. Element-wise arithmetic is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import jax
import numpy as np

from .. import naming
from ..context import call_scope
from ..layer import Layer
from ..symbolic import flatten

UNKNOWN_SIZE = 1  # stands for dimensions that are not known
_WITHOUT_WEIGHTS = ("Dot", "Attention", "AdditiveAttention", "MatrixMultiply")


def multiply_adds(operation: Any, inputs: Any = None, outputs: Any = None) -> int | None:
    """Multiply-adds of one call for one sample; None where they cannot be told.

    Args:
        operation: a built layer, or a recorded function.
        inputs, outputs: shapes of the call's tensors, with the batch axis; those of the first recorded call by default.

    >>> from kerasnb import layers
    >>> dense = layers.Dense(10)
    >>> dense.build((None, 784))
    >>> multiply_adds(dense, [(None, 784)], [(None, 10)])
    7840
    """
    if not isinstance(operation, Layer):
        return 0
    if not operation.built:
        return None
    if inputs is None:
        nodes = operation._inbound_nodes
        if nodes:
            inputs = [t.shape for t in nodes[0].input_tensors]
            outputs = [t.shape for t in nodes[0].outputs]
        elif operation._build_shapes and len(operation._build_shapes) == 1:
            inputs = _flat(next(iter(operation._build_shapes.values())))
    graph = getattr(operation, "_functional", None) or operation
    if getattr(graph, "_nodes", None):  # a model of calls: what they cost together
        calls = [n for n in graph._nodes if not n.is_input]
        counts = [
            multiply_adds(n.operation, *([t.shape for t in ts] for ts in (n.input_tensors, n.outputs))) for n in calls
        ]
        return None if None in counts else sum(c or 0 for c in counts)
    kind = type(operation).__name__
    if not any(len(v.shape) > 1 for v in operation.weights) and kind not in _WITHOUT_WEIGHTS:
        return 0
    if kind in ("Embedding", "InputLayer"):
        return 0
    formula = _by_formula(operation, kind, inputs, outputs)
    return formula if formula is not None else _by_program(operation, inputs)


def _size(shape: Iterable[Any]) -> int:
    return math.prod(UNKNOWN_SIZE if n is None else n for n in shape)


def _flat(tree: Any) -> list[tuple]:
    if isinstance(tree, dict):
        return [s for v in tree.values() for s in _flat(v)]
    if all(n is None or isinstance(n, int) for n in tree):
        return [tuple(tree)]
    return [s for v in tree for s in _flat(v)]


def _by_formula(layer: Any, kind: str, inputs: Any, outputs: Any) -> int | None:
    """Products of a kernel with each place of the output (of the input, for transposed convolutions)."""
    if kind in ("SeparableConv1D", "SeparableConv2D") and outputs:
        kernels = layer.depthwise_kernel, layer.pointwise_kernel
        return sum(math.prod(k.shape) for k in kernels) * _size(_places(layer, outputs[0]))
    kernel = getattr(layer, "kernel", None) if kind != "Dense" else getattr(layer, "_kernel", None) or layer.kernel
    if kernel is None or not inputs:
        return None
    size = math.prod(kernel.shape)
    if kind == "Dense":
        return size * _size(inputs[0][1:-1])
    if kind in ("Conv1D", "Conv2D", "Conv3D") and outputs:
        return size * _size(_places(layer, outputs[0]))
    if kind in ("DepthwiseConv1D", "DepthwiseConv2D") and outputs:
        return size * _size(_places(layer, outputs[0]))
    if kind in ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"):
        return size * _size(_places(layer, inputs[0]))
    return None


def _places(layer: Any, shape: tuple) -> tuple:
    first = getattr(layer, "data_format", "channels_last") == "channels_first"
    return tuple(shape[2:]) if first else tuple(shape[1:-1])


def _by_program(layer: Any, inputs: Any) -> int | None:
    """Count in the traced program of one call on one sample."""
    if not inputs:
        return None
    nodes = layer._inbound_nodes
    names = naming.snapshot()
    try:
        if nodes and [t.shape for t in nodes[0].input_tensors] == list(inputs):
            symbols = nodes[0].input_tensors
            tree: Any = lambda values: nodes[0].call_with(dict(zip(map(id, symbols), values, strict=True)))  # noqa: E731
            dtypes = [t.dtype for t in symbols]
        else:
            tree = lambda values: ((values[0],) if len(values) == 1 else (list(values),), {})  # noqa: E731
            dtypes = [layer.compute_dtype] * len(inputs)
        specs = [_spec(s, d) for s, d in zip(inputs, dtypes, strict=True)]

        def run(*values: Any) -> Any:
            args, kwargs = tree(values)
            with call_scope(layer, False):
                return flatten(layer(*args, **kwargs))

        return int(_count(jax.make_jaxpr(run)(*specs).jaxpr))
    except Exception:  # a layer that cannot be traced without data
        return None
    finally:
        naming.restore(names)
        layer._clear_losses()


def _spec(shape: tuple, dtype: str) -> Any:
    filled = (1, *(UNKNOWN_SIZE if n is None else n for n in tuple(shape)[1:]))
    return jax.ShapeDtypeStruct(filled, np.dtype(jax.dtypes.canonicalize_dtype(dtype)))


def _count(jaxpr: Any) -> float:
    total = 0.0
    for equation in jaxpr.eqns:
        name = equation.primitive.name
        if name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            left = equation.invars[0].aval.shape
            total += math.prod(equation.outvars[0].aval.shape) * math.prod(left[i] for i in contracted)
        elif name == "conv_general_dilated":
            numbers = equation.params["dimension_numbers"]
            kernel = equation.invars[1].aval.shape
            each = math.prod(kernel) // max(kernel[numbers.rhs_spec[0]], 1)
            total += math.prod(equation.outvars[0].aval.shape) * each
        else:
            times = equation.params.get("length", 1) if name == "scan" else 1
            inner = [_count(j) for j in _programs(equation.params)]
            total += times * (max(inner, default=0.0) if name == "cond" else sum(inner))
    return total


def _programs(params: dict[str, Any]) -> list[Any]:
    found = []
    for value in params.values():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            program = getattr(item, "jaxpr", item)
            if hasattr(program, "eqns"):
                found.append(program)
    return found


def readable_count(count: float | None) -> str:
    """A number in few characters.

    >>> readable_count(7840), readable_count(3_900_000_000), readable_count(None)
    ('7.84 K', '3.9 G', '?')
    """
    if count is None:
        return "?"
    for unit in ("", " K", " M", " G"):
        if abs(count) < 1000:
            return f"{count:.3g}{unit}"
        count /= 1000
    return f"{count:.3g} T"
