"""What a layer owns: weights, sublayers, metrics, and the losses added on the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from . import config
from .conversion import unique
from .tracking import Tracker
from .variable import Variable, Weight
from .variable_scopes import note_loss


class LayerWeights:
    """The part of ``Layer`` that makes, lists and sets weights; what there is stands in its tracker."""

    name: str
    built: bool
    trainable: bool
    variable_dtype: str
    _trainable: bool
    _tracker: Tracker
    _losses: list[Any]

    def add_variable(
        self, shape: Any, initializer: Any, dtype: Any = None, trainable: bool = True, autocast: bool = True,
        regularizer: Any = None, constraint: Any = None, name: str | None = None,
    ) -> Variable:  # fmt: skip
        """``add_weight`` under the name that metrics use."""
        return self.add_weight(shape, initializer, dtype, trainable, autocast, regularizer, constraint, name=name)

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new weight that belongs to the layer.

        Args:
            shape: its shape; () for a scalar.
            initializer: a name or function; for floats Glorot uniform by default, else zeros.
            dtype: the layer's variable dtype by default.
            trainable: False for statistics that no optimizer may touch.
            autocast, aggregation, overwrite_with_gradient: as in Keras.
            regularizer: penalty of the weight, added to the loss.
            constraint: applied after each optimizer step.
            name: such as "kernel".
        """
        from . import constraints, initializers, regularizers

        shape = () if shape is None else shape
        shape = tuple(int(n) for n in (shape if isinstance(shape, Iterable) else (shape,)))
        dtype = config.standardize_dtype(dtype) if dtype is not None else self.variable_dtype
        if initializer is None:
            initializer = "glorot_uniform" if "float" in dtype else "zeros"
        variable = (Weight if trainable else Variable)(
            initializers.get(initializer),
            shape=shape,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            aggregation=aggregation,
            name=name,
        )
        object.__setattr__(variable, "regularizer", regularizers.get(regularizer))
        object.__setattr__(variable, "constraint", constraints.get(constraint))
        self._tracker.track(variable)
        if not self._trainable:
            variable.trainable = False
        return variable

    def _own_variables(self) -> list[Variable]:
        return [*self._tracker.trainable, *self._tracker.fixed]

    @property
    def variables(self) -> list[Variable]:
        """All Variables: weights and the states of random generators (metrics are apart)."""
        found = [*self._own_variables(), *(s.state for s in self._tracker.seeds)]
        for layer in self._tracker.layers:
            found.extend(layer.variables)
        return unique(found)

    @property
    def weights(self) -> list[Variable]:
        """The weights, own ones first, then those of the sublayers in order."""
        found = self._own_variables()
        for layer in self._tracker.layers:
            found.extend(layer.weights)
        return unique(found)

    @property
    def trainable_variables(self) -> list[Variable]:
        """Variables that optimizers change."""
        return [v for v in self.variables if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Variables that optimizers leave alone."""
        return [v for v in self.variables if not v.trainable] if self.trainable else self.variables

    @property
    def trainable_weights(self) -> list[Variable]:
        """Weights that optimizers change."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Weights that optimizers leave alone."""
        return [v for v in self.weights if not v.trainable] if self.trainable else self.weights

    @property
    def metrics(self) -> list[Any]:
        """Metrics that belong to the layer and its sublayers."""
        found = list(self._tracker.metrics)
        for layer in self._tracker.layers:
            found.extend(layer.metrics)
        return unique(found)

    @property
    def metrics_variables(self) -> list[Variable]:
        """The Variables of those metrics."""
        return unique(v for m in self.metrics for v in m.variables)

    def get_weights(self) -> list[np.ndarray]:
        """The weights' values as NumPy arrays, in the order of ``weights``."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Put in values in the order of ``get_weights()``."""
        own, weights = self.weights, list(weights)
        if len(own) != len(weights):
            raise ValueError(
                f"set_weights: layer {self.name!r} has {len(own)} weights, the list given has {len(weights)}. "
                f"Expected shapes: {[v.shape for v in own]}."
            )
        for variable, value in zip(own, weights, strict=True):
            if variable.shape != tuple(np.shape(value)):
                raise ValueError(
                    f"set_weights: layer {self.name!r} weight {variable.path!r} has shape {variable.shape}, "
                    f"the value given has shape {tuple(np.shape(value))}."
                )
        for variable, value in zip(own, weights, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """How many numbers the weights hold together."""
        if not self.built:
            raise ValueError(
                f"Layer {self.name!r} has no weights yet: it learns its input shape on the first call. "
                "Call it on data, or build it with layer.build(input_shape)."
            )
        return sum(v.size for v in self.weights)

    # --- losses ----------------------------------------------------------------------------------

    def add_loss(self, loss: Any) -> None:
        """Add a scalar (or a list of them) to the loss of the current call."""
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            if getattr(value, "ndim", 0) != 0:
                raise ValueError(
                    f"add_loss of layer {self.name!r} expects scalars, got a tensor of shape {value.shape}. "
                    "Take a mean or sum first."
                )
            self._losses.append(value)
            note_loss(value)

    @property
    def losses(self) -> list[Any]:
        """Losses added during the last call, and the regularization of the weights."""
        found = list(self._losses)
        for layer in self._all_sublayers():
            found.extend(layer._losses)
        for v in self.trainable_weights:
            if getattr(v, "regularizer", None) is not None:
                found.append(v.regularizer(v.get_value()))
        return found

    def _clear_losses(self) -> None:
        self._losses.clear()
        for layer in self._tracker.layers:
            layer._clear_losses()

    def _all_sublayers(self) -> list[Any]:
        """Every layer inside, depth first, each once."""
        found: list[Any] = []
        for layer in self._tracker.layers:
            found.append(layer)
            found.extend(layer._all_sublayers())
        return unique(found)

    def _flatten_layers(self, recursive: bool = True, include_self: bool = True) -> list[Any]:
        inner = self._all_sublayers() if recursive else list(self._tracker.layers)
        return [self, *inner] if include_self else inner
