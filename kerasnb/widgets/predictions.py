"""Predictions: what a model says of samples, beside what is true of them. Numbers only, no pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from .labels import UNKNOWN, labels_of, names_of

TINY = 1e-7  # the least probability a loss is computed with, as Keras clips it
REGRESSION_LOSSES = (
    "mean_squared_error", "mse", "mean_absolute_error", "mae", "mean_absolute_percentage_error", "mape",
    "mean_squared_logarithmic_error", "msle", "huber", "log_cosh", "logcosh", "poisson",
)  # fmt: skip


@dataclass
class Predictions:
    """Classes, their probabilities and the truth of n samples.

    Attributes:
        probabilities: (n, classes) float32; a binary model's one output became two columns.
        truth: (n,) class numbers, ``UNKNOWN`` where no label was given.
        names: one text for each class.
        threshold: probability of the second class from which a binary model's answer is "yes".
        notes: what was done to the outputs, in words ("softmax applied: the outputs are logits").
    """

    probabilities: np.ndarray
    truth: np.ndarray
    names: list[str]
    threshold: float = 0.5
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.probabilities)

    @property
    def judged(self) -> bool:
        """Whether any truth is known."""
        return bool((self.truth != UNKNOWN).any())

    @cached_property
    def predicted(self) -> np.ndarray:
        """The class of each sample, (n,)."""
        if self.probabilities.shape[1] == 2:
            return (self.probabilities[:, 1] > self.threshold).astype(np.int32)
        return self.probabilities.argmax(1).astype(np.int32)

    @cached_property
    def confidence(self) -> np.ndarray:
        """The probability of the predicted class, (n,)."""
        return self.probabilities[np.arange(len(self)), self.predicted]

    @cached_property
    def margin(self) -> np.ndarray:
        """How far the likeliest class is ahead of the next, (n,): 0 is undecided, 1 is certain."""
        two = np.partition(self.probabilities, -2, axis=1)[:, -2:]
        return two[:, 1] - two[:, 0]

    @property
    def right(self) -> np.ndarray:
        """Where prediction and truth agree, (n,)."""
        return self.predicted == self.truth

    @property
    def wrong(self) -> np.ndarray:
        """Where they are known to differ, (n,)."""
        return (self.truth != UNKNOWN) & ~self.right

    @property
    def loss(self) -> np.ndarray:
        """Surprise of the truth in nats, -log p[truth], (n,); NaN where it is unknown."""
        at = np.clip(self.truth, 0, None)
        p = np.clip(self.probabilities[np.arange(len(self)), at], TINY, 1.0)
        return np.where(self.truth == UNKNOWN, np.nan, -np.log(p)).astype(np.float32)

    @property
    def accuracy(self) -> float:
        """Share of the samples with known truth that are right; NaN without any."""
        known = self.truth != UNKNOWN
        return float(self.right[known].mean()) if known.any() else float("nan")

    def order(self, by: str = "wrong") -> np.ndarray:
        """Sample numbers sorted.

        Args:
            by: "wrong" (most confidently wrong first, then the right ones from the least sure on),
                "loss" (greatest first), "unsure" (smallest margin first), "sure", or "order" (as given).
        """
        if by == "wrong":
            key = np.where(self.wrong, -1.0 - self.confidence, self.confidence)
        elif by == "loss":
            key = -np.nan_to_num(self.loss, nan=-1.0)
        elif by in ("unsure", "sure"):
            key = self.margin if by == "unsure" else -self.margin
        elif by == "order":
            key = np.zeros(len(self))
        else:
            raise ValueError(f"gallery: sort must be one of {', '.join(map(repr, SORTS))}, got {by!r}.")
        return np.argsort(key, kind="stable")


SORTS = {
    "wrong": "most confidently wrong first",
    "loss": "highest loss first",
    "unsure": "least sure first",
    "sure": "surest first",
    "order": "in the order of the data",
}


def judge(
    outputs: np.ndarray, y: Any, task: str, class_names: Any = None, threshold: float = 0.5, model: Any = None
) -> Predictions:
    """Predictions from a classifier's raw outputs.

    Args:
        outputs: (n, classes) probabilities or logits; (n,) or (n, 1) for a binary model.
        y: class numbers (n,) or (n, 1), one-hot rows (n, classes), class names, or None.
        task: "classes" or "binary", as ``task_of`` says.
        class_names: one name per class: a sequence, or a dict from class number to name.
        threshold: of a binary model.
        model: the model, to see in its loss whether the outputs are logits.

    Raises:
        ValueError: outputs or labels that cannot be meant; the message says what to do.
    """
    raw = np.asarray(outputs, np.float32)
    if raw.ndim == 1:
        raw = raw[:, None]
    if not np.isfinite(raw).all():
        bad = np.flatnonzero(~np.isfinite(raw).all(1))
        raise ValueError(
            f"gallery: {len(bad)} of {len(raw)} predictions are NaN or infinite (first: sample {bad[0]}). Look for "
            "NaN in "
            "the inputs (np.isnan(x).any()) and in the weights; a smaller learning rate or clipnorm=1.0 in the "
            "optimizer "
            "keeps training from diverging."
        )
    notes: list[str] = []
    if task == "binary":
        probabilities = _binary(raw, notes, model)
    else:
        probabilities = _normalised(raw, notes, model)
    names = names_of(class_names, probabilities.shape[1], task)
    truth = labels_of(y, len(raw), probabilities.shape[1], names)
    return Predictions(probabilities, truth, names, threshold, notes)


def _binary(raw: np.ndarray, notes: list[str], model: Any) -> np.ndarray:
    """Two columns: no and yes."""
    p = raw[:, 0]
    if from_logits(model) or p.min() < 0 or p.max() > 1:
        p = 1 / (1 + np.exp(-np.clip(p, -60, 60)))
        notes.append("sigmoid applied: the outputs are logits")
    return np.stack([1 - p, p], 1)


def _normalised(raw: np.ndarray, notes: list[str], model: Any) -> np.ndarray:
    """Rows that are probabilities."""
    sums = raw.sum(1)
    inside = raw.min() >= -1e-6 and raw.max() <= 1 + 1e-3
    if from_logits(model) or not inside:
        shifted = np.exp(raw - raw.max(1, keepdims=True))
        notes.append("softmax applied: the outputs are logits")
        return shifted / shifted.sum(1, keepdims=True)
    raw = np.clip(raw, 0, 1)
    if np.abs(sums - 1).max() > 1e-2:
        notes.append("outputs divided by their sum: they do not add up to 1")
        return raw / np.maximum(raw.sum(1, keepdims=True), TINY)
    return raw


def from_logits(model: Any) -> bool:
    """Whether the model's loss takes logits."""
    loss = getattr(model, "loss", None)
    return bool(getattr(loss, "from_logits", False) or (getattr(loss, "_fn_kwargs", None) or {}).get("from_logits"))


