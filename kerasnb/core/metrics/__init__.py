"""Metrics: sums over batches, and the numbers read from them."""

from __future__ import annotations

from typing import Any

from .. import losses, naming, registry
from ..losses import functions
from . import accuracy, correlation, regression
from .accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    resolve_accuracy,
)
from .auc import AUC
from .correlation import ConcordanceCorrelation, PearsonCorrelation
from .counts import FalseNegatives, FalsePositives, TrueNegatives, TruePositives
from .f_score import F1Score, FBetaScore
from .hinge import CategoricalHinge, Hinge, SquaredHinge
from .iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from .metric import Metric
from .operating_points import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from .precision_recall import Precision, Recall
from .probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from .r2 import R2Score
from .reduction import Mean, MeanMetricWrapper, Sum
from .regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    RootMeanSquaredError,
)

__all__ = ["Mean", "MeanMetricWrapper", "Metric", "Sum", "deserialize", "get", "resolve_accuracy", "serialize"]

# fmt: off
CLASSES = [
    Accuracy, AUC, BinaryAccuracy, BinaryCrossentropy, BinaryIoU, CategoricalAccuracy, CategoricalCrossentropy,
    CategoricalHinge, ConcordanceCorrelation, CosineSimilarity, F1Score, FalseNegatives, FalsePositives, FBetaScore,
    Hinge, IoU, KLDivergence, LogCoshError, Mean, MeanAbsoluteError, MeanAbsolutePercentageError, MeanIoU,
    MeanMetricWrapper, MeanSquaredError, MeanSquaredLogarithmicError, OneHotIoU, OneHotMeanIoU, PearsonCorrelation,
    Poisson, Precision, PrecisionAtRecall, R2Score, Recall, RecallAtPrecision, RootMeanSquaredError,
    SensitivityAtSpecificity, SparseCategoricalAccuracy, SparseCategoricalCrossentropy, SparseTopKCategoricalAccuracy,
    SpecificityAtSensitivity, SquaredHinge, Sum, TopKCategoricalAccuracy, TrueNegatives, TruePositives,
]
_SHORT = {
    "bce": BinaryCrossentropy, "BCE": BinaryCrossentropy, "mse": MeanSquaredError, "MSE": MeanSquaredError,
    "mae": MeanAbsoluteError, "MAE": MeanAbsoluteError, "mape": MeanAbsolutePercentageError,
    "MAPE": MeanAbsolutePercentageError, "msle": MeanSquaredLogarithmicError, "MSLE": MeanSquaredLogarithmicError,
}
# fmt: on
TABLE: dict[str, Any] = {c.__name__: c for c in CLASSES} | {naming.to_snake_case(c.__name__): c for c in CLASSES}
TABLE |= _SHORT
# What is a function only, or a loss: compile makes the mean of it.
FUNCTIONS: dict[str, Any] = {n: f for n, f in losses.TABLE.items() if n not in TABLE and not isinstance(f, type)}
FUNCTIONS |= {
    f.__name__: f
    for f in (
        accuracy.binary_accuracy, accuracy.categorical_accuracy, accuracy.sparse_categorical_accuracy,
        accuracy.top_k_categorical_accuracy, accuracy.sparse_top_k_categorical_accuracy, regression.cosine_similarity,
        correlation.pearson_correlation, correlation.concordance_correlation,
    )
}  # fmt: skip


def get(identifier: Any) -> Any:
    """The metric that a name, dict, function or object stands for; a class is made with its defaults.

    A name that only a loss has ("huber") gives the function; ``compile`` and MeanMetricWrapper make its mean.

    Raises:
        ValueError: an unknown name; the message says which is near.
    """
    return registry.lookup(identifier, FUNCTIONS | TABLE, "metric", Metric)


def function_named(value: Any) -> Any:
    """The function of a saved MeanMetricWrapper: by its name, its description, or itself."""
    if isinstance(value, str):
        return registry.lookup(value, FUNCTIONS | {n: getattr(functions, n) for n in losses.FUNCTIONS}, "function")
    return registry.from_config_value(value)


def serialize(metric: Any) -> Any:
    """A metric in archive form."""
    return registry.serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The metric that ``serialize`` described."""
    if isinstance(config, dict) and "module" not in config and config.get("class_name") in TABLE:
        return TABLE[config["class_name"]].from_config(dict(config.get("config") or {}))
    return registry.deserialize_keras_object(config, custom_objects, module_objects=FUNCTIONS | TABLE)
