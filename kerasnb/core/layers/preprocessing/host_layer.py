"""HostLayer: a layer that computes on the host, with strings or whole numbers, also inside of compiled programs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...layer import Layer
from ...symbolic import KerasTensor
from ...text import as_text, decode, is_encoded, is_text


class HostLayer(Layer):
    """Base of layers that look words up, hash or split them.

    ``host_part`` gets NumPy arrays and gives whole numbers; ``device_part`` goes on with these as a tensor. Called
    with arrays
    or lists, both run at once. In a compiled program the host part becomes a callback, and strings arrive
    as code points (see ``kerasnb.core.text``).
    """

    # Whether numbers are taken as they are; otherwise they are spelled out.
    takes_numbers = False
    # Whether strings are taken at all.
    takes_text = True

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self._convert_input_args = False
        self.built = True

    def host_part(self, *values: np.ndarray) -> np.ndarray:
        """Whole numbers out of arrays of strings or numbers."""
        raise NotImplementedError

    def host_state(self) -> dict[str, Any]:
        """Keywords for ``host_part`` that a compiled program keeps as they are now."""
        return {}

    def host_shape(self, *shapes: tuple) -> tuple:
        """The shape of what ``host_part`` gives."""
        return shapes[0]

    def device_part(self, indices: Any) -> Any:
        """The outputs out of the whole numbers, a tensor."""
        return indices

    def call(self, inputs: Any) -> Any:
        many = isinstance(inputs, tuple) or (isinstance(inputs, list) and bool(inputs) and _is_array(inputs[0]))
        values = list(inputs) if many else [inputs]
        if any(isinstance(v, jax.core.Tracer) for v in values):
            return self.device_part(self._callback(values))
        values = [decode(v) if self.takes_text and is_encoded(v) else v for v in values]
        return self.device_part(jnp.asarray(self.host_part(*[self._on_host(v) for v in values])))

    def _on_host(self, value: Any) -> np.ndarray:
        array = np.asarray(value)
        if array.dtype.kind in "USO":
            return as_text(value)
        return array if self.takes_numbers else as_text(array)

    def _callback(self, values: list[Any]) -> Any:
        coded = [self.takes_text and is_encoded(v) for v in values]
        state = self.host_state()
        shapes = [np.shape(v)[:-1] if c else np.shape(v) for v, c in zip(values, coded, strict=True)]
        shape = self.host_shape(*shapes)
        if None in shape:
            raise ValueError(
                f"Layer {self.name!r} gives as many numbers as the longest text has words, which a compiled "
                "program cannot "
                "know beforehand. Give it output_sequence_length=..., or apply it to the data before the model."
            )

        def on_host(*arrays: Any) -> np.ndarray:
            read = [decode(a) if c else np.asarray(a) for a, c in zip(arrays, coded, strict=True)]
            return np.asarray(self.host_part(*[self._on_host(v) for v in read], **state), np.int32).reshape(shape)

        values = [np.asarray(v) if not isinstance(v, jax.core.Tracer) else v for v in values]
        return jax.pure_callback(on_host, jax.ShapeDtypeStruct(shape, jnp.int32), *values, vmap_method="sequential")

    def compute_output_spec(self, inputs: Any) -> Any:
        """Symbolic outputs, from the shapes alone."""
        many = isinstance(inputs, (list, tuple))
        shapes = [tuple(v.shape) for v in (inputs if many else [inputs])]
        shape = self.host_shape(*shapes)
        filled = jax.ShapeDtypeStruct(tuple(7919 if n is None else n for n in shape), jnp.int32)
        out = jax.eval_shape(self.device_part, filled)
        # device_part keeps the leading axes it does not gather; unknown ones show by their size
        return KerasTensor(tuple(None if n == 7919 else n for n in out.shape), dtype=out.dtype.name)

    def compute_output_shape(self, input_shape: Any) -> Any:
        many = bool(input_shape) and isinstance(input_shape[0], (list, tuple))
        symbols = [KerasTensor(s, dtype="string") for s in (input_shape if many else [input_shape])]
        return self.compute_output_spec(symbols if many else symbols[0]).shape


def _is_array(value: Any) -> bool:
    return isinstance(value, (np.ndarray, jax.Array, KerasTensor)) or is_text(value)
