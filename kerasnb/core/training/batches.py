"""train_on_batch, test_on_batch, predict_on_batch: the same programs, one batch at a time."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from ..variable import restore
from . import programs as programs_module
from . import steps
from .evaluating import in_order
from .feed import apply_class_weight, as_arrays, check_lengths
from .lifeline import Lifeline
from .logs import as_numbers
from .prepare import build, require_compiled
from .streams import on_devices, row_numbers
from .trainer import Trainer
from .troubles import explained


def _batch(x: Any, y: Any, sample_weight: Any, class_weight: Any = None) -> tuple[tuple, int]:
    x, y, weight = as_arrays(x, "x"), as_arrays(y, "y"), as_arrays(sample_weight, "sample_weight")
    rows = check_lengths(x, y, weight)
    if class_weight is not None:
        weight = apply_class_weight(class_weight, y, weight)
    return (x, y, weight), rows


def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any, return_dict: bool) -> Any:
    """``Model.train_on_batch``: the metrics run on from call to call, as in Keras."""
    require_compiled(model, "train_on_batch")
    batch, rows = _batch(x, y, sample_weight, class_weight)
    custom = type(model).train_step is not Trainer.train_step
    build(model, batch[0], batch[1], check=not custom)
    if model.optimizer is not None:
        model.optimizer.build(model.trainable_variables)
    slots, programs = steps.Slots(model), programs_module.programs_for(model, trusting=True)
    lifeline = Lifeline(slots)
    with programs_module.eager_mode(model), explained(model, "train_on_batch", rows):
        try:
            state, _, logs, *_ = _run(programs, model, slots, "train", custom, (slots.state(),), batch, rows)
            restore(slots.all(), [*state.trainable, *state.rest, *state.optimizer, *state.metrics])
            logs = as_numbers(logs)
        except BaseException:  # an interrupt may come when the program has taken the arrays over
            lifeline.pull()
            raise
    return logs if return_dict else in_order(model, logs)


def test_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, return_dict: bool) -> Any:
    """``Model.test_on_batch``."""
    require_compiled(model, "test_on_batch")
    batch, rows = _batch(x, y, sample_weight)
    custom = type(model).test_step is not Trainer.test_step
    build(model, batch[0], batch[1], check=not custom)
    slots, programs = steps.Slots(model, with_optimizer=False), programs_module.programs_for(model, trusting=True)
    state = slots.state()
    with programs_module.eager_mode(model), explained(model, "test_on_batch", rows):
        first = ((state.rest, state.metrics), (state.trainable, []))
        (rest, metrics), _, logs, *_ = _run(programs, model, slots, "test", custom, first, batch, rows)
        logs = as_numbers(logs)
    restore(slots.rest + slots.metrics, [*rest, *metrics])
    return logs if return_dict else in_order(model, logs)


def _run(programs: Any, model: Any, slots: Any, kind: str, custom: bool, first: tuple, batch: Any, rows: int) -> tuple:
    """One step of the program of a kind on all rows of a batch."""
    batch = on_devices(batch)
    rows = jax.tree.leaves(batch)[0].shape[0]  # of all processes
    arguments = (*first, batch, row_numbers(rows), np.int32(0), np.int32(1))
    if custom:
        return programs.call(model, slots, f"custom_{kind}", *arguments, np.bool_(False))
    return programs.call(model, slots, kind, *arguments, np.int32(rows), np.bool_(False), pad=False)


def predict_on_batch(model: Any, x: Any) -> Any:
    """``Model.predict_on_batch``."""
    from .predicting import Predictor, own_rows

    x = as_arrays(x, "x")
    rows = check_lengths(x, None, None)
    with programs_module.eager_mode(model), explained(model, "predict_on_batch", rows):
        predictor = Predictor(model, x)
        return jax.tree.map(own_rows, predictor.one(on_devices(x)))
