"""The loss of a compiled model: one function per output, weighted and added up."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..tracing_errors import in_own_words
from .structure import leaves, output_keys, spread, targets_for


class CompileLoss:
    """Losses matched to outputs.

    Args:
        loss: a name, function or Loss; or a list or dict of them, None where an output has none.
        loss_weights: numbers in the same structure.
        output_names: names of the model's outputs, where it has some.
    """

    def __init__(self, loss: Any, loss_weights: Any = None, output_names: list[str] | None = None):
        from ..metrics import Mean

        self.user_loss, self.user_weights, self.output_names = loss, loss_weights, output_names
        self._make_mean = Mean
        self.built = False
        self.losses: list[Any] = []
        self.weights: list[float | None] = []
        self.trackers: list[Any] = []

    def build(self, y: Any, y_pred: Any) -> None:
        """Resolve names and structure against real (or symbolic) outputs."""
        names = self.output_names
        given = spread(_nested_list(self.user_loss, y_pred), y_pred, names, "loss")
        weights = self.user_weights
        if isinstance(weights, (int, float)):
            weights = [float(weights)]
        self.weights = spread(weights, y_pred, names, "loss_weights")
        targets = targets_for(y, y_pred, names)
        self.losses = [resolve_loss(fn, t, p) for fn, t, p in zip(given, targets, leaves(y_pred), strict=True)]
        if all(fn is None for fn in self.losses):
            raise ValueError("compile: loss is None for every output, so there is nothing to minimise.")
        keys = output_keys(y_pred, names)
        several = sum(fn is not None for fn in self.losses) > 1
        self.trackers = [
            self._make_mean(name=f"{k}_loss") if several and fn is not None else None
            for k, fn in zip(keys, self.losses, strict=True)
        ]
        self.built = True

    @property
    def metrics(self) -> list[Any]:
        """The running mean of each output's loss, where there are several."""
        return [t for t in self.trackers if t is not None]

    def __call__(self, y: Any, y_pred: Any, sample_weight: Any = None, rows: Any = None) -> Any:
        """The weighted sum of the outputs' losses.

        Args:
            y: targets; y_pred: outputs; sample_weight: per row, one for all outputs or in their structure.
            rows: how many rows are real; the others are padding whose weights are 0.
        """
        if not self.built:
            self.build(y, y_pred)
        predictions = leaves(y_pred)
        targets = targets_for(y, y_pred, self.output_names)
        weights = _weights_for(sample_weight, y_pred, self.output_names)
        total: Any = None
        for fn, share, tracker, t, p, w in zip(
            self.losses, self.weights, self.trackers, targets, predictions, weights, strict=True
        ):
            if fn is None:
                continue
            if t is None:
                raise ValueError("A loss is set for an output that has no target: give y for every output with a loss.")
            try:
                value = jnp.asarray(fn(t, p, w))
            except Exception as error:
                own = in_own_words(error, f"the loss {getattr(fn, 'name', 'of your own')!r}")
                if own is not None:
                    raise own from error
                raise
            if value.ndim:
                value = jnp.mean(value)
            if rows is not None and getattr(fn, "reduction", "") in ("sum_over_batch_size", "mean"):
                # The mean was taken over the padded rows too; they added nothing to its sum.
                value = value * (p.shape[0] / rows)
            if tracker is not None:
                tracker.update_state(value, sample_weight=p.shape[0] if rows is None else rows)
            value = value if share is None else value * share
            total = value if total is None else total + value
        return total


def resolve_loss(fn: Any, target: Any, prediction: Any) -> Any:
    """A Loss for what ``compile`` was given."""
    from .. import losses

    if fn is None or isinstance(fn, losses.Loss):
        return fn
    if isinstance(fn, str) and fn.lower() in ("crossentropy", "ce"):
        fn = _crossentropy_for(target, prediction)
    found = losses.get(fn)
    if isinstance(found, losses.Loss):
        return found
    name = getattr(found, "__name__", "loss")
    return losses.LossFunctionWrapper(found, name=name)


def _crossentropy_for(target: Any, prediction: Any) -> str:
    if prediction.shape[-1] == 1:
        return "binary_crossentropy"
    same = len(target.shape) == len(prediction.shape) and target.shape[-1] == prediction.shape[-1]
    return "categorical_crossentropy" if same else "sparse_categorical_crossentropy"


def _nested_list(loss: Any, y_pred: Any) -> Any:
    """Nested lists or dicts of losses flattened as the outputs are."""
    if isinstance(loss, (list, tuple)) and any(isinstance(v, (list, tuple, dict)) for v in loss):
        return jax.tree.leaves(loss, is_leaf=lambda v: v is None)
    return loss


def _weights_for(sample_weight: Any, y_pred: Any, names: list[str] | None) -> list[Any]:
    count = len(leaves(y_pred))
    if sample_weight is None:
        return [None] * count
    if isinstance(sample_weight, dict):
        return spread(sample_weight, y_pred, names, "sample_weight")
    if isinstance(sample_weight, (list, tuple)):
        return list(sample_weight) if len(sample_weight) == count else [sample_weight[0]] * count
    return [sample_weight] * count
