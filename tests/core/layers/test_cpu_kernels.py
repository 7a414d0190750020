"""The CPU's forms of convolution and pooling give what XLA's own operations give, with the same gradients."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerasnb.core.layers import cpu_kernels, kernels

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


PARTS = [
    ("2d", lambda x, k: kernels.conv(x, k, (1, 1), "valid", LAST, (1, 1)), floats(12, 7, 6, 4), floats(3, 2, 4, 3), 4),
    ("two left over", lambda x, k: kernels.conv(x, k, (1, 1), "same", LAST, (1, 1)), floats(10, 7, 6, 4),
     floats(3, 2, 4, 3), 5),
    ("strided", lambda x, k: kernels.conv(x, k, (2, 3), "same", LAST, (1, 1)), floats(16, 7, 6, 4), floats(3, 2, 4, 3),
     4),
    ("dilated", lambda x, k: kernels.conv(x, k, (1, 1), "same", LAST, (2, 1)), floats(8, 7, 6, 4), floats(3, 2, 4, 3),
     4),
    ("leaving a border", lambda x, k: kernels.conv(x, k, (4, 4), "valid", LAST, (1, 1)), floats(8, 7, 6, 4),
     floats(3, 2, 4, 3), 4),
    ("1d", lambda x, k: kernels.conv(x, k, (2,), "same", LAST, (1,)), floats(8, 9, 4), floats(5, 4, 3), 4),
    ("transposed", lambda x, k: kernels.conv_transpose(x, k, (2, 1), "same", None, LAST, (1, 1)), floats(8, 7, 6, 4),
     floats(3, 2, 3, 4), 4),
    ("no divisor", lambda x, k: kernels.conv(x, k, (1, 1), "valid", LAST, (1, 1)), floats(11, 7, 6, 4),
     floats(3, 2, 4, 3), 1),
]  # fmt: skip


@pytest.mark.parametrize(("function", "x", "kernel", "parts"), [p[1:] for p in PARTS], ids=[p[0] for p in PARTS])
def test_the_gradient_of_a_kernel_in_parts_of_a_batch(function, x, kernel, parts, monkeypatch):
    def gradient(x, kernel):
        return jax.grad(lambda k: jnp.sin(function(x, k)).sum())(kernel)

    whole = gradient(x, kernel)
    assert "scan" not in str(jax.make_jaxpr(gradient)(x, kernel)), "so little is not taken apart"
    both = x.nbytes + np.asarray(function(x, kernel)).nbytes
    monkeypatch.setattr(cpu_kernels, "PART", max(both // 4, kernel.nbytes))
    text = str(jax.make_jaxpr(lambda *a: gradient(*a))(x, kernel))
    assert (f"length={parts}" in text) == ("scan" in text) == (parts > 1)
    np.testing.assert_allclose(jax.jit(lambda *a: gradient(*a))(x, kernel), whole, rtol=1e-4, atol=1e-4)


SIZES = [  # (batch, side, channels in, out, kernel), how many parts
    ((128, 26, 32, 64, 3), 16), ((32, 26, 32, 64, 3), 4), ((64, 64, 16, 32, 3), 32), ((32, 56, 64, 64, 1), 16),
    ((32, 32, 3, 32, 3), 1), ((8, 112, 64, 64, 3), 1), ((128, 26, 65, 64, 3), 1), ((127, 26, 32, 64, 3), 1),
    ((128, 6, 64, 1024, 3), 4), ((128, 6, 64, 4096, 3), 1),
]  # fmt: skip


@pytest.mark.parametrize(("sizes", "parts"), SIZES)
def test_parts_of_two_megabytes_where_the_kernel_is_smaller(sizes, parts):
    batch, side, channels, filters, k = sizes
    x = jax.ShapeDtypeStruct((batch, side, side, channels), np.float32)
    kernel = jax.ShapeDtypeStruct((k, k, channels, filters), np.float32)

    def gradient(x, kernel):
        return jax.grad(lambda k: kernels.conv(x, k, (1, 1), "valid", LAST, (1, 1)).sum())(kernel)

    text = str(jax.make_jaxpr(gradient)(x, kernel))
    assert f"length={parts}" in text if parts > 1 else "scan" not in text
