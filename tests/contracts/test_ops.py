"""What every op promises, tried on each line of ``op_cases``."""

from __future__ import annotations

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from contracts.op_cases import OP_CASES
from kerasnb import ops
from kerasnb.core.ops.dispatch import TABLE

every_op = pytest.mark.parametrize("case", OP_CASES, ids=lambda c: c.name)
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
leaves = jax.tree.leaves

# Their output's size depends on values: they cannot be compiled.
BY_VALUE = {"nonzero", "bincount"}
# Without tensors, or with functions, which no archive can hold.
FUNCTIONS = set("cond switch while_loop fori_loop scan associative_scan map vectorized_map jvp".split())
# Eigenvectors are defined up to their sign, LU's rows of one matrix at a time differ by path.
FREE_SIGNS = {"eig", "eigh", "svd", "qr"}


def split(case):
    """The tensors of a call, and a function that calls the op with such tensors in their places."""
    flat, tree = jax.tree.flatten((case.args, case.kwargs), is_leaf=lambda v: v is None)
    places = [i for i, v in enumerate(flat) if isinstance(v, np.ndarray)]

    def run(*tensors):
        filled = list(flat)
        for i, t in zip(places, tensors, strict=True):
            filled[i] = t
        args, kwargs = jax.tree.unflatten(tree, filled)
        return case.function(*args, **kwargs)

    return [flat[i] for i in places], run


def close(a, b, tolerance=2e-5):
    a, b = leaves(a), leaves(b)
    assert len(a) == len(b)
    for v, w in zip(a, b, strict=True):
        v, w = np.asarray(v), np.asarray(w)
        assert v.shape == w.shape
        kind = "complex128" if v.dtype.kind == "c" else "float64"
        np.testing.assert_allclose(v.astype(kind), w.astype(kind), rtol=tolerance, atol=tolerance, equal_nan=True)


def test_the_door_shows_the_table():
    public = {n for n in dir(ops) if callable(getattr(ops, n)) and not n.startswith("_")}
    public |= {f"image.{n}" for n in dir(ops.image) if callable(getattr(ops.image, n)) and not n.startswith("_")}
    assert public == set(TABLE)
    assert all(entry.function.__doc__ for entry in TABLE.values())
    for door in ("numpy", "nn", "linalg"):
        for name in getattr(ops, door).__all__:
            assert getattr(getattr(ops, door), name) is getattr(ops, name)


# Ops are compiled a dozen at a time: one large program costs less than many small ones.
COMPILED = [c for c in OP_CASES if c.name not in BY_VALUE]
CHUNKS = [COMPILED[i : i + 12] for i in range(0, len(COMPILED), 12)]
# jax has none for them (segment_prod: products into one place from several).
NO_GRADIENT = {"while_loop", "eig", "lu_factor", "nextafter", "segment_prod", "svd", "view"}


@pytest.mark.parametrize("chunk", CHUNKS, ids=lambda chunk: f"{chunk[0].name}-{chunk[-1].name}")
def test_compiled_equals_eager_and_gradients_are_finite(chunk):
    calls = {case.name: split(case) for case in chunk}

    def outputs(tensors):
        return {name: run(*tensors[name]) for name, (_, run) in calls.items()}

    def total(real, others):
        tensors = {n: [r if r is not None else o for r, o in zip(real[n], others[n], strict=True)] for n in calls}
        out = outputs(tensors)
        numbers = [v for n in out if n not in NO_GRADIENT for v in leaves(out[n])]
        floats = [v for v in map(jnp.asarray, numbers) if jnp.issubdtype(v.dtype, jnp.floating)]
        # NaN in the output stays out: where it belongs, it says nothing about the gradient.
        return sum((jnp.sum(jnp.where(jnp.isnan(v), 0, v.astype("float32"))) for v in floats), jnp.zeros(())), out

    def is_real(name, t):
        return name not in NO_GRADIENT and t.dtype.kind == "f" and not np.isnan(t).any()

    real = {n: [t if is_real(n, t) else None for t in tensors] for n, (tensors, _) in calls.items()}
    others = {n: [None if is_real(n, t) else t for t in tensors] for n, (tensors, _) in calls.items()}
    program = jax.jit(jax.grad(total, has_aux=True), compiler_options=QUICK)
    gradients, out = program(real, others)
    for name, (tensors, run) in calls.items():
        assert all(np.isfinite(g).all() for g in leaves(gradients[name])), name
        expected = run(*tensors)
        for v, w in zip(leaves(out[name]), leaves(expected), strict=True):
            assert v.dtype == jnp.asarray(w).dtype, name
        if name not in FREE_SIGNS:
            close(out[name], expected, 2e-4 if name.startswith("image.") else 2e-5)


