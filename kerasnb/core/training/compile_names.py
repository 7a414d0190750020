"""Names given to ``compile``: unknown ones are told at once, not in the middle of training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax


def check_loss_names(loss: Any) -> None:
    """Every name among the losses must be known, everything else a function or Loss."""
    from .. import losses

    for one in jax.tree.leaves(loss, is_leaf=lambda v: v is None or callable(v)):
        if isinstance(one, str) and one.lower() not in ("crossentropy", "ce"):
            losses.get(one)
        elif one is not None and not isinstance(one, str) and not callable(one):
            raise ValueError(f"compile: loss must be a name, a function or a Loss, got {one!r}.")


def check_metric_names(metrics_: Any) -> None:
    """Every name among the metrics must be known."""
    from .. import metrics

    flat: Iterable[Any] = jax.tree.leaves(metrics_, is_leaf=lambda v: v is None or callable(v))
    for one in flat:
        if isinstance(one, str) and one.lower() not in ("accuracy", "acc", "crossentropy", "ce"):
            metrics.get(one)
