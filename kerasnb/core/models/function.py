"""Function: the computation between symbolic tensors as an operation, without being a model."""

from __future__ import annotations

from typing import Any

from .. import naming
from ..operation import FunctionOperation, Operation
from ..symbolic import KerasTensor
from .functional import Functional


class Function(FunctionOperation):
    """What leads from symbolic inputs to symbolic outputs, callable on arrays and on other symbols.

    Args:
        inputs: a symbolic tensor, or a list, tuple or dict of them.
        outputs: likewise.
        name: the operation's name; "function", numbered, if None.

    >>> import numpy as np
    >>> from kerasnb.core.symbolic import Input
    >>> x = Input((2,))
    >>> Function(x, x * 2)(np.ones((1, 2))).tolist()
    [[2.0, 2.0]]
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None):
        if isinstance(inputs, (list, tuple, dict)) and not inputs:
            raise ValueError("Function: inputs must hold at least one symbolic tensor, got none.")
        name = name or naming.auto_name("function")
        # The graph of a functional model does the work; it shares the layers, and nobody else sees it.
        self._graph = Functional(inputs, outputs, name=name)
        super().__init__(self._graph, name)

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs, flat."""
        return self._graph.inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs, flat."""
        return self._graph.outputs

    @property
    def operations(self) -> list[Operation]:
        """Layers and recorded functions between them."""
        return self._graph.operations

    def call(self, inputs: Any) -> Any:
        """The outputs for arrays."""
        return self._graph(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The outputs' shapes for an input shape."""
        return self._graph.compute_output_shape(input_shape)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Symbolic outputs for symbolic inputs."""
        return self._graph.compute_output_spec(inputs)