@every_op
def test_symbolic_shape_and_dtype_are_the_real_ones(case):
    tensors, run = split(case)
    if not tensors:
        pytest.skip("no tensors in this call")
    real = leaves(run(*tensors))
    for unknown in (False, True):
        rows = ROWS.get(case.name, {i for i, t in enumerate(tensors) if t.ndim > 1}) if unknown else ()
        shapes = [(None, *t.shape[1:]) if i in rows else t.shape for i, t in enumerate(tensors)]
        symbols = [keras.KerasTensor(s, dtype=t.dtype) for s, t in zip(shapes, tensors, strict=True)]
        try:
            seen = leaves(run(*symbols))
        except Exception:
            if unknown and case.name in NEEDS_SIZES:
                continue
            raise
        assert len(seen) == len(real)
        for v, w in zip(seen, real, strict=True):
            assert v.dtype == jnp.asarray(w).dtype.name
            assert len(v.shape) == jnp.ndim(w)
            assert all(m in (n, None) for m, n in zip(v.shape, jnp.shape(w), strict=True))
            assert unknown or case.name in BY_VALUE | {"unique"} or None not in v.shape


# Which tensors share the unknown number of rows, where it is not all that have several axes.
ROWS = {
    **{name: {0} for name in "conv depthwise_conv separable_conv conv_transpose matmul dot scatter_update".split()},
    **{name: {0, 1} for name in "in_top_k sparse_categorical_crossentropy ctc_decode".split()},
    "ctc_loss": {0, 1, 2, 3},
}
# With an unknown number of rows these cannot be.
NEEDS_SIZES = set(
    """vsplit broadcast_to image.affine_transform image.perspective_transform image.map_coordinates fold scatter
    image.scale_and_translate slice kron unravel_index""".split()
)


@every_op
def test_numpy_arrays_and_variables_are_tensors_too(case):
    tensors, run = split(case)
    if not tensors or case.name in FUNCTIONS:
        pytest.skip("no tensors in this call")
    expected = run(*(jnp.asarray(t) for t in tensors))
    close(run(*tensors), expected, 1e-6)
    if all(t.dtype.kind != "b" for t in tensors):
        close(run(*(keras.Variable(t, dtype=t.dtype) for t in tensors)), expected, 1e-6)


@every_op
def test_recorded_call_survives_json(case):
    tensors, run = split(case)
    if not tensors or case.name in FUNCTIONS | BY_VALUE or any(not t.ndim for t in tensors):
        pytest.skip("no recorded call of tensors alone")
    inputs = [keras.Input(batch_shape=t.shape, dtype=t.dtype.name) for t in tensors]
    model = keras.Model(inputs, run(*inputs))
    record = json.loads(model.to_json())
    twin = keras.models.model_from_json(json.dumps(record))
    assert json.loads(twin.to_json()) == record
    if not case.name.startswith("image.elastic"):
        close(twin(tensors), model(tensors), 1e-6)


TWINS = [c for c in OP_CASES if TABLE[c.name].module == "numpy" and hasattr(np, c.name)]
# Arguments or results differ from NumPy's.
OTHERWISE = set("empty empty_like unique argpartition average view cross array max min correlate".split())


@pytest.mark.parametrize("case", [c for c in TWINS if c.name not in OTHERWISE], ids=lambda c: c.name)
def test_agrees_with_numpy(case):
    kwargs = {"mode": "constant", **case.kwargs} if case.name == "pad" else case.kwargs
    if case.name == "bincount":  # NumPy counts a single row
        expected = np.stack([np.bincount(row, **kwargs) for row in case.args[0]])
    else:
        expected = getattr(np, case.name)(*case.args, **kwargs)
    close(case.function(*case.args, **case.kwargs), expected, 1e-4)
