"""Losses: functions that give one value per sample, and the objects that weigh and reduce them."""

from __future__ import annotations

from typing import Any

from .. import registry
from . import functions
from .loss import Loss, LossFunctionWrapper, reduce_weighted, squeeze_or_expand_to_same_rank
from .other import CTC, Circle, Dice, Tversky
from .probabilistic import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    KLDivergence,
    SparseCategoricalCrossentropy,
)
from .regression import (
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SquaredHinge,
)

__all__ = ["Loss", "LossFunctionWrapper", "reduce_weighted", "squeeze_or_expand_to_same_rank"]

# fmt: off
CLASSES = [
    BinaryCrossentropy, BinaryFocalCrossentropy, CTC, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Dice, Hinge, Huber, KLDivergence,
    LogCosh, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson,
    SparseCategoricalCrossentropy, SquaredHinge, Tversky,
]
FUNCTIONS = [
    "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "circle", "cosine_similarity", "ctc", "dice", "hinge",
    "huber", "kl_divergence", "log_cosh", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "poisson", "sparse_categorical_crossentropy", "squared_hinge", "tversky",
]
# fmt: on
_SHORT = {
    "mse": "mean_squared_error",
    "MSE": "mean_squared_error",
    "mae": "mean_absolute_error",
    "MAE": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "MAPE": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "MSLE": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "BCE": "binary_crossentropy",
    "kld": "kl_divergence",
    "KLD": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "Huber": "huber",
    "cosine_proximity": "cosine_similarity",
    "bfce": "binary_focal_crossentropy",
}  # fmt: skip
TABLE: dict[str, Any] = {c.__name__: c for c in CLASSES} | {n: getattr(functions, n) for n in FUNCTIONS}
TABLE |= {short: getattr(functions, name) for short, name in _SHORT.items() if short not in TABLE}


def get(identifier: Any) -> Any:
    """The loss that a name, dict, function or object stands for: functions as functions, classes as objects."""
    return registry.lookup(identifier, TABLE, "loss", Loss)


def serialize(loss: Any) -> Any:
    """A loss in archive form."""
    return registry.serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """The loss that ``serialize`` described."""
    return registry.deserialize_keras_object(name, custom_objects, module_objects=TABLE)
