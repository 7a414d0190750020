"""Loss: one number per sample, then weights, mask and mean in one place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import jax
import jax.numpy as jnp

from .. import config, naming, policies, registry
from ..context import call_scope, current, get_keras_mask, real_rows
from ..registry import Configurable
from ..symbolic import any_symbolic

REDUCTIONS = ("sum", "sum_over_batch_size", "mean", "mean_with_sample_weight", "none", None)


class Loss(Configurable):
    """Base of losses: ``call`` gives a value per sample, the base weighs and reduces.

    Args:
        name: shown in logs and errors.
        reduction: "sum_over_batch_size" (the mean), "mean", "mean_with_sample_weight" (the weighted
            mean), "sum", or "none" for the values themselves.
        dtype: dtype (or policy) to compute in; the default float type if None.
    """

    def __init__(self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None):
        self.name = name or naming.auto_name(type(self).__name__)
        if reduction not in REDUCTIONS:
            raise ValueError(
                f"{type(self).__name__}: reduction must be one of {REDUCTIONS[:-1]}, got reduction={reduction!r}."
                f"{registry.did_you_mean(str(reduction), [r for r in REDUCTIONS if r])}"
            )
        self.reduction = "none" if reduction is None else reduction
        self._dtype_policy = policies.get(dtype if dtype is not None else config.floatx())
        self._dtype_given = dtype

    @property
    def mixes_rows(self) -> bool:
        """Whether a sample's value depends on the others of its batch, so that padding would change it."""
        return False

    @property
    def dtype(self) -> str:
        """The dtype it computes in."""
        return self._dtype_policy.compute_dtype

    @property
    def dtype_policy(self) -> Any:
        """The policy behind ``dtype``."""
        return self._dtype_policy

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss.

        Args:
            y_true: targets; y_pred: outputs, (batch, ...).
            sample_weight: per sample (batch,), or of a shape that broadcasts to the values.
        """
        in_mask = get_keras_mask(y_pred) if not isinstance(y_pred, (list, tuple, dict)) else None
        y_true, y_pred = self._cast(y_true), self._cast(y_pred)
        # Masks of tracers are noted in a call's context; under a bare jax.grad there is none yet.
        with nullcontext() if current() is not None else call_scope(self, None):
            values = self.call(y_true, y_pred)
            out_mask = get_keras_mask(values)
        mask = in_mask if out_mask is None else out_mask if in_mask is None else in_mask & out_mask
        return reduce_weighted(values, sample_weight, mask, self.reduction, self.dtype)

    def _cast(self, x: Any) -> Any:
        if any_symbolic(x):
            return x
        return jax.tree.map(lambda a: jnp.asarray(a).astype(self.dtype), x)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One value per sample; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} must implement call(y_true, y_pred).")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        definer = next(c for c in type(self).__mro__ if "get_config" in c.__dict__)
        if not registry.is_builtin(definer):
            found: dict[str, Any] = {"name": self.name, "reduction": self.reduction}
        else:
            found = super().get_config()
            found.pop("dtype", None)
        if self._dtype_given is not None:
            found["dtype"] = self.dtype
        return found


class LossFunctionWrapper(Loss):
    """A loss out of a function ``fn(y_true, y_pred, **kwargs)``.

    Args:
        fn: gives one value per sample.
        reduction, name, dtype: as in ``Loss``.
        **kwargs: passed on to ``fn``.
    """

    def __init__(
        self,
        fn: Callable,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(name=name or getattr(fn, "__name__", None), reduction=reduction, dtype=dtype)
        self.fn, self._fn_kwargs = fn, kwargs

    @property
    def mixes_rows(self) -> bool:
        return mixes_rows(self.fn, self._fn_kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if hasattr(y_true, "shape") and hasattr(y_pred, "shape"):
            y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; for a plain wrapper the function too."""
        if type(self) is LossFunctionWrapper:
            return {
                "name": self.name, "reduction": self.reduction, "fn": registry.serialize_keras_object(self.fn),
                **self._fn_kwargs,
            }  # fmt: skip
        return super().get_config()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({self.fn}, kwargs={self._fn_kwargs})>"


