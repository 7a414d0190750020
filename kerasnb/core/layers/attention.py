"""Attention and AdditiveAttention: values averaged by how well their keys fit a query."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..layer import Layer
from ..random import SeedGenerator
from ..registry import did_you_mean
from ..symbolic import KerasTensor
from .arguments import fraction
from .attention_masks import causal_mask, joined, lowered
from .regularization import drop


class Attention(Layer):
    """Dot-product attention: ``softmax(query key^T) value``.

    Args:
        use_scale: whether the scores are multiplied by one learned number.
        score_mode: "dot", or "concat" for ``w * sum(tanh(query + key))`` with one learned w.
        dropout: share of the weights that is dropped in training, from 0 to 1.
        seed: an integer that makes the draws reproducible.

    Call arguments: ``inputs``, the list [query, value] or [query, value, key] (the key is the value by
    default); ``mask``, the list [query_mask, value_mask]: values masked out get no weight, outputs of
    queries masked out are zero; ``return_attention_scores``; ``use_causal_mask``: a query sees values at
    its own place and before.

    Shapes: query (batch, queries, size), value (batch, keys, value size), key (batch, keys, size) to
    (batch, queries, value size), and scores (batch, queries, keys) if asked for.

    >>> import jax.numpy as jnp
    >>> Attention()([jnp.ones((2, 4, 3)), jnp.ones((2, 5, 3))]).shape
    (2, 4, 3)
    """

    supports_masking = True
    many_small_products = True

    def __init__(
        self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0, seed: int | None = None,
        **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                f"{type(self).__name__}: score_mode must be 'dot' or 'concat', got score_mode={score_mode!r}."
                f"{did_you_mean(str(score_mode), ('dot', 'concat'))}"
            )
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = fraction(dropout, "dropout", type(self).__name__)
        self.seed = seed
        if self.dropout:
            self.seed_generator = SeedGenerator(seed)
        self.scale = self.concat_score_weight = None

    def build(self, input_shape: Any) -> None:
        self._check(input_shape)
        self._check_shapes(*input_shape)
        if self.use_scale:
            self.scale = self.add_weight((), "ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def _check(self, inputs: Any) -> None:
        """Refuse anything but two or three tensors (or their shapes)."""
        if not isinstance(inputs, (list, tuple)) or not 2 <= len(inputs) <= 3 or not hasattr(inputs[0], "__len__"):
            found = f"{len(inputs)} inputs" if isinstance(inputs, list) else "one input"
            raise ValueError(
                f"{type(self).__name__} {self.name!r} must be called on [query, value] or [query, value, key], "
                f"got {found}."
            )

    def _check_shapes(self, query: Any, value: Any, key: Any = None) -> None:
        key = value if key is None else key
        if len(query) != 3 or len(value) != 3 or query[-1] != key[-1] or tuple(key[:-1]) != tuple(value[:-1]):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: expected query (batch, queries, size), value (batch, keys, "
                f"value size) and key (batch, keys, size), got shapes {tuple(query)}, {tuple(value)} and {tuple(key)}."
            )

    def _scores(self, query: Any, key: Any) -> Any:
        """How well each key fits each query, (batch, queries, keys)."""
        scale = 1 if self.scale is None else self.scale.value
        if self.score_mode == "dot":
            return scale * jnp.einsum("bqd,bkd->bqk", query, key)
        sums = jnp.tanh(scale * (query[:, :, None, :] + key[:, None, :, :])).sum(-1)
        return self.concat_score_weight.value * sums

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value, *rest = inputs
        key = rest[0] if rest else value
        query_mask, value_mask = self._masks(mask, len(inputs))
        scores = self._scores(query, key)
        seen = joined(
            None if value_mask is None else jnp.asarray(value_mask)[:, None, :],
            causal_mask(*scores.shape[1:]) if use_causal_mask else None,
        )
        weights = jax.nn.softmax(scores if seen is None else lowered(scores, seen), axis=-1)
        if training and self.dropout:
            weights = drop(weights, self.dropout, None, self.seed_generator.next())
        result = weights @ value  # (batch, queries, value size)
        if query_mask is not None:
            result = jnp.where(jnp.asarray(query_mask, bool)[:, :, None], result, 0)
        return (result, weights) if return_attention_scores else result

    def _masks(self, mask: Any, inputs: int) -> tuple[Any, Any]:
        if mask is None:
            return None, None
        if not isinstance(mask, (list, tuple)) or not 2 <= len(mask) <= inputs:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: mask must be a list [query_mask, value_mask] of 2 to {inputs} "
                f"masks, got {len(mask) if isinstance(mask, (list, tuple)) else 'one mask'}."
            )
        return mask[0], mask[1]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        self._masks(mask, len(inputs))
        return None if mask is None or mask[0] is None else jnp.asarray(mask[0])

    def compute_output_shape(self, input_shape: Any) -> Any:
        self._check(input_shape)
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        shapes = [tuple(x.shape) for x in inputs]
        output = KerasTensor(self.compute_output_shape(shapes), dtype=self.compute_dtype)
        if not return_attention_scores:
            return output
        return output, KerasTensor((*shapes[0][:2], shapes[1][1]), dtype=self.compute_dtype)


class AdditiveAttention(Attention):
    """Attention with the score ``sum(scale * tanh(query + key))``.

    Args:
        use_scale: whether each feature has a learned weight in the sum.
        dropout: share of the weights that is dropped in training, from 0 to 1.
        seed: an integer that makes the draws reproducible.

    Call arguments and shapes: see ``Attention``.

    Source: Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align and
    Translate, ICLR 2015.
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any):
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: Any) -> None:
        self._check(input_shape)
        self._check_shapes(*input_shape)
        if self.use_scale:
            self.scale = self.add_weight((input_shape[0][-1],), "glorot_uniform", name="scale")

    def _scores(self, query: Any, key: Any) -> Any:
        scale = 1 if self.scale is None else self.scale.value
        return (scale * jnp.tanh(query[:, :, None, :] + key[:, None, :, :])).sum(-1)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("score_mode", None)
        return config
