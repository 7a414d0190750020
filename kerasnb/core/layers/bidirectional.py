"""Bidirectional: a recurrent layer run forwards and backwards."""

from __future__ import annotations

import inspect
from typing import Any

import jax.numpy as jnp

from .. import registry
from ..layer import InputSpec, Layer
from ..registry import did_you_mean

MERGE_MODES = ("sum", "mul", "ave", "concat", None)


class Bidirectional(Layer):
    """Run a recurrent layer and its mirror image over a sequence, and join what they give.

    Args:
        layer: a recurrent layer (``LSTM``, ``GRU``, ``SimpleRNN``, ``RNN``, ``ConvLSTM2D``, or a layer
            of one's own with ``go_backwards``, ``return_sequences``, ``return_state`` and a
            configuration). It is copied for both directions, the one given stays unused.
        merge_mode: how the outputs are joined: "concat", "sum", "mul", "ave", or None for a tuple.
        weights: first values of the weights, forwards first.
        backward_layer: the layer that runs backwards, if it is to differ; made with
            ``go_backwards=True``.

    The initial states, and with ``return_state`` the last ones, are those of the layer forwards, then
    those of the layer backwards. Where a mask says that a step is empty, both give zeros.

    Shapes: (batch, time, features) to (batch, 2 * units) for "concat", (batch, time, 2 * units) with
    ``return_sequences``.

    Source: Schuster and Paliwal, Bidirectional Recurrent Neural Networks, IEEE 1997.

    >>> import jax.numpy as jnp
    >>> from kerasnb import layers
    >>> Bidirectional(layers.LSTM(3))(jnp.ones((2, 5, 4))).shape
    (2, 6)
    """

    supports_masking = True

    def __init__(
        self,
        layer: Layer,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Layer | None = None,
        **kwargs: Any,
    ):
        for name, given in (("layer", layer), ("backward_layer", backward_layer)):
            if given is None and name == "backward_layer":
                continue
            missing = [a for a in ("go_backwards", "return_sequences", "return_state") if not hasattr(given, a)]
            if not isinstance(given, Layer) or missing:
                raise ValueError(
                    f"Bidirectional: {name} must be a recurrent layer with the attributes go_backwards, "
                    f"return_sequences and return_state, got {given!r}."
                )
        if merge_mode not in MERGE_MODES:
            raise ValueError(
                f"Bidirectional: merge_mode must be one of {MERGE_MODES}, got merge_mode={merge_mode!r}."
                f"{did_you_mean(str(merge_mode), [m for m in MERGE_MODES if m])}"
            )
        super().__init__(**kwargs)
        self.merge_mode = merge_mode
        self.forward_layer = _copy(layer)
        self.backward_layer = (
            _copy(layer, go_backwards=not layer.go_backwards) if backward_layer is None else backward_layer
        )
        self._check_pair()
        self.forward_layer.name = "forward_" + layer.name.removeprefix("forward_")
        if backward_layer is None:
            self.backward_layer.name = "backward_" + layer.name.removeprefix("forward_")
        for half in (self.forward_layer, self.backward_layer):
            if hasattr(half, "zero_output_for_mask"):
                half.zero_output_for_mask = half.return_sequences
        self.stateful = getattr(layer, "stateful", False)
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        self.input_spec = InputSpec(min_ndim=3)
        self._first_weights = weights

    def _check_pair(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                "Bidirectional: layer and backward_layer must run in opposite directions, got go_backwards="
                f"{forward.go_backwards} for both. Make backward_layer with go_backwards={not forward.go_backwards}."
            )
        for name in ("stateful", "return_sequences", "return_state"):
            one, other = getattr(forward, name, False), getattr(backward, name, False)
            if one != other:
                raise ValueError(
                    f"Bidirectional: layer and backward_layer must have the same {name}, got {one} and {other}."
                )

    @property
    def layer(self) -> Layer:
        """The layer that runs forwards."""
        return self.forward_layer

    @property
    def states(self) -> Any:
        """The kept states of both directions, or None if the layer is not stateful."""
        forward = getattr(self.forward_layer, "states", None)
        return None if forward is None else (*forward, *self.backward_layer.states)

    def reset_state(self) -> None:
        """Set the kept states of both directions to zero."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        for half in (self.forward_layer, self.backward_layer):
            if not half.built:
                half.build(sequences_shape)
                half.built = True
        if self._first_weights is not None:
            self.set_weights(self._first_weights)
            self._first_weights = None

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool | None = None) -> Any:
        forward = backward = {}
        if initial_state is not None:
            states = list(initial_state)
            half = len(states) // 2
            if len(states) % 2:
                raise ValueError(
                    f"Bidirectional {self.name!r}: initial_state must hold as many states for the layer forwards as "
                    f"for the one backwards, got {len(states)} in all."
                )
            forward, backward = {"initial_state": states[:half]}, {"initial_state": states[half:]}
        y = self._run(self.forward_layer, sequences, forward, mask, training)
        y_back = self._run(self.backward_layer, sequences, backward, mask, training)
        states = ()
        if self.return_state:
            (y, *first), (y_back, *second) = y, y_back
            states = (*first, *second)
        if self.return_sequences:
            y_back = jnp.flip(y_back, 1)
        joined = self._merge(y, y_back)
        if not self.return_state:
            return joined
        return (*joined, *states) if self.merge_mode is None else (joined, *states)

    def _run(self, half: Layer, sequences: Any, extra: dict, mask: Any, training: bool | None) -> Any:
        named = inspect.signature(half.call).parameters
        given = {"mask": mask, "training": training}
        return half(sequences, **extra, **{k: v for k, v in given.items() if k in named})

    def _merge(self, y: Any, y_back: Any) -> Any:
        if self.merge_mode == "concat":
            return jnp.concatenate([y, y_back], axis=-1)
        if self.merge_mode == "sum":
            return y + y_back
        if self.merge_mode == "ave":
            return (y + y_back) / 2
        if self.merge_mode == "mul":
            return y * y_back
        return (y, y_back)

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        shape = self.forward_layer.compute_output_shape(sequences_shape)
        back = self.backward_layer.compute_output_shape(sequences_shape)
        states = ()
        if self.return_state:
            (shape, *first), (back, *second) = shape, back
            states = (*first, *second)
        shape, back = tuple(shape), tuple(back)
        if self.merge_mode == "concat":
            joined: Any = ((*shape[:-1], shape[-1] + back[-1]),)
        else:
            joined = (shape,) if self.merge_mode else (shape, back)
        return (*joined, *states) if self.return_state or self.merge_mode is None else joined[0]

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        if not self.return_sequences:
            return None
        return mask if self.merge_mode else (mask, mask)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("weights")
        config["layer"] = registry.serialize_keras_object(self.forward_layer)
        config["backward_layer"] = registry.serialize_keras_object(self.backward_layer)
        return config


def _copy(layer: Layer, **changes: Any) -> Any:
    """An unbuilt layer of the same configuration, apart from the changes."""
    return type(layer).from_config({**layer.get_config(), **changes})
