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
from .fitting import as_numbers
from .prepare import build, require_compiled
from .trainer import Trainer


def _batch(x: Any, y: Any, sample_weight: Any, class_weight: Any = None) -> tuple[tuple, int]:
    x, y, weight = as_arrays(x, "x"), as_arrays(y, "y"), as_arrays(sample_weight, "sample_weight")
    rows = check_lengths(x, y, weight)
    if class_weight is not None:
        weight = apply_class_weight(class_weight, y, weight)
    return jax.tree.map(jax.numpy.asarray, (x, y, weight)), rows


def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any, return_dict: bool) -> Any:
    """``Model.train_on_batch``: the metrics run on from call to call, as in Keras."""
    require_compiled(model, "train_on_batch")
    batch, rows = _batch(x, y, sample_weight, class_weight)
    build(model, batch[0], batch[1])
    model.optimizer.build(model.trainable_variables)
    slots, programs = steps.Slots(model), programs_module.programs_for(model)
    if type(model).train_step is not Trainer.train_step:
        state, logs = programs.call(model, slots, "custom_train", slots.state(), batch, np.bool_(False))
    else:
        index = np.arange(rows, dtype=np.int32)[None]
        state, _, logs = programs.call(
            model,
            slots,
            "train",
            slots.state(),
            batch,
            index,
            np.int32(0),
            np.int32(1),
            np.int32(rows),
            np.bool_(False),
            pad=False,
        )
    restore(slots.all(), [*state.trainable, *state.rest, *state.optimizer, *state.metrics])
    logs = as_numbers(logs)
    return logs if return_dict else in_order(model, logs)


def test_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, return_dict: bool) -> Any:
    """``Model.test_on_batch``."""
    require_compiled(model, "test_on_batch")
    batch, rows = _batch(x, y, sample_weight)
    build(model, batch[0], batch[1])
    slots, programs = steps.Slots(model, with_optimizer=False), programs_module.programs_for(model)
    state = slots.state()
    fixed = (state.trainable, state.rest, [])
    if type(model).test_step is not Trainer.test_step:
        metrics, logs = programs.call(model, slots, "custom_test", state.metrics, fixed, batch, np.bool_(False))
    else:
        index = np.arange(rows, dtype=np.int32)[None]
        metrics, _, logs = programs.call(
            model,
            slots,
            "test",
            state.metrics,
            fixed,
            batch,
            index,
            np.int32(0),
            np.int32(1),
            np.int32(rows),
            np.bool_(False),
            pad=False,
        )
    restore(slots.metrics, metrics)
    logs = as_numbers(logs)
    return logs if return_dict else in_order(model, logs)


def predict_on_batch(model: Any, x: Any) -> Any:
    """``Model.predict_on_batch``."""
    from .predicting import Predictor

    x = as_arrays(x, "x")
    check_lengths(x, None, None)
    return jax.tree.map(np.asarray, Predictor(model, x).one(jax.tree.map(jax.numpy.asarray, x)))
