"""What the elements of a data set look like: shapes and dtypes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import tree


class TensorSpec(NamedTuple):
    """Shape (None where it varies) and dtype of one part of an element."""

    shape: tuple[int | None, ...]
    dtype: str


def spec_of(element: Any) -> Any:
    """The specs of one element."""

    def leaf(value: Any) -> TensorSpec:
        array = value if hasattr(value, "dtype") else np.asarray(value)
        kind = np.dtype(array.dtype).kind if not isinstance(array.dtype, str) else ""
        return TensorSpec(tuple(array.shape), "string" if kind in "USO" else np.dtype(array.dtype).name)

    return tree.map_structure(leaf, element)


def map_specs(function: Any, specs: Any) -> Any:
    """``function`` of every spec in a structure of them."""
    if isinstance(specs, TensorSpec):
        return function(specs)
    if isinstance(specs, dict):
        return {k: map_specs(function, v) for k, v in specs.items()}
    return type(specs)(map_specs(function, v) for v in specs)


def open_first_axis(specs: Any) -> Any:
    """The same specs with None for the number of rows."""
    return map_specs(lambda s: TensorSpec((None, *s.shape[1:]), s.dtype), specs)
