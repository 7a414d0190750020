"""ConvLSTM: an LSTM whose products are convolutions, cell and layers."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .. import activations
from ..layer import InputSpec
from .arguments import positive_int, size_tuple, standardize_data_format, standardize_padding
from .conv import conv_sizes
from .kernels import conv
from .lstm import LSTMCell, lstm_math, lstm_step
from .recurrence import CellMath
from .recurrent_cell import RecurrentCell
from .rnn import RNN, shows_cell


class ConvLSTMCell(RecurrentCell):
    """One step of a convolutional LSTM: see ``LSTMCell``, with convolutions in the place of products.

    Args:
        rank: the number of spatial axes, 1 to 3.
        filters: channels of the state and the output.
        kernel_size, strides, padding, data_format, dilation_rate: of the inputs' convolution; the
            state's has the same kernel size, no strides and padding "same".
        activation ... seed: see ``LSTMCell``.

    Shapes: inputs (batch, *sizes, channels) and states [h, c] of (batch, *new sizes, filters).
    """

    gates = 4

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        where = f"ConvLSTM{rank}D"
        self.filters = positive_int(filters, "filters", where)
        self._setup(
            filters, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed,
        )  # fmt: skip
        self.rank = rank
        self.kernel_size = size_tuple(kernel_size, rank, "kernel_size", where)
        self.strides = size_tuple(strides, rank, "strides", where)
        self.padding = standardize_padding(padding, where)
        self.data_format = standardize_data_format(data_format)
        self.dilation_rate = size_tuple(dilation_rate, rank, "dilation_rate", where)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{where}: strides > 1 and dilation_rate > 1 cannot be combined, got "
                f"strides={self.strides} and dilation_rate={self.dilation_rate}."
            )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [self.filters, self.filters]

    # Inside everything has the channels last; ``_inner`` and ``_outer`` move them.

    def _inner(self, x: Any) -> Any:
        return x if self.data_format == "channels_last" else jnp.moveaxis(x, -self.rank - 1, -1)

    def _outer(self, x: Any) -> Any:
        return x if self.data_format == "channels_last" else jnp.moveaxis(x, -1, -self.rank - 1)

    def build(self, input_shape: Any) -> None:
        last = self.data_format == "channels_last"
        sizes, channels = (input_shape[1:-1], input_shape[-1]) if last else (input_shape[2:], input_shape[1])
        if None in (*sizes, channels):
            raise ValueError(
                f"ConvLSTM{self.rank}D: sizes and channels of the images must be known, got one step's shape "
                f"{tuple(input_shape)}."
            )
        self.state_sizes = self._sizes(sizes)
        width = 4 * self.filters
        self.kernel = self.add_weight(
            (*self.kernel_size, channels, width), self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint, name="kernel",
        )  # fmt: skip
        self.recurrent_kernel = self.add_weight(
            (*self.kernel_size, self.filters, width), self.recurrent_initializer,
            regularizer=self.recurrent_regularizer, constraint=self.recurrent_constraint, name="recurrent_kernel",
        )  # fmt: skip
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (width,), self._first_bias if self.unit_forget_bias else self.bias_initializer,
                regularizer=self.bias_regularizer, constraint=self.bias_constraint, name="bias",
            )  # fmt: skip

    _first_bias = LSTMCell._first_bias

    def _sizes(self, sizes: Any) -> tuple:
        """Spatial sizes of the states."""
        found = conv_sizes(sizes, self.kernel_size, self.strides, self.padding, self.dilation_rate)
        if any(n is not None and n < 1 for n in found):
            raise ValueError(
                f"ConvLSTM{self.rank}D: images of sizes {tuple(sizes)} are too small for kernel_size="
                f"{self.kernel_size}, dilation_rate={self.dilation_rate} and padding={self.padding!r}. "
                "Use a smaller kernel or padding='same'."
            )
        return found

    def step_shape(self, input_shape: Any) -> tuple:
        """The shape of one step's output, for the shape of one step's input."""
        if self.data_format == "channels_last":
            return (input_shape[0], *self._sizes(input_shape[1:-1]), self.filters)
        return (input_shape[0], self.filters, *self._sizes(input_shape[2:]))

    def get_initial_state(self, batch_size: int | None = None) -> list:
        zeros = jnp.zeros((batch_size, *self.state_sizes, self.filters), self.compute_dtype)
        return [self._outer(zeros)] * 2

    def math(self) -> CellMath | None:
        return lstm_math(self.activation, self.recurrent_activation)

    def product(self, h: Any, kernel: Any) -> Any:
        ones = (1,) * self.rank
        return conv(h, kernel, ones, "same", "channels_last", ones)

    def project(self, inputs: Any) -> Any:
        steps = inputs.shape[: -self.rank - 1]
        x = self._inner(inputs).reshape(-1, *self._inner(inputs).shape[len(steps) :])
        x = conv(x, self.kernel.value, self.strides, self.padding, "channels_last", self.dilation_rate)
        x = x if self.bias is None else x + self.bias.value
        return x.reshape(*steps, *x.shape[1:])

    def unfold(
        self, sequences: Any, states: list, mask: Any, training: bool, reverse: bool, keep_all: bool
    ) -> tuple[Any, list] | None:
        found = super().unfold(sequences, [self._inner(s) for s in states], mask, training, reverse, keep_all)
        if found is None:
            return None
        hs, states = found
        return None if hs is None else self._outer(hs), [self._outer(s) for s in states]

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list]:
        h, c = states
        inputs, h = self._dropped(inputs, h, training)
        z = self.project(inputs) + self.product(self._inner(h), self.recurrent_kernel.value)
        (h, c), _ = lstm_step(self.activation, self.recurrent_activation, z, self._inner(c))
        h, c = self._outer(h), self._outer(c)
        return h, [h, c]


class ConvLSTM(RNN):
    """A convolutional LSTM over ``rank`` spatial axes; see ``ConvLSTM2D``."""

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ):
        cell = ConvLSTMCell(
            self.rank, filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
            recurrent_activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            unit_forget_bias, kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint,
            recurrent_constraint, bias_constraint, dropout, recurrent_dropout, seed,
            name="conv_lstm_cell", trainable=kwargs.get("trainable", True), dtype=kwargs.get("dtype"),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        batch, steps, *image = sequences_shape
        shape = self.cell.step_shape((batch, *image))
        output = (batch, steps, *shape[1:]) if self.return_sequences else shape
        return (output, shape, shape) if self.return_state else output


@shows_cell
class ConvLSTM1D(ConvLSTM):
    """A convolutional LSTM over sequences of rows; see ``ConvLSTM2D``.

    Shapes: (batch, time, size, channels) to (batch, new size, filters).
    """

    rank = 1


@shows_cell
class ConvLSTM2D(ConvLSTM):
    """A convolutional LSTM over sequences of images: an LSTM whose products are convolutions.

    Args:
        filters: channels of the output.
        kernel_size: height and width of the kernels, one integer for both.
        strides: steps of the inputs' convolution.
        padding: "valid" (no padding) or "same" of the inputs' convolution; the state's keeps its size.
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance between the kernel's places in the inputs' convolution.
        activation ... recurrent_dropout, seed: see ``LSTMCell``.
        activity_regularizer: penalty of the output.
        return_sequences: give the output of every step, not of the last alone.
        return_state: also give the last h and c.
        go_backwards: run from the last step to the first.
        stateful: start each batch with the states at which the last one ended.

    Shapes: (batch, time, height, width, channels) to (batch, new height, new width, filters), or
    (batch, time, new height, new width, filters) with ``return_sequences``.

    Source: Shi et al., Convolutional LSTM Network, NeurIPS 2015.

    >>> import jax.numpy as jnp
    >>> ConvLSTM2D(4, 3, padding="same")(jnp.ones((2, 5, 8, 8, 1))).shape
    (2, 8, 8, 4)
    """

    rank = 2


@shows_cell
class ConvLSTM3D(ConvLSTM):
    """A convolutional LSTM over sequences of volumes; see ``ConvLSTM2D``.

    Shapes: (batch, time, *3 sizes, channels) to (batch, *3 new sizes, filters).
    """

    rank = 3