def loss_name(model: Any) -> str:
    """The name of the model's loss in lower case with underscores; "" without one."""
    loss = getattr(model, "loss", None)
    if isinstance(loss, str):
        return loss.lower()
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", "")).lower()


def task_of(outputs: np.ndarray, y: Any, model: Any = None, task: str | None = None) -> str:
    """What a model's outputs are: "classes", "binary" or "regression".

    The argument decides, then the compiled loss, then the shapes and values of outputs and labels.

    Raises:
        ValueError: outputs of a shape that a gallery cannot show.
    """
    if task is not None and task not in ("classes", "binary", "regression"):
        raise ValueError(f"gallery: task must be 'classes', 'binary', 'labels' or 'regression', got {task!r}.")
    if outputs.ndim > 2:
        raise ValueError(
            f"gallery: the outputs have the shape {outputs.shape}, several predictions per sample; the gallery shows "
            "one. "
            "Choose one of them and pass it on: model.gallery(x, y, predictions=model.predict(x)[:, -1])."
        )
    single = outputs.ndim == 1 or outputs.shape[1] == 1
    if task is not None:
        return "binary" if task == "classes" and single else task
    if loss_name(model) in REGRESSION_LOSSES and not _one_hot(y, outputs):
        return "regression"
    classifies = "crossentropy" in loss_name(model)
    if single:
        if classifies:
            return "binary"
        if y is None:
            return "binary" if outputs.min() >= 0 and outputs.max() <= 1 else "regression"
        labels = np.asarray(y)
        return "binary" if labels.dtype.kind in "USOb" or np.isin(labels, (0, 1)).all() else "regression"
    if classifies or y is None:
        return "classes"
    labels = np.asarray(y)
    if labels.dtype.kind in "fc" and not _one_hot(labels, outputs) and not (labels == np.round(labels)).all():
        return "regression"
    return "classes"


def _one_hot(y: Any, outputs: np.ndarray) -> bool:
    if y is None:
        return False
    labels = np.asarray(y)
    if labels.dtype.kind not in "fiub" or labels.ndim != 2 or labels.shape[1] < 2 or labels.shape != outputs.shape:
        return False
    return bool((labels >= 0).all() and np.allclose(labels.sum(1), 1, atol=1e-3))
