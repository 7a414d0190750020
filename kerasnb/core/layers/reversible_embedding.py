"""ReversibleEmbedding: a table that leads from integers to vectors and back."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..config import standardize_dtype
from ..symbolic import KerasTensor
from .embedding import Embedding


class ReversibleEmbedding(Embedding):
    """An ``Embedding`` that also turns vectors into scores of all integers: ``x @ embeddings.T``.

    Language models read their tokens through it and write them out through it again.

    Args:
        input_dim, output_dim: as in ``Embedding``.
        tie_weights: whether both directions share one table.
        embeddings_initializer, embeddings_regularizer, embeddings_constraint, mask_zero: as there.
        reverse_dtype: dtype of the scores' computation; the compute dtype by default.
        logit_soft_cap: if given, scores s become ``cap * tanh(s / cap)``.

    Shapes: integers (batch, ...) to (batch, ..., output_dim); with ``reverse=True`` floats
    (batch, ..., output_dim) to (batch, ..., input_dim).

    Source: Press and Wolf, Using the Output Embedding to Improve Language Models, EACL 2017.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ):
        super().__init__(
            input_dim, output_dim, embeddings_initializer, embeddings_regularizer,
            embeddings_constraint, mask_zero, **kwargs,
        )  # fmt: skip
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap

    def build(self, inputs_shape: Any = None) -> None:
        super().build(inputs_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                (self.output_dim, self.input_dim),
                self.embeddings_initializer,
                name="reverse_embeddings",
            )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        if not reverse:
            return super().call(inputs)
        dtype = self.reverse_dtype or self.compute_dtype
        table = self.embeddings.value.T if self.tie_weights else self.reverse_embeddings.value
        scores = inputs.astype(dtype) @ table.astype(dtype)  # (..., input_dim)
        cap = self.logit_soft_cap
        return scores if cap is None else cap * jnp.tanh(scores / cap)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return super().compute_mask(inputs) if jnp.issubdtype(inputs.dtype, jnp.integer) else None

    def compute_output_shape(self, input_shape: Any, reverse: bool = False) -> tuple:
        return (*input_shape[:-1], self.input_dim) if reverse else (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs: Any, reverse: bool = False) -> Any:
        dtype = self.reverse_dtype if reverse and self.reverse_dtype else self.compute_dtype
        return KerasTensor(self.compute_output_shape(inputs.shape, reverse), dtype=standardize_dtype(dtype))
