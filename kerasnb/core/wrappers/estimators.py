"""SKLearnClassifier, SKLearnRegressor and SKLearnTransformer."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from .estimator import KerasEstimator


class SKLearnClassifier(ClassifierMixin, KerasEstimator):
    """A model as a classifier: it learns one-hot targets, and answers with the labels it was given.

    Args:
        model: a compiled model with one output per class, or a function ``f(X, y, **model_kwargs)`` that makes one;
            ``y`` is one-hot there.
        warm_start, model_kwargs, fit_kwargs: as in ``KerasEstimator``.

    After ``fit``, ``classes_`` are the labels in order.
    """

    classes_: np.ndarray

    def decision_function(self, X: Any) -> np.ndarray:
        """The model's outputs, (rows, classes)."""
        return self._raw_predictions(X)

    def _checks(self) -> dict[str, Any]:
        return {}

    def _encode(self, y: np.ndarray) -> np.ndarray:
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y")
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"{type(self).__name__}: y must hold one label per row, got targets of type {kind!r}.")
        labels, index = np.unique(y, return_inverse=True)
        if self.warm_start and hasattr(self, "model_"):
            strangers = np.setdiff1d(labels, self.classes_)
            if strangers.size:
                raise ValueError(
                    f"{type(self).__name__}: with warm_start the labels must be among {self.classes_.tolist()}, "
                    f"got also {strangers.tolist()}."
                )
            index = np.searchsorted(self.classes_, y)
        elif len(labels) < 2:
            raise ValueError("Classifier can't train when only one class is present.")  # scikit-learn looks for this
        else:
            self.classes_ = labels
        return np.eye(len(self.classes_))[index]  # (rows, classes)

    def _decode(self, outputs: np.ndarray) -> np.ndarray:
        if outputs.ndim != 2 or outputs.shape[1] != len(self.classes_):
            raise ValueError(
                f"{type(self).__name__}: the model must give one number for each of the {len(self.classes_)} classes, "
                f"got outputs of shape {outputs.shape}."
            )
        return self.classes_[np.argmax(outputs, axis=1)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # how good it is depends on the model
        return tags


class SKLearnRegressor(RegressorMixin, KerasEstimator):
    """A model as a regressor: one number per row.

    Args:
        model, warm_start, model_kwargs, fit_kwargs: as in ``KerasEstimator``; the function's ``y`` is (rows, 1).
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # how good it is depends on the model
        return tags


class SKLearnTransformer(TransformerMixin, KerasEstimator):
    """A model whose outputs are new features.

    Args:
        model, warm_start, model_kwargs, fit_kwargs: as in ``KerasEstimator``.
    """

    def transform(self, X: Any) -> np.ndarray:
        """The model's outputs for each row."""
        return self._raw_predictions(X)
