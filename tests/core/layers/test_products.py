"""Products with large kernels: the plain product's values, and its derivatives in every direction."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerasnb import layers
from kerasnb.core.layers import products

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="a matter of the CPU backend")
RNG = np.random.default_rng(0)
KERNEL = RNG.normal(size=(7, 5)).astype("float32")
X = [RNG.normal(size=shape).astype("float32") for shape in ((7,), (4, 7), (2, 3, 7))]


def value(product):
    return lambda x, kernel: jnp.sin(product(x, kernel)).sum()


WAYS = {
    "value": lambda f: f,
    "of both": lambda f: jax.grad(f, (0, 1)),
    "of the input": jax.grad,
    "of the kernel": lambda f: jax.grad(f, 1),
    "forwards": lambda f: lambda x, k: jax.jvp(f, (x, k), (k.sum() * x, x.sum() * k)),
    "second": lambda f: jax.hessian(f, (0, 1)),
    "many": lambda f: lambda x, k: jax.vmap(jax.grad(f, (0, 1)))(jnp.stack([x, 2 * x]), jnp.stack([k, -k])),
}


@pytest.mark.parametrize("x", X, ids=lambda x: f"{x.ndim} axes")
@pytest.mark.parametrize("way", WAYS)
def test_as_the_plain_product(way, x, monkeypatch):
    monkeypatch.setattr(products, "LARGE", 0)
    found = jax.jit(WAYS[way](value(products.times)))(x, KERNEL)
    wanted = WAYS[way](value(jnp.matmul))(x, KERNEL)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_only_large_kernels_whose_inputs_have_a_gradient_are_turned(monkeypatch):
    dense = layers.Dense(64)
    dense.build((None, 4096))  # a megabyte

    def text(argnums):
        def loss(x, *weights):
            return dense.stateless_call(weights, [], x)[0].sum()

        weights = [w.value for w in dense.trainable_variables]
        return str(jax.make_jaxpr(jax.grad(loss, argnums))(jnp.ones((2, 4096)), *weights))

    assert "optimization_barrier" in text(0) and "optimization_barrier" not in text(1)
    monkeypatch.setattr(products, "LARGE", 2**20 + 1)
    assert "optimization_barrier" not in text(0)
