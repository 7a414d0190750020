"""Questions about symbolic tensors."""

from __future__ import annotations

from typing import Any


def is_keras_tensor(x: Any) -> bool:
    """Whether ``x`` is a symbolic tensor, as ``Input`` and layers called on one give."""
    from ..symbolic import KerasTensor

    return isinstance(x, KerasTensor)


def get_source_inputs(tensor: Any) -> list[Any]:
    """The input tensors that a symbolic tensor is computed from, each once, in order of first use.

    Args:
        tensor: a KerasTensor. Anything else came from nowhere and gives itself.
    """
    from ..symbolic import flatten

    found: list[Any] = []
    seen: set[int] = set()
    # A stack instead of recursion: models a thousand layers deep are fine.
    stack = [tensor]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        history = getattr(current, "_keras_history", None)
        parents = flatten(history[0]._inbound_nodes[history[1]].input_tensors) if history else []
        if parents:
            stack.extend(reversed(parents))
        else:
            found.append(current)
    return found
