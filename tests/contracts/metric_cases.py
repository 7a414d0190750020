"""The metrics that sign the contract: one line each. ``test_metrics.py`` plays every line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

ROWS = 12


@dataclass(frozen=True)
class Case:
    """One metric under test.

    Args:
        name: shown by pytest.
        make: from the module ``metrics`` to a new metric.
        targets, outputs: (ROWS, ...) arrays.
        weights: whether it takes fractions as weights (counts of integers do not).
        expected: the result over all rows, by plain NumPy, where that is short.
    """

    name: str
    make: Callable[[ModuleType], Any]
    targets: Any
    outputs: Any
    weights: bool = True
    expected: Any = field(default=None)


_draw = np.random.RandomState(3)
numbers, outputs = _draw.standard_normal((2, ROWS, 3)).astype("float32")
yes_no = _draw.randint(0, 2, (ROWS, 1)).astype("float32")
labels = _draw.randint(0, 2, (ROWS, 4)).astype("float32")
chances = _draw.uniform(size=(ROWS, 4)).astype("float32")
chance = _draw.uniform(size=(ROWS, 1)).astype("float32")
shares = (chances / chances.sum(1, keepdims=True)).astype("float32")
classes = _draw.randint(0, 4, ROWS).astype("int32")
called = _draw.randint(0, 4, ROWS).astype("int32")
one_hot = np.eye(4, dtype="float32")[classes]
picture, picture_called = _draw.randint(0, 3, (2, ROWS, 2, 2)).astype("int32")


def precision(y, p, t=0.5):
    return y[p > t].sum() / (p > t).sum()


def recall(y, p, t=0.5):
    return y[p > t].sum() / y.sum()


def area(y, p):
    """The share of pairs that stand in the right order."""
    positive, negative = p[y == 1], p[y == 0]
    return (positive[:, None] > negative[None]).mean()


root_mean_square = ((numbers - outputs) ** 2).mean() ** 0.5
above, right = (yes_no == (chance > 0.4)).mean(), (classes == shares.argmax(1)).mean()
false_alarms = ((chances > 0.3) * (1 - labels)).sum()
of_class_2 = precision(labels[:, 2], chances[:, 2])
recalls = np.array([recall(labels, chances, t) for t in (0.2, 0.8)])
mean_area = np.mean([area(labels[:, i], chances[:, i]) for i in range(4)])

MEANS = [
    Case("mse", lambda M: M.MeanSquaredError(), numbers, outputs, expected=((numbers - outputs) ** 2).mean()),
    Case("rmse", lambda M: M.RootMeanSquaredError(), numbers, outputs, expected=root_mean_square),
    Case("mae", lambda M: M.MeanAbsoluteError(), numbers, outputs, expected=abs(numbers - outputs).mean()),
    Case("mape", lambda M: M.MeanAbsolutePercentageError(), numbers, outputs),
    Case("msle", lambda M: M.MeanSquaredLogarithmicError(), abs(numbers), abs(outputs)),
    Case("logcosh", lambda M: M.LogCoshError(), numbers, outputs, expected=np.log(np.cosh(numbers - outputs)).mean()),
    Case("cosine", lambda M: M.CosineSimilarity(), numbers, outputs),
    Case("pearson", lambda M: M.PearsonCorrelation(), numbers, outputs),
    Case("concordance", lambda M: M.ConcordanceCorrelation(), numbers, outputs),
    Case("hinge", lambda M: M.Hinge(), labels, chances),
    Case("squared hinge", lambda M: M.SquaredHinge(), labels, chances),
    Case("categorical hinge", lambda M: M.CategoricalHinge(), one_hot, chances),
    Case("kl", lambda M: M.KLDivergence(), one_hot, shares),
    Case("poisson", lambda M: M.Poisson(), labels, chances),
    Case("bce", lambda M: M.BinaryCrossentropy(label_smoothing=0.1), labels, chances),
    Case("bce flat", lambda M: M.BinaryCrossentropy(from_logits=True), yes_no[:, 0], numbers[:, 0]),
    Case("cce", lambda M: M.CategoricalCrossentropy(), one_hot, shares, expected=-np.log(shares[one_hot == 1]).mean()),
    Case("scce", lambda M: M.SparseCategoricalCrossentropy(from_logits=True), classes, chances),
    Case("wrapper", lambda M: M.MeanMetricWrapper(M.huber, delta=0.5), numbers, outputs),
]  # fmt: skip
ACCURACIES = [
    Case("accuracy", lambda M: M.Accuracy(), classes, called, expected=(classes == called).mean()),
    Case("binary accuracy", lambda M: M.BinaryAccuracy(threshold=0.4), yes_no, chance, expected=above),
    Case("categorical accuracy", lambda M: M.CategoricalAccuracy(), one_hot, shares, expected=right),
    Case("sparse accuracy", lambda M: M.SparseCategoricalAccuracy(), classes, shares, expected=right),
    Case("top 2", lambda M: M.TopKCategoricalAccuracy(k=2), one_hot, shares),
    Case("sparse top 2", lambda M: M.SparseTopKCategoricalAccuracy(k=2), classes, shares),
]  # fmt: skip
THRESHOLDS = [
    Case("true positives", lambda M: M.TruePositives(), labels, chances, expected=((chances > 0.5) * labels).sum()),
    Case("false positives", lambda M: M.FalsePositives(0.3), labels, chances, expected=false_alarms),
    Case("true negatives", lambda M: M.TrueNegatives([0.2, 0.6]), labels, chances),
    Case("false negatives", lambda M: M.FalseNegatives(), labels, chances, expected=((chances <= 0.5) * labels).sum()),
    Case("precision", lambda M: M.Precision(), labels, chances, expected=precision(labels, chances)),
    Case("precision, class 2", lambda M: M.Precision(class_id=2), labels, chances, expected=of_class_2),
    Case("precision, top 2", lambda M: M.Precision(top_k=2), one_hot, shares),
    Case("recall", lambda M: M.Recall([0.2, 0.8]), labels, chances, expected=recalls),
    Case("sensitivity", lambda M: M.SensitivityAtSpecificity(0.5), labels, chances),
    Case("specificity", lambda M: M.SpecificityAtSensitivity(0.5, num_thresholds=20), labels, chances),
    Case("precision at recall", lambda M: M.PrecisionAtRecall(0.6), labels, chances),
    Case("recall at precision", lambda M: M.RecallAtPrecision(0.4), labels, chances),
    Case("auc", lambda M: M.AUC(num_thresholds=5000), labels, chances, expected=area(labels, chances)),
    Case("auc pr", lambda M: M.AUC(curve="PR"), labels, chances),
    Case("auc pr gain", lambda M: M.AUC(curve="PRGAIN", summation_method="minoring"), labels, chances),
    Case("auc labels", lambda M: M.AUC(5000, multi_label=True), labels, chances, expected=mean_area),
    Case("auc thresholds", lambda M: M.AUC(thresholds=[0.2, 0.5, 0.9], from_logits=True), labels, chances),
]  # fmt: skip
CLASSES = [
    Case("f1", lambda M: M.F1Score(), one_hot, shares),
    Case("f1 micro", lambda M: M.F1Score("micro", threshold=0.3), labels, chances),
    Case("fbeta", lambda M: M.FBetaScore("weighted", beta=2.0), one_hot, shares),
    Case("r2", lambda M: M.R2Score(), numbers, outputs),
    Case("r2 adjusted", lambda M: M.R2Score(None, num_regressors=2), numbers, outputs),
    Case("iou", lambda M: M.IoU(4, [0, 2]), classes, called, False),
    Case("mean iou", lambda M: M.MeanIoU(3, ignore_class=1), picture, picture_called, False),
    Case("mean iou, weights", lambda M: M.MeanIoU(3, dtype="float32"), picture, picture_called),
    Case("binary iou", lambda M: M.BinaryIoU(), labels, chances, False),
    Case("one-hot iou", lambda M: M.OneHotIoU(4, [0, 1, 3]), one_hot, shares, False),
    Case("one-hot mean iou", lambda M: M.OneHotMeanIoU(4), one_hot, shares, False),
]  # fmt: skip
METRIC_CASES = [*MEANS, *ACCURACIES, *THRESHOLDS, *CLASSES]
