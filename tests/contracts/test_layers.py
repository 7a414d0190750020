"""What every layer promises, tried on each line of ``layer_cases``."""

from __future__ import annotations

import functools
import inspect
import json
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from contracts.layer_cases import CUSTOM, LAYER_CASES, Case
from kerasnb import layers
from kerasnb.core import policies
from kerasnb.core.context import get_keras_mask, set_keras_mask

every_layer = pytest.mark.parametrize("case", LAYER_CASES, ids=lambda c: c.name)
# These programs run once: time spent on making them fast is lost.
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
leaves = jax.tree.leaves


def symbolic(inputs, batch=None):
    return jax.tree.map(lambda x: keras.Input(x.shape[1:], batch_size=batch, dtype=x.dtype.name), inputs)


def symbolic_output(layer, case: Case, batch=None):
    """The layer called on symbols in the place of all arrays."""
    call = jax.tree.map(lambda x: symbolic(x, batch) if isinstance(x, np.ndarray) else x, case.call)
    return layer(symbolic(case.inputs, batch), **call)


def with_weights(layer, case: Case):
    """The layer built, its weights no longer the first ones, which are often 0 or 1."""
    symbolic_output(layer, case)
    draw = np.random.RandomState(0)
    layer.set_weights(
        [
            (0.6 + 0.2 * draw.uniform(size=w.shape)).astype(w.dtype)
            if w.ndim < 2
            else (0.3 * draw.standard_normal(w.shape)).astype(w.dtype)
            for w in layer.get_weights()
        ]
    )
    return layer


def trains(layer) -> bool:
    """Whether its call asks if this is training."""
    return "training" in inspect.signature(layer.call).parameters


def pure(layer, case: Case, training: bool = False):
    """The call as a function of (trainable, fixed, inputs)."""
    kwargs = {**case.call, "training": training} if trains(layer) else case.call
    return lambda trainable, fixed, x: layer.stateless_call(trainable, fixed, x, **kwargs)


def state(layer):
    return [v.value for v in layer.trainable_variables], [v.value for v in layer.non_trainable_variables]


@functools.cache
def index_of(name: str) -> int:
    return next(i for i, c in enumerate(LAYER_CASES) if c.name == name)


@functools.cache
def compiled(name: str):
    """One layer and its compiled inference, shared by the tests of a line."""
    case = LAYER_CASES[index_of(name)]
    layer = with_weights(case.make(layers), case)
    return layer, jax.jit(pure(layer, case), compiler_options=QUICK)


def assert_close(a, b, tolerance=1e-5):
    a, b = leaves(a), leaves(b)
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        assert x.shape == y.shape and x.dtype == y.dtype
        np.testing.assert_allclose(np.asarray(x, "float64"), np.asarray(y, "float64"), rtol=tolerance, atol=tolerance)


@every_layer
def test_compiled_equals_eager(case):
    """Outputs and state; random layers draw the same numbers from one state."""
    layer, run = compiled(case.name)
    assert_close(layer(case.inputs, **case.call), run(*state(layer), case.inputs)[0], case.tolerance)
    if trains(layer):
        layer = with_weights(case.make(layers), case)
        before = state(layer)
        outputs = layer(case.inputs, **case.call, training=True)
        program = jax.jit(pure(layer, case, training=True), compiler_options=QUICK)
        assert_close((outputs, state(layer)[1]), program(*before, case.inputs), case.tolerance)


@every_layer
def test_symbolic_shape_is_the_real_one(case):
    layer, run = compiled(case.name)
    real = leaves(run(*state(layer), case.inputs)[0])
    for batch in (None, leaves(case.inputs)[0].shape[0]):
        seen = symbolic_output(case.make(layers), case, batch)
        for x, y in zip(leaves(seen), real, strict=True):
            assert x.dtype == y.dtype.name
            # a size may be left open, but never claimed wrongly
            assert len(x.shape) == y.ndim
            assert all(m in (n, None) for m, n in zip(x.shape, y.shape, strict=True))
            assert None not in x.shape[1:] or "einsum" in case.name


@every_layer
def test_samples_do_not_influence_one_another(case):
    layer, run = compiled(case.name)
    other = jax.tree.map(lambda x: np.concatenate([x[:1], x[:0:-1]]), case.inputs)
    first, second = (run(*state(layer), x)[0] for x in (case.inputs, other))
    for x, y in zip(leaves(first), leaves(second), strict=True):
        np.testing.assert_allclose(x[0], y[0], rtol=1e-4, atol=1e-5)


