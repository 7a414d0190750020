"""The same numbers in another shape or order: reshape, transpose, join, split, repeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from .dispatch import named, op
from .tensors import axes, tensor

# fmt: off
__all__ = [
    "reshape", "ravel", "transpose", "swapaxes", "moveaxis", "expand_dims", "squeeze", "broadcast_to",
    "concatenate", "stack", "hstack", "vstack", "dstack", "append", "split", "array_split", "hsplit", "vsplit",
    "dsplit", "unstack", "tile", "repeat", "flip", "fliplr", "flipud", "roll", "rot90", "pad",
]
# fmt: on


@op("numpy")
def reshape(x: Any, newshape: Any) -> Any:
    """The numbers in another shape; one size may be -1 (or None), which is computed from the rest."""
    shape = (newshape,) if isinstance(newshape, (int, np.integer)) else tuple(newshape)
    return jnp.reshape(tensor(x), tuple(-1 if n is None else int(n) for n in shape))


@op("numpy")
def ravel(x: Any) -> Any:
    """All numbers in one row."""
    return jnp.ravel(tensor(x))


@op("numpy")
def transpose(x: Any, axes: Any = None) -> Any:
    """Axes in another order; turned round by default."""
    return jnp.transpose(tensor(x), None if axes is None else tuple(axes))


@op("numpy")
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    return jnp.swapaxes(tensor(x), axis1, axis2)


@op("numpy")
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved from ``source`` to ``destination``; the others keep their order."""
    return jnp.moveaxis(tensor(x), source, destination)


@op("numpy")
def expand_dims(x: Any, axis: Any) -> Any:
    """New axes of size 1 at the given places."""
    return jnp.expand_dims(tensor(x), axes(axis))


@op("numpy")
def squeeze(x: Any, axis: Any = None) -> Any:
    """Axes of size 1 taken away: all, or the given ones."""
    return jnp.squeeze(tensor(x), axes(axis))


@op("numpy")
def broadcast_to(x: Any, shape: Any) -> Any:
    """The tensor repeated along axes of size 1 until it has that shape."""
    return jnp.broadcast_to(tensor(x), tuple(shape))


# --- joining ------------------------------------------------------------------------------------------------


def _tensors(xs: Any) -> list[Any]:
    return [tensor(x) for x in xs]


@op("numpy")
def concatenate(xs: Sequence[Any], axis: int = 0) -> Any:
    """Tensors one after the other along an axis."""
    return jnp.concatenate(_tensors(xs), axis=axis)


@op("numpy")
def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """Tensors of one shape along a new axis."""
    return jnp.stack(_tensors(x), axis=axis)


def _pile(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (xs)."""
    return op("numpy")(named(lambda xs: function(_tensors(xs)), name, doc))


hstack = _pile(jnp.hstack, "hstack", "Tensors side by side: along axis 1, vectors along axis 0.")
vstack = _pile(jnp.vstack, "vstack", "Tensors on top of each other: along axis 0, vectors as rows.")
dstack = _pile(jnp.dstack, "dstack", "Tensors behind each other: along axis 2.")


@op("numpy")
def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """x2 after x1 along an axis; both flat by default."""
    return jnp.append(tensor(x1), tensor(x2), axis=axis)


# --- splitting ------------------------------------------------------------------------------------------------


def _sections(indices_or_sections: Any) -> Any:
    return indices_or_sections if isinstance(indices_or_sections, int) else np.asarray(indices_or_sections).tolist()


@op("numpy")
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Pieces along an axis: so many equal ones, or cut before the given indices."""
    return jnp.split(tensor(x), _sections(indices_or_sections), axis=axis)


@op("numpy")
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """``split`` that lets the first pieces be one longer where the size does not divide."""
    return jnp.array_split(tensor(x), _sections(indices_or_sections), axis=axis)


def _cut(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (x, indices_or_sections)."""

    def cut(x: Any, indices_or_sections: Any) -> list[Any]:
        return function(tensor(x), _sections(indices_or_sections))

    return op("numpy")(named(cut, name, doc))


hsplit = _cut(jnp.hsplit, "hsplit", "``split`` along axis 1 (axis 0 of a vector).")
vsplit = _cut(jnp.vsplit, "vsplit", "``split`` along axis 0.")
dsplit = _cut(jnp.dsplit, "dsplit", "``split`` along axis 2.")


@op("core")
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """The slices along an axis, as a list; ``num`` is read off the shape by default."""
    x = tensor(x)
    if num is not None and num != x.shape[axis]:
        raise ValueError(f"unstack: num={num}, but axis {axis} of shape {x.shape} has size {x.shape[axis]}.")
    return [jnp.take(x, i, axis=axis) for i in range(x.shape[axis])]


# --- repeating and turning --------------------------------------------------------------------------------------


@op("numpy")
def tile(x: Any, repeats: Any) -> Any:
    """The whole tensor repeated, so many times along each axis."""
    return jnp.tile(tensor(x), repeats if isinstance(repeats, int) else tuple(repeats))


@op("numpy")
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each entry repeated along an axis (of the flat tensor by default)."""
    return jnp.repeat(tensor(x), repeats if isinstance(repeats, int) else tensor(repeats), axis=axis)


@op("numpy")
def flip(x: Any, axis: Any = None) -> Any:
    """Entries in reverse order, along all axes by default."""
    return jnp.flip(tensor(x), axes(axis))


@op("numpy")
def fliplr(x: Any) -> Any:
    """Columns (axis 1) in reverse order."""
    return jnp.flip(tensor(x), 1)


@op("numpy")
def flipud(x: Any) -> Any:
    """Rows (axis 0) in reverse order."""
    return jnp.flip(tensor(x), 0)


@op("numpy")
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Entries moved along; what leaves at one end comes in at the other."""
    return jnp.roll(tensor(x), shift, axes(axis))


@op("numpy")
def rot90(array: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Turned by 90 degrees k times, from the first of the two axes towards the second."""
    return jnp.rot90(tensor(array), k, tuple(axes))


@op("numpy")
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Entries added around the tensor.

    Args:
        x: the tensor.
        pad_width: one number, (before, after), or one such pair for each axis.
        mode: how to fill: "constant", "reflect", "symmetric", "edge", "wrap", "linear_ramp", "mean", ...
        constant_values: what "constant" fills with; 0 by default.
    """
    if mode == "constant":
        return jnp.pad(tensor(x), pad_width, mode, constant_values=0 if constant_values is None else constant_values)
    if constant_values is not None:
        raise ValueError(f"pad: constant_values belongs to mode='constant', got mode={mode!r}.")
    return jnp.pad(tensor(x), pad_width, mode)
