"""Building: noting the shapes a layer is built with, and the shape arguments of a first layer."""

from __future__ import annotations

import functools
import inspect
from typing import Any


def noting_shapes(build: Any) -> Any:
    """A layer class's ``build`` that also notes the shapes it was called with and marks the layer built."""
    if getattr(build, "_wrapped", False):
        return build
    signature = inspect.signature(build)

    @functools.wraps(build)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(self, *args, **kwargs).arguments
        shapes = dict(list(bound.items())[1:])
        kwargs_name = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), None)
        shapes.update(shapes.pop(kwargs_name, {}) if kwargs_name else {})
        if self._build_shapes is None:
            self.__dict__["_build_shapes"] = shapes
        result = build(self, *args, **kwargs)
        self.built = True
        return result

    wrapped._wrapped = True  # type: ignore[attr-defined]
    return wrapped


def input_shape_argument(kwargs: dict[str, Any]) -> tuple | None:
    """The shape that ``input_shape=``, ``input_dim=`` or ``batch_input_shape=`` give a first layer, or None.

    The arguments are taken out of ``kwargs``.
    """
    shape = kwargs.pop("input_shape", None)
    dim = kwargs.pop("input_dim", None)
    length = kwargs.pop("input_length", None) if dim is not None else None
    batch_shape = kwargs.pop("batch_input_shape", kwargs.pop("batch_shape", None))
    batch_size = kwargs.pop("batch_size", None)
    if batch_shape is not None:
        return tuple(batch_shape)
    if shape is None and dim is not None:
        shape = (length, dim) if length is not None else (dim,)
    return None if shape is None else (batch_size, *tuple(shape))
