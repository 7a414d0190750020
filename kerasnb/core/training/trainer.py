"""Trainer: compile, fit, evaluate, predict. The host loop reads like this docstring.

``fit`` opens the data, lends the model's Variables to a compiled program, and then only decides what
comes next: how many steps to run before looking up again, whether somebody pressed stop, what the
callbacks say. Whatever happens, the arrays are written back into the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
import numpy as np

from ..callbacks.history import History
from ..variable import Changes
from . import steps
from .compile_loss import CompileLoss
from .compile_metrics import CompileMetrics
from .packing import unpack
from .programs import Programs, programs_for


class Trainer:
    """The training half of a Model."""

    # What compile sets; as class attributes so that models made by any route have them.
    optimizer: Any = None
    stop_training = False
    run_eagerly = False
    jit_compile: Any = True
    steps_per_execution = 1
    loss: Any = None
    auto_scale_loss = True
    history: Any = None
    _loss_tracker: Any = None
    _compile_loss: CompileLoss | None = None
    _compile_metrics: CompileMetrics | None = None
    _compile_arguments: dict[str, Any] | None = None

    @property
    def compiled(self) -> bool:
        """Whether ``compile`` was called."""
        return self._compile_arguments is not None

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose how the model learns.

        Args:
            optimizer: a name, an Optimizer, or a raw optax transformation.
            loss: a name, function or Loss; a list or dict of them for several outputs.
            loss_weights: numbers that the outputs' losses are multiplied with.
            metrics: names, functions or Metrics to report; lists or a dict for several outputs.
            weighted_metrics: metrics that sample and class weights apply to.
            run_eagerly: run step by step in Python, to debug.
            steps_per_execution: accepted; the engine decides how many steps run per call.
            jit_compile: False runs uncompiled, as ``run_eagerly``.
            auto_scale_loss: scale the loss under mixed_float16.
        """
        from .. import metrics as metrics_module
        from .. import optimizers

        found = optimizers.get(optimizer)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16" and found is not None:
            if not isinstance(found, optimizers.LossScaleOptimizer):
                found = optimizers.LossScaleOptimizer(found, name="loss_scale_optimizer")
        names = getattr(self, "output_names", None) if hasattr(type(self), "output_names") and self.built else None
        compile_loss = CompileLoss(loss, loss_weights, names) if loss is not None else None
        if compile_loss is not None:
            _check_names(loss)
        compile_metrics = (
            CompileMetrics(metrics, weighted_metrics, names)
            if metrics is not None or weighted_metrics is not None
            else None
        )
        if isinstance(metrics, (list, tuple, dict)):
            _check_metric_names(metrics)
        Changes.count += 1
        put = self.__dict__.__setitem__  # training is not part of the layer's own state
        put("optimizer", found)
        put("loss", loss)
        put("_compile_loss", compile_loss)
        put("_compile_metrics", compile_metrics)
        put("_loss_tracker", metrics_module.Mean(name="loss"))
        put("run_eagerly", bool(run_eagerly))
        put("jit_compile", jit_compile)
        put("steps_per_execution", steps_per_execution)
        put("auto_scale_loss", auto_scale_loss)
        put("stop_training", False)
        put(
            "_compile_arguments",
            {
                "optimizer": optimizer, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
                "weighted_metrics": weighted_metrics, "run_eagerly": run_eagerly,
                "steps_per_execution": steps_per_execution, "jit_compile": jit_compile,
            },
        )  # fmt: skip

    # --- metrics and loss: what subclasses may override ----------------------------------------------

    @property
    def metrics(self) -> list[Any]:
        """All metrics: the loss, those of the layers, those of ``compile``."""
        found = [self._loss_tracker] if self._loss_tracker is not None else []
        found += self._tracker.metrics  # type: ignore[attr-defined]
        for layer in self._flatten_layers(include_self=False):  # type: ignore[attr-defined]
            found += layer._tracker.metrics
            if isinstance(layer, Trainer) and layer is not self:
                continue
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
        if not losses:
            raise ValueError(
                "There is no loss to minimise: compile the model with loss=..., "
                "or add losses with add_loss() in its layers."
            )
        return sum(losses[1:], losses[0])

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

    # --- the four verbs --------------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train the model.

        Args:
            x: inputs: arrays (or lists or dicts of them), or anything that gives batches.
            y: targets; None where ``x`` gives them too.
            batch_size: rows per step, 32 by default.
            epochs: the epoch to train up to.
            verbose: "auto" or 1 shows progress (live curves in a notebook), 2 one line an epoch, 0 nothing.
            callbacks: a list of callbacks.
            validation_split: share of the last rows to validate on, 0 to 1.
            validation_data: (x, y) or (x, y, sample_weight), or anything that gives batches.
            shuffle: whether the rows are shuffled for each epoch.
            class_weight: class number -> weight of its rows in the loss.
            sample_weight: weight of each row in the loss.
            initial_epoch: the number of the first epoch, when training goes on.
            steps_per_epoch: steps per epoch; all of the data by default.
            validation_steps: steps per validation; all of it by default.
            validation_batch_size: rows per step of validation; ``batch_size`` by default.
            validation_freq: validate every so many epochs, or after the epochs listed.

        Returns:
            A History. A stop by button or interrupt returns it too, with ``history.stopped``.
        """
        from .fitting import run_fit

        return run_fit(
            self, x=x, y=y, batch_size=batch_size, epochs=epochs, verbose=verbose, callbacks=callbacks,
            validation_split=validation_split, validation_data=validation_data, shuffle=shuffle,
            class_weight=class_weight, sample_weight=sample_weight, initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch, validation_steps=validation_steps,
            validation_batch_size=validation_batch_size, validation_freq=validation_freq,
        )  # fmt: skip

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Loss and metrics on data.

        Args:
            x, y, batch_size, sample_weight, callbacks, verbose: as in ``fit``.
            steps: number of batches; all of them by default.
            return_dict: give a dict by name instead of a list.
        """
        from .evaluating import run_evaluate

        return run_evaluate(
            self, x=x, y=y, batch_size=batch_size, verbose=verbose, sample_weight=sample_weight, steps_=steps,
            callbacks=callbacks, return_dict=return_dict, **kwargs,
        )  # fmt: skip

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Outputs for inputs, as NumPy arrays in the structure of the model's outputs."""
        from .predicting import run_predict

        return run_predict(self, x, batch_size, verbose, steps, callbacks)

    def predict_classes(self, x: Any, batch_size: int | None = None, threshold: float = 0.5) -> np.ndarray:
        """The class of each row: the largest of several outputs, or whether the only one passes ``threshold``."""
        probabilities = self.predict(x, batch_size=batch_size, verbose=0)
        if not isinstance(probabilities, np.ndarray):
            raise ValueError(
                "predict_classes needs a model with one output; use predict() and choose one of the outputs."
            )
        if probabilities.shape[-1] > 1:
            return probabilities.argmax(-1)
        return (probabilities[..., 0] > threshold).astype(int)

    # --- single batches --------------------------------------------------------------------------------

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One optimizer step on one batch; returns the running loss and metrics."""
        from .batches import train_on_batch

        return train_on_batch(self, x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Loss and metrics of one batch."""
        from .batches import test_on_batch

        return test_on_batch(self, x, y, sample_weight, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Outputs for one batch, computed at once."""
        from .batches import predict_on_batch

        return predict_on_batch(self, x)

    # --- programs ----------------------------------------------------------------------------------------

    def _make_programs(self) -> Programs:
        return programs_for(self)

    def make_train_function(self, force: bool = False) -> None:
        """Accepted as in Keras: programs are made when they are needed."""

    make_test_function = make_predict_function = make_train_function


def _check_names(loss: Any) -> None:
    """Unknown names are told when compiling, not in the middle of training."""
    from .. import losses

    for one in jax.tree.leaves(loss, is_leaf=lambda v: v is None or callable(v)):
        if isinstance(one, str) and one.lower() not in ("crossentropy", "ce"):
            losses.get(one)
        elif one is not None and not isinstance(one, str) and not callable(one):
            raise ValueError(f"compile: loss must be a name, a function or a Loss, got {one!r}.")


def _check_metric_names(metrics_: Any) -> None:
    from .. import metrics

    flat: Iterable[Any] = jax.tree.leaves(metrics_, is_leaf=lambda v: v is None or callable(v))
    for one in flat:
        if isinstance(one, str) and one.lower() not in ("accuracy", "acc", "crossentropy", "ce"):
            metrics.get(one)
