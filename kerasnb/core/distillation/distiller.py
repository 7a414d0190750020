"""Distiller: a model that trains its student on the targets and on its teacher."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ..metrics import Mean
from ..models.functional import Functional
from ..models.model import Model
from .losses import DistillationLoss, _has_graph


class Distiller(Model):
    """``student_loss_weight * loss(y, student) + (1 - student_loss_weight) * sum(weight * distillation loss)``.

    The teacher is frozen; calls and ``predict`` are the student's. After training take ``distiller.student``.

    Args:
        teacher: a trained model.
        student: the model that learns, with inputs and outputs of the teacher's shapes.
        distillation_losses: a DistillationLoss or a list of them.
        distillation_loss_weights: a number for each, 1 by default.
        student_loss_weight: from 0 (the teacher alone) to 1 (the targets alone).
        name: the model's name.
    """

    def __init__(
        self,
        teacher: Any,
        student: Any,
        distillation_losses: Any,
        distillation_loss_weights: Any = None,
        student_loss_weight: float = 0.5,
        name: str = "distiller",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        for word, model in (("teacher", teacher), ("student", student)):
            if not isinstance(model, Model):
                raise ValueError(f"Distiller: {word} must be a keras.Model, got {model!r} of {type(model).__name__}.")
        if not 0 <= student_loss_weight <= 1:
            raise ValueError(f"Distiller: student_loss_weight must lie in [0, 1], got {student_loss_weight!r}.")
        losses = [*distillation_losses] if isinstance(distillation_losses, (list, tuple)) else [distillation_losses]
        for loss in losses:
            if not isinstance(loss, DistillationLoss):
                raise ValueError(
                    "Distiller: distillation_losses must be a DistillationLoss such as LogitsDistillation(), "
                    f"or a list of them, got {distillation_losses!r}."
                )
        weights = [1.0] * len(losses) if distillation_loss_weights is None else distillation_loss_weights
        weights = [float(w) for w in (weights if isinstance(weights, (list, tuple)) else [weights])]
        if len(weights) != len(losses):
            raise ValueError(
                f"Distiller: distillation_loss_weights must hold a number for each of the {len(losses)} "
                f"distillation_losses, got {distillation_loss_weights!r}."
            )
        _check_models(teacher, student)
        for loss in losses:
            loss.validate_model_compatibility(teacher, student)
        teacher.trainable = False
        self.teacher, self.student = teacher, student
        self.distillation_losses, self.distillation_loss_weights = losses, weights
        self.student_loss_weight = float(student_loss_weight)
        self.student_loss_tracker = Mean(name="student_loss")
        self.distillation_loss_tracker = Mean(name="distillation_loss")
        self.total_loss_tracker = Mean(name="total_loss")
        # Held by functions, so that the layers of teacher and student are not tracked and saved a second time.
        put = self.__dict__.__setitem__
        put("_teacher_features", _tapped(teacher, [getattr(x, "teacher_layer_name", None) for x in losses]))
        put("_student_features", _tapped(student, [getattr(x, "student_layer_name", None) for x in losses]))

    def compile(self, optimizer: Any = "adam", loss: Any = None, metrics: Any = None, **kwargs: Any) -> None:
        """Choose how the student learns; arguments as in ``Model.compile``, ``loss`` compares it with the targets."""
        if loss is None and self.student_loss_weight > 0:
            raise ValueError(
                f"Distiller: loss cannot be None with student_loss_weight={self.student_loss_weight}: name the loss "
                "of the student's outputs and the targets, or set student_loss_weight=0."
            )
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def call(self, inputs: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """The student's outputs."""
        self.__dict__.pop("_seen", None)
        if not training or kwargs:
            return self.student(inputs, training=training, **kwargs)
        # The loss needs the features of this very pass: a second one would draw other dropout masks and let
        # BatchNormalization count the batch twice.
        outputs, features = self._student_features(inputs, training)
        self.__dict__["_seen"] = features
        return outputs

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The weighted sum of the loss on the targets and the distillation losses."""
        if not self.compiled:
            raise ValueError("Distiller: compile the distiller before its loss is computed.")
        features = self.__dict__.pop("_seen", None) if training else None
        extras = list(self.student.losses)  # what its layers added, before passes for features add it again
        share = self.student_loss_weight
        student_loss = distillation_loss = jnp.zeros(())
        if share > 0:
            student_loss = self._compile_loss(y, y_pred, sample_weight)  # type: ignore[misc]
        if share < 1 and self.distillation_losses:
            _, taught = self._teacher_features(x, False)
            taught = jax.lax.stop_gradient(taught)
            if features is None:
                _, features = self._student_features(x, False)
            # The final outputs as they were handed in, where no inner layer is asked for.
            for i, loss in enumerate(self.distillation_losses):
                own = features[i] if getattr(loss, "student_layer_name", None) is not None else y_pred
                value = loss.compute_loss(taught[i], own)
                distillation_loss = distillation_loss + self.distillation_loss_weights[i] * value
        total = share * student_loss + (1 - share) * distillation_loss
        for extra in extras:
            total = total + extra
        rows = jax.tree.leaves(x)[0].shape[0]
        self.student_loss_tracker.update_state(student_loss, sample_weight=rows)
        self.distillation_loss_tracker.update_state(distillation_loss, sample_weight=rows)
        self.total_loss_tracker.update_state(total, sample_weight=rows)
        return total


def _tapped(model: Any, names: list[str | None]) -> Callable[[Any, bool], tuple[Any, list[Any]]]:
    """``f(x, training)``: a model's outputs, and for each name the output of that layer (None: the outputs)."""
    if not any(name is not None for name in names):

        def plain(x: Any, training: bool) -> tuple[Any, list[Any]]:
            outputs = model(x, training=training)
            return outputs, [outputs for _ in names]

        return plain
    inner = Functional(
        model.input, {"outputs": model.output, "features": [model.get_layer(n).output for n in names if n is not None]}
    )

    def tapped(x: Any, training: bool) -> tuple[Any, list[Any]]:
        found = inner(x, training=training)
        features = iter(found["features"])
        return found["outputs"], [found["outputs"] if name is None else next(features) for name in names]

    return tapped


def _check_models(teacher: Any, student: Any) -> None:
    """A ValueError where inputs or outputs of two models with graphs do not fit each other."""
    if not (_has_graph(teacher) and _has_graph(student)):
        return
    for what in ("input", "output"):
        theirs, own = getattr(teacher, f"{what}s"), getattr(student, f"{what}s")
        if len(theirs) != len(own):
            raise ValueError(f"Distiller: the teacher has {len(theirs)} {what}s, the student {len(own)}.")
        for t, s in zip(theirs, own, strict=True):
            if len(t.shape) != len(s.shape) or any(
                a is not None and b is not None and a != b for a, b in zip(t.shape, s.shape, strict=True)
            ):
                raise ValueError(
                    f"Distiller: teacher and student must have {what}s of the same shape, got {t.shape} and {s.shape}."
                )
    for t, s in zip(teacher.outputs, student.outputs, strict=True):
        if t.dtype != s.dtype:
            raise ValueError(f"Distiller: teacher and student must give the same dtype, got {t.dtype} and {s.dtype}.")
