"""The compiled steps: pure functions of (state, data), looped on the device.

``state`` is a tuple of four lists of arrays: trainable, rest (statistics, random states), optimizer,
metrics. Inside a trace the model's own Variables hold these arrays (``variable.binding``), the
ordinary object code runs, and the new arrays are read back.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from ..context import call_scope
from ..distribution.placement import place_variables, spread_batch
from ..distribution.strategies import distribution
from ..variable import binding, values
from .shifted_rows import is_rows, take_rows
from .watched import Kept, watched_loop, watched_shape


class NotPaddable(Exception):
    """Raised while tracing: padding rows would change this model's loss."""


class State(NamedTuple):
    """The arrays a training program carries."""

    trainable: list[Any]
    rest: list[Any]
    optimizer: list[Any]
    metrics: list[Any]


class Slots:
    """The Variables of a model, in the order of ``State``."""

    def __init__(self, model: Any, with_optimizer: bool = True):
        seen: set[int] = set()

        def fresh(variables: Any) -> list[Any]:
            return [v for v in variables if not (id(v) in seen or seen.add(id(v)))]  # type: ignore[func-returns-value]

        self.trainable = fresh(model.trainable_variables)
        self.rest = fresh(model.non_trainable_variables)
        self.metrics = fresh(model.metrics_variables)
        self.optimizer = fresh(model.optimizer.variables) if with_optimizer and model.optimizer is not None else []
        self.place()

    def place(self) -> None:
        """Lay the Variables out as the distribution in force wants them."""
        if distribution() is not None:
            place_variables([*self.trainable, *self.rest, *self.metrics], self.optimizer)

    def all(self) -> list[Any]:
        """Every Variable, in the order of the flattened state."""
        return [*self.trainable, *self.rest, *self.optimizer, *self.metrics]

    def state(self) -> State:
        """The arrays that the Variables hold now."""
        return State(values(self.trainable), values(self.rest), values(self.optimizer), values(self.metrics))


def bound(slots: Slots, state: State) -> Any:
    """Context in which the model's Variables hold the arrays of a state."""
    return binding(slots.all(), [*state.trainable, *state.rest, *state.optimizer, *state.metrics])


def train_step(
    model: Any, slots: Slots, state: State, batch: tuple, rows: Any, row_mask: Any, keep: bool = False
) -> tuple[State, Any]:
    """One optimizer step on one batch; returns the new state and the batch's loss.

    Args:
        batch: (x, y, sample_weight).
        rows: number of real rows, None if all are.
        row_mask: (batch,) 1 for real rows, 0 for padding; None if all are real.
        keep: whether the gradients are wanted too: instead of the loss alone it returns the loss and what
            ``gradient_norm`` takes.
    """
    x, y, weight = batch
    weight = masked_weight(weight, row_mask)

    def loss_of(trainable: list[Any]) -> tuple[Any, tuple]:
        with bound(slots, state._replace(trainable=trainable)), call_scope(model, True, row_mask):
            model._clear_losses()
            y_pred = model(x, training=True)
            loss = batch_loss(model, x, y, y_pred, weight, rows, True)
            model._clear_losses()
            return model.optimizer.scale_loss(loss), (loss, y_pred, values(slots.rest), values(slots.metrics))

    # Masks stay behind: as in Keras on JAX, the metrics of training count masked steps, those of evaluation do not.
    (_, (loss, y_pred, rest, metrics)), gradients = jax.value_and_grad(loss_of, has_aux=True)(state.trainable)
    with bound(slots, State(state.trainable, rest, state.optimizer, metrics)), call_scope(model, True, row_mask):
        seen = (loss, Kept(gradients, model.optimizer.scale_loss(jnp.float32(1.0)))) if keep else loss
        model.optimizer.apply(gradients, slots.trainable)
        observe(model, x, y, y_pred, weight, loss, rows, row_mask)
        return slots.state(), seen


def test_step(model: Any, slots: Slots, state: State, batch: tuple, rows: Any, row_mask: Any) -> tuple[State, Any]:
    """One batch of evaluation; only the metrics change."""
    x, y, weight = batch
    weight = masked_weight(weight, row_mask)
    with bound(slots, state), call_scope(model, False, row_mask):
        model._clear_losses()
        y_pred = model(x, training=False)
        loss = batch_loss(model, x, y, y_pred, weight, rows, False)
        model._clear_losses()
        observe(model, x, y, y_pred, weight, loss, rows, row_mask)
        return slots.state(), loss


def batch_loss(model: Any, x: Any, y: Any, y_pred: Any, weight: Any, rows: Any, training: bool) -> Any:
    """The total loss of a batch: the compiled loss plus what layers add."""
    if rows is not None:
        if any(layer._losses for layer in model._flatten_layers()):
            raise NotPaddable  # add_loss may have averaged over the padding
        model._padded_rows = rows
    try:
        return model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight, training=training)
    finally:
        model.__dict__.pop("_padded_rows", None)


