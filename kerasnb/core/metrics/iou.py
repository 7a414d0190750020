"""Intersection over union of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..config import epsilon
from .arrays import array, check_same_shape
from .confusion import spread_weight
from .metric import Metric


class _IoUBase(Metric):
    """Base: one confusion matrix, rows targets, columns outputs."""

    _direction = "up"

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ):  # fmt: skip
        # Counts are integers; fractions of weights need dtype="float32".
        super().__init__(name=name, dtype=dtype or "int")
        self.num_classes, self.ignore_class, self.axis = num_classes, ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.target_class_ids: Sequence[int] = list(range(num_classes))
        self.total_cm = self.add_variable((num_classes, num_classes), name="total_confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of any shape; the weights' shape is a leading part of the class indices'."""
        y_true, y_pred = array(y_true), array(y_pred)
        if not self.sparse_y_true:
            y_true = jnp.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = jnp.argmax(y_pred, axis=self.axis)
        self._count(y_true, y_pred, sample_weight)

    def _count(self, y_true: Any, y_pred: Any, sample_weight: Any) -> None:
        if y_true.ndim != y_pred.ndim and y_true.size == y_pred.size:
            y_true = y_true.reshape(y_pred.shape)
        who = type(self).__name__
        check_same_shape(y_true, y_pred, who)
        weight = spread_weight(1 if sample_weight is None else sample_weight, y_true.shape, self.dtype).reshape(-1)
        y_true, y_pred = y_true.reshape(-1).astype("int32"), y_pred.reshape(-1).astype("int32")
        n = self.num_classes
        counts = (y_true >= 0) & (y_true < n) & (y_pred >= 0) & (y_pred < n)
        if self.ignore_class is not None:
            kept = y_true != self.ignore_class
            self._check_range(jnp.where(kept, y_true, 0), y_pred)
            counts &= kept
        else:
            self._check_range(y_true, y_pred)
        places = jnp.where(counts, y_true * n + y_pred, n * n)
        found = jnp.zeros(n * n, self.dtype).at[places].add(weight, mode="drop")
        self.total_cm.assign_add(found.reshape(n, n))

    def _check_range(self, y_true: Any, y_pred: Any) -> None:
        """Class indices outside [0, num_classes) are an error where the values can be seen."""
        for what, values in (("y_true", y_true), ("y_pred", y_pred)):
            if isinstance(values, jax.core.Tracer) or not values.size:
                continue
            low, high = int(jnp.min(values)), int(jnp.max(values))
            if low < 0 or high >= self.num_classes:
                raise ValueError(
                    f"{type(self).__name__}: {what} has classes from {low} to {high}, but num_classes="
                    f"{self.num_classes} allows 0 to {self.num_classes - 1}. Leave out a target with ignore_class."
                )

    def result(self) -> Any:
        """The mean over the target classes that occur in targets or outputs."""
        matrix = self.total_cm.value.astype("float32")
        right = jnp.diagonal(matrix)
        union = jnp.sum(matrix, axis=0) + jnp.sum(matrix, axis=1) - right
        ids = np.asarray(list(self.target_class_ids), "int32")
        right, union = right[ids], union[ids]
        occurs = (union > 0).astype("float32")
        scores = right / (union + epsilon())
        return jnp.sum(scores * occurs) / (jnp.sum(occurs) + epsilon())


class IoU(_IoUBase):
    """The mean over some classes of ``tp / (tp + fp + fn)``.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes whose score is averaged.
        name: of the metric.
        dtype: of the counts, an integer type by default; "float32" keeps fractions of weights.
        ignore_class: a target that does not count (such as 255 for "unlabelled").
        sparse_y_true: whether targets are class indices; else one-hot (or scores) along ``axis``.
        sparse_y_pred: the same for outputs.
        axis: of the classes.

    >>> float(IoU(2, [0])([0, 0, 1, 1], [0, 1, 0, 1])) > 0.333
    True
    """

    def __init__(
        self, num_classes: int, target_class_ids: Sequence[int], name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ):  # fmt: skip
        super().__init__(num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)
        bad = [i for i in target_class_ids if not 0 <= i < num_classes]
        if bad or not len(target_class_ids):
            raise ValueError(
                f"{type(self).__name__}: target_class_ids must name classes from 0 to {num_classes - 1}, "
                f"got target_class_ids={list(target_class_ids)}."
            )
        self.target_class_ids = list(target_class_ids)


class BinaryIoU(IoU):
    """Intersection over union of zeros and ones.

    Args:
        target_class_ids: whose score is averaged: 0, 1 or both.
        threshold: outputs of at least this are called 1.
        name: of the metric.
        dtype: of the counts, an integer type by default; "float32" keeps fractions of weights.
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(2, target_class_ids, name, dtype)
        if not isinstance(threshold, (int, float)):
            raise ValueError(f"BinaryIoU: threshold must be a number, got threshold={threshold!r}.")
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and outputs."""
        self._count(array(y_true), (array(y_pred) >= self.threshold).astype("int32"), sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {
            "target_class_ids": self.target_class_ids, "threshold": self.threshold, "name": self.name,
            "dtype": self.dtype,
        }  # fmt: skip


class MeanIoU(_IoUBase):
    """The mean over all classes of ``tp / (tp + fp + fn)``; classes that do not occur do not count.

    Args:
        num_classes: how many classes there are.
        name: of the metric.
        dtype: of the counts, an integer type by default; "float32" keeps fractions of weights.
        ignore_class: a target that does not count (such as 255 for "unlabelled").
        sparse_y_true: whether targets are class indices; else one-hot (or scores) along ``axis``.
        sparse_y_pred: the same for outputs.
        axis: of the classes.
    """


class OneHotIoU(IoU):
    """IoU for one-hot targets and class scores.

    Args:
        num_classes, target_class_ids, name, dtype, ignore_class, axis: as in ``IoU``.
        sparse_y_pred: whether outputs are class indices instead of scores.
    """

    def __init__(
        self, num_classes: int, target_class_ids: Sequence[int], name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_pred: bool = False, axis: int = -1,
    ):  # fmt: skip
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(MeanIoU):
    """MeanIoU for one-hot targets and class scores.

    Args:
        num_classes, name, dtype, ignore_class, axis: as in ``MeanIoU``.
        sparse_y_pred: whether outputs are class indices instead of scores.
    """

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_pred: bool = False, axis: int = -1,
    ):  # fmt: skip
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
