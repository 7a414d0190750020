"""FlaxLayer: a Flax module, of linen or nnx, as a layer."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import jax
from flax import nnx

from ..layer import Layer
from ..registry import get_registered_object, serialize_keras_object
from .jax_layer import JaxLayer


class FlaxLayer(JaxLayer):
    """A Flax module as a layer: its parameters become weights, its other variables state.

    Args:
        module: a ``flax.linen`` module, or a ``flax.nnx`` module (whose values are copied).
        method: the method that is called, by name or as a function of the module; ``__call__`` by
            default. If it names ``training``, ``train`` or ``deterministic``, it is told.
        variables: of a linen module, as ``module.init`` gives them, if they exist already.

    A linen module is initialised at the first call. An nnx module is set to its training or
    evaluation mode (``module.train()``, ``module.eval()``) at every call.

    Shapes: those of the module. To load a stored configuration, pass the module's class in
    ``custom_objects``; nnx modules keep no constructor arguments and cannot be stored.

    >>> import jax.numpy as jnp
    >>> from flax import nnx
    >>> FlaxLayer(nnx.Linear(3, 2, rngs=nnx.Rngs(0)))(jnp.ones((4, 3))).shape
    (4, 2)
    """

    def __init__(self, module: Any, method: Any = None, variables: Any = None, **kwargs: Any):
        if isinstance(module, Layer):
            raise ValueError(f"FlaxLayer: {module!r} is a layer already, use it as it is.")
        if isinstance(module, nnx.Module):
            parts = _nnx_parts(module, method)
            if variables is not None:
                raise ValueError("FlaxLayer: an nnx module carries its variables itself, got variables.")
        elif _is_linen(module):
            parts = _linen_parts(module, method, variables)
        else:
            raise ValueError(f"FlaxLayer: module must be a flax.linen or flax.nnx module, got {module!r}.")
        super().__init__(*parts, **kwargs)
        object.__setattr__(self, "module", module)  # a guest: its arrays are not this layer's
        self.method = method

    def get_config(self) -> dict[str, Any]:
        if not _is_linen(self.module):
            raise ValueError(
                f"FlaxLayer {self.name!r} holds an nnx module, which keeps no constructor arguments: its "
                "configuration cannot be stored. Store the weights alone, or write a Layer around the module."
            )
        config = super().get_config()
        for name in ("call_fn", "init_fn", "native_serialization_platforms", "variables"):
            config.pop(name, None)
        fields = {f.name: f.default for f in dataclasses.fields(self.module) if f.init and f.name != "parent"}
        given = {k: getattr(self.module, k) for k, v in fields.items() if getattr(self.module, k) is not v}
        config["module"] = {
            "class_name": type(self.module).__name__,
            "config": {k: serialize_keras_object(v) for k, v in given.items()},
        }
        config["method"] = self.method if self.method is None or isinstance(self.method, str) else self.method.__name__
        return config

    @classmethod
    def from_config(cls, config: Any) -> FlaxLayer:
        config = dict(config)
        module = config["module"]
        if isinstance(module, dict):
            made = get_registered_object(module["class_name"])
            if made is None:
                raise TypeError(
                    f"FlaxLayer: the module class {module['class_name']!r} is not known. Pass it: "
                    f"custom_objects={{{module['class_name']!r}: {module['class_name']}}}."
                )
            config["module"] = made(**module["config"])
        return super().from_config(config)


def _is_linen(module: Any) -> bool:
    from flax import linen

    return isinstance(module, linen.Module)


def _mode(function: Callable, training: bool) -> dict[str, bool]:
    """The keyword by which a module wants to be told whether it trains."""
    named = inspect.signature(function).parameters
    for name, value in (("training", training), ("train", training), ("deterministic", not training)):
        if name in named:
            return {name: value}
    return {}


def _linen_parts(module: Any, method: Any, variables: Any) -> tuple:
    """``call_fn``, ``init_fn``, parameters and state of a linen module."""
    function = getattr(module, method) if isinstance(method, str) else method or module.__call__

    def call_fn(params: Any, state: Any, rng: Any, inputs: Any, training: bool) -> tuple:
        kept = sorted(state) if training else []
        values = {**({"params": params} if params is not None else {}), **state}
        result = module.apply(
            values, inputs, rngs=rng, method=function, mutable=kept or False, **_mode(function, training)
        )
        if not kept:
            return result, state
        outputs, new = result
        return outputs, {**state, **new}

    def init_fn(rng: Any, inputs: Any, training: bool) -> tuple:
        return _split(module.init(rng, inputs, method=function, **_mode(function, training)))

    return (call_fn, init_fn, *(_split(variables) if variables is not None else (None, None)))


def _split(variables: Any) -> tuple[Any, dict]:
    variables = dict(variables)
    return variables.pop("params", {}), variables


def _nnx_parts(module: Any, method: Any) -> tuple:
    """``call_fn``, no ``init_fn``, parameters and state of an nnx module."""
    graph, weights, others = nnx.split(module, nnx.Param, ...)
    plain = nnx.to_pure_dict(others)
    impls = jax.tree.map(lambda x: str(jax.random.key_impl(x)) if _is_key(x) else "", plain)
    # Shapes only: the values are this layer's from now on, and every call fills a copy of its own.
    shapes = jax.eval_shape(lambda: (weights, others))

    def call_fn(params: Any, state: Any, inputs: Any, training: bool) -> tuple:
        mine, rest = jax.tree.map(lambda x: x, shapes)
        nnx.replace_by_pure_dict(mine, params)
        nnx.replace_by_pure_dict(rest, _with_keys(state, impls))
        twin = nnx.merge(graph, mine, rest)
        twin.train() if training else twin.eval()
        if callable(method):
            outputs = method(twin, inputs, **_mode(method, training))
        else:
            function = getattr(twin, method or "__call__")
            outputs = function(inputs, **_mode(function, training))
        new = nnx.to_pure_dict(nnx.split(twin, nnx.Param, ...)[2])
        return outputs, _without_keys(new)

    return call_fn, None, nnx.to_pure_dict(weights), _without_keys(plain)


def _is_key(x: Any) -> bool:
    return isinstance(x, jax.Array) and jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key)


def _without_keys(tree: Any) -> Any:
    """Random keys as the plain numbers behind them, which Variables can hold."""
    return jax.tree.map(lambda x: jax.random.key_data(x) if _is_key(x) else x, tree)


def _with_keys(tree: Any, impls: Any) -> Any:
    return jax.tree.map(lambda x, impl: jax.random.wrap_key_data(x, impl=impl) if impl else x, tree, impls)
