"""TimeDistributed: one layer applied to every step of a sequence."""

from __future__ import annotations

import inspect
from typing import Any

import jax
import jax.numpy as jnp

from ..layer import Layer
from ..registry import is_builtin
from .core import Wrapper
from .recurrence import scan


class TimeDistributed(Wrapper):
    """Apply a layer to every step of a sequence by itself.

    Where the rows of a batch do not influence one another in the layer, all steps are handed to it at
    once, as one large batch. Layers with statistics (``BatchNormalization`` in training), with kept
    states, with penalties of their output, and layers of one's own, see one step after the other.

    Args:
        layer: any layer or model with one input.

    Call arguments: inputs; ``mask`` (batch, time, ...): what it says within a step reaches the layer;
    ``training``.

    Shapes: (batch, time, ...) to (batch, time, ...).

    >>> import jax.numpy as jnp
    >>> from kerasnb import layers
    >>> TimeDistributed(layers.Conv2D(8, 3))(jnp.ones((2, 10, 28, 28, 1))).shape
    (2, 10, 26, 26, 8)
    """

    supports_masking = True

    def __init__(self, layer: Layer, **kwargs: Any):
        super().__init__(layer, **kwargs)

    def build(self, input_shape: Any) -> None:
        self._check(input_shape)
        super().build((input_shape[0], *input_shape[2:]))

    def _check(self, shape: Any) -> None:
        if any(isinstance(n, (list, tuple)) for n in shape) or len(shape) < 3:
            raise ValueError(
                f"TimeDistributed {self.name!r}: expected one input of at least 3 axes (batch, time, ...), got {shape}."
            )

    def compute_output_shape(self, input_shape: Any) -> Any:
        self._check(input_shape)
        batch, steps, *rest = input_shape
        inner = self.layer.compute_output_shape((batch, *rest))
        is_shape = lambda s: isinstance(s, tuple) and not any(isinstance(n, (list, tuple)) for n in s)  # noqa: E731
        return jax.tree.map(lambda s: (s[0], steps, *s[1:]), inner, is_leaf=is_shape)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        takes = inspect.signature(self.layer.call).parameters
        kwargs = {"training": training} if "training" in takes else {}
        inner_mask = mask if mask is not None and mask.ndim > 2 and "mask" in takes else None

        def run(x: Any, m: Any) -> Any:
            return self.layer(x, **kwargs, **({} if m is None else {"mask": m}))

        batch, steps = inputs.shape[:2]
        if rows_are_independent(self.layer, training):
            joined = jax.tree.map(lambda a: a.reshape(batch * steps, *a.shape[2:]), (inputs, inner_mask))
            return jax.tree.map(lambda y: y.reshape(batch, steps, *y.shape[1:]), run(*joined))

        def one(carry: None, now: tuple) -> tuple[None, tuple]:
            self.layer._clear_losses()
            y = run(*now)
            return None, (y, [loss for part in _parts(self.layer) for loss in part._losses])

        steps_first = jax.tree.map(lambda a: jnp.swapaxes(a, 0, 1), (inputs, inner_mask))
        _, (ys, losses) = scan(one, None, steps_first, self.layer.non_trainable_variables)
        self.layer._clear_losses()
        for loss in losses:
            self.layer.add_loss(loss.mean())
        return jax.tree.map(lambda y: jnp.swapaxes(y, 0, 1), ys)


def _parts(layer: Layer) -> list[Layer]:
    return [layer, *layer._all_sublayers()]


def rows_are_independent(layer: Layer, training: bool | None) -> bool:
    """Whether a batch of twice the rows would give each row the same."""
    return not any(
        not is_builtin(type(part))
        or type(part).__name__ in ("Lambda", "FlaxLayer", "JaxLayer")  # functions of one's own
        or (training and part.mixes_rows)
        or getattr(part, "stateful", False)
        or part.activity_regularizer is not None
        for part in _parts(layer)
    )
