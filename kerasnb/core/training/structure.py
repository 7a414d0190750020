"""Matching what the user gave (one value, list or dict) to the outputs of a model."""

from __future__ import annotations

from typing import Any

import jax

from ..registry import did_you_mean


def leaves(tree: Any) -> list[Any]:
    """The tensors of nested outputs, in order (dicts by sorted key, as JAX has them)."""
    return jax.tree.leaves(tree)


def output_keys(y_pred: Any, names: list[str] | None) -> list[str]:
    """A name for each output: the dict's key, the output layer's name, or "output_0" and so on."""
    count = len(leaves(y_pred))
    if isinstance(y_pred, dict) and count == len(y_pred):
        return sorted(y_pred)
    if names and len(names) == count:
        found: list[str] = []
        for name in names:  # a layer that makes several outputs lends its name once
            found.append(name if name not in found else f"{name}_{len(found)}")
        return found
    return [f"output_{i}" for i in range(count)]


def spread(value: Any, y_pred: Any, names: list[str] | None, what: str) -> list[Any]:
    """One entry per output out of what ``compile`` or ``fit`` was given for all of them.

    Args:
        value: None, a list or tuple, or a dict by output name; a single value goes to every output
            of a one-output model.
        y_pred: the outputs.
        names: names of the outputs.
        what: the argument's name in error messages.
    """
    keys = output_keys(y_pred, names)
    if value is None:
        return [None] * len(keys)
    if isinstance(value, dict):
        known = set(keys)
        if names and len(names) == len(keys):  # a dict output may also go by its layers' names
            known |= set(names)
        unknown = [k for k in value if k not in known]
        if unknown:
            raise ValueError(
                f"{what} names the output(s) {unknown}, but the model's outputs are {keys}."
                f"{did_you_mean(str(unknown[0]), keys)}"
            )
        other = names if names and len(names) == len(keys) else keys
        return [value.get(k, value.get(n)) for k, n in zip(keys, other, strict=True)]
    if isinstance(value, (list, tuple)) and (len(keys) > 1 or len(value) == 1):
        if len(value) != len(keys):
            raise ValueError(f"{what} has {len(value)} entries for {len(keys)} outputs {keys}.")
        return list(value)
    if len(keys) == 1:
        return [value]
    raise ValueError(f"{what} must be a list or dict with one entry for each of the outputs {keys}, got {value!r}.")


def targets_for(y: Any, y_pred: Any, names: list[str] | None, what: str = "y") -> list[Any]:
    """Targets in the order of the outputs."""
    count = len(leaves(y_pred))
    if isinstance(y, dict):
        keys = output_keys(y_pred, names)
        if names and len(names) == count and all(k in names for k in y):
            return [y.get(n) for n in names]
        return [y.get(k) for k in keys]
    if count == 1:
        flat = leaves(y)
        return [flat[0] if len(flat) == 1 and isinstance(y, (list, tuple)) else y]
    flat = list(y) if isinstance(y, (list, tuple)) else leaves(y)
    if len(flat) == 1 and isinstance(flat[0], (list, tuple)):
        flat = list(flat[0])
    if len(flat) != count:
        raise ValueError(
            f"{what} has {len(flat)} part(s), but the model has {count} outputs {output_keys(y_pred, names)}."
        )
    return flat
