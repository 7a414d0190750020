"""Embedding: a learned vector for every integer."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .. import constraints, initializers, regularizers
from ..layer import Layer
from .arguments import positive_int
from .lookup import lookup
from .lora import LowRank


class Embedding(LowRank, Layer):
    """Look up a learned vector for each integer: ``embeddings[index]``.

    Args:
        input_dim: how many different integers there are; indices run from 0 to input_dim - 1.
        output_dim: length of the vectors.
        embeddings_initializer: first values of the table.
        embeddings_regularizer: penalty of the table.
        embeddings_constraint: applied to the table after each step.
        mask_zero: whether 0 means "no entry": later layers then leave these places out.
        weights: a table to start from, shape (input_dim, output_dim).
        lora_rank: if given, the table is frozen and a low-rank correction is trained instead.
        lora_alpha: the correction is scaled by ``lora_alpha / lora_rank``; the rank by default.
        quantization_config: accepted for Keras's sake, must be None.

    Shapes: integers (batch, ...) to floats (batch, ..., output_dim).

    >>> import jax.numpy as jnp
    >>> Embedding(1000, 64)(jnp.zeros((2, 10), "int32")).shape
    (2, 10, 64)
    """

    lora_target = "embeddings"

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ):
        # Keras 2's argument: sequences here may have any length.
        kwargs.pop("input_length", None)
        super().__init__(**kwargs)
        self.input_dim = positive_int(input_dim, "input_dim", "Embedding")
        self.output_dim = positive_int(output_dim, "output_dim", "Embedding")
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self._ask_for_lora(lora_rank, lora_alpha, quantization_config)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.autocast = False
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, list) else [weights])

    def build(self, input_shape: Any = None) -> None:
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            name="embeddings",
        )
        self._add_asked_lora()

    def call(self, inputs: Any) -> Any:
        if not jnp.issubdtype(inputs.dtype, jnp.integer):
            inputs = inputs.astype("int32")
        vectors = lookup(self.embeddings.value, inputs)  # (..., output_dim)
        if self.lora_enabled:
            a, b, scale = self._lora()
            vectors = vectors + scale * (lookup(a.value, inputs) @ b.value)
        return vectors.astype(self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return jnp.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (*input_shape, self.output_dim)

    def get_config(self) -> dict[str, Any]:
        config = {"activity_regularizer": None, **super().get_config()}
        del config["weights"]
        return config
