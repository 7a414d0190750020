"""What every metric promises, tried on each line of ``metric_cases``."""

from __future__ import annotations

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contracts.metric_cases import ACCURACIES, MEANS, METRIC_CASES, ROWS
from kerasnb import metrics
from kerasnb.core.context import set_keras_mask
from kerasnb.core.metrics.metric import make_sums

every_metric = pytest.mark.parametrize("case", METRIC_CASES, ids=lambda c: c.name)
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
ones = np.ones(ROWS, "float32")


def update(case):
    """One metric, its compiled update, and the sums it starts with."""
    metric = case.make(metrics)
    make_sums(metric, case.targets, case.outputs)
    run = jax.jit(metric.stateless_update_state, compiler_options=QUICK)
    return metric, run, metric.stateless_reset_state()


def close(a, b):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@every_metric
def test_metric(case):
    """The compiled update against the eager one, plain NumPy, two batches, padding, and itself after a reset."""
    metric, run, start = update(case)
    y, p = case.targets, case.outputs
    metric.update_state(y, p)
    whole = np.asarray(metric.result())
    assert np.isfinite(whole).all() and whole.dtype == "float32"
    assert np.any(whole != 0), "a result of 0 tells nothing"
    if case.expected is not None:
        np.testing.assert_allclose(whole, case.expected, rtol=1e-3, atol=1e-4)

    weighted = run(start, y, p, ones)
    close(metric.stateless_result(weighted), whole)

    rows = 7  # of ROWS; the rest comes as a second batch of the same shape, filled up with rows of weight 0
    real = (np.arange(ROWS) < ROWS - rows).astype("float32")
    second = [np.concatenate([a[rows:], a[:rows]]) for a in (y, p)]
    halves = run(run(start, y, p, 1 - np.roll(real, rows)), *second, real)
    close(metric.stateless_result(halves), whole)
    for a, b in zip(halves, weighted, strict=True):
        close(a, b)

    metric.reset_state()
    assert all(not np.any(v) for v in metric.variables)
    close(metric(y, p), whole)


@every_metric
def test_fractions_of_weights_scale(case):
    """Weights w and 2 w give the same share (or twice the count); the weighted mean of halves is the whole."""
    if not case.weights:
        pytest.skip("counts in integers")
    weight = np.linspace(0.5, 1.5, ROWS, dtype="float32")
    single, double = case.make(metrics), case.make(metrics)
    single.update_state(case.targets, case.outputs, sample_weight=weight)
    double.update_state(case.targets, case.outputs, sample_weight=2 * weight)
    counted = (metrics.TruePositives, metrics.FalsePositives, metrics.TrueNegatives, metrics.FalseNegatives)
    counts = isinstance(single, counted)
    close(double.result(), single.result() * 2 if counts else single.result())


@pytest.mark.parametrize("case", [c for c in [*MEANS, *ACCURACIES] if c.name != "rmse"], ids=lambda c: c.name)
def test_masked_samples_do_not_count(case):
    """A mask that travels with the outputs leaves samples out, alone and beside weights."""
    mask = np.arange(ROWS) % 3 > 0
    weight = np.linspace(0.5, 1.5, ROWS, dtype="float32")
    for weights in (None, weight) if case.outputs.ndim == 1 else (None, weight, weight[:, None]):
        outputs = jnp.asarray(case.outputs)
        set_keras_mask(outputs, jnp.asarray(mask))
        metric, only = case.make(metrics), case.make(metrics)
        metric.update_state(case.targets, outputs, weights)
        only.update_state(case.targets[mask], case.outputs[mask], None if weights is None else weights[mask])
        close(metric.result(), only.result())


@every_metric
def test_config_survives_json(case):
    metric = case.make(metrics)
    text = json.dumps(metrics.serialize(metric))
    twin = metrics.deserialize(json.loads(text))
    assert type(twin) is type(metric) and json.dumps(metrics.serialize(twin)) == text
    for one in (metric, twin):
        one.update_state(case.targets, case.outputs)
    close(twin.result(), metric.result())
