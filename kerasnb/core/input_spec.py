"""InputSpec: what a layer says of the tensors it takes, and the check that teaches."""

from __future__ import annotations

from typing import Any

from . import config
from .registry import Configurable
from .symbolic import flatten


class InputSpec(Configurable):
    """Expected rank, shape and dtype of one input.

    Args:
        dtype: the dtype's name, None for any.
        shape: exact shape, None for any size of an axis.
        ndim: exact number of axes.
        max_ndim, min_ndim: bounds of it.
        axes: axis -> size.
        allow_last_axis_squeeze: whether a missing last axis of size 1 is let pass.
        name: name of the tensor in a dict of inputs.
        optional: whether the input may be None.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ):
        self.dtype = None if dtype is None else config.standardize_dtype(dtype)
        self.shape = None if shape is None else tuple(shape)
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(k): v for k, v in (axes or {}).items()}
        self.allow_last_axis_squeeze, self.name, self.optional = allow_last_axis_squeeze, name, optional
        limit = self.ndim if self.ndim is not None else max_ndim
        if limit is not None and self.axes and max(self.axes) >= limit:
            raise ValueError(f"InputSpec: axis {max(self.axes)} is out of range for {limit} axes.")

    def __repr__(self) -> str:
        shown = {k: v for k, v in vars(self).items() if v and not k.startswith("_")}
        return f"InputSpec({', '.join(f'{k}={v}' for k, v in shown.items())})"


def assert_input_compatibility(input_spec: Any, inputs: Any, layer_name: str) -> None:
    """Raise a ValueError that names the layer and both shapes where an input does not fit."""
    if not input_spec:
        return
    specs = input_spec
    if isinstance(specs, dict):
        if isinstance(inputs, dict):
            missing = [k for k in specs if k not in inputs]
            if missing:
                raise ValueError(f"Layer {layer_name!r} misses the inputs {missing}; got {sorted(inputs)}.")
            specs, inputs = [specs[k] for k in specs], [inputs[k] for k in specs]
        else:
            specs = list(specs.values())
    specs = flatten_specs(specs)
    inputs = inputs if isinstance(inputs, list) else flatten(inputs)
    if len(inputs) != len(specs):
        raise ValueError(
            f"Layer {layer_name!r} expects {len(specs)} input(s), but it received {len(inputs)}: "
            f"{[getattr(x, 'shape', x) for x in inputs]}."
        )
    for spec, x in zip(specs, inputs, strict=True):
        problem = None if spec is None or (x is None and spec.optional) else _mismatch(spec, x)
        if problem:
            shape = tuple(getattr(x, "shape", ()))
            raise ValueError(
                f"Input of layer {layer_name!r} is incompatible with the layer: {problem}. "
                f"Full shape received: {shape}."
            )


def flatten_specs(specs: Any) -> list[InputSpec]:
    """One list out of one spec or nested specs."""
    if isinstance(specs, (list, tuple)):
        return [s for group in specs for s in flatten_specs(group)]
    return [specs]


def _mismatch(spec: InputSpec, x: Any) -> str | None:
    shape = getattr(x, "shape", None)
    if shape is None:
        return f"expected a tensor, found {x!r} of type {type(x).__name__}"
    shape, rank = tuple(shape), len(shape)
    if spec.ndim is not None and rank != spec.ndim:
        if spec.allow_last_axis_squeeze and spec.shape and spec.shape[-1] == 1 and rank == spec.ndim - 1:
            return None
        hint = ""
        if rank == spec.ndim - 1:
            hint = "; if this is a single sample, add a batch axis with x[None], or a channel axis with x[..., None]"
            if spec.ndim == 3:
                hint += "; a recurrent layer before it must be given return_sequences=True to keep the axis of time"
        return f"expected ndim={spec.ndim}, found ndim={rank}{hint}"
    if spec.max_ndim is not None and rank > spec.max_ndim:
        return f"expected at most {spec.max_ndim} axes, found ndim={rank}"
    if spec.min_ndim is not None and rank < spec.min_ndim:
        return f"expected min_ndim={spec.min_ndim}, found ndim={rank}"
    if spec.dtype is not None and config.standardize_dtype(x.dtype) != spec.dtype:
        return f"expected dtype={spec.dtype}, found dtype={x.dtype}"
    for axis, size in spec.axes.items():
        if size is not None and shape[axis] not in (size, None):
            return f"expected axis {axis} of the input to have size {size}, found {shape[axis]}"
    if spec.shape is not None:
        for want, have in zip(spec.shape, shape, strict=False):
            if want is not None and have is not None and want != have:
                return f"expected shape={spec.shape}, found shape={shape}"
    return None
