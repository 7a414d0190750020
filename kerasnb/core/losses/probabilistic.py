"""Losses as objects: probabilistic."""

from __future__ import annotations

from typing import Any

from . import functions
from .loss import LossFunctionWrapper


class KLDivergence(LossFunctionWrapper):
    """Kullback-Leibler divergence of targets and outputs.

    Formula and arguments: ``losses.kl_divergence``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "kl_divergence", dtype: Any = None):
        super().__init__(functions.kl_divergence, reduction=reduction, name=name, dtype=dtype)


class BinaryCrossentropy(LossFunctionWrapper):
    """Crossentropy of labels 0 and 1.

    Formula and arguments: ``losses.binary_crossentropy``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(
            functions.binary_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Binary crossentropy that weighs easy samples down.

    Formula and arguments: ``losses.binary_focal_crossentropy``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(
            functions.binary_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.apply_class_balancing = apply_class_balancing
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class CategoricalCrossentropy(LossFunctionWrapper):
    """Crossentropy of one-hot labels.

    Formula and arguments: ``losses.categorical_crossentropy``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(
            functions.categorical_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Categorical crossentropy that weighs easy samples down.

    Formula and arguments: ``losses.categorical_focal_crossentropy``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_focal_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(
            functions.categorical_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Between crossentropy and absolute error, robust against wrong labels.

    Formula and arguments: ``losses.categorical_generalized_cross_entropy``; reduction, name and dtype: as in ``Loss``.
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ):
        super().__init__(
            functions.categorical_generalized_cross_entropy, reduction=reduction, name=name, dtype=dtype, q=q
        )
        if not 0.0 < q < 1.0:
            raise ValueError(f"CategoricalGeneralizedCrossEntropy: q must lie between 0 and 1, got q={q!r}.")
        self.q = q


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Crossentropy of integer classes. See ``losses.sparse_categorical_crossentropy``.

    Args:
        from_logits: whether the outputs are logits instead of probabilities.
        ignore_class: a class whose samples count nothing.
        reduction, name, dtype: as in ``Loss``.
        axis: the axis of the classes.
    """

    def __init__(
        self, from_logits: bool = False, ignore_class: int | None = None, reduction: str | None = "sum_over_batch_size",
        axis: int = -1, name: str = "sparse_categorical_crossentropy", dtype: Any = None,
    ):  # fmt: skip
        super().__init__(
            functions.sparse_categorical_crossentropy, reduction=reduction, name=name, dtype=dtype,
            from_logits=from_logits, ignore_class=ignore_class, axis=axis,
        )  # fmt: skip
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis

    def _cast(self, x: Any) -> Any:
        # Class numbers stay integers: a 16-bit float would round them.
        import jax.numpy as jnp

        if hasattr(x, "dtype") and jnp.issubdtype(x.dtype, jnp.integer):
            return jnp.asarray(x)
        return super()._cast(x)
