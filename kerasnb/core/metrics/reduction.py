"""Mean and Sum of values, and functions of (y_true, y_pred) turned into metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..context import get_keras_mask, real_rows
from ..losses.loss import mixes_rows
from ..registry import from_config_value, serialize_keras_object
from .arrays import array, divide_no_nan, samplewise
from .metric import Metric


class Sum(Metric):
    """The weighted sum of values: ``sum(w * v)``.

    Args:
        name: of the metric.
        dtype: of the sum.
    """

    def __init__(self, name: str = "sum", dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values of any shape; the weights' shape is a leading part of theirs."""
        values, _ = samplewise(values, sample_weight, jnp.sum, self.dtype)
        self.total.assign_add(jnp.sum(values))

    def result(self) -> Any:
        return self.total.value


class Mean(Metric):
    """The weighted mean of values: ``sum(w * v) / sum(w)``; 0 before the first.

    Args:
        name: of the metric.
        dtype: of the sums.

    >>> float(Mean()([1.0, 3.0], sample_weight=[1, 0]))
    1.0
    """

    def __init__(self, name: str = "mean", dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), name="total")
        self.count = self.add_variable((), name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values (batch, ...); what lies behind the batch axis is averaged."""
        values, weight = samplewise(values, sample_weight, jnp.mean, self.dtype)
        self.total.assign_add(jnp.sum(values))
        if weight is not None:
            # A single weight stands for every value it was spread over.
            count = jnp.sum(weight) if weight.ndim or not values.ndim else weight * values.shape[0]
        else:
            count = values.shape[0] if values.ndim else 1
        self.count.assign_add(count)

    def result(self) -> Any:
        return divide_no_nan(self.total.value, self.count.value)


class MeanMetricWrapper(Mean):
    """The weighted mean of a function of targets and outputs.

    Args:
        fn: ``fn(y_true, y_pred, **kwargs)`` gives one value per sample.
        name: of the metric.
        dtype: of the sums.
        **kwargs: further arguments of ``fn``.
    """

    def __init__(self, fn: Callable, name: str | None = None, dtype: Any = None, **kwargs: Any):
        if not callable(fn):
            raise ValueError(f"MeanMetricWrapper: fn must be a function of (y_true, y_pred), got fn={fn!r}.")
        super().__init__(name=name, dtype=dtype)  # type: ignore[arg-type]
        self.fn = fn
        self._fn_kwargs = kwargs

    @property
    def mixes_rows(self) -> bool:
        """Whether a sample's value depends on the others of its batch, so that padding would change it."""
        return mixes_rows(self.fn, self._fn_kwargs)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch; what a mask that travels with ``y_pred`` leaves out does not count."""
        mask = get_keras_mask(y_pred)
        if mask is not None:
            mask = array(mask, self.dtype)
            sample_weight = mask if sample_weight is None else _masked(array(sample_weight, self.dtype), mask)
        y_true, y_pred = array(y_true), array(y_pred)
        values = self.fn(y_true, y_pred, **self._fn_kwargs)
        if sample_weight is not None and np.ndim(values) == 0 and y_pred.ndim == 1 == np.ndim(sample_weight):
            # The function took (batch,) for one sample; each row needs its own value to be weighted.
            values = self.fn(y_true.reshape(-1, 1), y_pred[:, None], **self._fn_kwargs)
        counts = get_keras_mask(values)
        # As in Keras: without weights (those that tell padding are none) what does not count is a 0 among the others.
        if counts is not None and sample_weight is not None and sample_weight is not real_rows():
            sample_weight = _masked(array(sample_weight, self.dtype), array(counts, self.dtype))
        super().update_state(values, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        if type(self) is not MeanMetricWrapper:
            return super().get_config()
        return {"name": self.name, "dtype": self.dtype, "fn": serialize_keras_object(self.fn), **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        from . import function_named

        config = dict(config)
        if "fn" in config:
            config["fn"] = function_named(config["fn"])
        return cls(**{k: from_config_value(v) for k, v in config.items()})


def _masked(weight: Any, mask: Any) -> Any:
    """Weights times mask; the one with fewer axes is spread over the other's."""
    if weight.ndim == mask.ndim + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    rank = max(weight.ndim, mask.ndim)
    weight, mask = (a.reshape(*a.shape, *[1] * (rank - a.ndim)) for a in (weight, mask))
    return weight * mask