def mixes_rows(fn: Any, kwargs: Any) -> bool:
    """Whether a loss function of ours compares the samples of a batch, or sums over them."""
    name, axis = getattr(fn, "__name__", ""), kwargs.get("axis", -1)
    if name in ("dice", "tversky"):
        axis = kwargs.get("axis")
        return axis is None or 0 in (axis if isinstance(axis, (list, tuple)) else (axis,))
    # An axis counted from the end may be that of the batch: how many there are is not known here.
    return name == "circle" or (isinstance(axis, int) and (axis == 0 or axis < -1))


def squeeze_or_expand_to_same_rank(x1: Any, x2: Any, expand_rank_1: bool = True) -> tuple[Any, Any]:
    """Two tensors whose ranks differ by a last axis of size 1, made alike."""
    rank1, rank2 = len(x1.shape), len(x2.shape)
    if rank1 == rank2:
        return x1, x2
    if rank1 == rank2 + 1 and x1.shape[-1] == 1:
        if rank2 == 1 and expand_rank_1:
            return x1, x2[..., None]
        return jnp.squeeze(x1, -1), x2
    if rank2 == rank1 + 1 and x2.shape[-1] == 1:
        if rank1 == 1 and expand_rank_1:
            return x1[..., None], x2
        return x1, jnp.squeeze(x2, -1)
    return x1, x2


def reduce_weighted(
    values: Any,
    sample_weight: Any = None,
    mask: Any = None,
    reduction: str | None = "sum_over_batch_size",
    dtype: Any = None,
) -> Any:
    """Values per sample, weighted, masked and reduced.

    A mask takes part as a weight: with means, the masked values leave the count too.
    """
    values = jnp.asarray(values)
    weight = None if sample_weight is None else jnp.asarray(sample_weight).astype(values.dtype)
    mask = None if mask is None else jnp.asarray(mask).astype(values.dtype)
    given = [("sample_weight", weight), ("mask", mask)]
    try:
        weight = _combined(weight, mask, reduction)
        if weight is not None:
            values, weight = squeeze_or_expand_to_same_rank(values, weight)
            weight = _trailing(weight, values.ndim)
            values = values * weight
    except (TypeError, ValueError):
        shapes = [f"{n} of shape {a.shape}" for n, a in given if a is not None]
        raise ValueError(
            f"{' and '.join(shapes)} do not fit losses of shape {values.shape}: give one sample_weight for each "
            "sample, or one for each of its values."
        ) from None
    return reduce_values(values, weight, reduction)


def _combined(weight: Any, mask: Any, reduction: str | None) -> Any:
    """Weights and mask as one weight, or None."""
    if mask is None:
        return weight
    if reduction in ("mean", "sum_over_batch_size"):
        mask = mask * _total_to_valid(mask)
    if weight is None:
        return mask
    weight, mask = squeeze_or_expand_to_same_rank(weight, mask)
    rank = max(weight.ndim, mask.ndim)
    return _trailing(weight, rank) * _trailing(mask, rank)


def _total_to_valid(mask: Any) -> Any:
    """total / valid: what a mask is scaled by so that the mean over all is the mean over the valid.

    Rows that pad a batch are in neither of the two; whoever pads scales a mean over all to one over the real rows.
    """
    rows = real_rows()  # (batch,)
    if rows is None or mask.shape[:1] != rows.shape:
        return mask.size / (jnp.sum(mask) + config.epsilon())
    valid = jnp.sum(mask * _trailing(rows, mask.ndim).astype(mask.dtype))
    return mask.size * jnp.mean(rows).astype(mask.dtype) / (valid + config.epsilon())


def _trailing(weight: Any, rank: int) -> Any:
    """A weight with axes of size 1 at the end up to a rank."""
    return weight.reshape(*weight.shape, *[1] * (rank - weight.ndim)) if weight.ndim < rank else weight


def reduce_values(values: Any, weight: Any, reduction: str | None) -> Any:
    """The reduction alone."""
    if reduction in (None, "none") or values.ndim == 0:
        return values
    total = jnp.sum(values)
    if reduction in ("sum_over_batch_size", "mean"):
        return total / max(values.size, 1)
    if reduction == "mean_with_sample_weight":
        count = (
            jnp.asarray(values.size, values.dtype)
            if weight is None
            else jnp.sum(jnp.broadcast_to(weight, values.shape))
        )
        return jnp.where(count == 0, 0, total / jnp.where(count == 0, 1, count)).astype(values.dtype)
    return total
