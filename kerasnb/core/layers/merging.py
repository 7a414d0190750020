"""Merging layers: several tensors in, one out."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from ..config import epsilon
from ..layer import Layer
from ..symbolic import KerasTensor
from .arguments import is_int
from .normalization import unit_length


class Merge(Layer):
    """Base of the layers that combine tensors entry by entry, with broadcasting.

    Tensors of lower rank get axes of size 1 right behind the batch.
    """

    supports_masking = True

    def combine(self, tensors: list[Any]) -> Any:
        """The merged tensor of tensors of equal rank."""
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        shapes = self._shapes(input_shape)
        batch = {s[0] for s in shapes if s and s[0] is not None}
        if len(batch) > 1:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} cannot merge tensors with different batch sizes: {shapes}."
            )
        self._merged_shape(shapes)

    # How many tensors are merged; None for any number.
    exactly: int | None = None

    def call(self, inputs: Any) -> Any:
        tensors = _tensors(inputs, type(self).__name__)
        rank = max(x.ndim for x in tensors)
        return self.combine([_with_rank(x, rank) for x in tensors])

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return self._merged_shape(self._shapes(input_shape))

    def compute_output_spec(self, inputs: Any) -> Any:
        shape = self.compute_output_shape([tuple(x.shape) for x in _tensors(inputs, type(self).__name__)])
        return KerasTensor(shape, dtype=functools.reduce(_promote, (x.dtype for x in inputs)))

    def _shapes(self, input_shape: Any) -> list[tuple]:
        wanted = "several" if self.exactly is None else self.exactly
        nested = isinstance(input_shape, (list, tuple)) and all(isinstance(s, (list, tuple)) for s in input_shape)
        if not nested or not input_shape or self.exactly not in (None, len(input_shape)):
            raise ValueError(
                f"{type(self).__name__} {self.name!r} merges a list of {wanted} tensors, got shape(s) {input_shape}."
            )
        return [tuple(s) for s in input_shape]

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
                    "Sizes must be equal or 1; keras.layers.Concatenate puts tensors side by side."
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


class Subtract(Merge):
    """The first of two inputs minus the second.

    Shapes: as ``Add``, with exactly two tensors.
    """

    exactly = 2

    def combine(self, tensors: list[Any]) -> Any:
        return tensors[0] - tensors[1]


class Multiply(Merge):
    """Product of the inputs, entry by entry.

    Shapes: as ``Add``.
    """

    def combine(self, tensors: list[Any]) -> Any:
        return functools.reduce(jnp.multiply, tensors)


class Average(Merge):
    """Mean of the inputs, entry by entry.

    Shapes: as ``Add``.
    """

    def combine(self, tensors: list[Any]) -> Any:
        return functools.reduce(jnp.add, tensors) / len(tensors)


class Maximum(Merge):
    """The largest of the inputs, entry by entry.

    Shapes: as ``Add``.
    """

    def combine(self, tensors: list[Any]) -> Any:
        return functools.reduce(jnp.maximum, tensors)


class Minimum(Merge):
    """The smallest of the inputs, entry by entry.

    Shapes: as ``Add``.
    """

    def combine(self, tensors: list[Any]) -> Any:
        return functools.reduce(jnp.minimum, tensors)


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
        self._merged_shape(self._shapes(input_shape))

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
            masks.append(jnp.broadcast_to(mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim)), x.shape))
        return jnp.any(jnp.concatenate(masks, axis=self.axis), axis=-1)


class Dot(Merge):
    """Products of the samples of two tensors, summed along one axis of each.

    Args:
        axes: the axis to sum along, one number for both inputs or two; 0 is the batch.
        normalize: whether both are scaled to length 1 along it first, which gives the cosine of the
            angle between them.

    Shapes: (batch, a..., n, b...) and (batch, c..., n, d...) to (batch, a..., b..., c..., d...), or
    (batch, 1) where nothing else is left.

    >>> import jax.numpy as jnp
    >>> Dot(axes=1)([jnp.ones((2, 3)), jnp.ones((2, 3))]).tolist()
    [[3.0], [3.0]]
    """

    exactly = 2

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        if not is_int(axes):
            if not isinstance(axes, (list, tuple)):
                raise TypeError(f"Dot: axes must be an integer or two integers, got axes={axes!r}.")
            if len(axes) != 2 or not all(map(is_int, axes)):
                raise ValueError(f"Dot: axes must be an integer or two integers, got axes={axes!r}.")
        self.axes, self.normalize = axes, normalize

    def call(self, inputs: Any) -> Any:
        x, y = _tensors(inputs, "Dot")
        a, b = self._both(x.ndim, y.ndim)
        if self.normalize:
            x, y = unit_length(x, a, epsilon()), unit_length(y, b, epsilon())
        z = lax.dot_general(x, y, (((a,), (b,)), ((0,), (0,))))
        return z[:, None] if z.ndim == 1 else z

    def _merged_shape(self, shapes: list[tuple]) -> tuple:
        first, second = shapes
        if min(len(first), len(second)) < 2:
            raise ValueError(f"Dot {self.name!r} needs inputs of at least 2 axes, got {shapes}.")
        a, b = self._both(len(first), len(second))
        if first[a] != second[b] and None not in (first[a], second[b]):
            raise ValueError(
                f"Dot {self.name!r} with axes={self.axes}: the sizes summed along must be equal, "
                f"got {first[a]} and {second[b]} in shapes {first} and {second}."
            )
        left = [n for i, n in enumerate(first) if i not in (0, a)]
        right = [n for i, n in enumerate(second) if i not in (0, b)]
        return (first[0], *(left + right or [1]))

    def _both(self, first: int, second: int) -> tuple[int, int]:
        a, b = (self.axes, self.axes) if is_int(self.axes) else self.axes
        if not (-first <= a < first and -second <= b < second) or not (a % first and b % second):
            raise ValueError(
                f"Dot {self.name!r}: axes={self.axes} must name axes behind the batch of inputs "
                f"with {first} and {second} axes."
            )
        return a % first, b % second

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        return None


def _tensors(inputs: Any, where: str) -> Sequence[Any]:
    if not isinstance(inputs, (list, tuple)):
        raise ValueError(f"{where} merges a list of tensors, got {type(inputs).__name__}.")
    return inputs


def _with_rank(x: Any, rank: int) -> Any:
    return x if x.ndim == rank else x.reshape(x.shape[:1] + (1,) * (rank - x.ndim) + x.shape[1:])


def _promote(a: Any, b: Any) -> str:
    return jnp.promote_types(a, b).name


def add(inputs: Any, **kwargs: Any) -> Any:
    """``Add(**kwargs)(inputs)``."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """``Subtract(**kwargs)(inputs)``."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """``Multiply(**kwargs)(inputs)``."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """``Average(**kwargs)(inputs)``."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """``Maximum(**kwargs)(inputs)``."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """``Minimum(**kwargs)(inputs)``."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """``Concatenate(axis, **kwargs)(inputs)``."""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """``Dot(axes, **kwargs)(inputs)``."""
    return Dot(axes, **kwargs)(inputs)