@every_layer
def test_config_survives_json(case):
    """The twin has the same configuration and traces to the same program."""
    layer, _ = compiled(case.name)
    text = json.dumps(layers.serialize(layer))
    with keras.saving.custom_object_scope(CUSTOM):
        twin = layers.deserialize(json.loads(text))
    assert json.dumps(layers.serialize(twin)) == text
    symbolic_output(twin, case)
    assert [w.name for w in twin.weights] == [w.name for w in layer.weights]
    texts = [str(jax.make_jaxpr(pure(x, case, training=True))(*state(layer), case.inputs)) for x in (layer, twin)]
    programs = [re.sub(" at 0x[0-9a-f]+", "", text) for text in texts]  # written-out gradients show an address
    assert programs[0] == programs[1]


@every_layer
def test_sixteen_bit_policies(case):
    if not case.low_precision:
        pytest.skip("needs 32 bits")
    layer, run = compiled(case.name)
    exact = leaves(run(*state(layer), case.inputs)[0])
    for policy in ("bfloat16", "mixed_bfloat16", "float16"):
        policies.set_dtype_policy(policy)
        try:
            layer = with_weights(case.make(layers), case)
            call = pure(layer, case)
            outputs = leaves(jax.eval_shape(call, *state(layer), case.inputs)[0])
            seen = leaves(symbolic_output(case.make(layers), case))
        finally:
            policies.set_dtype_policy(None)
        assert {v.dtype for v in layer.weights} <= {layer.variable_dtype}
        for y, z, s in zip(outputs, exact, seen, strict=True):
            wanted = layer.compute_dtype if jnp.issubdtype(z.dtype, jnp.floating) else z.dtype.name
            assert y.dtype.name == s.dtype == wanted
    # the range of float16 is the narrowest
    values = jax.jit(call, compiler_options=QUICK)(*state(layer), case.inputs)[0]
    for y, z in zip(leaves(values), exact, strict=True):
        scale = max(1.0, float(np.abs(z).max()))
        assert float(np.abs(np.asarray(y, "float32") - z).max()) < 0.01 * scale


@every_layer
def test_gradients_are_finite(case):
    if not case.gradients:
        pytest.skip("has no gradient")
    layer = compiled(case.name)[0]
    call = pure(layer, case, training=True)
    trainable, fixed = state(layer)

    def total(weights, inputs):
        outputs, _ = call(weights, fixed, inputs)
        return sum((y.astype("float32") ** 2).sum() for y in leaves(outputs))

    floating = all(jnp.issubdtype(x.dtype, jnp.floating) for x in leaves(case.inputs))
    gradient = jax.grad(total, (0, 1) if floating else (0,))
    gradients = jax.jit(gradient, compiler_options=QUICK)(trainable, case.inputs)
    assert all(np.isfinite(g).all() for g in leaves(gradients))
    names = [v.name for v in layer.trainable_variables]
    for name, g in zip(names, gradients[0], strict=True):
        assert np.any(g != 0) != (name in case.unused), f"gradient of {name}"


def test_every_layer_of_the_door_signs():
    """A layer that is added to ``kerasnb.layers`` belongs into the table (preprocessing has tables of its own)."""
    signed = {type(case.make(layers)) for case in LAYER_CASES}
    apart = {layers.Layer, layers.Wrapper, layers.InputLayer}  # made to be built upon
    for name in layers.__all__:
        made = getattr(layers, name)
        if inspect.isclass(made) and issubclass(made, layers.Layer) and made not in signed | apart:
            assert made.__module__.startswith("kerasnb.core.layers.preprocessing"), f"{name} has no line in the table"


# Layers that hand a mask on as it came; the others end it, make their own, or have a test of their own.
HANDS_ON = [
    c for c in LAYER_CASES
    if isinstance(c.inputs, np.ndarray) and c.inputs.ndim == 3 and not c.call and c.make(layers).supports_masking
    and type(c.make(layers)).compute_mask is layers.Layer.compute_mask
]  # fmt: skip


@pytest.mark.parametrize("case", HANDS_ON, ids=lambda c: c.name)
def test_masks_are_handed_on(case):
    mask = np.array([[True] * 4 + [False] * (case.inputs.shape[1] - 4)] * len(case.inputs))
    x = jnp.asarray(case.inputs)
    set_keras_mask(x, mask)
    for y in leaves(case.make(layers)(x)):
        np.testing.assert_array_equal(get_keras_mask(y), mask)
