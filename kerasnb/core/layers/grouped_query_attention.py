"""GroupedQueryAttention: attention in which several query heads share the keys and values of one head."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..symbolic import KerasTensor
from .arguments import positive_int
from .attention_masks import masked_softmax
from .multi_head_attention import HeadedAttention, fused_attention
from .regularization import Dropout


class GroupedQueryAttention(HeadedAttention):
    """Attention in which groups of query heads share one head of keys and values.

    With as many groups as heads it is ``MultiHeadAttention``, with one group multi-query attention;
    fewer groups save memory for keys and values.

    Args:
        head_dim: length of each head's queries, keys and values.
        num_query_heads: number of query heads.
        num_key_value_heads: number of heads of keys and values; divides ``num_query_heads``.
        dropout: share of the attention weights that is dropped in training, from 0 to 1.
        use_bias: whether the projections have biases.
        sliding_window: if given, a query sees only keys less than this many places away.
        flash_attention: True asks for cuDNN's fused kernel where there is one, False forbids it.
        kernel_initializer ... bias_constraint: of the projections, see ``MultiHeadAttention``.
        activity_regularizer: penalty of what each projection gives, the last one's being the output.
        use_gate: whether the heads' results are multiplied by ``sigmoid`` of one more projection of
            the query.
        seed: an integer that makes the draws reproducible.

    Call arguments: see ``MultiHeadAttention``; ``query_mask`` (batch, queries) hides all keys from the
    queries where it is False.

    Shapes: query (batch, queries, features), value and key (batch, keys, features) to
    (batch, queries, query features), and scores (batch, query heads, queries, keys) if asked for.

    Source: Ainslie et al., GQA: Training Generalized Multi-Query Transformer Models, EMNLP 2023.

    >>> import jax.numpy as jnp
    >>> x = jnp.ones((2, 5, 16))
    >>> GroupedQueryAttention(head_dim=8, num_query_heads=4, num_key_value_heads=2)(x, x).shape
    (2, 5, 16)
    """

    _serialized_name = "GroupQueryAttention"  # as Keras writes it

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        where = "GroupedQueryAttention"
        self.head_dim = positive_int(head_dim, "head_dim", where)
        self.num_query_heads = positive_int(num_query_heads, "num_query_heads", where)
        self.num_key_value_heads = positive_int(num_key_value_heads, "num_key_value_heads", where)
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueError(
                f"{where}: num_query_heads must be a multiple of num_key_value_heads, got num_query_heads="
                f"{num_query_heads} and num_key_value_heads={num_key_value_heads}."
            )
        self._setup(
            dropout, use_bias, sliding_window, flash_attention, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, use_gate,
            seed,
        )  # fmt: skip

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        key_shape = value_shape if key_shape is None else key_shape
        self._check_shapes(query_shape, value_shape, key_shape)
        if len(query_shape) != 3:
            raise ValueError(
                f"GroupedQueryAttention {self.name!r}: query must have 3 axes (batch, queries, features), got shape "
                f"{tuple(query_shape)}."
            )
        self._gate_dense = None
        for name, shape, heads in (
            ("query", query_shape, self.num_query_heads), ("key", key_shape, self.num_key_value_heads),
            ("gate", query_shape, self.num_query_heads), ("value", value_shape, self.num_key_value_heads),
        ):  # fmt: skip
            if name != "gate" or self.use_gate:
                dense = self._dense("bqm,muh->bquh", (None, heads, self.head_dim), "uh", name, shape)
                setattr(self, f"_{name}_dense", dense)
        self._output_dense = self._dense(
            "bquh,uhm->bqm", (None, query_shape[-1]), "m", "attention_output",
            (*query_shape[:-1], self.num_query_heads, self.head_dim),
        )  # fmt: skip
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy, seed=self.seed)

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        seen = self._visible(
            query.shape[1:2], value.shape[1:2], query_mask, value_mask, key_mask, attention_mask, use_causal_mask
        )
        if seen is not None and seen.ndim == 3:
            seen = seen[:, None]  # (batch, heads, queries, keys)
        gate = None if self._gate_dense is None else jax.nn.sigmoid(self._gate_dense(query))
        q, k, v = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        scale = self.head_dim**-0.5
        weights = None
        if return_attention_scores or (training and self.dropout):
            self._refuse_flash(return_attention_scores)
            groups = self.num_query_heads // self.num_key_value_heads
            k, v = (jnp.repeat(x, groups, axis=2) for x in (k, v))
            weights = masked_softmax(jnp.einsum("bquh,bkuh->buqk", q * scale, k), seen)
            kept = self._dropout_layer(weights, training=bool(training))
            results = jnp.einsum("buqk,bkuh->bquh", kept, v)
        else:
            results = fused_attention(q, k, v, seen, scale, self.flash_attention)
        output = self._output_dense(results if gate is None else results * gate)
        return (output, weights) if return_attention_scores else output

    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> tuple:
        self._check_shapes(query_shape, value_shape, value_shape if key_shape is None else key_shape)
        return tuple(query_shape)

    def compute_output_spec(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        output = KerasTensor(self.compute_output_shape(query.shape, value.shape), dtype=self.compute_dtype)
        if not return_attention_scores:
            return output
        scores = (query.shape[0], self.num_query_heads, query.shape[1], value.shape[1])
        return output, KerasTensor(scores, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return self._config()
