"""What classifier, regressor and transformer share: a model, made and trained anew at every ``fit``.

This module imports scikit-learn; nothing of kerasnb imports it before ``keras.wrappers`` is asked for a name.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from ..models.cloning import clone_model
from ..models.model import Model


class KerasEstimator(BaseEstimator):
    """A model behind ``fit`` and ``predict`` in scikit-learn's form.

    Args:
        model: a compiled model, whose architecture is copied at ``fit`` with new weights; or a function
            ``f(X, y, **model_kwargs)`` that returns one.
        warm_start: go on training the model of the last ``fit`` instead of starting anew.
        model_kwargs: further arguments of the function.
        fit_kwargs: arguments of ``model.fit``, such as ``{"epochs": 5, "verbose": 0}``.

    After ``fit``: ``model_`` is the trained model, ``history_`` its ``History``, ``n_features_in_`` the number of
    columns.
    """

    def __init__(
        self,
        model: Any,
        warm_start: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        fit_kwargs: dict[str, Any] | None = None,
    ):
        # scikit-learn copies estimators by these very objects, so nothing is checked or changed here.
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def fit(self, X: Any, y: Any, **kwargs: Any) -> Any:
        """Train on (rows, columns) and one target per row; ``kwargs`` go to ``model.fit`` and outweigh ``fit_kwargs``.

        Returns:
            The estimator.
        """
        checked: Any = validate_data(self, X, y, reset=True, **self._checks())
        X, targets = checked[0], self._encode(checked[1])
        if not (self.warm_start and hasattr(self, "model_")):
            self.model_ = self._make(X, targets)
        self.history_ = self.model_.fit(X, targets, **{**(self.fit_kwargs or {}), **kwargs})
        return self

    def predict(self, X: Any) -> Any:
        """The predictions of a matrix, one per row."""
        return self._decode(self._raw_predictions(X))

    @property
    def epoch_(self) -> int:
        """How many epochs the last ``fit`` ran."""
        check_is_fitted(self, "history_")
        return len(self.history_.epoch)

    def _raw_predictions(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "model_")
        rows = validate_data(self, X, reset=False)
        return self.model_.predict(rows, verbose=(self.fit_kwargs or {}).get("verbose", "auto"))

    def _make(self, X: Any, targets: Any) -> Model:
        """The model of one ``fit``."""
        where = type(self).__name__
        if isinstance(self.model, Model):
            _check_compiled(self.model, where)
            fresh = clone_model(self.model)
            fresh.compile_from_config(self.model.get_compile_config())
            return fresh
        if not callable(self.model):
            raise TypeError(
                f"{where}: model must be a compiled keras.Model or a function f(X, y, **model_kwargs) that returns "
                f"one, got {self.model!r}."
            )
        made = self.model(X, targets, **(self.model_kwargs or {}))
        if not isinstance(made, Model):
            raise TypeError(f"{where}: the function model must return a keras.Model, got {type(made).__name__}.")
        _check_compiled(made, where)
        return made

    def _checks(self) -> dict[str, Any]:
        """How the data are checked."""
        return {"y_numeric": True}

    def _encode(self, y: np.ndarray) -> np.ndarray:
        """Targets as the model learns them: (rows, 1)."""
        return y.reshape(-1, 1)

    def _decode(self, outputs: np.ndarray) -> np.ndarray:
        """Predictions from the model's outputs."""
        return outputs[:, 0] if outputs.ndim == 2 and outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags


def _check_compiled(model: Model, where: str) -> None:
    if not model.compiled or model.optimizer is None or model.loss is None:
        raise RuntimeError(f"{where}: the model must be compiled with a loss and an optimizer before it can be fitted.")
