"""TrainerSteps: loss, metrics and steps of a model; the methods that subclasses override."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from . import steps
from .compile_loss import CompileLoss
from .compile_metrics import CompileMetrics
from .packing import unpack


class TrainerSteps:
    """The part of a Model that says what one step computes, statefully and as pure functions."""

    optimizer: Any = None
    _loss_tracker: Any = None
    _compile_loss: CompileLoss | None = None
    _compile_metrics: CompileMetrics | None = None

    @property
    def metrics(self) -> list[Any]:
        """All metrics: the loss, those of the layers, those of ``compile``."""
        found = [self._loss_tracker] if self._loss_tracker is not None else []
        found += self._tracker.metrics  # type: ignore[attr-defined]
        for layer in self._flatten_layers(include_self=False):  # type: ignore[attr-defined]
            found += layer._tracker.metrics
        if self._compile_metrics is not None:
            found.append(self._compile_metrics)
        if self._compile_loss is not None:
            found += self._compile_loss.metrics
        unique: dict[int, Any] = {id(m): m for m in found}
        return list(unique.values())

    @property
    def metrics_names(self) -> list[str]:
        """Their names."""
        return [m.name for m in self.metrics]

    @property
    def metrics_variables(self) -> list[Any]:
        """The Variables of all metrics."""
        return [v for m in self.metrics for v in m.variables]

    def reset_metrics(self) -> None:
        """Set all metrics to their start."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """The metrics' values by name."""
        found: dict[str, Any] = {}
        for metric in self.metrics:
            value = metric.result()
            found.update(value if isinstance(value, dict) else {metric.name: value})
        return found

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The total loss of a batch: the compiled loss and the losses that layers added."""
        rows = self.__dict__.get("_padded_rows")
        losses = []
        if self._compile_loss is not None:
            losses.append(self._compile_loss(y, y_pred, sample_weight, rows))
        losses += list(self.losses)  # type: ignore[attr-defined]
        if losses:
            return sum(losses[1:], losses[0])
        if training:
            raise ValueError(
                "There is no loss to minimise: model.compile(optimizer, loss=...) chooses one, "
                "or add losses with add_loss() in its layers."
            )
        return jnp.zeros(())  # a model may be evaluated by its metrics alone

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Update the metrics with a batch and return their values."""
        if self._compile_metrics is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def stateless_compute_loss(
        self, trainable_variables: Any, non_trainable_variables: Any, metrics_variables: Any,
        x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True,
    ) -> tuple:  # fmt: skip
        """``compute_loss`` as a pure function of the Variables' values."""
        slots = steps.Slots(self, with_optimizer=False)
        state = steps.State(list(trainable_variables), list(non_trainable_variables), [], list(metrics_variables))
        with steps.bound(slots, state):
            loss = self.compute_loss(x, y, y_pred, sample_weight, training)
            new = slots.state()
        return loss, (new.trainable, new.rest, new.metrics)

    def compute_loss_and_updates(
        self, trainable_variables: Any, non_trainable_variables: Any, metrics_variables: Any, x: Any, y: Any,
        sample_weight: Any, training: bool = False, optimizer_variables: Any = None,
    ) -> tuple:  # fmt: skip
        """Loss of a batch and the new state, as a pure function (for ``train_step`` of one's own)."""
        slots = steps.Slots(self, with_optimizer=False)
        state = steps.State(list(trainable_variables), list(non_trainable_variables), [], list(metrics_variables))
        with steps.bound(slots, state):
            self._clear_losses()  # type: ignore[attr-defined]
            y_pred = self(x, training=training)  # type: ignore[operator]
            loss = self.compute_loss(x, y, y_pred, sample_weight, training)
            new = slots.state()
            self._clear_losses()  # type: ignore[attr-defined]
        scaled = self.optimizer.scale_loss(loss) if training and self.optimizer is not None else loss
        return scaled, (loss, y_pred, new.rest, new.metrics)

    def train_step(self, state: tuple, data: tuple) -> tuple[dict[str, Any], tuple]:
        """One training step as a pure function, in Keras-on-JAX's form; override it for your own.

        Args:
            state: (trainable, non-trainable, optimizer, metrics) lists of arrays.
            data: (x, y, sample_weight).
        Returns:
            (logs, new state).
        """
        slots = steps.Slots(self)
        x, y, weight = unpack(data)
        new, _ = steps.train_step(self, slots, steps.State(*[list(g) for g in state]), (x, y, weight), None, None)
        return steps.log_values(self, slots, new), tuple(new)

    def test_step(self, state: tuple, data: tuple) -> tuple[dict[str, Any], tuple]:
        """One step of evaluation as a pure function; state is (trainable, non-trainable, metrics)."""
        slots = steps.Slots(self, with_optimizer=False)
        x, y, weight = unpack(data)
        full = steps.State(list(state[0]), list(state[1]), [], list(state[2]))
        new, _ = steps.test_step(self, slots, full, (x, y, weight), None, None)
        return steps.log_values(self, slots, new), (new.trainable, new.rest, new.metrics)

    def predict_step(self, state: tuple, data: tuple) -> tuple[Any, list[Any]]:
        """One step of prediction as a pure function; state is (trainable, non-trainable)."""
        slots = steps.Slots(self, with_optimizer=False)
        x, _, _ = unpack(data)
        full = steps.State(list(state[0]), list(state[1]), [], [])
        metrics = [v._raw_value for v in slots.metrics]
        with steps.bound(slots, full._replace(metrics=metrics)):
            outputs = self(x, training=False)  # type: ignore[operator]
            new = slots.state()
        return outputs, new.rest
