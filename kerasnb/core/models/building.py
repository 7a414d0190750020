"""Building models that learn their shapes only when called."""

from __future__ import annotations

from typing import Any

from ..conversion import as_shape, symbols_of
from ..symbolic import infer_output


def build_model(model: Any, config: Any) -> None:
    """Build a subclassed model from stored input shapes by tracing its call on them."""
    shape = config.get("input_shape") if isinstance(config, dict) else config
    shapes = config.get("shapes_dict") if isinstance(config, dict) else None
    if model.built:
        return
    if shape is not None:
        build_by_call(model, as_shape(shape))
    elif shapes:
        model.build(**{k: as_shape(v) for k, v in shapes.items()})


def build_by_call(model: Any, input_shape: Any) -> None:
    """Trace ``model(...)`` on symbols of the given shape, which makes every weight on the way."""
    from ..layer import Layer
    from .model import Model

    build = type(model).build
    if build is not Layer.build and build is not Model.build:
        model.build(input_shape)
    inputs = symbols_of(input_shape, model.compute_dtype)
    infer_output(lambda x: model.call(x), (inputs,), {}, model.name)
    model._clear_losses()
    if model._build_shapes is None:
        model.__dict__["_build_shapes"] = {"input_shape": input_shape}
    model.built = True
