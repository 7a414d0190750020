"""Rematerialisation: activations thrown away in the forward pass and computed again for the gradient.

Less memory for more time (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost").
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from .variable import Variable, journal

_local = threading.local()
_MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class RematScope:
    """Layers made inside it compute their activations again in the backward pass.

    Args:
        mode: "full" for every layer, "activations" for activation layers alone, "larger_than" for layers with more
            output values than the threshold, "list_of_layers" for those named, None for none.
        output_size_threshold: number of output values for "larger_than".
        layer_names: names for "list_of_layers".
    """

    def __init__(
        self, mode: str | None = "full", output_size_threshold: int = 1024, layer_names: Sequence[str] | None = None
    ):
        if mode not in _MODES:
            raise ValueError(f"RematScope: mode must be one of {', '.join(map(repr, _MODES))}, got mode={mode!r}.")
        self.mode, self.output_size_threshold = mode, output_size_threshold
        self.layer_names = list(layer_names or [])

    def __enter__(self) -> RematScope:
        self._outer = current()
        _local.scope = self
        return self

    def __exit__(self, *error: Any) -> None:
        _local.scope = self._outer

    def covers(self, layer: Any, outputs: Any) -> bool:
        """Whether a layer is computed again.

        Args:
            layer: the layer.
            outputs: called without arguments where needed, gives the shapes of its outputs.
        """
        if self.mode == "list_of_layers":
            return layer.name in self.layer_names
        if self.mode == "larger_than":
            return sum(int(np.prod(t.shape)) for t in jax.tree.leaves(outputs())) > self.output_size_threshold
        if self.mode == "activations":
            return type(layer).__module__.endswith("layers.activation")
        return self.mode == "full"


def current() -> RematScope | None:
    """The scope that layers made now belong to."""
    return getattr(_local, "scope", None)


def remat(f: Callable) -> Callable:
    """The same function; in a gradient its intermediate values are computed again instead of kept.

    Args:
        f: a function of arrays, or a layer. What it assigns to Variables (seeds, moving averages) is assigned once.
    """

    @functools.wraps(f, updated=())
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = jax.tree.flatten((args, kwargs))
        positions = [i for i, leaf in enumerate(leaves) if isinstance(leaf, (jax.Array, np.ndarray))]
        touched: list[Variable] = []

        def inner(arrays: list[Any]) -> tuple[Any, list[Any]]:
            filled = list(leaves)
            for i, array in zip(positions, arrays, strict=True):
                filled[i] = array
            inner_args, inner_kwargs = jax.tree.unflatten(structure, filled)
            # A traced value must not stay in a Variable: it travels out as a result and is assigned there.
            with journal() as written:
                outputs = f(*inner_args, **inner_kwargs)
                touched[:] = [variable for variable, _ in written.values()]
                return outputs, [v._raw_value for v in touched]

        outputs, new_values = jax.checkpoint(inner)([leaves[i] for i in positions])
        for variable, value in zip(touched, new_values, strict=True):
            variable.set_raw_value(value)
        return outputs

    return wrapped


def rematerialized_call(layer: Any, scope: RematScope, *args: Any, **kwargs: Any) -> Any:
    """``layer.call`` under the layer's scope; losses added inside come out with the outputs."""

    def shapes() -> Any:
        with journal():
            found = jax.eval_shape(lambda a: layer.call(*a, **kwargs), args)
        layer._clear_losses()
        return found

    if not scope.covers(layer, shapes):
        return layer.call(*args, **kwargs)

    def call(*inner_args: Any, **inner_kwargs: Any) -> tuple[Any, list[Any]]:
        outputs = layer.call(*inner_args, **inner_kwargs)
        owners = [layer, *layer._all_sublayers()]
        losses = [loss for owner in owners for loss in owner._losses]
        layer._clear_losses()
        return outputs, losses

    outputs, losses = remat(call)(*args, **kwargs)
    layer._losses.extend(losses)
    return outputs
