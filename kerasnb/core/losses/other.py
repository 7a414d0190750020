"""Losses as objects: other."""

from __future__ import annotations

from typing import Any

from . import functions
from .loss import LossFunctionWrapper


class Circle(LossFunctionWrapper):
    """Pulls embeddings of a class together and pushes others apart.

    Formula and arguments: ``losses.circle``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str = "circle",
        dtype: Any = None,
    ):
        super().__init__(
            functions.circle,
            reduction=reduction,
            name=name,
            dtype=dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )
        self.gamma = gamma
        self.margin = margin
        self.remove_diagonal = remove_diagonal


class CTC(LossFunctionWrapper):
    """Connectionist temporal classification of sequences.

    Formula and arguments: ``losses.ctc``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "ctc", dtype: Any = None):
        super().__init__(functions.ctc, reduction=reduction, name=name, dtype=dtype)


class Dice(LossFunctionWrapper):
    """One minus the Dice overlap, for segmentation.

    Formula and arguments: ``losses.dice``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "dice", axis: Any = None, dtype: Any = None
    ):
        super().__init__(functions.dice, reduction=reduction, name=name, dtype=dtype, axis=axis)
        self.axis = axis


class Tversky(LossFunctionWrapper):
    """Dice with weights ``alpha`` for false negatives and ``beta`` for false positives.

    Formula and arguments: ``losses.tversky``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self, alpha: float = 0.5, beta: float = 0.5, reduction: str | None = "sum_over_batch_size",
        name: str = "tversky", axis: Any = None, dtype: Any = None,
    ):  # fmt: skip
        super().__init__(
            functions.tversky, reduction=reduction, name=name, dtype=dtype, alpha=alpha, beta=beta, axis=axis
        )
        self.alpha, self.beta, self.axis = alpha, beta, axis
