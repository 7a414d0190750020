"""How a layer's call arguments are read: which are tensors, which shapes build wants, mask, training."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import jax
import numpy as np

from .context import CallContext, get_keras_mask
from .symbolic import KerasTensor

_signatures: WeakKeyDictionary[type, inspect.Signature] = WeakKeyDictionary()


def call_signature(layer: Any) -> inspect.Signature:
    """The signature of ``layer.call``, read once per class."""
    cls = type(layer)
    if "call" in layer.__dict__:  # an instance may carry its own (Lambda-like tricks)
        return inspect.signature(layer.call)
    found = _signatures.get(cls)
    if found is None:
        found = inspect.signature(layer.call)
        _signatures[cls] = found
    return found


def is_tensor_like(x: Any) -> bool:
    """Whether a value counts as a tensor argument."""
    return isinstance(x, (jax.Array, KerasTensor, np.ndarray))


def holds_tensors(x: Any) -> bool:
    """Whether a value is a tensor or a non-empty nesting of tensors only."""
    if isinstance(x, dict):
        return (
            bool(x)
            and all(v is None or holds_tensors(v) for v in x.values())
            and any(v is not None for v in x.values())
        )
    if isinstance(x, (list, tuple)):
        return bool(x) and all(v is None or holds_tensors(v) for v in x) and any(v is not None for v in x)
    return is_tensor_like(x)


def shape_tree(x: Any) -> Any:
    """Shapes in the same nesting as the tensors."""
    if isinstance(x, dict):
        return {k: shape_tree(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(shape_tree(v) for v in x) if type(x) in (list, tuple) else [shape_tree(v) for v in x]
    shape = getattr(x, "shape", None)
    return None if shape is None else tuple(shape)


class CallSpec:
    """One call's arguments, bound to the parameter names of ``call``."""

    def __init__(self, signature: inspect.Signature, args: tuple, kwargs: dict):
        self.signature = signature
        parameters = signature.parameters
        self.accepts_training = "training" in parameters
        self.accepts_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        own = dict(kwargs)
        self.explicit_training = own.get("training")
        if not self.accepts_training and not self.accepts_any:
            own.pop("training", None)
        bound = signature.bind(*args, **own)
        self.arguments: dict[str, Any] = {}
        for name, value in bound.arguments.items():
            kind = parameters[name].kind
            if kind is inspect.Parameter.VAR_KEYWORD:
                self.arguments.update(value)
            else:
                self.arguments[name] = value
        if self.accepts_training and self.explicit_training is None:
            self.explicit_training = self.arguments.get("training")
        self.tensors = {k: v for k, v in self.arguments.items() if holds_tensors(v)}
        self.first = args[0] if args else next(iter(self.arguments.values()), None)

    def training(self, context: CallContext | None) -> bool | None:
        """Training or not: what was passed, else what the enclosing call has, else the default of ``call``."""
        if self.explicit_training is not None:
            return self.explicit_training
        if context is not None and context.training is not None:
            return context.training
        if self.accepts_training:
            default = self.signature.parameters["training"].default
            return None if default is inspect.Parameter.empty else default
        return None

    def with_masks(self, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        """The arguments, with ``mask`` (or ``<name>_mask``) filled in from the tensors where ``call`` wants it."""
        parameters = self.signature.parameters
        wanted: dict[str, Any] = {}
        if len(self.tensors) == 1:
            if "mask" in parameters:
                wanted["mask"] = next(iter(self.tensors.values()))
        else:
            for name, value in self.tensors.items():
                if f"{name}_mask" in parameters:
                    wanted[f"{name}_mask"] = value
        for name, tensors in wanted.items():
            if self.arguments.get(name) is None:
                mask = _masks_of(tensors)
                if mask is not None:
                    kwargs = {**kwargs, name: mask}
        return args, kwargs

    def shapes_for(self, target: Callable) -> dict[str, Any]:
        """Shape keywords for ``build`` or ``compute_output_shape``, where it names ``<argument>_shape``.

        A function of one parameter gets the first argument's shape positionally: an empty dict.
        """
        parameters = {n: p for n, p in inspect.signature(target).parameters.items() if n != "self"}
        named = {
            f"{name}_shape": shape_tree(value) for name, value in self.tensors.items() if f"{name}_shape" in parameters
        }
        if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return {f"{name}_shape": shape_tree(value) for name, value in self.tensors.items()}
        positional = [n for n, p in parameters.items() if p.kind is not p.VAR_POSITIONAL]
        if len(positional) == 1 and not named:
            return {}
        if len(positional) == 1 and len(named) == 1:
            return named
        return named if named else {}

    def build_shapes(self, layer: Any) -> dict[str, Any]:
        """Shape keywords for the layer's ``build``."""
        build = type(layer).build
        return self.shapes_for(getattr(build, "__wrapped__", build))


def _masks_of(tensors: Any) -> Any:
    """Masks in the nesting of the tensors; None where none of them has one."""
    if isinstance(tensors, (list, tuple)):
        masks = [_masks_of(t) for t in tensors]
        return None if all(m is None for m in masks) else masks
    if isinstance(tensors, dict):
        masks = {k: _masks_of(t) for k, t in tensors.items()}
        return None if all(m is None for m in masks.values()) else masks
    return get_keras_mask(tensors)
