"""The last batch of an epoch, shorter than the others: every loss and metric takes it as a batch of its size.

Arrays are fed in batches of equal size, the last one padded; a stream gives the short batch as it is.
"""

from __future__ import annotations

import numpy as np
import pytest
from contracts import loss_cases, metric_cases

import kerasnb as keras

BATCH = 4


def found(outputs, targets, weights, streamed, **compiled):
    """What ``evaluate`` says of outputs that a model hands through."""
    model = keras.Sequential([keras.Input(outputs.shape[1:]), keras.layers.Identity()])
    model.compile(**compiled)
    if not streamed:
        return model.evaluate(outputs, targets, batch_size=BATCH, sample_weight=weights, verbose=0, return_dict=True)
    parts = [a for a in (outputs, targets, weights) if a is not None]
    batches = [tuple(a[i : i + BATCH] for a in parts) for i in range(0, len(outputs), BATCH)]
    return model.evaluate(iter(batches), steps=len(batches), verbose=0, return_dict=True)


def compare(outputs, targets, weighted, make):
    rows = len(outputs) - 2 if len(outputs) % BATCH == 0 else len(outputs)
    weights = np.linspace(0.5, 2.0, rows).astype("float32") if weighted else None
    padded, short = (found(outputs[:rows], targets[:rows], weights, streamed, **make()) for streamed in (False, True))
    assert len(padded) == len(short) > 0
    # The second metric of a kind is called auc_1: what counts is the order.
    for (name, value), other in zip(sorted(padded.items()), (v for _, v in sorted(short.items())), strict=True):
        np.testing.assert_allclose(value, other, rtol=2e-5, atol=1e-6, err_msg=name)


LOSSES = [
    *loss_cases.LOSS_CASES,
    loss_cases.Case(
        "ignored class", lambda L, **k: L.SparseCategoricalCrossentropy(ignore_class=1, **k), loss_cases.classes,
        loss_cases.shares, None,
    ),
]  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("case", LOSSES, ids=lambda c: c.name)
def test_losses(case, reduction, weighted):
    compare(case.outputs, case.targets, weighted, lambda: {"loss": case.make(keras.losses, reduction=reduction)})


# Without an axis for the outputs a batch has one value: in a stream each batch counts the same, in arrays each row.
METRICS = [case for case in metric_cases.METRIC_CASES if case.outputs.ndim > 1]


# Counts of integers take no fractions as weights.
RUNS = [(case, weighted) for case in METRICS for weighted in (False, True) if case.weights or not weighted]


@pytest.mark.parametrize(("case", "weighted"), RUNS, ids=[f"{c.name}-{'weighted' if w else 'plain'}" for c, w in RUNS])
def test_metrics(case, weighted):
    compare(case.outputs, case.targets, weighted, lambda: {"weighted_metrics": [case.make(keras.metrics)]})
