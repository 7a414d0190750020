"""Attention layers: the formula, masks, heads, the fused path, errors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.layers.multi_head_attention import fused_attention


def floats(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype("float32")


query, value, key = floats(2, 4, 6), floats(2, 5, 6, seed=1), floats(2, 5, 6, seed=2)
value_mask = np.array([[1, 1, 1, 1, 0], [1, 1, 0, 0, 0]], bool)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def test_dot_product():
    y, weights = layers.Attention()([query, value, key], return_attention_scores=True)
    wanted = softmax(query @ key.swapaxes(1, 2))
    np.testing.assert_allclose(weights, wanted, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(y, wanted @ value, rtol=1e-4, atol=1e-5)


def test_masks_of_attention():
    y, weights = layers.Attention()([query, value], mask=[value_mask[:, :4], value_mask], return_attention_scores=True)
    assert (np.asarray(weights)[~np.broadcast_to(value_mask[:, None], weights.shape)] == 0).all()
    assert (np.asarray(y)[~value_mask[:, :4]] == 0).all()
    causal = layers.Attention()([query, query], use_causal_mask=True)
    np.testing.assert_allclose(causal[:, 0], query[:, 0], rtol=1e-5)


def written_out(layer, q, k, v, seen=None):
    """Multi-head attention from the layer's weights."""
    (wq, bq, wk, bk, wv, bv, wo, bo) = layer.get_weights()
    project = lambda x, w, b: np.einsum("btf,fhd->bhtd", x, w) + b[:, None]  # noqa: E731
    q, k, v = project(q, wq, bq), project(k, wk, bk), project(v, wv, bv)
    groups = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, groups, 1), np.repeat(v, groups, 1)
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    weights = softmax(scores if seen is None else np.where(seen[:, None], scores, -1e30))
    return np.einsum("bhtd,hdf->btf", weights @ v, wo) + bo, weights


def set_weights(layer):
    layer(query, value)
    layer.set_weights([floats(*w.shape, seed=i) for i, w in enumerate(layer.get_weights())])
    return layer


HEADED = {
    "heads": lambda: layers.MultiHeadAttention(2, 3),
    "longer values": lambda: layers.MultiHeadAttention(2, 3, value_dim=4),
    "grouped": lambda: layers.GroupQueryAttention(3, 4, 2),
    "one group": lambda: layers.GroupQueryAttention(3, 4, 1),
}


