"""What every optimizer promises, tried on each line of ``optimizer_cases``."""

from __future__ import annotations

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import kerasnb as keras
from contracts.optimizer_cases import OPTIMIZER_CASES
from kerasnb import optimizers

every_optimizer = pytest.mark.parametrize("case", OPTIMIZER_CASES, ids=lambda c: c.name)
SCHEDULED_OR_MADE_OF_OTHERS = ("schedule", "loss scale", "several", "optax")
plain_rate = pytest.mark.parametrize(
    "case", [c for c in OPTIMIZER_CASES if c.name not in SCHEDULED_OR_MADE_OF_OTHERS], ids=lambda c: c.name
)
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
START = [np.array([[1.0, -2.0, 0.5], [0.3, 1.5, -1.0]], "float32"), np.array([0.7, -0.4, 2.0], "float32")]
GOAL = [np.full((2, 3), 0.5, "float32"), np.full(3, -0.5, "float32")]


def weights(dtype="float32"):
    return [keras.Variable(a, dtype=dtype, name=n) for a, n in zip(START, ("kernel", "bias"), strict=True)]


def slope(arrays):
    """The gradient of half the squared distance to the goal."""
    return [a - g.astype(a.dtype) for a, g in zip(arrays, GOAL, strict=True)]


def run(optimizer, variables, steps):
    """The optimizer's pure form, compiled once; returns weights, state and the number of traces."""
    optimizer.build(variables)
    traces = []

    def step(state, arrays):
        traces.append(1)
        scale = optimizer.scale_loss(1.0)
        return optimizer.stateless_apply(state, [g * scale for g in slope(arrays)], arrays)

    program = jax.jit(step, compiler_options=QUICK)
    state, arrays = [v.value for v in optimizer.variables], [v.value for v in variables]
    for _ in range(steps):
        arrays, state = program(state, arrays)
    return arrays, state, len(traces)


def distance(arrays):
    return sum(float(np.sum((np.asarray(a, "float32") - g) ** 2)) for a, g in zip(arrays, GOAL, strict=True))


@every_optimizer
def test_compiled_equals_eager_and_descends(case):
    variables, optimizer = weights(), case.make(optimizers)
    optimizer.build(variables)
    for _ in range(3):
        scale = float(np.asarray(optimizer.scale_loss(1.0)))
        optimizer.apply([scale * g for g in slope([v.numpy() for v in variables])], variables)
    arrays, state, traces = run(case.make(optimizers), weights(), 3)
    assert traces == 1
    for eager, compiled in zip([*variables, *optimizer.variables], [*arrays, *state], strict=True):
        assert eager.value.dtype == compiled.dtype
        np.testing.assert_allclose(eager.numpy(), compiled, rtol=2e-5, atol=1e-6)
    arrays, _, _ = run(case.make(optimizers), weights(), 150)
    assert distance(arrays) < 0.3 * distance(START)


@every_optimizer
def test_same_updates_as_optax(case):
    if case.twin is None:
        pytest.skip("optax has no such transformation, or another formula")
    arrays, _, _ = run(case.make(optimizers), weights(), 12)
    twin = [jnp.asarray(a) for a in START]

    def step(twin, state):
        updates, state = case.twin.update(slope(twin), state, twin)
        return optax.apply_updates(twin, updates), state

    step, state = jax.jit(step, compiler_options=QUICK), case.twin.init(twin)
    for _ in range(12):
        twin, state = step(twin, state)
    for mine, theirs in zip(arrays, twin, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=5e-4, atol=5e-5)


