"""What a student is compared with its teacher by: final outputs, or features of inner layers."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import losses, registry
from ..registry import Configurable


class DistillationLoss(Configurable):
    """Base: write ``compute_loss``; the two checks may be written as well.

    The loss of Hinton et al. 2015 for models that give logits:

    >>> class Softened(DistillationLoss):
    ...     def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
    ...         t, s = jax.nn.softmax(teacher_outputs / 3.0), jax.nn.log_softmax(student_outputs / 3.0)
    ...         return 9.0 * jnp.mean(jnp.sum(t * (jnp.log(t) - s), axis=-1))
    >>> round(float(Softened().compute_loss(jnp.array([[1.0, 3.0]]), jnp.array([[2.0, 1.0]]))), 3)
    1.08
    """

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """A scalar that is small when the student does as the teacher."""
        raise NotImplementedError(f"{type(self).__name__} must write compute_loss(teacher_outputs, student_outputs).")

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        """Raise a ValueError where the outputs cannot be compared: here, where they are not nested alike."""
        if jax.tree.structure(teacher_outputs) != jax.tree.structure(student_outputs):
            raise ValueError(
                f"{type(self).__name__}: teacher and student must give outputs of the same structure, "
                f"got {_shapes(teacher_outputs)} and {_shapes(student_outputs)}."
            )

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        """Raise a ValueError where the two models do not fit this loss; called once, before training."""


class LogitsDistillation(DistillationLoss):
    """``loss(teacher / temperature, student / temperature)`` of the final outputs.

    The outputs are divided and handed on as they are, as Keras does: a loss that expects probabilities needs models
    that give them. ``DistillationLoss`` shows the loss of softened logits.

    Args:
        temperature: above 0; the larger, the less the largest outputs weigh.
        loss: a name, function or Loss; a list or dict of them for several outputs, None where one is not compared.
    """

    def __init__(self, temperature: float = 3.0, loss: Any = "kl_divergence"):
        if isinstance(temperature, bool) or not isinstance(temperature, (int, float)) or not temperature > 0:
            raise ValueError(f"LogitsDistillation: temperature must be a number above 0, got {temperature!r}.")
        self.temperature = temperature
        self.loss = _resolved(loss, "LogitsDistillation")

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        super().validate_outputs(teacher_outputs, student_outputs)
        _check(self.loss, teacher_outputs, student_outputs, type(self).__name__)

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        def soften(outputs: Any) -> Any:
            return jax.tree.map(lambda x: jnp.asarray(x) / self.temperature, outputs)

        self.validate_outputs(teacher_outputs, student_outputs)
        return _compared(self.loss, soften(teacher_outputs), soften(student_outputs))


class FeatureDistillation(DistillationLoss):
    """``loss(teacher's features, student's features)`` of one layer each, or of the final outputs.

    Args:
        loss: as in ``LogitsDistillation``.
        teacher_layer_name, student_layer_name: the layers whose outputs are compared; None for the model's outputs.
            They need Sequential or functional models.
    """

    def __init__(self, loss: Any = "mse", teacher_layer_name: str | None = None, student_layer_name: str | None = None):
        self.loss = _resolved(loss, "FeatureDistillation")
        self.teacher_layer_name, self.student_layer_name = teacher_layer_name, student_layer_name

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        for word, model, name in (
            ("teacher", teacher, self.teacher_layer_name),
            ("student", student, self.student_layer_name),
        ):
            if name is None:
                continue
            if not _has_graph(model):
                raise ValueError(
                    f"FeatureDistillation: {word}_layer_name={name!r} needs a built Sequential or a functional "
                    f"{word}, got {type(model).__name__}. Leave the names out to compare the final outputs."
                )
            try:
                model.get_layer(name)
            except ValueError as error:
                raise ValueError(f"FeatureDistillation: in the {word}: {error}") from error

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        super().validate_outputs(teacher_outputs, student_outputs)
        _check(self.loss, teacher_outputs, student_outputs, type(self).__name__)

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        self.validate_outputs(teacher_outputs, student_outputs)
        return _compared(self.loss, teacher_outputs, student_outputs)


def _has_graph(model: Any) -> bool:
    """Whether inner layers have symbolic outputs."""
    return bool(getattr(model, "inputs", None)) and bool(getattr(model, "outputs", None))


def _resolved(loss: Any, where: str) -> Any:
    """Names and classes in a structure of losses replaced by what they stand for."""

    if isinstance(loss, Mapping) and "class_name" not in loss:
        found: Any = {k: _resolved(v, where) if v is not None else None for k, v in loss.items()}
    elif isinstance(loss, (list, tuple)):
        found = [_resolved(v, where) if v is not None else None for v in loss]
    else:
        found = losses.get(loss)
    if not [v for v in jax.tree.leaves(found) if v is not None]:
        raise ValueError(f"{where}: loss must name at least one loss, got {loss!r}.")
    return found


def _pairs(loss: Any, teacher: Any, student: Any) -> list[tuple[Any, Any, Any]]:
    """(loss, teacher's, student's) for each output that is compared."""
    if isinstance(loss, (Mapping, list, tuple)):
        keys = list(loss) if isinstance(loss, Mapping) else range(len(loss))
        return [p for k in keys if loss[k] is not None for p in _pairs(loss[k], teacher[k], student[k])]
    return [(loss, teacher, student)]


def _check(loss: Any, teacher: Any, student: Any, where: str) -> None:
    """A ValueError where a structure of losses does not match outputs, or shapes differ."""
    if _keys(loss) != _keys(teacher):
        raise ValueError(
            f"{where}: loss must be nested as the outputs are, one loss (or None) for each, "
            f"got loss={loss!r} for outputs {_shapes(teacher)}."
        )
    for fn, t, s in _pairs(loss, teacher, student):
        # A loss of the user's own may compare what differs in shape.
        if registry.is_builtin(fn if inspect.isfunction(fn) else type(fn)) and np.shape(t) != np.shape(s):
            raise ValueError(
                f"{where}: teacher and student give shapes {np.shape(t)} and {np.shape(s)}, which cannot be compared. "
                "Choose layers of equal shape, or give the student a projection, or a loss of your own."
            )


def _keys(tree: Any) -> Any:
    """The names or the number of a structure's parts, None for a single thing."""
    return set(tree) if isinstance(tree, Mapping) else len(tree) if isinstance(tree, (list, tuple)) else None


def _compared(loss: Any, teacher: Any, student: Any) -> Any:
    """The sum of the mean losses of all outputs."""
    values = [jnp.mean(jnp.asarray(fn(t, s))) for fn, t, s in _pairs(loss, teacher, student)]
    return sum(values[1:], values[0])


def _shapes(tree: Any) -> Any:
    return jax.tree.map(np.shape, tree)
