"""Losses as objects: regression."""

from __future__ import annotations

from typing import Any

from . import functions
from .loss import LossFunctionWrapper


class MeanSquaredError(LossFunctionWrapper):
    """Mean of the squared errors.

    Formula and arguments: ``losses.mean_squared_error``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "mean_squared_error", dtype: Any = None
    ):
        super().__init__(functions.mean_squared_error, reduction=reduction, name=name, dtype=dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of the absolute errors.

    Formula and arguments: ``losses.mean_absolute_error``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "mean_absolute_error", dtype: Any = None
    ):
        super().__init__(functions.mean_absolute_error, reduction=reduction, name=name, dtype=dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean of the absolute errors in percent of the targets.

    Formula and arguments: ``losses.mean_absolute_percentage_error``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_percentage_error",
        dtype: Any = None,
    ):
        super().__init__(functions.mean_absolute_percentage_error, reduction=reduction, name=name, dtype=dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """Mean of the squared differences of ``log(1 + y)``.

    Formula and arguments: ``losses.mean_squared_logarithmic_error``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ):
        super().__init__(functions.mean_squared_logarithmic_error, reduction=reduction, name=name, dtype=dtype)


class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine between targets and outputs: -1 is best.

    Formula and arguments: ``losses.cosine_similarity``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "cosine_similarity",
        dtype: Any = None,
    ):
        super().__init__(functions.cosine_similarity, reduction=reduction, name=name, dtype=dtype, axis=axis)
        self.axis = axis


class Huber(LossFunctionWrapper):
    """Squared near 0, linear for errors beyond ``delta``.

    Formula and arguments: ``losses.huber``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "huber_loss",
        dtype: Any = None,
    ):
        super().__init__(functions.huber, reduction=reduction, name=name, dtype=dtype, delta=delta)
        self.delta = delta


class LogCosh(LossFunctionWrapper):
    """Logarithm of the hyperbolic cosine of the errors.

    Formula and arguments: ``losses.log_cosh``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "log_cosh", dtype: Any = None):
        super().__init__(functions.log_cosh, reduction=reduction, name=name, dtype=dtype)


class Poisson(LossFunctionWrapper):
    """``y_pred - y_true log(y_pred)``, for counts.

    Formula and arguments: ``losses.poisson``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "poisson", dtype: Any = None):
        super().__init__(functions.poisson, reduction=reduction, name=name, dtype=dtype)


class Hinge(LossFunctionWrapper):
    """``max(1 - y_true y_pred, 0)``, for labels -1 and 1.

    Formula and arguments: ``losses.hinge``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "hinge", dtype: Any = None):
        super().__init__(functions.hinge, reduction=reduction, name=name, dtype=dtype)


class SquaredHinge(LossFunctionWrapper):
    """The square of ``Hinge``.

    Formula and arguments: ``losses.squared_hinge``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "squared_hinge", dtype: Any = None):
        super().__init__(functions.squared_hinge, reduction=reduction, name=name, dtype=dtype)


class CategoricalHinge(LossFunctionWrapper):
    """``max(largest wrong - right + 1, 0)``, for one-hot labels.

    Formula and arguments: ``losses.categorical_hinge``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "categorical_hinge", dtype: Any = None
    ):
        super().__init__(functions.categorical_hinge, reduction=reduction, name=name, dtype=dtype)