@pytest.mark.parametrize("name", HEADED)
def test_heads(name):
    """With and without the scores, which go different ways."""
    layer = set_weights(HEADED[name]())
    seen = np.broadcast_to(value_mask[:, None], (2, 4, 5))
    for call, mask in (({}, None), ({"value_mask": value_mask}, seen), ({"attention_mask": seen}, seen)):
        wanted, weights = written_out(layer, query, key, value, mask)
        np.testing.assert_allclose(layer(query, value, key, **call), wanted, rtol=1e-3, atol=1e-4)
        y, found = layer(query, value, key, return_attention_scores=True, **call)
        np.testing.assert_allclose(y, wanted, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(found, weights, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["heads", "grouped"])
def test_causal_and_window(name):
    layer = set_weights(HEADED[name]())
    seen = np.broadcast_to(np.tril(np.ones((4, 4), bool)), (2, 4, 4))
    wanted, _ = written_out(layer, query, query, query, seen)
    np.testing.assert_allclose(layer(query, query, use_causal_mask=True), wanted, rtol=1e-3, atol=1e-4)
    layer.sliding_window = 2
    near = np.abs(np.subtract.outer(range(4), range(4))) < 2
    wanted, _ = written_out(layer, query, query, query, np.broadcast_to(near, (2, 4, 4)))
    np.testing.assert_allclose(layer(query, query), wanted, rtol=1e-3, atol=1e-4)


def test_attention_over_one_of_two_axes():
    x = floats(2, 3, 4, 6)
    layer = layers.MultiHeadAttention(2, 3, attention_axes=2)
    y, weights = layer(x, x, return_attention_scores=True)
    assert weights.shape == (2, 3, 2, 4, 4)
    flat = layers.MultiHeadAttention(2, 3)
    flat(x[:, 0], x[:, 0])
    flat.set_weights(layer.get_weights())
    np.testing.assert_allclose(y[:, 1], flat(x[:, 1], x[:, 1]), rtol=1e-4, atol=1e-5)


def test_masks_travel_with_tensors():
    tokens = np.array([[1, 2, 3, 0], [4, 5, 0, 0]])
    x = layers.Embedding(7, 6, mask_zero=True)(tokens)
    layer = set_weights(layers.MultiHeadAttention(2, 3))
    y = layer(x, x)
    np.testing.assert_array_equal(y._keras_mask, tokens != 0)
    plain = np.asarray(x)
    np.testing.assert_allclose(y[0, :3], layer(plain, plain, value_mask=tokens != 0)[0, :3], rtol=1e-4, atol=1e-5)


def test_dropout_only_in_training():
    layer = layers.MultiHeadAttention(2, 3, dropout=0.5, seed=1)
    np.testing.assert_array_equal(layer(query, value), layer(query, value))
    assert np.abs(layer(query, value, training=True) - layer(query, value, training=True)).max() > 0


def test_symbolic_scores():
    y, scores = layers.MultiHeadAttention(2, 3)(
        keras.Input((None, 6)), keras.Input((5, 6)), return_attention_scores=True
    )
    assert (y.shape, scores.shape) == ((None, None, 6), (None, 2, None, 5))


MISTAKES = {
    "num_heads must be a positive integer": lambda: layers.MultiHeadAttention(0, 3),
    "key_dim must be": lambda: layers.MultiHeadAttention(2, 2.5),
    "sliding_window must be": lambda: layers.MultiHeadAttention(2, 3, sliding_window=0),
    "knows no dropout": lambda: layers.MultiHeadAttention(2, 3, flash_attention=True, dropout=0.1),
    "keeps no attention scores": lambda: layers.MultiHeadAttention(2, 3, flash_attention=True)(
        query, value, return_attention_scores=True
    ),
    "attention_axes must be": lambda: layers.MultiHeadAttention(2, 3, attention_axes=3)(query, value),
    "key and value must agree": lambda: layers.MultiHeadAttention(2, 3)(query, value, floats(2, 4, 6)),
    "same number of axes": lambda: layers.MultiHeadAttention(2, 3)(query[0], value[0]),
    "value_mask must say": lambda: layers.MultiHeadAttention(2, 3)(query, value, value_mask=value_mask[:, :4]),
    "attention_mask must have the shape": lambda: layers.MultiHeadAttention(2, 3)(
        query, value, attention_mask=np.ones((2, 3, 5), bool)
    ),
    "multiple of num_key_value_heads": lambda: layers.GroupQueryAttention(3, 4, 3),
    "must have 3 axes": lambda: layers.GroupQueryAttention(3, 4, 2)(floats(2, 3, 4, 6), floats(2, 3, 4, 6)),
    "must be called on .query, value.": lambda: layers.Attention()(query),
    "score_mode must be": lambda: layers.Attention(score_mode="dots"),
    "mask must be a list": lambda: layers.Attention()([query, value], mask=value_mask),
    "expected query .batch, queries, size.": lambda: layers.AdditiveAttention()([query, value[..., :3]]),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes(message):
    with pytest.raises(ValueError, match=message):
        MISTAKES[message]()


def test_products_on_the_cpu_give_what_jax_gives():
    """Masked, a query that may look nowhere, fewer heads in k and v; and gradients."""
    rng = np.random.default_rng(0)
    q, k, v = (jnp.asarray(rng.standard_normal((2, 4, heads, 3)), "float32") for heads in (4, 2, 2))
    seen = jnp.asarray(rng.random((2, 1, 4, 4)) < 0.5).at[0, 0, 1].set(False)
    for mask in (None, seen):
        ours, own = jax.vjp(lambda *x, mask=mask: fused_attention(*x, mask, 0.5, None), q, k, v)
        theirs, jaxs = jax.vjp(lambda *x, mask=mask: jax.nn.dot_product_attention(*x, mask=mask, scale=0.5), q, k, v)
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
        for mine, other in zip(own(ours), jaxs(ours), strict=True):
            np.testing.assert_allclose(mine, other, atol=1e-5)