@plain_rate
def test_learning_rate_is_state(case):
    """A new rate takes effect in the program that was compiled before; with nearly 0 it stands still."""
    optimizer, variables = case.make(optimizers), weights()
    optimizer.build(variables)
    program = jax.jit(lambda s, a: optimizer.stateless_apply(s, slope(a), a), compiler_options=QUICK)
    place = next(i for i, v in enumerate(optimizer.variables) if v.name == "learning_rate")
    moved = []
    for rate in (float(np.asarray(optimizer.learning_rate)), 1e-12):
        optimizer.learning_rate = rate
        state = [v.value for v in optimizer.variables]
        assert float(state[place]) == np.float32(rate)
        moved.append(distance_between(program(state, [v.value for v in variables])[0], START))
    assert program._cache_size() == 1
    assert moved[0] > 1e-4
    if case.name != "ftrl":  # whose weights follow from its sums alone, whatever the rate
        assert moved[1] < 1e-12


def distance_between(a, b):
    return sum(float(np.sum((np.asarray(x) - y) ** 2)) for x, y in zip(a, b, strict=True))


@every_optimizer
def test_config_survives_json(case):
    optimizer = case.make(optimizers)
    if isinstance(optimizer, optimizers.OptaxOptimizer):
        with pytest.raises(ValueError, match="no configuration"):
            optimizers.serialize(optimizer)
        return
    text = json.dumps(optimizers.serialize(optimizer))
    twin = optimizers.deserialize(json.loads(text))
    assert type(twin) is type(optimizer) and json.dumps(optimizers.serialize(twin)) == text
    for mine, theirs in zip(run(twin, weights(), 2)[0], run(optimizer, weights(), 2)[0], strict=True):
        np.testing.assert_array_equal(mine, theirs)


@plain_rate
def test_options_of_the_base_class(case):
    """Clipping bounds the gradient, decay shrinks what is not excluded, averages lag behind."""
    for option in ({"clipnorm": 1e-3}, {"clipvalue": 1e-3}, {"global_clipnorm": 1e-3}):
        optimizer = case.make(optimizers, **option)
        clipped = optimizer._clip_gradients([jnp.asarray(g) for g in slope(START)])
        norms = [float(jnp.linalg.norm(g)) for g in clipped]
        if "clipvalue" in option:
            assert max(float(jnp.abs(g).max()) for g in clipped) <= 1.001e-3
        else:
            assert (sum(n**2 for n in norms) ** 0.5 if "global_clipnorm" in option else max(norms)) <= 1.001e-3

    optimizer = case.make(optimizers, use_ema=True, ema_momentum=0.9)
    variables = weights()
    optimizer.build(variables)
    for _ in range(3):
        optimizer.apply(slope([v.numpy() for v in variables]), variables)
    now = [v.numpy() for v in variables]
    optimizer.finalize_variable_values(variables)
    averages = [v.numpy() for v in variables]
    assert 0 < distance_between(averages, START) < distance_between(now, START)


@every_optimizer
def test_accumulation_is_one_update_with_the_mean(case):
    optimizer = case.make(optimizers)
    if type(optimizer) in (optimizers.LossScaleOptimizer, optimizers.MultiOptimizer, optimizers.OptaxOptimizer):
        pytest.skip("its inner optimizers accumulate")
    if case.name == "schedule":
        pytest.skip("a schedule counts calls, as in Keras")
    variables, others = weights(), weights()
    parts = [[0.5 * g for g in slope(START)], [1.5 * g for g in slope(START)]]
    gathering = case.make(optimizers, gradient_accumulation_steps=2)
    gathering.build(variables)
    gathering.apply(parts[0], variables)
    assert distance_between([v.numpy() for v in variables], START) == 0
    gathering.apply(parts[1], variables)
    optimizer.build(others)
    optimizer.apply(slope(START), others)
    for a, b in zip(variables, others, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)
    assert int(np.asarray(gathering.iterations)) == 1


@every_optimizer
def test_dtype_of_the_weights_is_kept(case):
    if not case.low_precision:
        pytest.skip("for float32 weights")
    arrays, state, _ = run(case.make(optimizers), weights("bfloat16"), 4)
    assert {a.dtype.name for a in arrays} == {"bfloat16"}
    assert all(np.isfinite(np.asarray(a, "float32")).all() for a in [*arrays, *state])
    assert distance(arrays) < distance(START)
