"""keras.wrappers: models as estimators of scikit-learn, which is imported when a name is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasnb.core.wrappers.estimators import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'keras.wrappers' has no attribute {name!r}. It has: {', '.join(__all__)}.")
    try:
        estimators = importlib.import_module("kerasnb.core.wrappers.estimators")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "sklearn":
            raise
        raise ImportError(
            f"keras.wrappers.{name} needs scikit-learn, which is not installed: pip install scikit-learn"
        ) from error
    globals()[name] = value = getattr(estimators, name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
