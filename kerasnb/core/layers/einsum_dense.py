"""EinsumDense: a dense layer for any einsum equation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from .. import activations, constraints, initializers, regularizers
from ..layer import Layer
from .cpu_sums import per_channel
from .lora import LowRank


class EinsumDense(LowRank, Layer):
    """``activation(einsum(equation, x, kernel) + bias)``: a product along axes of your choice.

    Args:
        equation: such as "abc,cd->abd": axes of the input, of the kernel, of the output. An
            ellipsis at the start or the end of the input and the output stands for any further
            axes.
        output_shape: sizes of the output's axes without the batch; None where an axis has its size
            from the input.
        activation: a name such as "relu", or a function; None leaves the output linear.
        bias_axes: letters of the output along which the bias varies, such as "d"; None for no bias.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties of the weights.
        kernel_constraint, bias_constraint: applied to the weights after each step.
        lora_rank: if given, the kernel is frozen and a low-rank correction is trained instead.
        lora_alpha: the correction is scaled by ``lora_alpha / lora_rank``; the rank by default.
        gptq_unpacked_column_size, quantization_config: accepted for Keras's sake, must be None.

    >>> import jax.numpy as jnp
    >>> EinsumDense("abc,cd->abd", output_shape=(None, 64))(jnp.ones((2, 10, 32))).shape
    (2, 10, 64)
    """

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        gptq_unpacked_column_size: int | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._ask_for_lora(lora_rank, lora_alpha, quantization_config)
        self.equation = equation
        self._axes = _split(equation)
        self.partial_output_shape = tuple(output_shape) if isinstance(output_shape, Sequence) else (output_shape,)
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Any) -> None:
        sizes = self._sizes(input_shape)
        self.kernel = self.add_weight(
            tuple(sizes[a] for a in self._axes[1]),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.bias_axes is not None:
            self.bias = self.add_weight(
                self._bias_shape(input_shape),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self._add_asked_lora()

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        y = jnp.einsum(self.equation, inputs, self.corrected())
        if self.bias is not None:
            y = y + per_channel(self.bias.value, y)
        return self.activation(y)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        sizes = self._sizes(input_shape)
        # None in output_shape leaves the axis open, also where the input's size is known.
        sizes.update(self._wanted(len(input_shape)))
        return tuple(sizes[a] for a in self._output_axes(len(input_shape)))

    def get_config(self) -> dict[str, Any]:
        config = {"activity_regularizer": None, **super().get_config()}
        config["output_shape"] = self.partial_output_shape
        del config["gptq_unpacked_column_size"]
        return config

    # Axes that an ellipsis stands for are called 0, 1, ...

    def _output_axes(self, ndim: int) -> list[Any]:
        source, _, target = self._axes
        hidden = list(range(ndim - len(source.replace("...", ""))))
        axes = list(target.replace("...", ""))
        if "..." not in target:
            return axes
        return hidden + axes if target.startswith("...") else axes + hidden

    def _wanted(self, ndim: int) -> dict[Any, int | None]:
        """Sizes that ``output_shape`` gives; it may leave out those of an ellipsis."""
        output, wanted = self._output_axes(ndim), self.partial_output_shape
        named = output[1:]
        if len(wanted) != len(named):
            named = [a for a in output if isinstance(a, str)]
            named = named[len(named) - len(wanted) :] if len(wanted) < len(named) else named
        if len(wanted) != len(named):
            raise ValueError(
                f"EinsumDense {self.name!r} with equation {self.equation!r}: output_shape must "
                f"give the sizes of {output[1:]}, got {wanted}."
            )
        return dict(zip(named, wanted, strict=True))

    def _sizes(self, input_shape: Any) -> dict[Any, int | None]:
        """Size of every axis, from the input and from ``output_shape``; they must agree."""
        where = f"EinsumDense {self.name!r} with equation {self.equation!r}"
        source, kernel, _ = self._axes
        letters, ndim = list(source.replace("...", "")), len(input_shape)
        hidden = list(range(ndim - len(letters)))
        if ndim < len(letters) or (hidden and "..." not in source):
            raise ValueError(f"{where} expects an input of {len(letters)} axes, got shape {tuple(input_shape)}.")
        axes = hidden + letters if source.startswith("...") else letters + hidden
        sizes: dict[Any, int | None] = dict(zip(axes, input_shape, strict=True))
        wanted = self.partial_output_shape
        for axis, size in self._wanted(ndim).items():
            known = sizes.get(axis)
            if size is not None and known is not None and known != size:
                raise ValueError(
                    f"{where}: axis {axis!r} has size {known} in the input of shape "
                    f"{tuple(input_shape)}, but output_shape={wanted} says {size}."
                )
            sizes[axis] = known if size is None else size
        for axis in kernel:
            if sizes.get(axis) is None:
                raise ValueError(
                    f"{where}: the size of kernel axis {axis!r} is known neither from the input "
                    f"shape {tuple(input_shape)} nor from output_shape={wanted}."
                )
        return sizes

    def _bias_shape(self, input_shape: Any) -> tuple[int, ...]:
        output, sizes = self._output_axes(len(input_shape)), self._sizes(input_shape)
        axes = self.bias_axes or ""
        for axis in axes:
            if axis not in output:
                raise ValueError(
                    f"EinsumDense {self.name!r}: bias axis {axis!r} is not among the output axes {self._axes[2]!r}."
                )
        shape: list[Any] = [sizes[a] if a in set(axes) else 1 for a in output]
        first = min((output.index(a) for a in axes), default=len(output))
        return tuple(shape[first:])


def _split(equation: str) -> tuple[str, str, str]:
    """Axes of input, kernel and output."""
    try:
        inputs, target = equation.replace(" ", "").split("->")
        source, kernel = inputs.split(",")
    except (ValueError, AttributeError):
        raise ValueError(f"EinsumDense: equation must look like 'ab,bc->ac', got equation={equation!r}.") from None
    dotted = ["..." in part for part in (source, kernel, target)]
    ends = [part.startswith("...") or part.endswith("...") for part in (source, target)]
    if dotted[1] or dotted[0] != dotted[2] or (dotted[0] and not all(ends)):
        raise ValueError(
            "EinsumDense: an ellipsis must stand at the start or the end of both the input and the "
            f"output and not in the kernel, got equation={equation!r}."
        )
    if not all(c.isalpha() for c in (source + kernel + target).replace("...", "")):
        raise ValueError(f"EinsumDense: axes must be letters, got equation={equation!r}.")
    return source, kernel, target
