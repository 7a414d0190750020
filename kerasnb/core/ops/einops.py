"""``rearrange``: axes split, joined and reordered by a pattern of names."""

from __future__ import annotations

import re
from math import prod
from typing import Any

import jax.numpy as jnp

from .dispatch import op
from .tensors import tensor as as_tensor

# fmt: off
__all__ = [
    "rearrange",
]
# fmt: on


def _parse(side: str, pattern: str) -> list[list[str]]:
    """Groups of names: ``"b (h w) c"`` to [[b], [h, w], [c]]; "..." stays a name of its own."""
    tokens = re.findall(r"\.\.\.|\(|\)|\w+|\S", side)
    groups: list[list[str]] = []
    inside = False
    for token in tokens:
        if token in "()":
            if inside == (token == "("):
                raise ValueError(f"rearrange: brackets of the pattern {pattern!r} do not match.")
            inside = token == "("
            if inside:
                groups.append([])
        elif not (token == "..." or re.fullmatch(r"[A-Za-z_]\w*|1", token)):
            raise ValueError(f"rearrange: {token!r} in the pattern {pattern!r} is no name of an axis.")
        elif inside:
            groups[-1].append(token)
        else:
            groups.append([] if token == "1" else [token])
    if inside:
        raise ValueError(f"rearrange: brackets of the pattern {pattern!r} do not match.")
    return [[name for name in group if name != "1"] for group in groups]


@op("einops")
def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """Axes split, joined and reordered: ``rearrange(x, "b (h w) c -> b c h w", h=4)``.

    Args:
        tensor: the tensor.
        pattern: names of its axes and, after "->", of the result's; brackets are axes joined, "..." stands for
            axes left as they are.
        axes_lengths: sizes of axes that cannot be computed from the rest.
    """
    return _rearrange(tensor, pattern, axes_lengths)


def _rearrange(x: Any, pattern: str, lengths: dict[str, int]) -> Any:
    x = as_tensor(x)
    if pattern.count("->") != 1:
        raise ValueError(f"rearrange: the pattern must have one '->', got {pattern!r}.")
    left, right = (_parse(side, pattern) for side in pattern.split("->"))
    known = sum(g != ["..."] for g in left)
    rest = [f"...{i}" for i in range(x.ndim - known)]
    left, right = ([h for g in side for h in ([[n] for n in rest] if g == ["..."] else [g])] for side in (left, right))
    if len(left) != x.ndim:
        raise ValueError(f"rearrange: the pattern {pattern!r} has {len(left)} axes, the tensor's shape is {x.shape}.")
    names, sizes = [n for g in left for n in g], dict(lengths)
    for group, size in zip(left, x.shape, strict=True):
        open_names = [n for n in group if n not in sizes]
        given = prod(sizes[n] for n in group if n in sizes)
        if len(open_names) > 1:
            raise ValueError(f"rearrange: give the sizes of all but one of {group} in {pattern!r}.")
        if size % given or (not open_names and given != size):
            raise ValueError(f"rearrange: axes {group} of {pattern!r} do not make up size {size} of shape {x.shape}.")
        sizes.update(dict.fromkeys(open_names, size // given))
    target = [n for g in right for n in g]
    if sorted(names) != sorted(target) or len(set(names)) != len(names):
        raise ValueError(f"rearrange: both sides of {pattern!r} must have the same names, each once.")
    x = jnp.transpose(x.reshape([sizes[n] for n in names]), [names.index(n) for n in target])
    return x.reshape([prod(sizes[n] for n in g) for g in right])
