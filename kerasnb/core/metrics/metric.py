"""Metric: numbers that add up over batches, and what is read from them."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import naming
from ..config import standardize_dtype
from ..registry import Configurable, is_builtin
from ..variable import Variable, binding, journal, values


class Metric(Configurable):
    """Base of metrics; a subclass writes ``update_state`` and ``result``.

    Args:
        dtype: of the sums, the default float type if left out.
        name: by default made from the class's name.

    All sums are Variables made with ``add_variable`` and changed by ``assign`` and ``assign_add``, so a metric
    works the same inside a compiled program.
    """

    _tracked_as = "metrics"

    def __init__(self, dtype: Any = None, name: str | None = None):
        if name is not None and not isinstance(name, str):
            raise ValueError(f"{type(self).__name__}: name must be a string, got name={name!r}.")
        self._variables: list[Variable] = []
        self._metrics: list[Metric] = []
        self.name = name or naming.auto_name(type(self).__name__)
        self._dtype = standardize_dtype(getattr(dtype, "compute_dtype", dtype))

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__.get("_variables")
        if own is not None and name not in ("_variables", "_metrics"):
            for item in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(item, Variable) and not any(v is item for v in own):
                    own.append(item)
                elif isinstance(item, Metric) and not any(m is item for m in self._metrics):
                    self._metrics.append(item)
        object.__setattr__(self, name, value)

    @property
    def dtype(self) -> str:
        """The dtype of the sums."""
        return self._dtype

    @property
    def path(self) -> str:
        """The name, under which the sums' paths stand."""
        return self.name

    @property
    def variables(self) -> list[Variable]:
        """The sums, those of metrics held as attributes included."""
        found = list(self._variables)
        for metric in self._metrics:
            found.extend(metric.variables)
        return found

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = None,
        dtype: Any = None,
        aggregation: str = "sum",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new sum; zeros unless an initializer is given."""
        dtype = standardize_dtype(dtype or self.dtype)
        variable = Variable(
            _start(initializer, tuple(shape), dtype),
            dtype=dtype,
            trainable=False,
            autocast=False,
            aggregation=aggregation,
            name=name,
        )
        object.__setattr__(variable, "_owner", weakref.ref(self))
        self._variables.append(variable)
        return variable

    def add_weight(
        self, shape: Sequence[int] = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """``add_variable`` under the name that layers use."""
        return self.add_variable(shape, initializer, dtype, name=name)

    def reset_state(self) -> None:
        """Set every sum to zero."""
        for variable in self.variables:
            variable.assign(jnp.zeros(variable.shape, variable._raw_value.dtype))

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in one batch."""
        raise NotImplementedError(
            f"{type(self).__name__} must write update_state(self, y_true, y_pred, sample_weight=None)."
        )

    def result(self) -> Any:
        """The number so far, a scalar or array (or a dict of them)."""
        raise NotImplementedError(f"{type(self).__name__} must write result(self).")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """``update_state``, then ``result``."""
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """The pure form of ``update_state``: sums in, new sums out."""
        self._check_stateless(metric_variables)
        own = self.variables
        with binding(own, [_array(v) for v in metric_variables]):
            self.update_state(*args, **kwargs)
            return values(own)

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """The pure form of ``result``."""
        self._check_stateless(metric_variables)
        with binding(self.variables, [_array(v) for v in metric_variables]):
            return self.result()

    def stateless_reset_state(self) -> list[Any]:
        """The pure form of ``reset_state``: the sums at their start."""
        own = self.variables
        with binding(own, values(own)):
            self.reset_state()
            return values(own)

    def _check_stateless(self, metric_variables: Sequence[Any]) -> None:
        own = self.variables
        if len(metric_variables) != len(own):
            raise ValueError(
                f"metric_variables must be a list of tensors, one for each of {type(self).__name__}().variables: "
                f"{len(own)} are needed, got {len(metric_variables)}."
            )

    def __copy__(self) -> Metric:
        return copy.deepcopy(self)  # sums of its own

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def make_sums(metric: Any, target: Any, prediction: Any) -> None:
    """Let a metric whose sums depend on the shapes make them now, before anything is traced.

    Args:
        metric: one of ours that is not built yet, or a user's: it is shown one batch of these shapes, whose
            numbers are taken back.
        target, prediction: symbolic tensors, or anything with a shape and dtype.
    """
    if getattr(metric, "_built", True) and is_builtin(type(metric)):
        return
    specs = [jax.ShapeDtypeStruct([n or 1 for n in t.shape], t.dtype) for t in (target, prediction)]
    with journal():
        jax.eval_shape(lambda t, p: metric.update_state(t, p), *specs)


def _array(value: Any) -> Any:
    return value.value if isinstance(value, Variable) else jnp.asarray(value)


def _start(initializer: Any, shape: tuple[int, ...], dtype: str) -> Any:
    if initializer is None or (isinstance(initializer, str) and initializer == "zeros"):
        return np.zeros(shape, jnp.dtype(dtype))
    if isinstance(initializer, str):
        from .. import initializers

        initializer = initializers.get(initializer)
    if callable(initializer) and not isinstance(initializer, jax.Array):
        return initializer(shape, dtype=dtype)
    return np.full(shape, initializer, jnp.dtype(dtype))
