"""RNN: a cell run over the steps of a sequence."""

from __future__ import annotations

import inspect
from typing import Any

import jax
import jax.numpy as jnp

from ..layer import InputSpec, Layer
from ..registry import constructor_parameters, serialize_keras_object
from ..symbolic import FILLS, infer_output
from ..variable import Variable
from .recurrence import loop
from .recurrent_cell import RecurrentCell
from .stacked_cells import StackedRNNCells

STAND_INS = [n for pair in FILLS for n in pair]  # sizes that stand for an unknown batch


class RNN(Layer):
    """Run a cell over a sequence.

    Args:
        cell: a layer with ``state_size`` (an integer, or a list of integers for several states) and
            ``call(inputs, states) -> (output, new_states)``; it may have ``output_size`` and
            ``get_initial_state(batch_size)``. A list of cells is stacked.
        return_sequences: give the output of every step, not of the last alone.
        return_state: also give the last states.
        go_backwards: run from the last step to the first; outputs come in the order of running.
        stateful: start each batch with the states at which the last one ended, until
            ``reset_state``; the batch size must be known.
        unroll: write the loop out; seldom faster, and it compiles long.
        zero_output_for_mask: masked steps give zeros instead of repeating the output before. (As in
            Keras it has no effect with ``unroll``.)

    Call arguments: sequences; ``initial_state``, a list of (batch, size); ``mask`` (batch, time), False
    where a step is to be passed over; ``training``.

    Shapes: (batch, time, ...) to (batch, output size), or (batch, time, output size) with
    ``return_sequences``; with ``return_state`` a tuple of that and the states.

    >>> import jax.numpy as jnp
    >>> class Sum(Layer):
    ...     state_size = 4
    ...     def call(self, inputs, states):
    ...         total = states[0] + inputs
    ...         return total, [total]
    >>> RNN(Sum())(jnp.ones((2, 5, 4)))[0].tolist()
    [5.0, 5.0, 5.0, 5.0]
    """

    supports_masking = True
    many_small_products = True

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ):
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        where = type(self).__name__
        if not callable(getattr(cell, "call", None)):
            raise ValueError(f"{where}: cell must have a method call(inputs, states), got cell={cell!r}.")
        if not hasattr(cell, "state_size"):
            raise ValueError(
                f"{where}: cell must have an attribute state_size, an integer or a list of integers, one for each "
                f"state; {type(cell).__name__} has none."
            )
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences, self.return_state = bool(return_sequences), bool(return_state)
        self.go_backwards, self.stateful = bool(go_backwards), bool(stateful)
        self.unroll, self.zero_output_for_mask = bool(unroll), bool(zero_output_for_mask)
        self.input_spec = InputSpec(min_ndim=3) if type(self) is RNN else InputSpec(ndim=3)
        object.__setattr__(self, "states", None)

    @property
    def mixes_rows(self) -> bool:
        """Whether a batch leaves something behind for the next one: with kept states."""
        return self.stateful

    # --- sizes and states ------------------------------------------------------------------------

    @property
    def state_size(self) -> Any:
        """The sizes of the states, in a list."""
        size = self.cell.state_size
        return [size] if isinstance(size, int) else list(size)

    @property
    def variables(self) -> list[Variable]:
        """All Variables; the kept states are among them, though they are no weights."""
        return [*super().variables, *jax.tree.leaves(self.states, is_leaf=lambda s: isinstance(s, Variable))]

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
        if self.stateful:
            if sequences_shape[0] is None:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: with stateful=True the batch size must be known, got "
                    f"sequences of shape {tuple(sequences_shape)}. Give it: Input(shape, batch_size=...)."
                )
            if self.states is None:
                make = jax.tree.map(lambda s: self._kept_state(s), self.get_initial_state(sequences_shape[0]))
                object.__setattr__(self, "states", make)

    def _kept_state(self, value: Any) -> Variable:
        state = Variable(value, trainable=False, autocast=False, dtype=value.dtype.name, name="rnn_state")
        object.__setattr__(state, "_owner", self._tracker.owner)
        return state

    def get_initial_state(self, batch_size: int) -> list:
        """The states to start from: zeros, unless the cell makes its own."""
        make = getattr(self.cell, "get_initial_state", None)
        if make is not None:
            states = make(batch_size=batch_size)
            return list(states) if isinstance(states, (list, tuple)) else [states]
        return [jnp.zeros((batch_size, n), self.compute_dtype) for n in self.state_size]

    def reset_state(self) -> None:
        """Set the kept states of a stateful layer to zero."""
        for state in jax.tree.leaves(self.states, is_leaf=lambda s: isinstance(s, Variable)):
            state.assign(jnp.zeros(state.shape))

    reset_states = reset_state

    # --- the call --------------------------------------------------------------------------------

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        first = jax.tree.leaves(sequences)[0]
        if first.shape[1] == 0:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the sequences have no steps, got shape {first.shape}."
            )
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        states = self._start(first.shape[0], initial_state)
        last, outputs, states = self.inner_loop(sequences, states, mask, training=bool(training))
        if self.stateful and jax.tree.leaves(self.get_initial_state(first.shape[0]))[0].shape == _kept_shape(self):
            jax.tree.map(
                lambda kept, new: kept.assign(new), self.states, states, is_leaf=lambda s: isinstance(s, Variable)
            )
        output = outputs if self.return_sequences else last
        return (output, *states) if self.return_state else output

    def _start(self, batch_size: int, initial_state: Any) -> list:
        """The states to start from, in the compute dtype, checked against the cell's sizes."""
        wanted = self.get_initial_state(batch_size)
        if initial_state is None:
            if self.states is None:
                return wanted
            kept = jax.tree.map(lambda s: s.get_value(), self.states, is_leaf=lambda s: isinstance(s, Variable))
            if jax.tree.leaves(kept)[0].shape[0] != batch_size:
                if batch_size in STAND_INS:  # shapes are being inferred for a batch of any size
                    return wanted
                raise ValueError(
                    f"{type(self).__name__} {self.name!r} keeps states for batches of "
                    f"{jax.tree.leaves(kept)[0].shape[0]} rows, got a batch of {batch_size}."
                )
            return kept
        given = _in_lists(initial_state if isinstance(initial_state, (list, tuple)) else [initial_state])
        shapes, expected = (jax.tree.map(jnp.shape, s) for s in (given, wanted))
        if jax.tree.structure(given) != jax.tree.structure(wanted) or shapes != expected:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: initial_state must be states of shapes {expected}, got {shapes}."
            )
        return jax.tree.map(lambda s, w: jnp.asarray(s, w.dtype), given, wanted)

    def inner_loop(self, sequences: Any, initial_state: list, mask: Any, training: bool = False) -> tuple:
        """The last output, the outputs of all steps (None unless ``return_sequences``), and the last states."""
        cell = self.cell
        if isinstance(cell, RecurrentCell) and not self.unroll:
            found = self._unfolded(cell, sequences, initial_state, mask, training)
            if found is not None:
                return found
        if isinstance(cell, (RecurrentCell, StackedRNNCells)) and training:
            cell.draw_masks(jax.tree.map(lambda a: a[:, 0], sequences), initial_state)
        takes_training = isinstance(cell, Layer) and "training" in inspect.signature(cell.call).parameters
        kwargs = {"training": training} if takes_training else {}

        def step(inputs: Any, states: Any) -> tuple[Any, Any]:
            run: Any = cell if callable(cell) else cell.call
            output, new = run(inputs, states, **kwargs)
            return output, list(new) if isinstance(new, (list, tuple)) else [new]

        try:
            return loop(
                step, sequences, initial_state, mask, variables=getattr(cell, "non_trainable_variables", ()),
                reverse=self.go_backwards, unroll=self.unroll,
                zero_output=self.zero_output_for_mask and not self.unroll, keep_all=self.return_sequences,
            )  # fmt: skip
        finally:
            if isinstance(cell, (RecurrentCell, StackedRNNCells)):
                cell.reset_dropout_mask()
                cell.reset_recurrent_dropout_mask()

    def _unfolded(self, cell: RecurrentCell, sequences: Any, states: list, mask: Any, training: bool) -> tuple | None:
        found = cell.unfold(sequences, states, mask, training, self.go_backwards, self.return_sequences)
        if found is None:
            return None
        hs, last_states = found
        last = last_states[0]
        zeros = mask is not None and self.zero_output_for_mask
        if zeros:
            ones = (1,) * (last.ndim - 1)
            last = jnp.where(mask[:, 0 if self.go_backwards else -1].reshape(-1, *ones), last, 0)
        if hs is not None:
            hs = jnp.swapaxes(jnp.flip(hs, 0) if self.go_backwards else hs, 0, 1)  # (batch, time, units)
            if zeros:
                shown = jnp.flip(mask, 1) if self.go_backwards else mask
                hs = jnp.where(shown.reshape(*shown.shape, *ones), hs, 0)
        return last, hs, last_states

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        first = sequences_shape
        while isinstance(first[0], (list, tuple)):
            first = first[0]
        batch, steps = first[:2]
        size = getattr(self.cell, "output_size", None)
        size = _first_size(self.state_size) if size is None else size
        size = tuple(size) if isinstance(size, (list, tuple)) else (size,)
        output = (batch, steps, *size) if self.return_sequences else (batch, *size)
        return (output, *_state_shapes(batch, self.state_size)) if self.return_state else output

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        if hasattr(self.cell, "output_size"):
            return super().compute_output_spec(*args, **kwargs)
        return infer_output(self.call, args, kwargs, self.name)  # only running the cell tells

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        mask = mask if self.return_sequences else None
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if type(self).__dict__.get("_shows_cell"):
            for key in ("cell", "use_cudnn"):
                config.pop(key, None)
            config["activity_regularizer"] = serialize_keras_object(self.activity_regularizer)
        return config


def _kept_shape(layer: RNN) -> tuple[int, ...]:
    return jax.tree.leaves(layer.states, is_leaf=lambda s: isinstance(s, Variable))[0].shape


def _first_size(sizes: Any) -> Any:
    while isinstance(sizes, (list, tuple)):
        sizes = sizes[0]
    return sizes


def _in_lists(states: Any) -> Any:
    """The same nesting with lists in the place of tuples."""
    return [_in_lists(s) for s in states] if isinstance(states, (list, tuple)) else states


def _state_shapes(batch: int | None, sizes: Any) -> list:
    """(batch, size) for each state, nested as the states are."""
    return [
        _state_shapes(batch, n) if isinstance(n, list) else (batch, *(n if isinstance(n, tuple) else (n,)))
        for n in sizes
    ]


def shows_cell(cls: type) -> type:
    """Class decorator: the cell's arguments can be read on the layer too, and stand in its configuration."""
    own = set(constructor_parameters(Layer)) | {"cell"}
    for name in set(constructor_parameters(cls)) - own - set(constructor_parameters(RNN)) - {"use_cudnn"}:
        setattr(cls, name, property(lambda self, name=name: getattr(self.cell, name)))
    cls._shows_cell = True
    return cls
