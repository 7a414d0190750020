"""A model's whole state as nested dicts by the variables' paths, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..registry import did_you_mean

FORMATS: dict[str, Callable[[Any], Any]] = {
    "backend_tensor": lambda v: v.value,
    "numpy_array": lambda v: v.numpy(),
    "variable": lambda v: v,
}


def groups_of(model: Any) -> dict[str, list[Any]]:
    """The model's Variables by what they are for."""
    return {
        "trainable_variables": list(model.trainable_variables),
        "non_trainable_variables": list(model.non_trainable_variables),
        "optimizer_variables": list(model.optimizer.variables) if model.optimizer is not None else [],
        "metrics_variables": list(model.metrics_variables),
    }


def get_state_tree(model: Any, value_format: str = "backend_tensor") -> dict[str, dict[str, Any]]:
    """Nested dicts of values: group, then the parts of each variable's path.

    Args:
        model: a built model.
        value_format: "backend_tensor" (jax arrays), "numpy_array", or "variable".

    Raises:
        ValueError: an unknown format, or two variables of one path.
    """
    if value_format not in FORMATS:
        hint = did_you_mean(str(value_format), FORMATS)
        raise ValueError(f"get_state_tree: value_format must be one of {list(FORMATS)}, got {value_format!r}.{hint}")
    tree: dict[str, dict[str, Any]] = {}
    for group, variables in groups_of(model).items():
        branch = tree[group] = {}
        for variable in variables:
            *parents, leaf = variable.path.split("/")
            node = branch
            for part in parents:
                node = node.setdefault(part, {})
            if leaf in node:
                raise ValueError(
                    f"get_state_tree: two variables of {model.name!r} have the path {variable.path!r}; "
                    "give the layers names of their own."
                )
            node[leaf] = FORMATS[value_format](variable)
    return tree


def set_state_tree(model: Any, state_tree: Mapping[str, Any]) -> None:
    """Assign the values of a tree that ``get_state_tree`` gave; groups that are left out stay as they are.

    Raises:
        ValueError: the tree has a group or a path that the model has not, or lacks one of a group it has.
    """
    groups = groups_of(model)
    for group, branch in state_tree.items():
        if group not in groups:
            raise ValueError(f"set_state_tree: there is no group {group!r}; there are {list(groups)}.")
        own = {v.path: v for v in groups[group]}
        given = dict(_flat(branch))
        for what, odd in (("unknown", given.keys() - own.keys()), ("missing", own.keys() - given.keys())):
            if odd:
                raise ValueError(f"set_state_tree: {group} has {what} paths: {sorted(odd)[:5]}.")
        for path, value in given.items():
            own[path].assign(value)


def _flat(branch: Mapping[str, Any], path: str = "") -> Any:
    for key, value in branch.items():
        inner = f"{path}/{key}" if path else str(key)
        if isinstance(value, Mapping):
            yield from _flat(value, inner)
        else:
            yield inner, value
