"""Merging layers: several tensors in, one out."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from ..layer import Layer
from ..symbolic import KerasTensor
from .arguments import is_int


class Merge(Layer):
    """Base of the layers that combine tensors entry by entry, with broadcasting.

    Tensors of lower rank get axes of size 1 right behind the batch.
    """

    supports_masking = True

    def combine(self, tensors: list[Any]) -> Any:
        """The merged tensor of tensors of equal rank."""
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        shapes = _shapes(input_shape, type(self).__name__, self.least)
        batch = {s[0] for s in shapes if s and s[0] is not None}
        if len(batch) > 1:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} cannot merge tensors with different batch "
                f"sizes: {shapes}."
            )
        self._merged_shape(shapes)

    least = 1

    def call(self, inputs: Any) -> Any:
        tensors = _tensors(inputs, type(self).__name__)
        rank = max(x.ndim for x in tensors)
        return self.combine([_with_rank(x, rank) for x in tensors])

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return self._merged_shape(_shapes(input_shape, type(self).__name__, self.least))

    def compute_output_spec(self, inputs: Any) -> Any:
        shape = self.compute_output_shape(
            [tuple(x.shape) for x in _tensors(inputs, type(self).__name__)]
        )
        return KerasTensor(shape, dtype=functools.reduce(_promote, (x.dtype for x in inputs)))

    def _merged_shape(self, shapes: list[tuple]) -> tuple:
        rank = max(len(s) for s in shapes)
        padded = [(*s[:1], *(1,) * (rank - len(s)), *s[1:]) for s in shapes]
        merged = []
        for sizes in zip(*padded, strict=True):
            real = {n for n in sizes if n not in (1, None)}
            if len(real) > 1:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r} cannot merge tensors of shapes "
                    f"{[tuple(s) for s in shapes]}: the sizes {sorted(real)} meet in one axis. "
                    "Sizes must be equal or 1."
                )
            merged.append(real.pop() if real else (None if None in sizes else 1))
        if None in {s[0] for s in padded}:
            merged[0] = None
        return tuple(merged)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """An entry counts where any input has it; all inputs must be masked to hide one."""
        if previous_mask is None:
            return None
        masks = [m for m in previous_mask if m is not None]
        return functools.reduce(jnp.logical_or, masks) if len(masks) == len(inputs) else None


class Add(Merge):
    """Sum of the inputs, entry by entry.

    Shapes: a list of tensors of equal (or broadcastable) shapes to one tensor of that shape.

    >>> import jax.numpy as jnp
    >>> Add()([jnp.ones((2, 3)), jnp.ones((2, 3))]).shape
    (2, 3)
    """

    def combine(self, tensors: list[Any]) -> Any:
        return functools.reduce(jnp.add, tensors)


class Concatenate(Merge):
    """The inputs one behind the other along an axis.

    Args:
        axis: the axis along which they are joined; the last by default.

    Shapes: tensors equal in all other axes to one whose ``axis`` is the sum of theirs.

    >>> import jax.numpy as jnp
    >>> Concatenate()([jnp.ones((2, 3)), jnp.ones((2, 4))]).shape
    (2, 7)
    """

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        if not is_int(axis):
            raise ValueError(f"Concatenate: axis must be an integer, got axis={axis!r}.")
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        return jnp.concatenate(_tensors(inputs, "Concatenate"), axis=self.axis)

    def build(self, input_shape: Any) -> None:
        self._merged_shape(_shapes(input_shape, "Concatenate", self.least))

    def _merged_shape(self, shapes: list[tuple]) -> tuple:
        rank = len(shapes[0])
        if any(len(s) != rank for s in shapes) or not -rank <= self.axis < rank:
            raise ValueError(
                f"Concatenate {self.name!r} with axis={self.axis} needs inputs of one rank that "
                f"have this axis, got shapes {shapes}."
            )
        axis, merged = self.axis % rank, []
        for i, sizes in enumerate(zip(*shapes, strict=True)):
            known = {n for n in sizes if n is not None}
            if i == axis:
                merged.append(None if None in sizes else sum(sizes))
            elif len(known) > 1:
                raise ValueError(
                    f"Concatenate {self.name!r} joins along axis {axis}; all other axes must be "
                    f"equal, got shapes {shapes}."
                )
            else:
                merged.append(known.pop() if known else None)
        return tuple(merged)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The masks joined the same way; inputs without one count as unmasked."""
        if previous_mask is None or all(m is None for m in previous_mask):
            return None
        masks = []
        for x, mask in zip(inputs, previous_mask, strict=True):
            mask = jnp.ones(x.shape, bool) if mask is None else mask
            masks.append(
                jnp.broadcast_to(mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim)), x.shape)
            )
        return jnp.any(jnp.concatenate(masks, axis=self.axis), axis=-1)


def _tensors(inputs: Any, where: str) -> Sequence[Any]:
    if not isinstance(inputs, (list, tuple)):
        raise ValueError(f"{where} merges a list of tensors, got {type(inputs).__name__}.")
    return inputs


def _shapes(input_shape: Any, where: str, least: int) -> list[tuple]:
    nested = isinstance(input_shape, (list, tuple)) and all(
        isinstance(s, (list, tuple)) for s in input_shape
    )
    if not nested or len(input_shape) < least:
        raise ValueError(
            f"{where} merges a list of at least {least} tensors, got shapes {input_shape}."
        )
    return [tuple(s) for s in input_shape]


def _with_rank(x: Any, rank: int) -> Any:
    return x if x.ndim == rank else x.reshape(x.shape[:1] + (1,) * (rank - x.ndim) + x.shape[1:])


def _promote(a: Any, b: Any) -> str:
    return jnp.promote_types(a, b).name
