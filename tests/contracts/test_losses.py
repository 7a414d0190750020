"""What every loss promises, tried on each line of ``loss_cases``."""

from __future__ import annotations

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contracts.loss_cases import LOSS_CASES, ROWS
from kerasnb import losses
from kerasnb.core.context import set_keras_mask

every_loss = pytest.mark.parametrize("case", LOSS_CASES, ids=lambda c: c.name)
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
weights = np.array([0.5, 2, 0, 1, 1, 3], "float32")


def jitted(loss):
    return jax.jit(lambda y, p, w=None: loss(y, p, sample_weight=w), compiler_options=QUICK)


@every_loss
def test_values_are_those_of_plain_numpy(case):
    loss = case.make(losses, reduction="none")
    values = loss(case.targets, case.outputs)
    assert values.shape == (ROWS,) and values.dtype == "float32"
    np.testing.assert_allclose(values, case.formula(case.targets, case.outputs), rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(jitted(loss)(case.targets, case.outputs), values, rtol=1e-5, atol=1e-6)


@every_loss
def test_reductions_and_weights(case):
    values = np.asarray(case.make(losses, reduction="none")(case.targets, case.outputs), "float64")
    for reduction, plain, weighted in (
        ("sum", values.sum(), (weights * values).sum()),
        ("sum_over_batch_size", values.mean(), (weights * values).mean()),
        ("mean", values.mean(), (weights * values).mean()),
        ("mean_with_sample_weight", values.mean(), (weights * values).sum() / weights.sum()),
    ):
        run = jitted(case.make(losses, reduction=reduction))
        np.testing.assert_allclose(run(case.targets, case.outputs), plain, rtol=1e-4, atol=1e-6)
        for weight in (weights, weights[:, None]):
            np.testing.assert_allclose(run(case.targets, case.outputs, weight), weighted, rtol=1e-4, atol=1e-6)


@every_loss
def test_masked_samples_do_not_count(case):
    if not case.rows:
        pytest.skip("its samples are compared with one another")
    mask = np.array([1, 1, 0, 1, 0, 1], bool)
    outputs = jnp.asarray(case.outputs)
    set_keras_mask(outputs, jnp.asarray(mask))
    loss = case.make(losses)
    only = loss(case.targets[mask], case.outputs[mask])
    np.testing.assert_allclose(loss(case.targets, outputs), only, rtol=1e-4, atol=1e-6)


@every_loss
def test_gradients_are_finite(case):
    loss = case.make(losses)
    run = jax.jit(jax.grad(lambda p: loss(case.targets, p)), compiler_options=QUICK)
    edge = np.zeros_like(case.outputs)
    if case.outputs.min() >= 0:
        edge = (case.outputs == case.outputs.max(-1, keepdims=True)).astype("float32")
    for outputs in (case.outputs, edge):  # probabilities of exactly 0 and 1, errors of exactly 0
        gradient = np.asarray(run(outputs))
        assert gradient.shape == outputs.shape and np.isfinite(gradient).all()
    assert np.any(run(case.outputs) != 0)


@every_loss
def test_config_survives_json(case):
    loss = case.make(losses, reduction="sum", name="mine")
    text = json.dumps(losses.serialize(loss))
    twin = losses.deserialize(json.loads(text))
    assert type(twin) is type(loss) and json.dumps(losses.serialize(twin)) == text and twin.name == "mine"
    np.testing.assert_array_equal(twin(case.targets, case.outputs), loss(case.targets, case.outputs))


@every_loss
def test_wrong_shapes_are_told(case):
    loss = case.make(losses)
    longer = np.concatenate([case.outputs, case.outputs])
    for targets, outputs in (
        (case.targets, longer),
        (np.concatenate([case.targets, case.targets]), case.outputs),
    ):
        with pytest.raises(ValueError, match=r"shape|\("):
            loss(targets, outputs)
    with pytest.raises(ValueError, match="sample_weight"):
        loss(case.targets, case.outputs, sample_weight=np.ones(ROWS - 1, "float32"))


@every_loss
def test_sixteen_bit_outputs_are_computed_in_float32(case):
    loss = case.make(losses)
    low = case.outputs.astype("float16")
    value = loss(case.targets, jnp.asarray(low))
    assert value.dtype == "float32"
    np.testing.assert_allclose(value, loss(case.targets, low.astype("float32")), rtol=1e-6)
    assert case.make(losses, dtype="bfloat16")(case.targets, case.outputs).dtype == "bfloat16"
