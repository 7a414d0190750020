"""MultiHeadAttention: several attentions side by side, each over its own projection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import constraints, initializers, regularizers
from ..context import get_keras_mask
from ..layer import Layer
from ..registry import serialize_keras_object
from ..symbolic import KerasTensor
from .arguments import fraction, positive_int
from .attention_masks import attention_mask, masked_softmax
from .cpu_sums import on_cpu
from .einsum_dense import EinsumDense
from .regularization import Dropout

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class HeadedAttention(Layer):
    """What attentions with heads share: options, projections, and the way from scores to outputs."""

    supports_masking = True
    many_small_products = True

    def _setup(
        self, dropout: float, use_bias: bool, sliding_window: int | None, flash_attention: bool | None,
        kernel_initializer: Any, bias_initializer: Any, kernel_regularizer: Any, bias_regularizer: Any,
        activity_regularizer: Any, kernel_constraint: Any, bias_constraint: Any, use_gate: bool, seed: int | None,
    ) -> None:  # fmt: skip
        where = type(self).__name__
        self.dropout = fraction(dropout, "dropout", where)
        self.use_bias, self.use_gate, self.seed = use_bias, use_gate, seed
        if sliding_window is not None:
            sliding_window = positive_int(sliding_window, "sliding_window", where)
        self.sliding_window = sliding_window
        if flash_attention and self.dropout:
            raise ValueError(f"{where}: flash_attention=True knows no dropout, got dropout={dropout}. Set it to 0.")
        self.flash_attention = flash_attention
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        # of what each projection gives, not of the layer's output apart from them
        self._projections_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def _dense(self, equation: str, output_shape: Any, bias_axes: str, name: str, input_shape: Any) -> Layer:
        """A projection with the layer's options, built."""
        # each its own first values: a seeded initializer gives the same ones for the same shape
        layer = EinsumDense(
            equation,
            output_shape=output_shape,
            bias_axes=bias_axes if self.use_bias else None,
            kernel_initializer=_fresh(self.kernel_initializer),
            bias_initializer=_fresh(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            activity_regularizer=self._projections_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(tuple(input_shape))
        return layer

    def _visible(
        self, places: tuple, sources: tuple, query_mask: Any, value_mask: Any, key_mask: Any, given: Any, causal: bool
    ) -> Any:
        """One mask (batch, ..., queries, keys) out of all, the attended axes taken as one; None without any."""
        n, m = int(np.prod(places)), int(np.prod(sources))
        flat = {}
        for name, mask, length in (
            ("query_mask", query_mask, n), ("value_mask", value_mask, m), ("key_mask", key_mask, m),
        ):  # fmt: skip
            flat[name] = None if mask is None else jnp.asarray(mask).reshape(len(mask), -1)
            if mask is not None and flat[name].shape[1] != length:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: {name} must say for each of the {length} places of a "
                    f"sample whether it counts, got shape {jnp.shape(mask)}."
                )
        if given is not None:
            given, ends = jnp.asarray(given), (*places, *sources)
            if given.ndim < len(ends) or any(
                a not in (b, 1) for a, b in zip(given.shape[-len(ends) :], ends, strict=True)
            ):
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: attention_mask must have the shape (batch, "
                    f"{', '.join(map(str, ends))}), queries before keys, got {given.shape}."
                )
            lead = given.shape[: -len(ends)] or (1,)
            given = jnp.broadcast_to(given, (*lead, *ends)).reshape(*lead, n, m)
        return attention_mask(n, m, *flat.values(), given, causal, self.sliding_window)

    def _refuse_flash(self, want_weights: bool) -> None:
        if want_weights and self.flash_attention:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: flash_attention=True keeps no attention scores. Set it to "
                "False to have them returned."
            )

    def _check_shapes(self, query: Any, value: Any, key: Any) -> None:
        where = f"{type(self).__name__} {self.name!r}"
        if len(query) != len(value) or len(query) < 3:
            raise ValueError(
                f"{where}: query and value must have the same number of axes, (batch, ..., features), at least 3; "
                f"got shapes {tuple(query)} and {tuple(value)}."
            )
        if tuple(key[1:-1]) != tuple(value[1:-1]):
            raise ValueError(
                f"{where}: key and value must agree in all but the last axis, got shapes {tuple(key)} and "
                f"{tuple(value)}."
            )

    def compute_mask(self, query: Any, query_mask: Any = None, *args: Any, **kwargs: Any) -> Any:
        # asked by the base class with the masks of the first argument
        return query_mask

    def _config(self, *left_out: str) -> dict[str, Any]:
        config = super().get_config()
        for name in ("flash_attention", *left_out):
            config.pop(name, None)
        config["activity_regularizer"] = serialize_keras_object(self._projections_regularizer)
        return config


def _fresh(initializer: Any) -> Any:
    clone = getattr(initializer, "clone", None)
    return initializer if clone is None else clone()


