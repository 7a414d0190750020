"""The CPU's forms of convolution and pooling give what XLA's own operations give, with the same gradients."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerasnb.core.layers import kernels

LAST, FIRST = "channels_last", "channels_first"
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def floats(*shape):
    return np.random.RandomState(len(shape)).standard_normal(shape).astype("float32")


x1, x2, x3 = floats(2, 9, 4), floats(2, 7, 6, 4), floats(2, 5, 4, 5, 4)
first = np.ascontiguousarray(np.moveaxis(x2, -1, 1))

CASES = {
    "conv": lambda x, k: kernels.conv(x, k, (1, 1), "valid", LAST, (1, 1)),
    "conv strided same": lambda x, k: kernels.conv(x, k, (2, 3), "same", LAST, (1, 1)),
    "conv dilated": lambda x, k: kernels.conv(x, k, (1, 1), "same", LAST, (2, 1)),
    "conv leaving a border": lambda x, k: kernels.conv(x, k, (4, 4), "valid", LAST, (1, 1)),
    "transposed": lambda x, k: kernels.conv_transpose(x, k, (2, 1), "same", None, LAST, (1, 1)),
    "transposed padded": lambda x, k: kernels.conv_transpose(x, k, (3, 2), "valid", (1, 1), LAST, (1, 1)),
    "transposed dilated": lambda x, k: kernels.conv_transpose(x, k, (1, 1), "valid", None, LAST, (2, 2)),
}
OTHERS = [
    ("1d", lambda x, k: kernels.conv(x, k, (2,), "same", LAST, (1,)), x1, floats(5, 4, 3)),
    ("3d", lambda x, k: kernels.conv(x, k, (1, 2, 1), "same", LAST, (1, 1, 1)), x3, floats(2, 3, 2, 4, 3)),
    ("first", lambda x, k: kernels.conv(x, k, (2, 2), "same", FIRST, (1, 1)), first, floats(3, 3, 4, 3)),
    ("groups", lambda x, k: kernels.conv(x, k, (2, 1), "valid", LAST, (1, 1)), x2, floats(3, 2, 2, 6)),
    ("depthwise", lambda x, k: kernels.depthwise_conv(x, k, (2, 2), "same", LAST, (1, 1)), x2, floats(3, 2, 4, 2)),
    (
        "depthwise dilated first",
        lambda x, k: kernels.depthwise_conv(x, k, (1, 1), "valid", FIRST, (2, 3)),
        first,
        floats(2, 2, 4, 1),
    ),
    *(
        (f"{name} {mode} {layout}", lambda x, p=pool, m=mode, d=layout: p(x, (2, 3), (2, 3), m, d), image)
        for name, pool in (("max", kernels.max_pool), ("average", kernels.average_pool))
        for mode in ("valid", "same")
        for layout, image in ((LAST, x2), (FIRST, first))
    ),
    ("overlapping", lambda x: kernels.max_pool(x, (3, 3), (2, 2), "same", LAST), x2),
    ("equal numbers", lambda x: kernels.max_pool(x, (2, 3), (2, 3), "same", LAST), np.round(x2)),
]
ALL = [
    (name, fn, x2, floats(3, 2, 4, 3) if "transposed" not in name else floats(3, 2, 3, 4)) for name, fn in CASES.items()
]


@pytest.mark.parametrize("case", [*ALL, *OTHERS], ids=lambda c: c[0])
def test_same_as_the_plain_operation(case, monkeypatch):
    _, function, *arrays = case

    def results(*arrays):
        y, back = jax.vjp(function, *arrays)
        weights = jnp.cos(jnp.arange(y.size, dtype=y.dtype)).reshape(y.shape)
        return y, *back(weights)

    found = jax.jit(results, compiler_options=QUICK)(*arrays)
    monkeypatch.setattr(kernels, "on_cpu", lambda: False)
    wanted = jax.jit(lambda *a: results(*a), compiler_options=QUICK)(*arrays)
    for a, b in zip(found, wanted, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_second_derivatives_forwards_over_backwards(monkeypatch):
    def value(kernel):
        y = kernels.conv(x2, kernel, (1, 1), "same", LAST, (1, 1))
        return jnp.sum(jnp.sin(kernels.max_pool(y, (2, 2), (2, 2), "valid", LAST)))

    kernel, step = floats(3, 2, 4, 3), floats(3, 2, 4, 3)[::-1]
    found, wanted = [], []
    for fast, results in ((True, found), (False, wanted)):
        monkeypatch.setattr(kernels, "on_cpu", lambda fast=fast: fast)
        results += jax.jvp(jax.grad(value), (kernel,), (step,))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
