"""Residuals: how far a regression's predictions are off, where, and for which samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import residuals_still
from .outputs import outputs_of
from .samples import Samples


class Residuals:
    """A regression's predictions beside the truth; displayed: predicted against true, residuals, errors, worst cases.

    Args:
        model: has ``predict``.
        x: samples, (n, ...).
        y: targets, (n,) or (n, outputs); None shows the predictions alone.
        target: number or name of the output that is drawn, of a model with several.
        target_names: names of the outputs.
        feature_names, kind, image_shape, texts, word_index: how samples are shown, see ``Samples``.
        worst: how many of the worst cases are listed.
        batch_size: of ``predict``.

    Attributes:
        truth: (n, outputs) or None.
        predicted: (n, outputs).
        errors: predicted minus truth, (n, outputs).

    Example: ``view = model.gallery(x_test, y_test)``, ``view.figure()`` for a plotly figure, ``view.metrics()``.
    """

    def __init__(
        self, model: Any, x: Any, y: Any = None, *, target: int | str = 0, target_names: Any = None,
        feature_names: Any = None, kind: str | None = None, image_shape: Any = None, texts: Any = None,
        word_index: Any = None, worst: int = 8, batch_size: int | None = None, outputs: Any = None,
    ):  # fmt: skip
        self.model, self.count = model, worst
        self.samples = Samples(x, model, kind, image_shape, texts, word_index, feature_names)
        raw = outputs_of(model, x, None, batch_size) if outputs is None else np.asarray(outputs)
        self.predicted = raw.reshape(len(raw), -1).astype(np.float64)
        bad = np.flatnonzero(~np.isfinite(self.predicted).all(1))
        if len(bad):
            raise ValueError(
                f"gallery: {len(bad)} of {len(raw)} predictions are NaN or infinite (first: sample {bad[0]}). Look "
                "for NaN in "
                "the inputs; scale them (layers.Normalization), or train with a smaller learning rate."
            )
        self.truth = None if y is None else targets_of(y, self.predicted.shape)
        width = self.predicted.shape[1]
        default = ["value"] if width == 1 else [f"output {i}" for i in range(width)]
        self.target_names = default if target_names is None else [str(n) for n in np.atleast_1d(target_names)]
        if len(self.target_names) != width:
            raise ValueError(
                f"gallery: target_names has {len(self.target_names)} names, but the model has {width} outputs: give "
                "one each."
            )
        self.target = self._column(target)

    def __len__(self) -> int:
        return len(self.predicted)

    def _column(self, target: int | str) -> int:
        if isinstance(target, str) and target in self.target_names:
            return self.target_names.index(target)
        if isinstance(target, str) or not 0 <= int(target) < len(self.target_names):
            raise ValueError(f"gallery: target must be one of {self.target_names} or its number, got {target!r}.")
        return int(target)

    @property
    def errors(self) -> np.ndarray:
        """Predicted minus truth, (n, outputs)."""
        if self.truth is None:
            raise ValueError("There are no errors without y: make the view with model.gallery(x, y).")
        return self.predicted - self.truth

    def metrics(self, target: int | str | None = None) -> dict[str, float]:
        """Numbers of one output.

        Returns: ``mae`` (mean absolute error), ``rmse`` (root of the mean squared error), ``bias`` (mean error),
            ``r2`` (share of the truth's variance explained; NaN for a constant truth), ``median`` (of the absolute
            errors), ``p95`` (which 95 % of the absolute errors stay below).
        """
        c = self.target if target is None else self._column(target)
        e = self.errors[:, c]
        assert self.truth is not None
        spread = float(((self.truth[:, c] - self.truth[:, c].mean()) ** 2).sum())
        return {
            "mae": float(np.abs(e).mean()), "rmse": float(np.sqrt((e**2).mean())), "bias": float(e.mean()),
            "r2": 1 - float((e**2).sum()) / spread if spread > 0 else float("nan"),
            "median": float(np.median(np.abs(e))), "p95": float(np.quantile(np.abs(e), 0.95)),
        }  # fmt: skip

    def worst(self, count: int | None = None) -> np.ndarray:
        """Numbers of the samples with the greatest absolute errors."""
        return np.argsort(-np.abs(self.errors[:, self.target]), kind="stable")[: self.count if count is None else count]

    def figure(self) -> Any:
        """Predicted against true, residuals and errors as a plotly figure, with the samples' numbers on hover."""
        from .residuals_figure import residuals_figure

        return residuals_figure(self)

    def text(self) -> str:
        """The view in words and numbers."""
        return residuals_still.text(self)

    def __repr__(self) -> str:
        return self.text()

    def still(self) -> dict[str, Any]:
        """HTML, PNG and text."""
        return residuals_still.bundle(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.still()


def targets_of(y: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Targets as (n, outputs) numbers.

    Raises:
        ValueError: another shape than the predictions', no numbers, NaN.
    """
    try:
        values = np.asarray(y, np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            "gallery: y holds no numbers, and the model predicts quantities. For class labels pass task='classes'."
        ) from None
    if values.shape[:1] != shape[:1] or values.size != int(np.prod(shape)):
        raise ValueError(
            f"gallery: y has the shape {values.shape} and the predictions {shape}: give one target for each output of "
            "each sample."
        )
    bad = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(1))
    if len(bad):
        raise ValueError(f"gallery: y has NaN or infinite targets (first: sample {bad[0]}): leave those samples out.")
    return values.reshape(shape)
