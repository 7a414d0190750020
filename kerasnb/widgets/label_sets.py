"""Label sets: samples that may belong to several classes at once, and how well each label is found. Numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from .labels import names_of
from .predictions import REGRESSION_LOSSES, SORTS, TINY, from_logits, loss_name


def several_labels(outputs: np.ndarray, y: Any, model: Any = None, task: str | None = None) -> bool:
    """Whether outputs and labels are those of a model that gives each sample any number of labels.

    The argument ``task`` decides; else columns of 0 and 1 of which a row may hold none or several, or, without
    labels, the loss of the model.
    """
    if task is not None:
        return task == "labels"
    if outputs.ndim != 2 or outputs.shape[1] < 2 or loss_name(model) in REGRESSION_LOSSES:
        return False
    if y is None:
        return "binary" in loss_name(model)
    given = np.asarray(y)
    if given.dtype.kind not in "fiub" or given.shape != outputs.shape or not np.isin(given, (0, 1)).all():
        return False
    return bool((given.sum(1) != 1).any())


@dataclass
class LabelSets:
    """Probabilities of k labels for n samples, and which of them are true.

    Attributes:
        probabilities: (n, k) float32.
        truth: (n, k) bool, or None where no labels were given.
        names: of the labels.
        threshold: probability from which a label is given.
        notes: what was done to the outputs, in words.
    """

    probabilities: np.ndarray
    truth: np.ndarray | None
    names: list[str]
    threshold: float = 0.5
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, outputs: Any, y: Any = None, class_names: Any = None, threshold: float = 0.5, model: Any = None
    ) -> LabelSets:
        """Label sets of raw outputs.

        Args:
            outputs: (n, k) probabilities or logits.
            y: (n, k) of 0 and 1, or None.
            class_names: one name for each label: a sequence, or a dict from number to name.
            threshold: from 0 to 1.
            model: to see in its loss whether the outputs are logits.

        Raises:
            ValueError: outputs or labels that cannot be meant.
        """
        raw = np.asarray(outputs, np.float32)
        if raw.ndim != 2 or not raw.size:
            raise ValueError(
                f"gallery: outputs of the shape {raw.shape} are no labels: expected (samples, labels), one number each."
            )
        if not np.isfinite(raw).all():
            bad = np.flatnonzero(~np.isfinite(raw).all(1))
            raise ValueError(
                f"gallery: {len(bad)} of {len(raw)} predictions are NaN or infinite (first: sample {bad[0]}). Look for "
                "NaN in the inputs (np.isnan(x).any()) and in the weights."
            )
        notes = []
        if from_logits(model) or raw.min() < 0 or raw.max() > 1:
            raw = 1 / (1 + np.exp(-np.clip(raw, -60, 60)))
            notes.append("sigmoid applied: the outputs are logits")
        return cls(raw, _truth(y, raw.shape), names_of(class_names, raw.shape[1]), threshold, notes)

    def __len__(self) -> int:
        return len(self.probabilities)

    @cached_property
    def given(self) -> np.ndarray:
        """The labels that the model gives, (n, k) bool."""
        return self.probabilities > self.threshold

    @cached_property
    def right(self) -> np.ndarray:
        """Where all labels of a sample agree, (n,)."""
        return np.zeros(len(self), bool) if self.truth is None else (self.given == self.truth).all(1)

    @cached_property
    def loss(self) -> np.ndarray:
        """Mean binary cross-entropy of each sample in nats, (n,); NaN without labels."""
        if self.truth is None:
            return np.full(len(self), np.nan, np.float32)
        p = np.clip(np.where(self.truth, self.probabilities, 1 - self.probabilities), TINY, 1.0)
        return -np.log(p).mean(1)

    def counts(self) -> dict[str, np.ndarray]:
        """For each label, (k,): true, given, found (both), missed, and false alarms."""
        if self.truth is None:
            return {"given": self.given.sum(0)}
        found = (self.given & self.truth).sum(0)
        true, given = self.truth.sum(0), self.given.sum(0)
        return {"true": true, "given": given, "found": found, "missed": true - found, "false": given - found}

    def scores(self) -> dict[str, np.ndarray]:
        """For each label, (k,): precision, recall, f1; NaN where there is nothing to divide by."""
        c = self.counts()
        if self.truth is None:
            return {}
        return {
            "precision": _share(c["found"], c["given"]), "recall": _share(c["found"], c["true"]),
            "f1": _share(2 * c["found"], c["given"] + c["true"]),
        }  # fmt: skip

    @property
    def accuracy(self) -> float:
        """Share of single labels that are right; NaN without truth."""
        return float("nan") if self.truth is None else float((self.given == self.truth).mean())

    def order(self, by: str = "wrong") -> np.ndarray:
        """Sample numbers sorted.

        Args:
            by: "wrong" (the label that is most confidently wrong decides), "loss", "unsure" (the label nearest to the
                threshold decides), "sure", or "order" (as given).
        """
        if by not in SORTS:
            raise ValueError(f"gallery: sort must be one of {', '.join(map(repr, SORTS))}, got {by!r}.")
        distance = np.abs(self.probabilities - self.threshold).min(1)
        if by == "wrong" and self.truth is not None:
            key = -np.where(self.given != self.truth, np.abs(self.probabilities - self.truth), 0.0).max(1)
        elif by == "loss" and self.truth is not None:
            key = -self.loss
        elif by == "order":
            key = np.zeros(len(self))
        else:
            key = -distance if by == "sure" else distance
        return np.argsort(key, kind="stable")


def _truth(y: Any, shape: tuple[int, ...]) -> np.ndarray | None:
    if y is None:
        return None
    labels = np.asarray(y)
    if labels.shape != shape:
        raise ValueError(
            f"gallery: y has the shape {labels.shape} and the outputs {shape}: give 0 or 1 for each label of each "
            "sample."
        )
    if labels.dtype.kind not in "fiub" or not np.isin(labels, (0, 1)).all():
        raise ValueError("gallery: with several labels for a sample, y must hold 0 and 1 only.")
    return labels.astype(bool)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def names_at(names: Sequence[str], which: np.ndarray) -> list[str]:
    """The names where ``which`` is true."""
    return [names[i] for i in np.flatnonzero(which)]