class MultiHeadAttention(HeadedAttention):
    """Several attentions side by side (heads), each over its own projection of query, key and value.

    Each head computes ``softmax(q k^T / sqrt(key_dim)) v``; the heads' results are joined by a last
    projection. With the same tensor as query and value it is self-attention.

    Args:
        num_heads: number of heads.
        key_dim: length of each head's queries and keys.
        value_dim: length of each head's values; ``key_dim`` by default.
        dropout: share of the attention weights that is dropped in training, from 0 to 1.
        use_bias: whether the projections have biases.
        output_shape: of one place of the output, an integer or a tuple; the query's by default.
        attention_axes: the axes over which is attended, such as (1, 2) for images; all between batch
            and features by default.
        sliding_window: if given, a query sees only keys less than this many places away.
        flash_attention: True asks for cuDNN's fused kernel where there is one, False forbids it.
        kernel_initializer, bias_initializer: first values of the projections' weights.
        kernel_regularizer, bias_regularizer: penalties of the projections' weights.
        activity_regularizer: penalty of what each projection gives, the last one's being the output.
        kernel_constraint, bias_constraint: applied to them after each step.
        use_gate: whether the heads' results are multiplied by ``sigmoid`` of one more projection of
            the query (Qiu et al. 2025).
        seed: an integer that makes the draws reproducible.

    Call arguments: query, value, key (the value by default); ``value_mask`` and ``key_mask`` (batch,
    keys), False where a key must not be seen; ``attention_mask`` (batch, queries, keys);
    ``return_attention_scores``; ``use_causal_mask``: a query sees keys at its own place and before.
    The masks that travel with the tensors are used; ``query_mask`` is accepted as in Keras, where it
    changes nothing.

    Shapes: query (batch, queries, features), value and key (batch, keys, features) to
    (batch, queries, query features), and scores (batch, heads, queries, keys) if asked for.

    Source: Vaswani et al., Attention Is All You Need, NeurIPS 2017.

    >>> import jax.numpy as jnp
    >>> x = jnp.ones((2, 5, 16))
    >>> MultiHeadAttention(num_heads=4, key_dim=8)(x, x, use_causal_mask=True).shape
    (2, 5, 16)
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: int | Sequence[int] | None = None,
        attention_axes: int | Sequence[int] | None = None,
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
        where = "MultiHeadAttention"
        self.num_heads = positive_int(num_heads, "num_heads", where)
        self.key_dim = positive_int(key_dim, "key_dim", where)
        self.value_dim = self.key_dim if value_dim is None else positive_int(value_dim, "value_dim", where)
        self._setup(
            dropout, use_bias, sliding_window, flash_attention, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, use_gate,
            seed,
        )  # fmt: skip
        if output_shape is not None:
            sizes = output_shape if isinstance(output_shape, (list, tuple)) else (output_shape,)
            output_shape = tuple(positive_int(n, "output_shape", where) for n in sizes)
        self.output_shape = output_shape
        if isinstance(attention_axes, int):
            attention_axes = (attention_axes,)
        self.attention_axes = attention_axes

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        key_shape = value_shape if key_shape is None else key_shape
        self._check_shapes(query_shape, value_shape, key_shape)
        rank = len(query_shape)
        self.attention_axes = self._axes(rank)
        free = LETTERS[: rank - 1]  # batch and places; x the features, y the heads, z the heads' sizes
        project, bias_axes = f"{free}x,xyz->{free}yz", "yz"
        inner = rank - 2
        for name, shape, size in (
            ("query", query_shape, self.key_dim), ("key", key_shape, self.key_dim),
            ("gate", query_shape, self.value_dim), ("value", value_shape, self.value_dim),
        ):  # fmt: skip
            if name == "gate" and not self.use_gate:
                self._gate_dense = None
                continue
            sizes = [None] * inner + [self.num_heads, size]
            dense = self._dense(project, sizes, bias_axes, name, shape)
            setattr(self, "_gate_dense" if name == "gate" else f"{name}_dense", dense)
        last = self.output_shape or (query_shape[-1],)
        out = LETTERS[rank - 1 : rank - 1 + len(last)]
        self.output_dense = self._dense(
            f"{free}yz,yz{out}->{free}{out}", [None] * inner + list(last), out, "attention_output",
            (*query_shape[:-1], self.num_heads, self.value_dim),
        )  # fmt: skip
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy, seed=self.seed)

    def _axes(self, rank: int) -> tuple[int, ...]:
        if self.attention_axes is None:
            return tuple(range(1, rank - 1))
        axes = tuple(a % rank if isinstance(a, int) and -rank <= a < rank else a for a in self.attention_axes)
        if any(a not in range(1, rank - 1) for a in axes) or len(set(axes)) != len(axes):
            raise ValueError(
                f"MultiHeadAttention {self.name!r}: attention_axes must be different axes from 1 to {rank - 2} "
                f"(between batch and features) of the query of {rank} axes, got attention_axes={self.attention_axes}."
            )
        return axes

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
        places, sources = (tuple(x.shape[a] for a in self.attention_axes or ()) for x in (query, value))
        seen = self._visible(
            places, sources, get_keras_mask(query), value_mask, key_mask, attention_mask, use_causal_mask
        )
        gate = None if self._gate_dense is None else jax.nn.sigmoid(self._gate_dense(query))
        q, k, v = self.query_dense(query), self.key_dense(key), self.value_dense(value)
        results, weights = self._attend(q, k, v, seen, training, return_attention_scores)
        output = self.output_dense(results if gate is None else results * gate)
        return (output, weights) if return_attention_scores else output

    def _attend(self, q: Any, k: Any, v: Any, seen: Any, training: bool | None, want_weights: bool) -> tuple[Any, Any]:
        """(batch, ..., heads, size) of q, k, v to the same of the results, and the weights if wanted.

        All attended axes count as one, all others but heads and sizes as free ones.
        """
        axes, scale = self.attention_axes or (), self.key_dim**-0.5
        if q.ndim == 4 and q.shape[-1] == v.shape[-1] and not want_weights and not (training and self.dropout):
            seen = None if seen is None else _with_heads(seen, 4)
            return fused_attention(q, k, v, seen, scale, self.flash_attention), None
        self._refuse_flash(want_weights)
        free = [a for a in range(1, q.ndim - 2) if a not in axes]
        order = (0, *free, q.ndim - 2, *axes, q.ndim - 1)  # batch, free, heads, places, size
        q, k, v = (jnp.transpose(x, order) for x in (q, k, v))
        lead, places = q.shape[: len(free) + 2], q.shape[len(free) + 2 : -1]
        sources = k.shape[len(free) + 2 : -1]
        q, k, v = (x.reshape(*lead, -1, x.shape[-1]) for x in (q, k, v))
        scores = (q * scale) @ jnp.swapaxes(k, -1, -2)  # (batch, free, heads, queries, keys)
        weights = masked_softmax(scores, None if seen is None else _with_heads(seen, scores.ndim))
        results = self._dropout_layer(weights, training=bool(training)) @ v
        results = jnp.transpose(results.reshape(*lead, *places, -1), np.argsort(order))
        return results, weights.reshape(*lead, *places, *sources)

    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> tuple:
        key_shape = value_shape if key_shape is None else key_shape
        self._check_shapes(query_shape, value_shape, key_shape)
        return (*query_shape[:-1], *(self.output_shape or (query_shape[-1],)))

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
        shapes = [tuple(x.shape) for x in (query, value)]
        output = KerasTensor(
            self.compute_output_shape(*shapes, None if key is None else tuple(key.shape)), dtype=self.compute_dtype
        )
        if not return_attention_scores:
            return output
        axes = self._axes(len(shapes[0]))
        free = [n for a, n in enumerate(shapes[0][:-1]) if a not in axes]
        scores = (*free, self.num_heads, *(shapes[0][a] for a in axes), *(shapes[1][a] for a in axes))
        return output, KerasTensor(scores, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return self._config()


def _with_heads(mask: Any, rank: int) -> Any:
    """A mask (batch, ..., queries, keys) with further axes of length 1 before the queries, for heads."""
    return mask.reshape(*mask.shape[:-2], *(1,) * (rank - mask.ndim), *mask.shape[-2:])


def fused_attention(q: Any, k: Any, v: Any, seen: Any, scale: float, flash: bool | None) -> Any:
    """``softmax(scale q k^T) v`` in one call: (batch, places, heads, size); fewer heads in k and v are shared."""
    kernel = "cudnn" if flash and jax.default_backend() == "gpu" else "xla"
    dtype = q.dtype
    if on_cpu() and dtype == jnp.float32:
        return _by_products(q, k, v, seen, scale)
    if on_cpu() and dtype == jnp.float16:  # has no such product with sums in 32 bits
        q, k, v = (x.astype("float32") for x in (q, k, v))
    return jax.nn.dot_product_attention(q, k, v, mask=seen, scale=scale, implementation=kernel).astype(dtype)


def _by_products(q: Any, k: Any, v: Any, seen: Any, scale: float) -> Any:
    """The same as plain products with heads in front: on the CPU a third faster than JAX's own function.

    As there, a query that may look nowhere looks everywhere alike.
    """
    shared = q.shape[2] // k.shape[2]  # so many heads of q for each of k and v
    k, v = (jnp.repeat(x, shared, 2) if shared > 1 else x for x in (k, v))
    q, k, v = (jnp.swapaxes(x, 1, 2) for x in (q, k, v))  # (batch, heads, places, size)
    scores = (q * scale) @ jnp.swapaxes(k, -1, -2)  # (batch, heads, queries, keys)
    if seen is not None:
        scores = jnp.where(seen, scores, jnp.finfo(scores.dtype).min)
    return jnp.swapaxes(jax.nn.softmax(scores, axis=-1) @ v, 1, 2)