def observe(model: Any, x: Any, y: Any, y_pred: Any, weight: Any, loss: Any, rows: Any, row_mask: Any) -> None:
    """Let the metrics see a batch."""
    count = rows if rows is not None else jax.tree.leaves(x)[0].shape[0]
    if model._loss_tracker is not None:
        model._loss_tracker.update_state(loss, sample_weight=jnp.asarray(count, jnp.float32))
    if row_mask is not None:
        model._compile_metrics and model._compile_metrics.update_state(y, y_pred, weight, row_mask)
    else:
        model.compute_metrics(x, y, y_pred, weight)


def masked_weight(weight: Any, row_mask: Any) -> Any:
    """Sample weights with padding rows at 0."""
    if row_mask is None:
        return weight
    if weight is None:
        return row_mask
    return jax.tree.map(lambda w: w * row_mask.reshape(-1, *[1] * (w.ndim - 1)).astype(w.dtype), weight)


def gather(data: Any, rows: Any) -> Any:
    """The rows of every array in nested data; all of them where there are no numbers of rows."""
    if not rows.shape[0]:  # a batch that lies spread over devices stays where it is
        return spread_batch(data)
    return spread_batch(jax.tree.map(lambda a: take_rows(a, rows), data, is_leaf=is_rows))


def reset_metrics(model: Any, slots: Slots, state: State) -> State:
    """The state with its metrics at their starting values."""
    with bound(slots, state):
        for metric in model.metrics:
            metric.reset_state()
        return state._replace(metrics=values(slots.metrics))


def log_values(model: Any, slots: Slots, state: State) -> dict[str, Any]:
    """The logs that a state's metrics give."""
    with bound(slots, state):
        return model.get_metrics_result()


def loop(
    step: Any, model: Any, slots: Slots, state: State, data: tuple, index: Any, start: Any, stop: Any, rows: Any,
    pad: bool, losses: Any, watch: int = 0,
) -> tuple[State, Any]:  # fmt: skip
    """Steps ``start`` to ``stop`` over the rows of an index matrix.

    Args:
        step: ``train_step`` or ``test_step``.
        index: (steps, batch) numbers of rows.
        rows: how many rows the epoch has; what ``index`` holds beyond them is padding.
        losses: (steps,) buffer for the loss of each batch; (steps, 2) for what a watched step gives.
        watch: where the gradients are watched too, of how many steps one has them measured.
    """
    batch_size = index.shape[1]

    def one(i: Any, state: State, **options: bool) -> tuple[State, Any]:
        batch = gather(data, index[i])
        real = row_mask = None
        if pad:
            real = jnp.minimum(batch_size, rows - i * batch_size).astype(jnp.float32)
            row_mask = (jnp.arange(batch_size) < real).astype(jnp.float32)  # (batch,)
        return step(model, slots, state, batch, real, row_mask, **options)

    def body(i: Any, carry: tuple) -> tuple:
        state, losses = carry
        state, loss = one(i, state)
        return state, losses.at[i].set(loss.astype(jnp.float32))

    if watch:
        return watched_loop(one, state, losses, start, stop, watch)
    return lax.fori_loop(start, stop, body, (state, losses))


def epochs(
    model: Any, slots: Slots, state: State, data: tuple, index: Any, first: Any, last: Any, rows: Any, pad: bool,
    validation: tuple | None, watch: int = 0,
) -> tuple[State, Any, dict[str, Any]]:  # fmt: skip
    """Whole epochs ``first`` to ``last`` of a block, validation included.

    Args:
        index: (epochs, steps, batch) row numbers of each epoch.
        validation: (data, index, rows, pad) or None.

    Returns the state, losses (epochs, steps) or, watched, (epochs, steps, 2), and for each log its values (epochs,).
    """
    count, steps, _ = index.shape
    start = reset_metrics(model, slots, state)
    shapes = jax.eval_shape(lambda: log_values(model, slots, start))
    names = {k: jnp.zeros((count, *v.shape), v.dtype) for k, v in shapes.items()}
    if validation is not None:
        names |= {f"val_{k}": jnp.zeros((count, *v.shape), v.dtype) for k, v in shapes.items()}

    def body(e: Any, carry: tuple) -> tuple:
        state, losses, logs = carry
        state = reset_metrics(model, slots, state)
        state, row = loop(train_step, model, slots, state, data, index[e], 0, steps, rows, pad, losses[e], watch)
        found = dict(log_values(model, slots, state))
        if validation is not None:
            v_data, v_index, v_rows, v_pad = validation
            v_state = reset_metrics(model, slots, state)
            buffer = jnp.zeros(v_index.shape[0])
            v_state, _ = loop(
                test_step, model, slots, v_state, v_data, v_index, 0, v_index.shape[0], v_rows, v_pad, buffer
            )
            state = state._replace(rest=v_state.rest)
            found |= {f"val_{k}": v for k, v in log_values(model, slots, v_state).items()}
        logs = {k: logs[k].at[e].set(found[k]) for k in logs}
        return state, losses.at[e].set(row), logs

    buffers = jnp.zeros((count, *watched_shape(steps, watch)), jnp.float32)
    return lax.fori_loop(first, last, body, (start, buffers, names))
