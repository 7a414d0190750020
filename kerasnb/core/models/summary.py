"""The table of a model: rows shared by the text form and the notebook's card."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from typing import Any

from ..layer import Layer
from ..operation import Operation


def summary_rows(model: Any, expand_nested: bool = True) -> list[dict[str, Any]]:
    """One dict per layer: name, class_name, output_shape, params, trainable, bytes, depth, connected_to, built, and the
    operation itself.

    Args:
        model: a model, built or not.
        expand_nested: whether layers of nested models follow their model, one level deeper.
    """
    kept = _nodes_of(model)
    rows: list[dict[str, Any]] = []
    for operation in _operations(model):
        rows.append(_row(operation, 0, kept))
        if expand_nested:
            rows.extend(_nested(operation, 1))
    return rows


def _operations(model: Any) -> list[Operation]:
    if hasattr(model, "_operations"):
        return list(model._operations)
    return list(model.layers)


def _nodes_of(model: Any) -> set[int]:
    """The recorded calls that belong to a model: its layers may be used in others too."""
    graph = getattr(model, "_functional", None) or model
    return {id(node) for node in getattr(graph, "_nodes", [])}


def _nested(operation: Any, depth: int) -> list[dict[str, Any]]:
    from .model import Model

    if not isinstance(operation, Model):
        return []
    rows = []
    kept = _nodes_of(operation)
    for inner in _operations(operation):
        rows.append(_row(inner, depth, kept))
        rows.extend(_nested(inner, depth + 1))
    return rows


def _row(operation: Any, depth: int, kept: set[int]) -> dict[str, Any]:
    is_layer = isinstance(operation, Layer)
    built = not is_layer or operation.built
    weights = operation.weights if is_layer and built else []
    return {
        "name": operation.name,
        "class_name": type(operation).__name__ if is_layer else _class_name(operation),
        "output_shape": output_shape(operation),
        "params": sum(v.size for v in weights),
        "trainable": bool(operation.trainable) if is_layer and weights else None,
        "bytes": sum(v.size * v._raw_value.dtype.itemsize for v in weights),
        "depth": depth,
        "connected_to": _connections(operation, kept),
        "built": built,
        "operation": operation,
    }


def _class_name(operation: Any) -> str:
    name = getattr(getattr(operation, "function", None), "__name__", type(operation).__name__)
    return "".join(part.capitalize() for part in name.split("_"))


def output_shape(operation: Any) -> Any:
    """The output shape, where it is known: from the recorded call, else from the shapes it was built with."""
    nodes = getattr(operation, "_inbound_nodes", [])
    if nodes:
        shapes = [t.shape for t in nodes[0].outputs]
        return shapes[0] if len(shapes) == 1 else shapes
    try:
        return operation.output_shape
    except (AttributeError, ValueError):
        pass
    shapes_in = getattr(operation, "_build_shapes", None)
    if shapes_in and len(shapes_in) == 1:
        try:
            shape = operation.compute_output_shape(next(iter(shapes_in.values())))
            return (None, *shape[1:]) if isinstance(shape, tuple) else shape
        except Exception:  # a layer whose shape cannot be told without data
            return None
    return None


def _connections(operation: Any, kept: set[int]) -> list[str]:
    found = []
    for node in getattr(operation, "_inbound_nodes", []):
        if kept and id(node) not in kept:
            continue
        for tensor in node.input_tensors:
            source, node_index, tensor_index = tensor._keras_history
            found.append(f"{source.name}[{node_index}][{tensor_index}]")
    return found


def totals(model: Any) -> dict[str, tuple[int, int]]:
    """(numbers, bytes) of all, trainable, non-trainable and optimizer variables."""

    def count(variables: Any) -> tuple[int, int]:
        unique = {id(v): v for v in variables}.values()
        return sum(v.size for v in unique), sum(v.size * v._raw_value.dtype.itemsize for v in unique)

    optimizer = getattr(model, "optimizer", None)
    return {
        "total": count(model.weights),
        "trainable": count(model.trainable_weights),
        "non_trainable": count(model.non_trainable_weights),
        "optimizer": count(optimizer.variables)
        if optimizer is not None and getattr(optimizer, "built", False)
        else (0, 0),
    }


def readable_size(size: float) -> str:
    """Bytes in the unit a person would use.

    >>> readable_size(918.54 * 1024)
    '918.54 KB'
    """
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024 or unit == "TB":
            return f"{size:.2f} {unit}"
        size /= 1024
    raise AssertionError


def summary_text(
    model: Any,
    line_length: int | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
) -> str:
    """The table as text, in the form that Keras users know."""
    rows = summary_rows(model, expand_nested)
    if layer_range is not None:
        rows = _within(rows, layer_range)
    linear = _is_linear(model)
    header = ["Layer (type)", "Output Shape", "Param #"]
    if not linear:
        header.append("Connected to")
    if show_trainable:
        header.append("Trainable")
    cells = []
    for row in rows:
        shown = "   " * row["depth"] + f"{'└ ' if row['depth'] else ''}{row['name']} ({row['class_name']})"
        params = f"{row['params']:,}" if row["built"] or row["params"] else "0 (unbuilt)"
        line = [shown, _shape_text(row["output_shape"]), params]
        if not linear:
            line.append(", ".join(row["connected_to"]) or "-")
        if show_trainable:
            line.append({True: "Y", False: "N", None: "-"}[row["trainable"]])
        cells.append(line)
    widths = _widths(linear, show_trainable, line_length)
    lines = [
        f'Model: "{model.name}"',
        _rule("┏┳┓", "━", widths),
        *_wrapped(header, widths, "┃"),
        _rule("┡╇┩", "━", widths),
    ]
    for i, line in enumerate(cells):
        lines.extend(_wrapped(line, widths))
        if i < len(cells) - 1:
            lines.append(_rule("├┼┤", "─", widths))
    lines.append(_rule("└┴┘", "─", widths))
    found = totals(model)
    together = found["total"][0] + found["optimizer"][0], found["total"][1] + found["optimizer"][1]
    lines += [
        f" Total params: {together[0]:,} ({readable_size(together[1])})",
        f" Trainable params: {found['trainable'][0]:,} ({readable_size(found['trainable'][1])})",
        f" Non-trainable params: {found['non_trainable'][0]:,} ({readable_size(found['non_trainable'][1])})",
    ]
    if found["optimizer"][0]:
        lines.append(f" Optimizer params: {found['optimizer'][0]:,} ({readable_size(found['optimizer'][1])})")
    return "\n".join(lines)


def show_summary(
    model: Any,
    line_length: Any,
    positions: Any,
    print_fn: Callable | None,
    expand_nested: bool,
    show_trainable: bool,
    layer_range: Any,
) -> Any:
    """``Model.summary``: print the text, or display the card where a notebook front end is there."""
    from ..display import attach_front_end, hooks

    attach_front_end()
    if print_fn is None and "summary" in hooks and hooks["summary"](model):
        return None
    if positions and not line_length:
        line_length = int(positions[-1]) if positions[-1] > 1 else None
    if line_length is None and print_fn is None and sys.stdout.isatty():
        line_length = max(76, min(shutil.get_terminal_size().columns, 120))
    text = summary_text(model, line_length, expand_nested, show_trainable, layer_range)
    if print_fn is None:
        print(text)
    else:
        try:
            print_fn(text, line_break=False)
        except TypeError:
            print_fn(text)
    return None


def _is_linear(model: Any) -> bool:
    """Whether the layers follow one another, so that connections need no column."""
    from .sequential import Sequential

    if isinstance(model, Sequential) or not hasattr(model, "_nodes"):
        return True
    return all(len(nodes) == 1 for nodes in model._nodes_by_depth.values()) and all(
        len(n.input_tensors) <= 1 for n in model._nodes
    )


def _shape_text(shape: Any) -> str:
    if shape is None:
        return "?"
    if isinstance(shape, tuple) and all(n is None or isinstance(n, int) for n in shape):
        return f"({', '.join(str(n) for n in shape)}{',' if len(shape) == 1 else ''})"
    if isinstance(shape, dict):
        return ", ".join(f"{k}: {_shape_text(v)}" for k, v in shape.items())
    return "[" + ", ".join(_shape_text(s) for s in shape) + "]"


def _within(rows: list[dict[str, Any]], layer_range: Any) -> list[dict[str, Any]]:
    if len(layer_range) != 2:
        raise ValueError(f"summary: layer_range must be the names of the first and last layer, got {layer_range!r}.")
    first = [i for i, r in enumerate(rows) if re.match(layer_range[0], r["name"])]
    last = [i for i, r in enumerate(rows) if re.match(layer_range[1], r["name"])]
    if not first or not last:
        raise ValueError(
            f"summary: layer_range={layer_range!r} matches no layers; they are {[r['name'] for r in rows]}."
        )
    return rows[min(first[0], last[-1]) : max(first[0], last[-1]) + 1]


# Widths of the columns of a table 76 characters wide, cell margins included; other widths in proportion.
_COLUMNS = {
    (True, False): (33, 24, 15), (True, True): (29, 23, 12, 7),
    (False, False): (21, 19, 12, 19), (False, True): (19, 17, 11, 16, 7),
}  # fmt: skip


def _widths(linear: bool, trainable: bool, line_length: int | None) -> list[int]:
    """Column widths, in Keras's proportions."""
    shares = _COLUMNS[linear, trainable]
    inner = max((line_length or 76) - len(shares) - 1, 6 * len(shares))
    edges = [round(inner * sum(shares[: k + 1]) / sum(shares)) for k in range(len(shares))]
    return [b - a for a, b in zip([0, *edges], edges)]


def _rule(corners: str, line: str, widths: list[int]) -> str:
    return corners[0] + corners[1].join(line * w for w in widths) + corners[2]


def _cells(line: list[str], widths: list[int], bar: str) -> str:
    parts = []
    for i, (text, width) in enumerate(zip(line, widths, strict=True)):
        parts.append(f" {text.rjust(width - 2) if i == 2 else text.ljust(width - 2)} ")
    return bar + bar.join(parts) + bar


def _wrapped(line: list[str], widths: list[int], bar: str = "│") -> list[str]:
    columns = [_wrap(text, w - 2) for text, w in zip(line, widths, strict=True)]
    height = max(len(c) for c in columns)
    return [_cells([c[k] if k < len(c) else "" for c in columns], widths, bar) for k in range(height)]


def _wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters, broken between words; a longer word ends in an ellipsis.

    >>> _wrap("batch_normalization (BatchNormalization)", 19)
    ['batch_normalization', '(BatchNormalizatio…']
    """
    indent = text[: len(text) - len(text.lstrip())]
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append((indent if not lines else "") + word)
    return [x if len(x) <= width else x[: width - 1] + "…" for x in lines] or [""]
