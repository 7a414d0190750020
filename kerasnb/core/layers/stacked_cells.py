"""StackedRNNCells: several cells that act as one."""

from __future__ import annotations

import inspect
from typing import Any

import jax.numpy as jnp

from ..layer import Layer
from .recurrent_cell import RecurrentCell


class StackedRNNCells(Layer):
    """Cells on top of one another, each taking the output of the one before, as a single cell.

    Args:
        cells: at least one cell; see ``RNN``.

    The states are a list with one entry for each cell: the list of that cell's states.

    >>> import jax.numpy as jnp
    >>> from kerasnb import layers
    >>> layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)])(jnp.ones((2, 5, 4))).shape
    (2, 2)
    """

    def __init__(self, cells: Any, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(cells, (list, tuple)) or not cells:
            raise ValueError(f"StackedRNNCells: cells must be a list of at least one cell, got cells={cells!r}.")
        for cell in cells:
            if not callable(getattr(cell, "call", None)) or not hasattr(cell, "state_size"):
                raise ValueError(
                    f"StackedRNNCells: every cell must have call(inputs, states) and state_size, got {cell!r}."
                )
        self.cells = list(cells)

    @property
    def state_size(self) -> list:
        """The states' sizes, cell by cell."""
        return [list(c.state_size) if isinstance(c.state_size, (list, tuple)) else c.state_size for c in self.cells]

    @property
    def output_size(self) -> Any:
        """The output size of the last cell."""
        return _output_size(self.cells[-1])

    def get_initial_state(self, batch_size: int | None = None) -> list:
        """The first states of each cell."""
        return [_initial(c, batch_size, self.compute_dtype) for c in self.cells]

    def build(self, input_shape: Any) -> None:
        batch, *features = input_shape
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build((batch, *features))
                cell.built = True
            size = _output_size(cell)
            features = size if isinstance(size, (list, tuple)) else [size]

    def call(self, inputs: Any, states: Any, training: bool = False, **kwargs: Any) -> tuple[Any, list]:
        new = []
        for cell, own in zip(self.cells, states, strict=True):
            own = list(own) if isinstance(own, (list, tuple)) else [own]
            takes_training = "training" in inspect.signature(cell.call).parameters
            extra = {"training": training} if takes_training else {}
            run: Any = cell if callable(cell) else cell.call
            inputs, own = run(inputs, own, **extra)
            new.append(list(own) if isinstance(own, (list, tuple)) else [own])
        return inputs, new

    # --- dropout masks, see RecurrentCell -----------------------------------------------------------

    def draw_masks(self, inputs: Any, states: list) -> None:
        """Draw the factors of every cell for a whole sequence."""
        for cell, own in zip(self.cells, states, strict=True):
            if isinstance(cell, RecurrentCell):
                cell.draw_masks(inputs, own)
            size = _output_size(cell)
            shape = tuple(size) if isinstance(size, (list, tuple)) else (size,)
            inputs = jnp.zeros((inputs.shape[0], *shape), inputs.dtype)

    def reset_dropout_mask(self) -> None:
        """Forget the factors of the inputs."""
        for cell in self.cells:
            if hasattr(cell, "reset_dropout_mask"):
                cell.reset_dropout_mask()

    def reset_recurrent_dropout_mask(self) -> None:
        """Forget the factors of the states."""
        for cell in self.cells:
            if hasattr(cell, "reset_recurrent_dropout_mask"):
                cell.reset_recurrent_dropout_mask()


def _output_size(cell: Any) -> Any:
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    return cell.state_size[0] if isinstance(cell.state_size, (list, tuple)) else cell.state_size


def _initial(cell: Any, batch_size: int | None, dtype: str) -> list:
    make = getattr(cell, "get_initial_state", None)
    if make is not None:
        states = make(batch_size=batch_size)
        return list(states) if isinstance(states, (list, tuple)) else [states]
    sizes = cell.state_size if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
    return [jnp.zeros((batch_size, n), dtype) for n in sizes]
